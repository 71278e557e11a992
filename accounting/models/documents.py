"""Invoices and credit notes as issued, their gapless numbers, and payments."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account
from accounting.models.company import Company
from accounting.models.journal import CurrentXid, DimensionSet, JournalEntry
from accounting.models.open_items import OpenItem
from accounting.models.parties import Address, Party, PersonalData
from accounting.models.tax import TaxCode
from backoffice.core.fields import (
    AmountField,
    CurrencyCodeField,
    QuantityField,
    XidField,
)
from backoffice.core.show import show_number


class NumberSeries(models.Model):
    """A series of legal numbers without gaps; drawn as the last lock of a transaction."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=20)
    prefix = models.CharField(max_length=20, blank=True)
    digits = models.PositiveSmallIntegerField(default=6)
    first_number = models.BigIntegerField(default=1, help_text=_("Above one where another system began the series."))
    next_number = models.BigIntegerField(default=1)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="numberseries_code_unique"),
            models.CheckConstraint(
                condition=Q(first_number__gt=0, next_number__gte=F("first_number")),
                name="numberseries_counts_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.prefix})"


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class Invoice(models.Model):
    """An issued invoice or credit note; amounts are positive on both. Never changed, only credited.

    net + tax + rounding = total, and the lines add up to net and tax (trigger).

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    kind = models.CharField(max_length=12, choices=InvoiceKind)
    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    sequence = models.BigIntegerField()
    number = models.CharField(max_length=40)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, db_constraint=False)
    contact = models.ForeignKey(PersonalData, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    currency = CurrencyCodeField()
    date = models.DateField()
    due_date = models.DateField()
    effective_at = models.DateTimeField()
    net = AmountField()
    tax = AmountField()
    rounding = AmountField(default=0)
    total = AmountField()
    corrects = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="credit_notes",
        db_index=False,
    )
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, db_constraint=False)
    open_item = models.OneToOneField(OpenItem, on_delete=models.PROTECT, db_constraint=False)
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField(null=True, blank=True)
    source_key = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
    )
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("invoice")
        constraints = [
            models.UniqueConstraint(fields=["series", "sequence"], name="invoice_number_unique"),
            models.UniqueConstraint(fields=["company", "source_key"], name="invoice_source_key_unique"),
            models.CheckConstraint(condition=Q(kind__in=InvoiceKind.values), name="invoice_kind_known"),
            models.CheckConstraint(
                condition=Q(total=F("net") + F("tax") + F("rounding")),
                name="invoice_total_adds_up",
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="invoice_total_not_negative"),
        ]
        indexes = [
            models.Index(fields=["company", "-date", "-id"], name="invoice_newest_first"),
            models.Index(fields=["source_type", "source_id"], name="invoice_by_source"),
            models.Index(fields=["number"], name="invoice_by_number"),
            models.Index(fields=["corrects"], condition=Q(corrects__isnull=False), name="invoice_by_corrected"),
            models.Index(fields=["address"], condition=Q(address__isnull=False), name="invoice_by_address"),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLineKind(models.TextChoices):
    GOODS = "goods", _("Goods")
    CHARGE = "charge", _("Charge")
    DISCOUNT = "discount", _("Discount")


class InvoiceLine(models.Model):
    """A line as printed: net = quantity x unit price less its discount, before tax, unrounded.

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=InvoiceLineKind)
    sku_code = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=300)
    quantity = QuantityField()
    unit_price = AmountField()
    net = AmountField()
    tax = AmountField(default=0)
    tax_code = models.ForeignKey(
        TaxCode, null=True, blank=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    exemption_reason = models.CharField(
        max_length=300, blank=True, db_default="", help_text=_("The tax code's of then, where the line bears no tax.")
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    dimension_set = models.ForeignKey(
        DimensionSet, null=True, blank=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    source_type = models.CharField(max_length=40, blank=True, help_text=_("Such as orders.orderline."))
    source_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("invoice line")
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoiceline_position_unique")]
        indexes = [models.Index(fields=["source_type", "source_id"], name="invoiceline_by_source")]

    def __str__(self) -> str:
        return self.description


class PaymentDirection(models.TextChoices):
    IN = "in", _("Received")
    OUT = "out", _("Paid out")


class Payment(models.Model):
    """Money received or paid out; what it pays is said by uses of its open item."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    direction = models.CharField(max_length=3, choices=PaymentDirection)
    method = models.CharField(max_length=40, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        help_text=_("Bank, cash or clearing account."),
    )
    currency = CurrencyCodeField()
    amount = AmountField()
    date = models.DateField()
    effective_at = models.DateTimeField()
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT)
    open_item = models.OneToOneField(OpenItem, on_delete=models.PROTECT)
    source_key = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
    )
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("payment")
        constraints = [
            models.UniqueConstraint(fields=["company", "source_key"], name="payment_source_key_unique"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(direction__in=PaymentDirection.values),
                name="payment_direction_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{PaymentDirection(self.direction).label} {show_number(self.amount, 2)} {self.currency}"
