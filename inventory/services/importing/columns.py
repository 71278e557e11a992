"""The columns of the catalogue's files, the same in both directions."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from backoffice.core.tabular import Column
from inventory.models import CostMethod, PackKind, SkuStatus

MOST_G = Decimal(100_000_000)  # a hundred tonnes
MOST_MM = Decimal(100_000)

SKUS = (
    Column("sku", _("SKU"), required=True, max_length=60, aliases=("code", "article", "item")),
    Column("name", _("Name"), help=_("Needed for a new SKU.")),
    Column(
        "product", _("Product"), max_length=60, help=_("The product's code; SKUs with the same one are its variants.")
    ),
    Column("product_name", _("Product name")),
    Column("options", _("Options"), "list", max_length=130, help=_("What makes the variant: Size=M|Colour=Red")),
    Column("category", _("Category"), max_length=60, help=_("The category's code.")),
    Column("brand", _("Brand"), max_length=60, help=_("The brand's code.")),
    Column("tax_code", _("Tax code"), max_length=20),
    Column("unit", _("Unit"), max_length=12),
    Column("barcodes", _("Barcodes"), "list", max_length=60, aliases=("barcode", "ean", "gtin", "upc")),
    Column("cost_method", _("Cost method"), "choice", choices=tuple(CostMethod.values)),
    Column("status", _("Status"), "choice", choices=tuple(SkuStatus.values)),
    Column("is_stocked", _("Stocked"), "boolean"),
    Column("release_date", _("Release date"), "date"),
    Column("weight_g", _("Weight in g"), "integer", minimum=Decimal(0), maximum=MOST_G),
    Column("length_mm", _("Length in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("width_mm", _("Width in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("height_mm", _("Height in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("origin_country", _("Country of origin"), max_length=2),
    Column("hs_code", _("HS code"), max_length=12),
    Column("description", _("Description"), max_length=5_000),
)
CATEGORIES = (
    Column("code", _("Code"), required=True, max_length=60),
    Column("name", _("Name"), max_length=120),
    Column("parent", _("Parent"), max_length=60, help=_("The code of the category above; empty: none.")),
    Column("cost_method", _("Cost method"), "choice", choices=tuple(CostMethod.values)),
)
BRANDS = (
    Column("code", _("Code"), required=True, max_length=60),
    Column("name", _("Name"), max_length=120),
)
PACKS = (
    Column("sku", _("SKU"), required=True, max_length=60),
    Column("pack", _("Pack"), required=True, max_length=20, help=_("Its code, e.g. CASE12.")),
    Column("kind", _("Kind"), "choice", choices=tuple(PackKind.values)),
    Column("quantity", _("Quantity"), "decimal", minimum=Decimal("0.000001"), maximum=Decimal(10) ** 9),
    Column("barcodes", _("Barcodes"), "list", max_length=60, aliases=("barcode", "ean", "gtin")),
    Column("weight_g", _("Weight in g"), "integer", minimum=Decimal(0), maximum=MOST_G),
    Column("length_mm", _("Length in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("width_mm", _("Width in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("height_mm", _("Height in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
)
