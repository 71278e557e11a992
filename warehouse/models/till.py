"""The shop counter: tills, their shifts, receipts and cash; orders that are fetched there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, JournalEntry, StoredValue
from backoffice.core.fields import AmountField, CurrencyCodeField
from inventory.models import Warehouse
from orders.models import Channel, Order, PaymentMethod, ReturnOrder


class Till(models.Model):
    """A counter of a shop. It sells from the shop's warehouse, in a channel of its own."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.SlugField()
    name = models.CharField(max_length=120)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    channel = models.OneToOneField(Channel, on_delete=models.PROTECT)
    receipt_text = models.CharField(max_length=300, blank=True, help_text=_("Below each receipt."))
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("till")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="till_code_unique")]

    def __str__(self) -> str:
        return self.name


class ShiftStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class TillShift(models.Model):
    """From the opening of a till with a float to the count of its cash. One is open at a time."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="shifts")
    status = models.CharField(max_length=6, choices=ShiftStatus, default=ShiftStatus.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    float_amount = AmountField(help_text=_("Cash in the drawer at the start."))
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    expected = AmountField(null=True, blank=True, help_text=_("Cash that should be there at the end."))
    counted = AmountField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    entry = models.ForeignKey(
        JournalEntry, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Of the difference.")
    )

    class Meta:
        verbose_name = _("till shift")
        constraints = [
            models.UniqueConstraint(fields=["till"], condition=Q(status="open"), name="tillshift_one_open"),
            models.CheckConstraint(condition=Q(float_amount__gte=0), name="tillshift_float_not_negative"),
            models.CheckConstraint(condition=Q(status__in=ShiftStatus.values), name="tillshift_status_known"),
            models.CheckConstraint(
                condition=Q(status="open") | Q(closed_at__isnull=False, counted__gte=0, expected__isnull=False),
                name="tillshift_closed_is_counted",
            ),
        ]

    @property
    def number(self) -> str:
        return f"Z-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class TillReceiptKind(models.TextChoices):
    SALE = "sale", _("Sale")
    RETURN = "return", _("Return")
    PICKUP = "pickup", _("Pickup")


class TillReceipt(models.Model):
    """What a customer was given at a counter. client_id makes a sale one sale, however often it is sent. Insert-only."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    shift = models.ForeignKey(TillShift, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=6, choices=TillReceiptKind)
    client_id = models.UUIDField()
    content_hash = models.CharField(max_length=32)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="till_receipts")
    return_order = models.ForeignKey(ReturnOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    currency = CurrencyCodeField()
    total = AmountField(help_text=_("Negative for a return."))
    change = AmountField(default=0)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("till receipt")
        permissions = [
            ("discount_tillreceipt", "Can give discounts at the till"),
            ("return_tillreceipt", "Can take goods back at the till"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["company", "client_id"], name="tillreceipt_client_id_unique"),
            models.CheckConstraint(condition=Q(kind__in=TillReceiptKind.values), name="tillreceipt_kind_known"),
            models.CheckConstraint(condition=Q(change__gte=0), name="tillreceipt_change_not_negative"),
        ]

    @property
    def number(self) -> str:
        return f"R-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class TillTender(models.Model):
    """How a receipt was paid, change deducted; negative where money was given back. Insert-only."""

    receipt = models.ForeignKey(TillReceipt, on_delete=models.PROTECT, related_name="tenders")
    method = models.CharField(max_length=12, choices=PaymentMethod)
    amount = AmountField()
    reference = models.CharField(max_length=120, blank=True)
    stored_value = models.ForeignKey(StoredValue, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("tender")
        constraints = [
            models.CheckConstraint(condition=Q(method__in=PaymentMethod.values), name="tilltender_method_known"),
            models.CheckConstraint(condition=~Q(amount=0), name="tilltender_amount_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.amount}"


class CashMoveKind(models.TextChoices):
    FROM_BANK = "from_bank", _("From the bank")
    TO_BANK = "to_bank", _("To the bank")
    EXPENSE = "expense", _("Petty expense")


class CashMove(models.Model):
    """Cash put into the drawer (positive) or taken out of it, beside sales. Insert-only, posted."""

    shift = models.ForeignKey(TillShift, on_delete=models.PROTECT, related_name="cash_moves")
    kind = models.CharField(max_length=9, choices=CashMoveKind)
    client_id = models.UUIDField(unique=True)
    amount = AmountField()
    reason = models.CharField(max_length=300)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("cash move")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CashMoveKind.values), name="cashmove_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="from_bank", amount__gt=0) | (~Q(kind="from_bank") & Q(amount__lt=0)),
                name="cashmove_sign_of_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class ParkedSale(models.Model):
    """A basket put aside while the next customer is served."""

    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="parked")
    name = models.CharField(max_length=60)
    basket = models.JSONField()
    parked_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("parked sale")

    def __str__(self) -> str:
        return self.name


class PickupStatus(models.TextChoices):
    WAITING = "waiting", _("To be set aside")
    READY = "ready", _("Ready for pickup")
    COLLECTED = "collected", _("Collected")
    CANCELLED = "cancelled", _("Cancelled")


class Pickup(models.Model):
    """An order that its customer fetches in a shop. The code is told to the customer and asked for at the counter."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    status = models.CharField(max_length=9, choices=PickupStatus, default=PickupStatus.WAITING)
    code = models.CharField(max_length=8)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    collected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pickup")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PickupStatus.values), name="pickup_status_known"),
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "status", "asked_at"],
                condition=Q(status__in=["waiting", "ready"]),
                name="pickup_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order} ({self.get_status_display()})"
