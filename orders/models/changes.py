"""What happens to an order after it was placed: revisions, and cancellations that a warehouse has to answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Address, Company
from backoffice.core.fields import AmountField, QuantityField
from orders.models.fulfilment import Fulfilment, FulfilmentLine
from orders.models.orders import Order, OrderLine


class OrderRevision(models.Model):
    """One edit of a placed order: who, why, what changed, and how the order stood before. Insert-only.

    The first revision's `before` is the order as the channel sent it. No personal data: addresses by id.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="revisions", db_index=False)
    version = models.PositiveIntegerField(help_text=_("The order's version after the change."))
    reason = models.CharField(max_length=300)
    changes = models.JSONField(help_text=_("[{field, old, new}] in words of the order's page."))
    before = models.JSONField(help_text=_("Lines and totals as they were."))
    total_before = AmountField()
    total_after = AmountField()
    address_before = models.ForeignKey(
        Address, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("revision")
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="orderrevision_version_unique")]

    def __str__(self) -> str:
        return f"{self.order_id} v{self.version}"


class CancelRequestStatus(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class CancelRequest(models.Model):
    """A cancellation of goods that a warehouse works on already: it answers, until then they do not leave."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="cancel_requests")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, db_index=False)
    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.PROTECT, related_name="cancel_requests", db_index=False)
    fulfilment_line = models.ForeignKey(FulfilmentLine, on_delete=models.PROTECT, db_index=False)
    quantity = QuantityField()
    kits = QuantityField(
        null=True,
        blank=True,
        help_text=_("Whole kits, on the first of the requests for their components; they are answered together."),
    )
    reason = models.CharField(max_length=300)
    status = models.CharField(max_length=10, choices=CancelRequestStatus, default=CancelRequestStatus.OPEN)
    requested_by = models.CharField(max_length=150)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("cancel request")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=CancelRequestStatus.values), name="cancelrequest_status_known"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cancelrequest_quantity_positive"),
            models.CheckConstraint(condition=Q(kits__isnull=True) | Q(kits__gt=0), name="cancelrequest_kits_positive"),
            models.CheckConstraint(
                condition=Q(status="open", answered_at__isnull=True)
                | (~Q(status="open") & Q(answered_at__isnull=False)),
                name="cancelrequest_answered_is_timed",
            ),
        ]
        indexes = [
            models.Index(fields=["fulfilment"], condition=Q(status="open"), name="cancelrequest_open_work"),
        ]

    @property
    def number(self) -> str:
        return f"CR-{self.pk:06d}"

    @property
    def goods(self) -> str:
        """The code of what the warehouse has in hand: of a kit, the component."""
        return self.fulfilment_line.allocation.sku.code

    def __str__(self) -> str:
        return self.number
