"""What is sold and counted: categories, brands, units, products and SKUs."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Deferrable, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, TaxCode
from inventory.models.storage import StorageClass


class CostMethod(models.TextChoices):
    AVERAGE = "average", _("Moving average")
    FIFO = "fifo", _("First in, first out")
    STANDARD = "standard", _("Standard cost")


class Unit(models.Model):
    """What quantities of a SKU count: pieces, kilograms, metres. The same for all companies; made by migrations."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=60)
    unece = models.CharField(
        max_length=3, blank=True, help_text=_("Code of UN/ECE Recommendation 20, as in e-invoices.")
    )

    class Meta:
        verbose_name = _("unit")

    def __str__(self) -> str:
        return self.code


class Category(models.Model):
    """A group of products, for reports and for rules such as the cost method.

    A trigger refuses a parent that is the category itself or stands below it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    cost_method = models.CharField(
        max_length=8,
        choices=CostMethod,
        blank=True,
        help_text=_("What new SKUs of it take; empty: the nearest category above that has one, else moving average."),
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="category_code_unique")]

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """Under whose name goods are sold."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("brand")
        constraints = [models.UniqueConstraint("company", Upper("code"), name="brand_code_unique")]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What customers see as one thing; its SKUs are its variants."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text=_("Your own number of it, e.g. the style; new SKUs are named after it."),
    )
    name = models.CharField(max_length=300)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT)
    tax_code = models.ForeignKey(
        TaxCode,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        help_text=_("Its class of tax; empty: the channel's."),
    )
    description = models.TextField(blank=True)

    class Meta:
        verbose_name = _("product")
        constraints = [
            models.UniqueConstraint("company", Upper("code"), condition=~Q(code=""), name="product_code_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class SkuStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    PHASE_OUT = "phase_out", _("Phasing out")
    DISCONTINUED = "discontinued", _("Discontinued")


class Sku(models.Model):
    """The sellable, countable unit. Codes that differ only by letter case are the same SKU.

    variant_key names its option values in the options' order; a trigger writes it, and no two SKUs of a product
    have the same.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=300)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, default="each", db_column="unit", db_index=False)
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
    origin_country = models.CharField(
        max_length=2,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator("^[A-Z]{2}$", _("Two capital letters, e.g. DE."))],
        help_text=_("Where it was made, as customs asks: two letters."),
    )
    hs_code = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[0-9]{6,12}$", _("6 to 12 digits without points."))],
        help_text=_("Its number in the customs tariff, 6 to 12 digits."),
    )
    image = models.CharField(max_length=300, blank=True, help_text=_("A picture among the shop's own static files."))
    variant_key = models.CharField(max_length=200, null=True, blank=True, editable=False)
    lot_tracked = models.BooleanField(
        _("tracked by lot"), default=False, db_default=False, help_text=_("Nothing of it comes in without its lot.")
    )
    expiry_required = models.BooleanField(
        _("expiry date needed"),
        default=False,
        db_default=False,
        help_text=_("Its lots have a date; what expires first leaves first, and nothing expired is sold."),
    )
    shelf_life_days = models.PositiveSmallIntegerField(
        _("shelf life in days"),
        null=True,
        blank=True,
        help_text=_("How long a new lot keeps: proposes its expiry date, and tells what is promised of coming goods."),
    )
    serial_tracked = models.BooleanField(
        _("tracked by serial number"),
        default=False,
        db_default=False,
        help_text=_("Each unit has a number that is named with every move."),
    )
    storage_class = models.ForeignKey(
        StorageClass,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text=_("The kind of place it needs, e.g. cold; empty: ordinary."),
    )
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
            models.UniqueConstraint(fields=["id", "product"], name="sku_of_product"),
            models.UniqueConstraint(
                fields=["product", "variant_key"], deferrable=Deferrable.DEFERRED, name="sku_combination_unique"
            ),
            models.CheckConstraint(
                condition=Q(origin_country__regex=r"^([A-Z]{2})?$"), name="sku_origin_is_a_country_code"
            ),
            models.CheckConstraint(condition=Q(hs_code__regex=r"^([0-9]{6,12})?$"), name="sku_hs_code_is_digits"),
            models.CheckConstraint(
                condition=Q(expiry_required=False) | Q(lot_tracked=True),
                name="sku_expiry_is_of_lots",
                violation_error_message=_("Only a SKU that is tracked by lot has expiry dates."),
            ),
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
        indexes = [
            models.Index(fields=["expiry_date"], condition=Q(expiry_date__isnull=False), name="lot_by_expiry"),
        ]

    def __str__(self) -> str:
        return self.code
