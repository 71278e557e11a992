"""What we order from suppliers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Address, Company, Party
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models.catalogue import Sku
from inventory.models.places import Warehouse


class PurchaseOrderStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    SENT = "sent", _("Sent")
    CONFIRMED = "confirmed", _("Confirmed")
    PARTLY_RECEIVED = "partly_received", _("Partly received")
    RECEIVED = "received", _("Received")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class PurchaseOrder(models.Model):
    """An order to a supplier for delivery to one warehouse, or straight to a customer (ship_to: a drop-ship order)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(
        Warehouse, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: it goes to the customer.")
    )
    ship_to = models.ForeignKey(
        Address,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text=_("The customer's address of a drop-ship order."),
    )
    status = models.CharField(max_length=16, choices=PurchaseOrderStatus, default=PurchaseOrderStatus.DRAFT)
    currency = CurrencyCodeField()
    reference = models.CharField(max_length=60, blank=True)
    ordered_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_("When the supplier got it first."))
    expected_date = models.DateField(null=True, blank=True)
    trusted = models.BooleanField(
        null=True,
        blank=True,
        help_text=_(
            "Whether its goods may be promised to customers before they arrive; empty: by the supplier's rule."
        ),
    )
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = _("purchase order")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PurchaseOrderStatus.values),
                name="purchaseorder_status_known",
            ),
            models.CheckConstraint(
                condition=Q(warehouse__isnull=False, ship_to__isnull=True)
                | Q(warehouse__isnull=True, ship_to__isnull=False),
                name="purchaseorder_goes_to_one_place",
            ),
        ]

    @property
    def number(self) -> str:
        return f"PO-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(models.Model):
    """Goods ordered; received is raised by inventory.services.receive under the line's lock."""

    purchase_order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    quantity = QuantityField()
    received = QuantityField(default=0)
    cancelled = QuantityField(default=0)
    unit_cost = AmountField(help_text=_("In the order's currency, before tax."))
    expected_date = models.DateField(null=True, blank=True, help_text=_("Empty: the order's."))

    class Meta:
        verbose_name = _("purchase order line")
        constraints = [
            models.UniqueConstraint(
                fields=["purchase_order", "position"],
                name="purchaseorderline_position_unique",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, received__gte=0, cancelled__gte=0, unit_cost__gte=0)
                & Q(cancelled__lte=F("quantity")),
                name="purchaseorderline_quantities_sane",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku"],
                condition=Q(received__lt=F("quantity")),
                name="purchaseorderline_incoming",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class InboundRule(models.Model):
    """How far a supplier's dates are trusted when goods are promised before they arrive.

    Without any rule: confirmed orders count from their expected date on, until they are 14 days overdue.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: all suppliers without a rule.")
    )
    is_trusted = models.BooleanField(
        default=True, help_text=_("Whether this supplier's orders may be promised before they arrive.")
    )
    unconfirmed_too = models.BooleanField(
        default=False, help_text=_("Count orders that were sent but not confirmed yet.")
    )
    margin_days = models.PositiveSmallIntegerField(
        default=0, help_text=_("Days added to the expected date before anything is promised.")
    )
    overdue_days = models.PositiveSmallIntegerField(
        default=14, help_text=_("How many days after its expected date an order is still believed in.")
    )

    class Meta:
        verbose_name = _("inbound rule")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "supplier"], nulls_distinct=False, name="inboundrule_one_a_supplier"
            ),
        ]

    def __str__(self) -> str:
        return str(self.supplier) if self.supplier_id else gettext("All suppliers")
