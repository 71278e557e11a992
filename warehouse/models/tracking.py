"""Which shipments a carrier is asked about, when next, and what went wrong."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from orders.models import Shipment
from warehouse.models.carriers import CarrierAccount


class TrackingWatch(models.Model):
    """A shipment under way whose carrier is asked what became of it, until it has arrived or come back.

    tries: since the carrier last answered. given_up_at: it is asked no more until somebody says so, error tells why.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    shipment = models.OneToOneField(Shipment, on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(CarrierAccount, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    held_by = models.BigIntegerField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True, default="")
    given_up_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("parcel under way")
        verbose_name_plural = _("parcels under way")
        constraints = [
            models.CheckConstraint(
                condition=Q(given_up_at__isnull=True) | ~Q(error=""), name="trackingwatch_given_up_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(given_up_at__isnull=True) | Q(ended_at__isnull=True), name="trackingwatch_ended_or_given_up"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(ended_at__isnull=True, given_up_at__isnull=True),
                name="trackingwatch_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier_id}: {self.shipment_id}"
