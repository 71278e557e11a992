"""What is sold and counted: products, SKUs and their barcodes."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField


class Category(models.Model):
    """A group of products, for reports and for rules such as the cost method."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="category_code_unique")]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What customers see as one thing; its SKUs are its variants."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    name = models.CharField(max_length=300)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT)
    description = models.TextField(blank=True)

    class Meta:
        verbose_name = _("product")

    def __str__(self) -> str:
        return self.name


class CostMethod(models.TextChoices):
    AVERAGE = "average", _("Moving average")
    FIFO = "fifo", _("First in, first out")


class SkuStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    PHASE_OUT = "phase_out", _("Phasing out")
    DISCONTINUED = "discontinued", _("Discontinued")


class Sku(models.Model):
    """The sellable, countable unit. Codes that differ only by letter case are the same SKU."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=300)
    unit = models.CharField(max_length=12, default="each")
    cost_method = models.CharField(max_length=8, choices=CostMethod, default=CostMethod.AVERAGE)
    status = models.CharField(max_length=12, choices=SkuStatus, default=SkuStatus.ACTIVE)
    is_stocked = models.BooleanField(default=True)
    release_date = models.DateField(
        null=True,
        blank=True,
        help_text=_("Before this day it is a pre-order: sold, but not given to the warehouse."),
    )
    weight_g = models.PositiveIntegerField(null=True, blank=True)
    length_mm = models.PositiveIntegerField(null=True, blank=True)
    width_mm = models.PositiveIntegerField(null=True, blank=True)
    height_mm = models.PositiveIntegerField(null=True, blank=True)
    image = models.CharField(max_length=300, blank=True)
    kit = models.ForeignKey(
        "Kit",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("What it is made of now; empty: no kit."),
    )

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [
            models.UniqueConstraint("company", Upper("code"), name="sku_code_unique"),
            models.CheckConstraint(
                condition=Q(cost_method__in=CostMethod.values),
                name="sku_cost_method_known",
            ),
            models.CheckConstraint(condition=Q(status__in=SkuStatus.values), name="sku_status_known"),
        ]

    def __str__(self) -> str:
        return self.code


class Barcode(models.Model):
    """A code that a scanner reads for a SKU, or for a pack of it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="barcodes")
    code = models.CharField(max_length=60)
    pack_quantity = QuantityField(default=1)

    class Meta:
        verbose_name = _("barcode")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="barcode_code_unique"),
            models.CheckConstraint(condition=Q(pack_quantity__gt=0), name="barcode_pack_positive"),
        ]

    def __str__(self) -> str:
        return self.code


class Lot(models.Model):
    """Goods of one SKU made or received together."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="lots")
    code = models.CharField(max_length=60)
    expiry_date = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("lot")
        constraints = [models.UniqueConstraint(fields=["sku", "code"], name="lot_code_unique")]

    def __str__(self) -> str:
        return self.code
