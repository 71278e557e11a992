"""Parcels: the labelled boxes of a shipment."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from orders.models import Shipment, ShipmentLine


class Box(models.Model):
    """A carton that is on the shelf of the packing bench. Sizes are inside; tare: what it weighs empty."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    code = models.CharField(max_length=30, help_text=_("As its label says: scanned at the bench."))
    name = models.CharField(max_length=80, blank=True)
    length_mm = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    width_mm = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    height_mm = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    tare_g = models.PositiveIntegerField(default=0)
    max_weight_g = models.PositiveIntegerField(
        _("weight at most"), null=True, blank=True, help_text=_("In grams, with the box. Empty: no limit.")
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("box")
        verbose_name_plural = _("boxes")
        ordering = ["company", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="box_code_unique",
                violation_error_message=_("There is a box with this code already."),
            ),
            models.CheckConstraint(
                condition=Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0)
                & (Q(max_weight_g__isnull=True) | Q(max_weight_g__gt=F("tare_g"))),
                name="box_sizes_positive",
                violation_error_message=_("Sizes are above zero, and the limit above the tare."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code


class Parcel(models.Model):
    """One box with one label."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="parcels")
    position = models.PositiveSmallIntegerField(default=1)
    weight_g = models.PositiveIntegerField(null=True, blank=True)
    box = models.ForeignKey(Box, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    tracking_number = models.CharField(max_length=80, blank=True)
    packed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    packed_at = models.DateTimeField()
    device = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("parcel")
        constraints = [models.UniqueConstraint(fields=["shipment", "position"], name="parcel_position_unique")]
        indexes = [
            models.Index(fields=["tracking_number"], condition=~Q(tracking_number=""), name="parcel_by_tracking"),
            BrinIndex(fields=["packed_at"], name="parcel_by_time", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.shipment_id}/{self.position}"


class ParcelLine(models.Model):
    """What lies in a parcel.

    References carry no constraint: the table's guard (trigger) wants both to be of one shipment.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="lines", db_constraint=False)
    shipment_line = models.ForeignKey(ShipmentLine, on_delete=models.PROTECT, db_constraint=False)
    quantity = QuantityField()

    class Meta:
        verbose_name = _("parcel line")
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="parcelline_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.quantity}"
