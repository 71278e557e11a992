"""The catalogue's files: SKUs with their products, categories, brands, packs; and the places they lie in."""

from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.registry import TableImport
from inventory.selectors.exporting import (
    brands_to_export,
    categories_to_export,
    locations_to_export,
    packs_to_export,
    skus_to_export,
)
from inventory.services.importing.columns import BRANDS, CATEGORIES, LOCATIONS, PACKS, SKUS
from inventory.services.importing.locations import LocationChecker, import_locations
from inventory.services.importing.opening import STOCK, StockChecker, import_stock
from inventory.services.importing.packs import PackChecker, import_packs
from inventory.services.importing.plain import BrandChecker, CategoryChecker, import_brands, import_categories
from inventory.services.importing.skus import SkuChecker
from inventory.services.importing.writing import import_skus


def companies() -> list[tuple[int, str]]:
    """Whom a file can be for. Statements: 1."""
    return list(Company.objects.order_by("code").values_list("pk", "code"))


IMPORTS = (
    TableImport(
        "inventory.import_skus",
        _("SKUs and products"),
        "inventory.add_sku",
        SKUS,
        SkuChecker,
        import_skus,
        companies,
        skus_to_export,
        2_000,
        help=_(
            "New SKUs and changes of those there are, with products, options and barcodes. Barcodes are added, never taken away."
        ),
        order=10,
    ),
    TableImport(
        "inventory.import_packs",
        _("Packs"),
        "inventory.add_pack",
        PACKS,
        PackChecker,
        import_packs,
        companies,
        packs_to_export,
        2_000,
        help=_("How SKUs are packed: inner packs, cases, pallets, each with its barcodes."),
        order=20,
    ),
    TableImport(
        "inventory.import_categories",
        _("Categories"),
        "inventory.add_category",
        CATEGORIES,
        CategoryChecker,
        import_categories,
        companies,
        categories_to_export,
        20_000,
        help=_("The tree of categories. A parent may stand further down in the same file."),
        order=30,
    ),
    TableImport(
        "inventory.import_brands",
        _("Brands"),
        "inventory.add_brand",
        BRANDS,
        BrandChecker,
        import_brands,
        companies,
        brands_to_export,
        5_000,
        help=_("Under whose names goods are sold."),
        order=40,
    ),
    TableImport(
        "inventory.import_locations",
        _("Locations"),
        "inventory.add_location",
        LOCATIONS,
        LocationChecker,
        import_locations,
        companies,
        locations_to_export,
        2_000,
        scope="warehouse:write",
        help=_("Bins and other places of warehouses, with where they stand and what they hold. None is taken away."),
        order=50,
    ),
    TableImport(
        "inventory.import_opening_stock",
        _("Opening stock"),
        "inventory.add_adjustment",
        STOCK,
        StockChecker,
        import_stock,
        companies,
        None,
        2_000,
        scope="opening:write",
        help=_(
            "What lies in the bins on the first day, with lots and serial numbers, at its cost. Later counts correct it."
        ),
        order=80,
    ),
)
