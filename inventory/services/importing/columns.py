"""The columns of the catalogue's files, the same in both directions."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from backoffice.core.tabular import Column
from inventory.models import INTERNAL_KINDS, CostMethod, PackKind, SkuStatus

MOST_G = Decimal(100_000_000)  # a hundred tonnes
MOST_MM = Decimal(100_000)

SKUS = (
    Column("sku", _("SKU"), required=True, max_length=60, aliases=("code", "article", "item"), example="MUG-0001"),
    Column("name", _("Name"), help=_("Needed for a new SKU."), example="Mug, amber, 350 ml"),
    Column(
        "product",
        _("Product"),
        max_length=60,
        example="MUG",
        help=_("The product's code; SKUs with the same one are its variants."),
    ),
    Column("product_name", _("Product name"), example="Mug"),
    Column(
        "options",
        _("Options"),
        "list",
        max_length=130,
        example="Colour=Amber",
        help=_("What makes the variant: Size=M|Colour=Red"),
    ),
    Column("category", _("Category"), max_length=60, help=_("The category's code.")),
    Column("brand", _("Brand"), max_length=60, help=_("The brand's code.")),
    Column("tax_code", _("Tax code"), max_length=20),
    Column("unit", _("Unit"), max_length=12),
    Column(
        "barcodes",
        _("Barcodes"),
        "list",
        max_length=60,
        aliases=("barcode", "ean", "gtin", "upc"),
        example="4006381333931",
    ),
    Column("cost_method", _("Cost method"), "choice", choices=tuple(CostMethod.values)),
    Column("status", _("Status"), "choice", choices=tuple(SkuStatus.values), example=SkuStatus.ACTIVE.value),
    Column("is_stocked", _("Stocked"), "boolean", example="yes"),
    Column("release_date", _("Release date"), "date"),
    Column("weight_g", _("Weight in g"), "integer", minimum=Decimal(0), maximum=MOST_G, example="350"),
    Column("length_mm", _("Length in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("width_mm", _("Width in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("height_mm", _("Height in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("origin_country", _("Country of origin"), max_length=2),
    Column("hs_code", _("HS code"), max_length=12),
    Column("description", _("Description"), max_length=5_000),
)
CATEGORIES = (
    Column("code", _("Code"), required=True, max_length=60, example="CUPS"),
    Column("name", _("Name"), max_length=120, example="Cups and mugs"),
    Column("parent", _("Parent"), max_length=60, help=_("The code of the category above; empty: none.")),
    Column("cost_method", _("Cost method"), "choice", choices=tuple(CostMethod.values)),
)
BRANDS = (
    Column("code", _("Code"), required=True, max_length=60, example="LARCH"),
    Column("name", _("Name"), max_length=120, example="Larch"),
)
PACKS = (
    Column("sku", _("SKU"), required=True, max_length=60, example="MUG-0001"),
    Column("pack", _("Pack"), required=True, max_length=20, help=_("Its code, e.g. CASE12."), example="CASE12"),
    Column("kind", _("Kind"), "choice", choices=tuple(PackKind.values), example=PackKind.values[0]),
    Column("quantity", _("Quantity"), "decimal", minimum=Decimal("0.000001"), maximum=Decimal(10) ** 9, example="12"),
    Column("barcodes", _("Barcodes"), "list", max_length=60, aliases=("barcode", "ean", "gtin")),
    Column("weight_g", _("Weight in g"), "integer", minimum=Decimal(0), maximum=MOST_G),
    Column("length_mm", _("Length in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("width_mm", _("Width in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
    Column("height_mm", _("Height in mm"), "integer", minimum=Decimal(0), maximum=MOST_MM),
)
LOCATIONS = (
    Column("warehouse", _("Warehouse"), required=True, max_length=20, help=_("The warehouse's code."), example="MAIN"),
    Column("code", _("Code"), required=True, max_length=40, aliases=("location", "bin", "place"), example="A-01-1"),
    Column("kind", _("Kind"), "choice", choices=tuple(kind for kind in INTERNAL_KINDS if kind != "transit")),
    Column("name", _("Name"), max_length=120),
    Column("zone", _("Zone"), max_length=20, help=_("The code of a zone of this warehouse.")),
    Column("aisle", _("Aisle"), max_length=20),
    Column("rack", _("Rack"), max_length=20, aliases=("bay",)),
    Column("level", _("Level"), max_length=20, aliases=("shelf",)),
    Column("position", _("Position"), max_length=20),
    Column("bin_type", _("Bin type"), max_length=20),
    Column("storage_class", _("Storage class"), max_length=20),
    Column("pick_sequence", _("Pick sequence"), "integer", minimum=Decimal(0), maximum=Decimal(2_000_000_000)),
    Column("is_pick_face", _("Pick face"), "boolean"),
    Column("is_active", _("Used"), "boolean"),
    Column(
        "max_volume_l", _("Volume in litres"), "decimal", minimum=Decimal("0.001"), maximum=Decimal(10) ** 8, places=3
    ),
    Column("max_weight_g", _("Weight in g"), "integer", minimum=Decimal(1), maximum=MOST_G),
    Column("max_pallets", _("Pallets"), "integer", minimum=Decimal(1), maximum=Decimal(30_000)),
)
