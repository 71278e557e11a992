"""The floor asks for a bin to be counted: somebody found other than the books say."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from inventory.models import Location, Sku
from warehouse.models.counting import Stocktake


class CountRequestStatus(models.TextChoices):
    OPEN = "open", _("Open")
    PLANNED = "planned", _("In a stocktake")
    CLOSED = "closed", _("Closed")


class CountRequest(models.Model):
    """Count this SKU in this bin. Of one bin and SKU one request is open at a time.

    source_type, source_id: what found the difference, e.g. a pick task. stocktake: the count that answers it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=60)
    source_type = models.CharField(max_length=40, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(
        max_length=7, choices=CountRequestStatus, default=CountRequestStatus.OPEN, db_default=CountRequestStatus.OPEN
    )
    stocktake = models.ForeignKey(Stocktake, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    requested_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("count request")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CountRequestStatus.values), name="countrequest_status_known"),
            models.UniqueConstraint(
                fields=["location", "sku"], condition=Q(status="open"), name="countrequest_one_open_a_bin"
            ),
        ]
        indexes = [models.Index(fields=["source_type", "source_id"], name="countrequest_by_source")]

    @property
    def number(self) -> str:
        return f"CQ-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number
