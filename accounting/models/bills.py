"""What suppliers bill and credit us, the paper it came on, and why one does not agree."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account
from accounting.models.company import Company
from accounting.models.journal import DimensionSet, JournalEntry
from accounting.models.open_items import OpenItem
from accounting.models.parties import Party
from accounting.models.tax import TaxCode
from accounting.papers import paper_path
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField


class BillKind(models.TextChoices):
    BILL = "bill", _("Bill")
    CREDIT_NOTE = "credit_note", _("Supplier credit note")


class BillStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    MATCHING = "matching", _("Matching")
    EXCEPTION = "exception", _("Exception")
    APPROVED = "approved", _("Approved")
    POSTED = "posted", _("Posted")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    REVERSED = "reversed", _("Reversed")


STORED_STATUSES = tuple(value for value in BillStatus.values if value not in ("partly_paid", "paid"))


class Bill(models.Model):
    """A supplier's bill or credit note; amounts are positive on both.

    A draft may change and be deleted; once posted it only may be reversed (trigger). status is what was decided;
    partly paid and paid are read from the open item (`state`). total is typed from the paper: the lines and their
    tax must come to it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=BillKind, default=BillKind.BILL)
    status = models.CharField(max_length=12, choices=BillStatus, default=BillStatus.DRAFT)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="bills", verbose_name=_("supplier"))
    number = models.CharField(max_length=60, help_text=_("The supplier's own number."))
    bill_date = models.DateField()
    due_date = models.DateField(help_text=_("By the supplier's payment terms, if it is left empty."))
    currency = CurrencyCodeField()
    exchange_rate = models.DecimalField(
        max_digits=24,
        decimal_places=12,
        null=True,
        blank=True,
        help_text=_("Of the bill's currency to ours; empty: the company's rate of the bill's day."),
    )
    net = AmountField(default=0)
    tax = AmountField(default=0)
    total = AmountField(help_text=_("As the paper says."))
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="credit_notes", db_index=False
    )
    note = models.CharField(max_length=300, blank=True)
    credit_expected = AmountField(default=0, help_text=_("What the supplier was asked to credit, before tax."))
    waits_for_goods = models.BooleanField(default=False, help_text=_("Matched again when goods of its orders arrive."))
    entry = models.OneToOneField(
        JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="bill_of_entry"
    )
    open_item = models.OneToOneField(OpenItem, null=True, blank=True, on_delete=models.PROTECT)
    reversal_entry = models.OneToOneField(
        JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="bill_of_reversal"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_by_label = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    posted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("bill")
        permissions = [
            ("approve_bill", "Can approve bills that differ from order and receipt"),
            ("post_bill", "Can post and reverse bills"),
            ("pay_bill", "Can pay bills"),
        ]
        constraints = [
            models.UniqueConstraint(
                F("party"),
                F("kind"),
                Upper("number"),
                condition=~Q(status="reversed"),
                name="bill_number_once_a_supplier",
            ),
            models.CheckConstraint(condition=Q(kind__in=BillKind.values), name="bill_kind_known"),
            models.CheckConstraint(condition=Q(status__in=STORED_STATUSES), name="bill_status_known"),
            models.CheckConstraint(condition=Q(total__gte=0, credit_expected__gte=0), name="bill_amounts_not_negative"),
            models.CheckConstraint(condition=~Q(number=""), name="bill_has_a_number"),
            models.CheckConstraint(
                condition=Q(status__in=["posted", "reversed"], entry__isnull=False, open_item__isnull=False)
                | (~Q(status__in=["posted", "reversed"]) & Q(entry__isnull=True, open_item__isnull=True)),
                name="bill_posted_has_its_entry",
            ),
            models.CheckConstraint(
                condition=Q(status="reversed", reversal_entry__isnull=False)
                | (~Q(status="reversed") & Q(reversal_entry__isnull=True)),
                name="bill_reversed_has_its_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-bill_date", "-id"], name="bill_newest_first"),
            models.Index(
                fields=["company", "status"],
                condition=Q(status__in=["draft", "matching", "exception", "approved"]),
                name="bill_to_be_worked_on",
            ),
            models.Index(fields=["corrects"], condition=Q(corrects__isnull=False), name="bill_by_corrected"),
        ]

    @property
    def state(self) -> str:
        """The status with what was paid: posted, partly_paid or paid by the open item."""
        if self.status != BillStatus.POSTED or self.open_item is None:
            return self.status
        if self.open_item.open_amount == 0:
            return BillStatus.PAID
        return BillStatus.PARTLY_PAID if self.open_item.used else BillStatus.POSTED

    @property
    def state_display(self) -> str:
        return str(BillStatus(self.state).label)

    def __str__(self) -> str:
        return self.number


