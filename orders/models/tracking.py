"""What carriers, or people, say of shipments on their way."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from orders.models.fulfilment import Shipment


class TrackingStatus(models.TextChoices):
    IN_TRANSIT = "in_transit", _("In transit")
    EXCEPTION = "exception", _("Exception")
    DELIVERED = "delivered", _("Delivered")
    RETURNED_TO_SENDER = "returned_to_sender", _("Returned to sender")


class TrackingSource(models.TextChoices):
    CARRIER = "carrier", _("Carrier")
    HAND = "hand", _("By hand")


class TrackingEvent(models.Model):
    """Something that was said of a shipment, or of one parcel of it, once. Insert-only.

    tracking_number: of the parcel; empty: of all of it. occurred_at: by whom it was said; recorded_at: here.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="tracking_events", db_index=False)
    tracking_number = models.CharField(max_length=80, blank=True, default="")
    status = models.CharField(max_length=20, choices=TrackingStatus)
    occurred_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=8, choices=TrackingSource)
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("tracking event")
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "tracking_number", "status", "occurred_at", "note"], name="trackingevent_said_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=TrackingStatus.values, source__in=TrackingSource.values),
                name="trackingevent_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shipment_id}: {self.status}"
