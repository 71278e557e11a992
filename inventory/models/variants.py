"""What makes the SKUs of a product differ: options such as size and colour, their values, and each SKU's."""

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from inventory.models.catalogue import Product, Sku


class ProductOption(models.Model):
    """Something in which the SKUs of a product differ, e.g. Size."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="options", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)

    class Meta:
        verbose_name = _("product option")
        constraints = [
            models.UniqueConstraint("product", Upper("name"), name="productoption_name_unique"),
            models.UniqueConstraint(fields=["product", "position"], name="productoption_position_unique"),
            models.UniqueConstraint(fields=["id", "product"], name="productoption_of_product"),
        ]

    def __str__(self) -> str:
        return self.name


class OptionValue(models.Model):
    """One value of an option, e.g. XL. code: how it stands in the SKUs' codes."""

    option = models.ForeignKey(ProductOption, on_delete=models.PROTECT, related_name="values", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    code = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("option value")
        constraints = [
            models.UniqueConstraint("option", Upper("name"), name="optionvalue_name_unique"),
            models.UniqueConstraint("option", Upper("code"), name="optionvalue_code_unique"),
            models.UniqueConstraint(fields=["option", "position"], name="optionvalue_position_unique"),
            models.UniqueConstraint(fields=["id", "option"], name="optionvalue_of_option"),
        ]

    def __str__(self) -> str:
        return self.name


class SkuOption(models.Model):
    """The value that a SKU has of an option of its product. The database holds that all three belong together."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="option_values", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    option = models.ForeignKey(ProductOption, on_delete=models.PROTECT, related_name="+")
    value = models.ForeignKey(OptionValue, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("SKU option")
        constraints = [models.UniqueConstraint(fields=["sku", "option"], name="skuoption_one_value")]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.value_id}"


class Substitute(models.Model):
    """What may be offered instead of a SKU, in this order. The other way round is a row of its own."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="substitutes", db_index=False)
    substitute = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("substitute")
        constraints = [
            models.UniqueConstraint(fields=["sku", "substitute"], name="substitute_once"),
            models.UniqueConstraint(
                fields=["sku", "position"], deferrable=models.Deferrable.DEFERRED, name="substitute_position_unique"
            ),
            models.CheckConstraint(condition=~models.Q(sku=models.F("substitute")), name="substitute_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} → {self.substitute_id}"


def picture_path(picture: "ProductImage", name: str) -> str:
    """Named by its content, so that a stored picture never changes."""
    return f"products/{picture.sha256[:2]}/{picture.sha256}.{name.rpartition('.')[2]}"


class ProductImage(models.Model):
    """A picture of a product, or of one of its SKUs; the first is the one that lists show."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="images", db_index=False)
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT, related_name="images")
    position = models.PositiveSmallIntegerField()
    file = models.FileField(upload_to=picture_path, max_length=120)
    sha256 = models.CharField(max_length=64)
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    alt = models.CharField(max_length=200, blank=True, help_text=_("What it shows, for who cannot see it."))

    class Meta:
        verbose_name = _("product image")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "position"],
                deferrable=models.Deferrable.DEFERRED,
                name="productimage_position_unique",
            ),
            models.UniqueConstraint(
                fields=["product", "sku", "sha256"], nulls_distinct=False, name="productimage_once"
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="productimage_by_content")]  # channels ask without a login

    def __str__(self) -> str:
        return self.alt or f"#{self.pk}"