class BillLineKind(models.TextChoices):
    GOODS = "goods", _("Goods")
    PRICE = "price", _("Price difference")
    LANDED_COST = "landed_cost", _("Landed cost")
    EXPENSE = "expense", _("Expense")


class BillLine(models.Model):
    """A line as the paper has it: net before tax in the bill's currency.

    Goods say what they are by their source: a receipt ("inventory.grniitem"), an order line
    ("inventory.purchaseorderline") or a bill's line ("accounting.billline"). Expenses and landed cost have the account.
    A reverse charge's tax is owed and deducted by us: it is not part of the paper's total.
    """

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=BillLineKind)
    sku_code = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=300, blank=True)
    quantity = QuantityField(default=1)
    unit_price = AmountField()
    net = AmountField()
    tax = AmountField(default=0)
    tax_code = models.ForeignKey(TaxCode, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    reverse_charge = models.BooleanField(default=False)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    dimension_set = models.ForeignKey(DimensionSet, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    source_type = models.CharField(max_length=40, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("bill line")
        constraints = [
            models.UniqueConstraint(fields=["bill", "position"], name="billline_position_unique"),
            models.CheckConstraint(condition=Q(kind__in=BillLineKind.values), name="billline_kind_known"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, net__gte=0, unit_price__gte=0), name="billline_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(kind="expense") | Q(account__isnull=False), name="billline_expense_has_an_account"
            ),
        ]
        indexes = [models.Index(fields=["source_type", "source_id"], name="billline_by_source")]

    def __str__(self) -> str:
        return self.description or self.sku_code


class BillReason(models.TextChoices):
    PRICE_OVER = "price_over", _("Price is higher")
    QUANTITY_OVER = "quantity_over", _("More than ordered")
    NOT_RECEIVED = "not_received", _("Not received yet")
    NO_ORDER = "no_order", _("No purchase order")
    DUPLICATE = "duplicate", _("Looks like another bill")
    TAX_DIFFERS = "tax_differs", _("Tax differs")
    CURRENCY_DIFFERS = "currency_differs", _("Currency differs")
    TOTAL_OVER = "total_over", _("Too much in all")
    CREDIT_SHORT = "credit_short", _("Less is credited than is owed")


class BillException(models.Model):
    """Why a bill was not approved by itself. The findings of the last match are open; older ones are closed."""

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="exceptions")
    line = models.ForeignKey(BillLine, null=True, blank=True, on_delete=models.CASCADE, db_index=False)
    reason = models.CharField(max_length=20, choices=BillReason)
    expected = models.CharField(max_length=60, blank=True)
    found = models.CharField(max_length=60, blank=True)
    difference = AmountField(default=0, help_text=_("In the bill's currency; units where it is about a quantity."))
    found_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True, help_text=_("What was decided."))
    closed_by_label = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("bill exception")
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=BillReason.values), name="billexception_reason_known"),
        ]
        indexes = [
            models.Index(fields=["reason"], condition=Q(closed_at__isnull=True), name="billexception_open"),
        ]

    def __str__(self) -> str:
        return str(BillReason(self.reason).label)


class BillPaper(models.Model):
    """The scanned paper, or the file it came as, in the storage; its name is its content's, so it never changes."""

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="papers")
    file = models.FileField(upload_to=paper_path, max_length=120)
    name = models.CharField(max_length=120, help_text=_("As it was called when it was uploaded."))
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    added_by_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("paper of a bill")
        verbose_name_plural = _("papers of bills")

    def __str__(self) -> str:
        return self.name


def lines_total(lines: Any) -> Any:
    """What the lines come to as the paper counts: net and tax, without tax that is a reverse charge."""
    return sum(line.net + (0 if line.reverse_charge else line.tax) for line in lines)
