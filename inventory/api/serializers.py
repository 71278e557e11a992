from rest_framework import serializers

from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from inventory.models import Barcode, Product, Sku, StockLevel


class BarcodeOut(serializers.ModelSerializer[Barcode]):
    class Meta:
        model = Barcode
        fields = ["code", "pack_quantity"]


class SkuOut(serializers.ModelSerializer[Sku]):
    product = serializers.IntegerField(source="product_id")
    barcodes = BarcodeOut(many=True)

    class Meta:
        model = Sku
        fields = ["id", "code", "name", "product", "unit", "status", "release_date", "weight_g", "image", "barcodes"]


class ProductSkuOut(serializers.ModelSerializer[Sku]):
    class Meta:
        model = Sku
        fields = ["id", "code", "name", "status"]


class ProductOut(serializers.ModelSerializer[Product]):
    category = serializers.CharField(source="category.code", default=None)
    skus = ProductSkuOut(many=True)

    class Meta:
        model = Product
        fields = ["id", "name", "category", "description", "skus"]


class StockOut(serializers.ModelSerializer[StockLevel]):
    """What one warehouse holds of a SKU, in its unit. available = sellable - reserved."""

    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code")
    available = serializers.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES)

    class Meta:
        model = StockLevel
        fields = ["sku", "warehouse", "on_hand", "sellable", "reserved", "available"]
