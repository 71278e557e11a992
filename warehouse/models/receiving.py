"""What came in at the dock: deliveries from suppliers and returns from customers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from backoffice.core.fields import QuantityField
from inventory.models import (
    AdvanceNotice,
    Location,
    Lot,
    PurchaseOrder,
    PurchaseOrderLine,
    Sku,
    StockMove,
    Warehouse,
)
from orders.models import ReturnLine, ReturnOrder


class ReceiptStatus(models.TextChoices):
    EXPECTED = "expected", _("Expected")
    ARRIVED = "arrived", _("Arrived")
    RECEIVING = "receiving", _("Receiving")
    RECEIVED = "received", _("Received")
    PUT_AWAY = "put_away", _("Put away")
    POSTED_BACK = "posted_back", _("Posted back")
    CANCELLED = "cancelled", _("Cancelled")


class Receipt(models.Model):
    """One delivery: for a purchase order, a return parcel, or blind (nobody ordered it: its supplier is named).

    It may be counted line by line while its status is receiving; it is put away when its last task is done.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    purchase_order = models.ForeignKey(
        PurchaseOrder,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    return_order = models.ForeignKey(
        ReturnOrder,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    status = models.CharField(max_length=12, choices=ReceiptStatus, default=ReceiptStatus.RECEIVING)
    reference = models.CharField(max_length=60, blank=True, help_text=_("The supplier's delivery note."))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    device = models.CharField(max_length=60, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    put_away_at = models.DateTimeField(null=True, blank=True)
    notice = models.ForeignKey(
        AdvanceNotice, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="receipts"
    )
    supplier = models.ForeignKey(
        Party,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
        help_text=_("Of a delivery that nobody ordered."),
    )
    dock = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    is_blind = models.BooleanField(
        _("blind"), default=False, db_default=False, help_text=_("Counted without being told what to expect.")
    )
    note = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("receipt")
        indexes = [
            models.Index(
                fields=["warehouse", "id"],
                condition=Q(status__in=["expected", "arrived", "receiving", "received"]),
                name="receipt_open_work",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ReceiptStatus.values),
                name="receipt_status_known",
            ),
            models.CheckConstraint(
                condition=Q(purchase_order__isnull=True) | Q(return_order__isnull=True),
                name="receipt_of_one_document",
            ),
            models.UniqueConstraint(
                fields=["notice"],
                condition=Q(notice__isnull=False) & ~Q(status="cancelled"),
                name="receipt_notice_once",
            ),
            models.UniqueConstraint(
                fields=["purchase_order", "reference"],
                condition=Q(purchase_order__isnull=False) & ~Q(reference=""),
                name="receipt_delivery_note_once",
            ),
        ]

    @property
    def number(self) -> str:
        return f"GR-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class ReceiptLine(models.Model):
    """A quantity accepted into a location. Insert-only."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines")
    purchase_order_line = models.ForeignKey(PurchaseOrderLine, null=True, blank=True, on_delete=models.PROTECT)
    return_line = models.ForeignKey(ReturnLine, null=True, blank=True, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_index=False)
    quantity = QuantityField()
    move = models.OneToOneField(StockMove, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("receipt line")
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="receiptline_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class OverDeliveryStatus(models.TextChoices):
    WAITING = "waiting", _("Waits for approval")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")


class OverDelivery(models.Model):
    """Goods beyond what was ordered and tolerated: not in the books until another person accepts them."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    purchase_order_line = models.ForeignKey(PurchaseOrderLine, on_delete=models.PROTECT, related_name="over_deliveries")
    quantity = QuantityField()
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_index=False)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    reference = models.CharField(max_length=60, blank=True, help_text=_("The supplier's delivery note."))
    status = models.CharField(max_length=8, choices=OverDeliveryStatus, default=OverDeliveryStatus.WAITING)
    receipt = models.OneToOneField(Receipt, null=True, blank=True, on_delete=models.PROTECT)
    arrived_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_by_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("over-delivery")
        verbose_name_plural = _("over-deliveries")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="overdelivery_quantity_positive"),
            models.CheckConstraint(
                condition=Q(status="accepted", receipt__isnull=False)
                | (Q(status__in=["waiting", "refused"]) & Q(receipt__isnull=True)),
                name="overdelivery_accepted_has_its_receipt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.purchase_order_line_id}"
