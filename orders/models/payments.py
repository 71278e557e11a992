"""What was paid for an order: authorised, captured, voided, refunded."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounting.models import Company, JournalEntry, StoredValue
from backoffice.core.fields import AmountField, CurrencyCodeField
from orders.models.channels import Channel
from orders.models.orders import Order


class PaymentMethod(models.TextChoices):
    CARD = "card", _("Card")
    CASH = "cash", pgettext_lazy("means of payment", "Cash")
    BANK = "bank", _("Bank transfer")
    ONLINE = "online", _("Online")
    GIFT_CARD = "gift_card", _("Gift card")
    STORE_CREDIT = "store_credit", _("Store credit")
    OTHER = "other", _("Other")


class OrderPayment(models.Model):
    """One payment for an order, as its channel or a till knows it: one row for each (channel, external id).

    authorised, captured, voided and refunded are totals of its events, kept by trigger.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=120)
    method = models.CharField(max_length=12, choices=PaymentMethod)
    reference = models.CharField(
        max_length=120, blank=True, help_text=_("Of the terminal, the bank or the payment service.")
    )
    stored_value = models.ForeignKey(
        StoredValue, null=True, blank=True, on_delete=models.PROTECT, help_text=_("The gift card or credit that pays.")
    )
    currency = CurrencyCodeField()
    authorised = AmountField(db_default=0)
    captured = AmountField(db_default=0)
    voided = AmountField(db_default=0)
    refunded = AmountField(db_default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("order payment")
        permissions = [("refund_orderpayment", "Can refund order payments")]
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="orderpayment_external_id_unique"),
            models.CheckConstraint(condition=Q(method__in=PaymentMethod.values), name="orderpayment_method_known"),
            models.CheckConstraint(condition=~Q(external_id=""), name="orderpayment_external_id_given"),
            models.CheckConstraint(
                condition=Q(captured__gte=0, voided__gte=0, authorised__gte=F("captured") + F("voided")),
                name="orderpayment_captured_within_authorised",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("captured")), name="orderpayment_refunded_within_captured"
            ),
        ]

    @property
    def number(self) -> str:
        return f"PAY-{self.pk:06d}"

    @property
    def to_capture(self) -> Decimal:
        return self.authorised - self.captured - self.voided

    @property
    def to_refund(self) -> Decimal:
        return self.captured - self.refunded

    def __str__(self) -> str:
        return self.number


class PaymentEventKind(models.TextChoices):
    AUTHORISE = "authorise", _("Authorised")
    CAPTURE = "capture", _("Captured")
    VOID = "void", _("Voided")
    REFUND = "refund", _("Refunded")


class OrderPaymentEvent(models.Model):
    """One thing that happened to a payment. Insert-only. deposit: what a capture was taken in as."""

    payment = models.ForeignKey(OrderPayment, on_delete=models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=9, choices=PaymentEventKind)
    amount = AmountField()
    source_key = models.CharField(max_length=120, help_text=_("The same key again is the same event."))
    method = models.CharField(max_length=12, choices=PaymentMethod, help_text=_("Of a refund: where it went."))
    reference = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    deposit = models.ForeignKey(StoredValue, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("payment event")
        constraints = [
            models.UniqueConstraint(fields=["payment", "source_key"], name="orderpaymentevent_source_key_unique"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="orderpaymentevent_amount_positive"),
            models.CheckConstraint(condition=Q(kind__in=PaymentEventKind.values), name="orderpaymentevent_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="capture") | Q(deposit__isnull=False), name="orderpaymentevent_capture_is_posted"
            ),
            models.CheckConstraint(
                condition=~Q(kind="refund") | Q(entry__isnull=False), name="orderpaymentevent_refund_is_posted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
