"""Parcels: the labelled boxes of a shipment."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from orders.models import Shipment, ShipmentLine


class Parcel(models.Model):
    """One box with one label."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="parcels")
    position = models.PositiveSmallIntegerField(default=1)
    weight_g = models.PositiveIntegerField(null=True, blank=True)
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
            models.Index(fields=["tracking_number"], condition=~Q(tracking_number=""), name="parcel_by_tracking")
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
