"""What goods ask of the place they lie in, and what kinds of bin there are."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company


class StorageClass(models.Model):
    """Goods that need a place of their kind: cold, hazard, valuable. Without a class they are ordinary."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    takes_others = models.BooleanField(
        default=False, help_text=_("Ordinary goods may lie there too. Off: only goods of this class.")
    )

    class Meta:
        verbose_name = _("storage class")
        verbose_name_plural = _("storage classes")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="storageclass_code_unique"),
            models.UniqueConstraint(fields=["id", "company"], name="storageclass_of_company"),
        ]

    def __str__(self) -> str:
        return self.code


class Mixing(models.TextChoices):
    ANY = "any", _("Any goods together")
    ONE_SKU = "one_sku", _("One SKU at a time")
    ONE_LOT = "one_lot", _("One SKU and one lot at a time")


class BinType(models.Model):
    """A kind of bin, shelf or pallet place: its size, and what it holds at most. Empty: without limit."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    length_mm = models.PositiveIntegerField(null=True, blank=True, help_text=_("Inside."))
    width_mm = models.PositiveIntegerField(null=True, blank=True, help_text=_("Inside."))
    height_mm = models.PositiveIntegerField(null=True, blank=True, help_text=_("Inside."))
    max_volume_l = models.DecimalField(
        _("volume in litres"),
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("What it holds at most; empty: its inside."),
    )
    max_weight_g = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)
    max_pallets = models.PositiveSmallIntegerField(_("pallets"), null=True, blank=True)
    mixing = models.CharField(max_length=7, choices=Mixing, default=Mixing.ANY)

    class Meta:
        verbose_name = _("bin type")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="bintype_code_unique"),
            models.UniqueConstraint(fields=["id", "company"], name="bintype_of_company"),
            models.CheckConstraint(condition=Q(mixing__in=Mixing.values), name="bintype_mixing_known"),
            models.CheckConstraint(
                condition=(Q(max_volume_l__isnull=True) | Q(max_volume_l__gt=0))
                & (Q(max_weight_g__isnull=True) | Q(max_weight_g__gt=0))
                & (Q(max_pallets__isnull=True) | Q(max_pallets__gt=0))
                & (
                    Q(length_mm__isnull=True, width_mm__isnull=True, height_mm__isnull=True)
                    | Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0)
                ),
                name="bintype_limits_positive",
                violation_error_message=_("Limits are above zero, and a size has all three sides."),
            ),
        ]

    def __str__(self) -> str:
        return self.code
