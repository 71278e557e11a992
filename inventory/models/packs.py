"""How a SKU is packed, and the codes that a scanner reads for it."""

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import LPad, Upper
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from inventory.models.catalogue import Sku


class PackKind(models.TextChoices):
    EACH = "each", _("Each")
    INNER = "inner", _("Inner pack")
    CASE = "case", _("Case")
    PALLET = "pallet", _("Pallet")


class Pack(models.Model):
    """A SKU as it is packed: so many base units, of this size and weight."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="packs", db_index=False)
    code = models.CharField(max_length=20, help_text=_("Short and unique for the SKU, e.g. CASE12."))
    kind = models.CharField(max_length=6, choices=PackKind)
    quantity = QuantityField(help_text=_("How many base units it holds."))
    weight_g = models.PositiveIntegerField(null=True, blank=True)
    length_mm = models.PositiveIntegerField(null=True, blank=True)
    width_mm = models.PositiveIntegerField(null=True, blank=True)
    height_mm = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("pack")
        constraints = [
            models.UniqueConstraint("sku", Upper("code"), name="pack_code_unique"),
            models.UniqueConstraint(fields=["id", "sku", "quantity"], name="pack_with_quantity"),
            models.CheckConstraint(condition=Q(kind__in=PackKind.values), name="pack_kind_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="pack_quantity_positive"),
            models.CheckConstraint(condition=~Q(kind="each") | Q(quantity=1), name="pack_each_is_one"),
        ]

    def __str__(self) -> str:
        return self.code


class Symbology(models.TextChoices):
    GTIN = "gtin", _("GTIN (EAN, UPC, ITF-14)")
    CODE_128 = "code128", _("Internal (Code 128)")


class Barcode(models.Model):
    """A code that a scanner reads for a SKU, or for a pack of it.

    pack_quantity: base units of one scan; the database holds it equal to the pack's quantity, and follows it. A
    GTIN has its check digit (CHECK), and is one code whether it is written with 12, 13 or 14 digits.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="barcodes")
    pack = models.ForeignKey(Pack, null=True, blank=True, on_delete=models.PROTECT, related_name="barcodes")
    code = models.CharField(max_length=60)
    symbology = models.CharField(max_length=7, choices=Symbology, default=Symbology.CODE_128)
    pack_quantity = QuantityField(default=1)

    class Meta:
        verbose_name = _("barcode")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="barcode_code_unique"),
            models.UniqueConstraint(
                "company",
                LPad("code", 14, Value("0")),
                condition=Q(symbology="gtin"),
                name="barcode_gtin_unique",
            ),
            models.CheckConstraint(condition=Q(symbology__in=Symbology.values), name="barcode_symbology_known"),
            models.CheckConstraint(condition=Q(pack_quantity__gt=0), name="barcode_pack_positive"),
            models.CheckConstraint(
                condition=Q(pack__isnull=False) | Q(pack_quantity=1), name="barcode_many_only_of_a_pack"
            ),
        ]

    def __str__(self) -> str:
        return self.code
