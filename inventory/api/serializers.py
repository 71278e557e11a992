from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from inventory.models import (
    Barcode,
    Brand,
    Category,
    OptionValue,
    Pack,
    Product,
    ProductImage,
    ProductOption,
    Sku,
    StockLevel,
)


class BarcodeOut(serializers.ModelSerializer[Barcode]):
    """pack: empty for the base unit. pack_quantity: base units of one scan."""

    sku = serializers.CharField(source="sku.code")
    pack = serializers.CharField(source="pack.code", default="")

    class Meta:
        model = Barcode
        fields = ["id", "sku", "code", "symbology", "pack", "pack_quantity"]


class SkuBarcodeOut(serializers.ModelSerializer[Barcode]):
    pack = serializers.CharField(source="pack.code", default="")

    class Meta:
        model = Barcode
        fields = ["code", "pack_quantity", "symbology", "pack"]


class SkuPackOut(serializers.ModelSerializer[Pack]):
    class Meta:
        model = Pack
        fields = ["id", "code", "kind", "quantity", "weight_g", "length_mm", "width_mm", "height_mm"]


class PackOut(serializers.ModelSerializer[Pack]):
    sku = serializers.CharField(source="sku.code")
    barcodes: Any = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)

    class Meta:
        model = Pack
        fields = [
            "id", "sku", "code", "kind", "quantity", "weight_g", "length_mm", "width_mm", "height_mm", "barcodes",
        ]  # fmt: skip


class SkuOut(serializers.ModelSerializer[Sku]):
    """options: the SKU's value of each option. substitutes: codes, the best first."""

    product = serializers.IntegerField(source="product_id")
    unit = serializers.CharField(source="unit_id")
    storage_class = serializers.CharField(source="storage_class.code", default=None)
    options = serializers.SerializerMethodField()
    barcodes = SkuBarcodeOut(many=True)
    packs = SkuPackOut(many=True)
    substitutes = serializers.SerializerMethodField()

    class Meta:
        model = Sku
        fields = [
            "id", "code", "name", "product", "unit", "cost_method", "status", "is_stocked", "release_date", "weight_g",
            "length_mm", "width_mm", "height_mm", "origin_country", "hs_code", "lot_tracked", "expiry_required",
            "shelf_life_days", "serial_tracked", "storage_class", "image", "options", "barcodes", "packs", "substitutes",
        ]  # fmt: skip

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_options(self, sku: Sku) -> dict[str, str]:
        rows = sorted(sku.option_values.all(), key=lambda row: row.option.position)
        return {row.option.name: row.value.name for row in rows}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_substitutes(self, sku: Sku) -> list[str]:
        return [row.substitute.code for row in sorted(sku.substitutes.all(), key=lambda row: row.position)]


class ProductSkuOut(serializers.ModelSerializer[Sku]):
    class Meta:
        model = Sku
        fields = ["id", "code", "name", "status"]


class OptionValueOut(serializers.ModelSerializer[OptionValue]):
    class Meta:
        model = OptionValue
        fields = ["id", "name", "code"]


class ProductOptionOut(serializers.ModelSerializer[ProductOption]):
    values = OptionValueOut(many=True)

    class Meta:
        model = ProductOption
        fields = ["id", "name", "values"]


class ProductImageOut(serializers.ModelSerializer[ProductImage]):
    """sku: empty where it shows the whole product."""

    sku = serializers.CharField(source="sku.code", default="")

    class Meta:
        model = ProductImage
        fields = ["id", "sku", "position", "width_px", "height_px", "sha256", "alt"]


class ProductOut(serializers.ModelSerializer[Product]):
    category = serializers.CharField(source="category.code", default=None)
    brand = serializers.CharField(source="brand.code", default=None)
    tax_code = serializers.CharField(source="tax_code.code", default=None)
    skus = ProductSkuOut(many=True)
    options = ProductOptionOut(many=True)
    images = ProductImageOut(many=True)

    class Meta:
        model = Product
        fields = ["id", "code", "name", "category", "brand", "tax_code", "description", "options", "skus", "images"]


class CategoryOut(serializers.ModelSerializer[Category]):
    parent = serializers.CharField(source="parent.code", default=None)  # type: ignore[assignment]  # a field

    class Meta:
        model = Category
        fields = ["id", "code", "name", "parent", "cost_method"]


class BrandOut(serializers.ModelSerializer[Brand]):
    class Meta:
        model = Brand
        fields = ["id", "code", "name"]


class PlannedVariantOut(serializers.Serializer[Any]):
    """state: there, new, or wrong with the problem. values: ids in the options' order."""

    values = serializers.ListField(child=serializers.IntegerField())
    names = serializers.ListField(child=serializers.CharField())
    sku = serializers.CharField()
    state = serializers.ChoiceField(choices=["there", "new", "wrong"])
    problem = serializers.CharField(allow_blank=True)


class PlannedOut(serializers.Serializer[Any]):
    results = PlannedVariantOut(many=True)


class ScannedOut(serializers.Serializer[Any]):
    """quantity: base units that one scan means; pack: empty for the base unit."""

    code = serializers.CharField()
    sku = serializers.CharField()
    sku_id = serializers.IntegerField()
    pack = serializers.CharField(allow_blank=True)
    quantity = serializers.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES)


class ScanOut(serializers.Serializer[Any]):
    """unknown: codes that nothing has."""

    results = ScannedOut(many=True)
    unknown = serializers.ListField(child=serializers.CharField())


class StockOut(serializers.ModelSerializer[StockLevel]):
    """What one warehouse holds of a SKU, in its unit. available = sellable - reserved."""

    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code")
    available = serializers.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES)

    class Meta:
        model = StockLevel
        fields = ["sku", "warehouse", "on_hand", "sellable", "reserved", "available"]
