"""Goods that come back, and money that goes back."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Invoice
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models import Sku, StockMove, Warehouse
from orders.models.channels import Channel, Contact
from orders.models.orders import Order, OrderLine


class ReturnStatus(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    IN_TRANSIT = "in_transit", _("In transit")
    RECEIVED = "received", _("Received")
    INSPECTED = "inspected", _("Inspected")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class Disposition(models.TextChoices):
    RESTOCK = "restock", _("Restock")
    QUARANTINE = "quarantine", _("Quarantine")
    SCRAP = "scrap", _("Scrap")
    NO_GOODS = "no_goods", _("No goods came back")


class ReturnOrder(models.Model):
    """An approved return (RMA). A credit from a channel without a known order has no order."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="returns")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT)
    external_id = models.CharField(max_length=120, null=True, blank=True)
    content_hash = models.CharField(max_length=32, blank=True)
    status = models.CharField(max_length=12, choices=ReturnStatus, default=ReturnStatus.REQUESTED)
    reason = models.CharField(max_length=120, blank=True)
    currency = CurrencyCodeField()
    requested_at = models.DateTimeField()
    credit_note = models.OneToOneField(Invoice, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("return")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"],
                condition=Q(external_id__isnull=False),
                name="returnorder_external_id_unique",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ReturnStatus.values),
                name="returnorder_status_known",
            ),
        ]

    @property
    def number(self) -> str:
        return f"RMA-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    """Goods expected back (or already back) and what is refunded for them; refund-only lines have no SKU."""

    return_order = models.ForeignKey(ReturnOrder, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    order_line = models.ForeignKey(
        OrderLine,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="return_lines",
    )
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.PROTECT)
    code = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    quantity = QuantityField()
    unit_price = AmountField(help_text=_("Refunded for one, before tax, unrounded."))
    net = AmountField(help_text=_("Refunded for the line before tax."))
    tax = AmountField(default=0)
    account_role = models.CharField(max_length=24, help_text=_("Where the refund is posted."))
    received = QuantityField(default=0)
    disposition = models.CharField(max_length=12, choices=Disposition, blank=True)
    issue_move = models.ForeignKey(
        StockMove,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("How it left."),
    )

    class Meta:
        verbose_name = _("return line")
        constraints = [
            models.UniqueConstraint(fields=["return_order", "position"], name="returnline_position_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, received__gte=0) & Q(received__lte=F("quantity")),
                name="returnline_received_within_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.code}"
