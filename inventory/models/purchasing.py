"""What we order from suppliers."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
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
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text=_("Who wrote it: above a value somebody else approves it."),
    )
    revision = models.PositiveSmallIntegerField(default=0, help_text=_("How often it was changed after approval."))
    sent_revision = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("The revision that the supplier got last.")
    )
    supplier_reference = models.CharField(max_length=60, blank=True, help_text=_("The supplier's own number of it."))
    confirmed_at = models.DateTimeField(null=True, blank=True)

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
    list_cost = AmountField(
        null=True, blank=True, help_text=_("What the supplier's list said when it was written; empty: nothing.")
    )
    confirmed_quantity = QuantityField(
        null=True, blank=True, help_text=_("What the supplier said; empty: nothing yet.")
    )
    confirmed_date = models.DateField(null=True, blank=True)
    confirmed_cost = AmountField(null=True, blank=True)

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

    @property
    def open_quantity(self) -> Decimal:
        """What is ordered and not called off."""
        return self.quantity - self.cancelled

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class RevisionKind(models.TextChoices):
    CHANGE = "change", _("Our change")
    CONFIRMATION = "confirmation", _("Supplier's confirmation")


class RevisionStatus(models.TextChoices):
    PENDING = "pending", _("Waits for approval")
    APPLIED = "applied", _("Applied")
    REFUSED = "refused", _("Refused")


class PurchaseOrderRevision(models.Model):
    """A change of an order after its approval: ours, or what the supplier confirmed differently.

    before, after: the lines as [{line, sku, code, quantity, unit_cost, expected_date}], decimals as strings; line is
    null for a new one. The order changes when it is applied.
    """

    purchase_order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, related_name="revisions", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=RevisionKind)
    status = models.CharField(max_length=8, choices=RevisionStatus)
    before = models.JSONField()
    after = models.JSONField()
    total_before = AmountField(help_text=_("In the order's currency."))
    total_after = AmountField(help_text=_("In the order's currency."))
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_by_label = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by_label = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("purchase order revision")
        constraints = [
            models.UniqueConstraint(fields=["purchase_order", "number"], name="purchaserevision_number_unique"),
            models.UniqueConstraint(
                fields=["purchase_order"], condition=Q(status="pending"), name="purchaserevision_one_pending"
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at__isnull=True)
                | (Q(status__in=["applied", "refused"]) & Q(decided_at__isnull=False)),
                name="purchaserevision_decided_has_its_time",
            ),
            models.CheckConstraint(condition=Q(kind__in=RevisionKind.values), name="purchaserevision_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.purchase_order_id}/{self.number}"


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
