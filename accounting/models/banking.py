"""Bank accounts, their statements and lines as the bank says them, and what each line is matched with."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account
from accounting.models.company import Company, Currency
from accounting.models.documents import Payment
from accounting.models.journal import CurrentXid, JournalEntry
from accounting.models.open_items import OpenItem
from accounting.models.parties import Party
from backoffice.core.fields import AmountField, CurrencyCodeField, XidField


class BankCsvProfile(models.Model):
    """How a bank's CSV files are laid out: which header holds what, and how dates and amounts are written."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    delimiter = models.CharField(max_length=1, default=",")
    decimal = models.CharField(
        max_length=1, default=".", choices=[(".", "1,234.56"), (",", "1.234,56")], verbose_name=_("amounts look like")
    )
    date_format = models.CharField(
        max_length=20,
        default="%Y-%m-%d",
        choices=[
            ("%Y-%m-%d", "2026-12-31"), ("%d.%m.%Y", "31.12.2026"), ("%d/%m/%Y", "31/12/2026"),
            ("%m/%d/%Y", "12/31/2026"), ("%d-%m-%Y", "31-12-2026"), ("%d.%m.%y", "31.12.26"), ("%m/%d/%y", "12/31/26"),
            ("%Y%m%d", "20261231"), ("%Y-%m-%d %H:%M:%S", "2026-12-31 23:59:59"),
        ],
    )  # fmt: skip
    encoding = models.CharField(
        max_length=20, default="utf-8-sig", choices=[("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"),
                                                     ("cp1251", "Windows-1251"), ("utf-16", "UTF-16")],
    )  # fmt: skip
    currency = models.ForeignKey(
        Currency, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Where no column says it.")
    )
    date_column = models.CharField(max_length=80)
    amount_column = models.CharField(max_length=80, blank=True, help_text=_("Or debit and credit columns apart."))
    debit_column = models.CharField(max_length=80, blank=True)
    credit_column = models.CharField(max_length=80, blank=True)
    spent_is_positive = models.BooleanField(default=False, help_text=_("As on card statements."))
    value_date_column = models.CharField(max_length=80, blank=True)
    name_column = models.CharField(max_length=80, blank=True)
    text_columns = models.CharField(max_length=300, blank=True, help_text=_("Several parted by “+”."))
    account_column = models.CharField(max_length=80, blank=True)
    currency_column = models.CharField(max_length=80, blank=True)
    balance_column = models.CharField(max_length=80, blank=True)
    reference_column = models.CharField(max_length=80, blank=True)
    bank_reference_column = models.CharField(max_length=80, blank=True, help_text=_("The bank's own id of a booking."))
    counterparty_column = models.CharField(max_length=80, blank=True, help_text=_("The other side's account."))

    class Meta:
        verbose_name = _("CSV profile of a bank")
        verbose_name_plural = _("CSV profiles of banks")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="bankcsvprofile_name_unique"),
            models.CheckConstraint(
                condition=~Q(amount_column="") | ~Q(debit_column="", credit_column=""),
                name="bankcsvprofile_amount_somewhere",
                violation_error_message=_("Name the amount's column, or those of debit and credit."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BankAccount(models.Model):
    """An account of ours at a bank or payment service, kept on one account of the chart.

    number_key: the number as statements are compared by.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    number = models.CharField(max_length=60, help_text=_("IBAN, or the number that statements give."))
    number_key = models.CharField(max_length=60, editable=False)
    bank_code = models.CharField(max_length=20, blank=True, help_text=_("BIC of the bank."))
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, help_text=_("Of the chart, for this bank account alone.")
    )
    write_off_limit = AmountField(
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("Differences up to this are written off with a match."),
    )
    csv_profile = models.ForeignKey(
        BankCsvProfile, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("CSV profile")
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("bank account")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "number_key"], name="bankaccount_number_unique"),
            models.CheckConstraint(condition=~Q(number_key=""), name="bankaccount_number_given"),
            models.CheckConstraint(condition=Q(write_off_limit__gte=0), name="bankaccount_limit_not_negative"),
        ]
        permissions = [
            ("import_bankstatement", "Can take bank statements in"),
            ("match_bankline", "Can match bank lines"),
            ("reconcile_bankaccount", "Can reconcile bank accounts and reopen what is reconciled"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.currency_id})"

    def clean(self) -> None:
        self.number_key = plain_number(self.number)
        super().clean()

    def save(self, *args: object, **values: object) -> None:
        self.number_key = plain_number(self.number)
        super().save(*args, **values)  # type: ignore[arg-type]


def plain_number(number: str) -> str:
    """Capitals and digits only."""
    return "".join(letter for letter in number.upper() if letter.isascii() and letter.isalnum() or letter == "*")


class BankStatement(models.Model):
    """A statement as taken in; its lines are those that no earlier statement had brought. Never changed."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT)
    format = models.CharField(max_length=10)
    reference = models.CharField(max_length=60, blank=True)
    sequence = models.CharField(max_length=30, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    digest = models.CharField(max_length=32)
    first_date = models.DateField(null=True)
    last_date = models.DateField(null=True)
    opening_date = models.DateField(null=True)
    opening = AmountField(null=True)
    closing_date = models.DateField(null=True)
    closing = AmountField(null=True)
    new_lines = models.PositiveIntegerField(default=0)
    known_lines = models.PositiveIntegerField(default=0)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("bank statement")
        constraints = [
            models.UniqueConstraint(fields=["bank_account", "digest"], name="bankstatement_once"),
            models.CheckConstraint(
                condition=Q(closing__isnull=True, closing_date__isnull=True)
                | Q(closing__isnull=False, closing_date__isnull=False),
                name="bankstatement_closing_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.reference or f"#{self.pk}"


class BankLine(models.Model):
    """A booking as the bank says it: credits positive. matched is the total of its matches, kept by trigger.

    identity tells bookings apart, so that the same one comes in once whatever statement brings it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, db_index=False)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    date = models.DateField()
    value_date = models.DateField(null=True, blank=True)
    currency = CurrencyCodeField()
    amount = AmountField()
    matched = AmountField(db_default=0)
    name = models.CharField(max_length=140, blank=True)
    counterparty = models.CharField(max_length=60, blank=True, help_text=_("The other side's account."))
    text = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=140, blank=True)
    bank_reference = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=60, blank=True)
    is_reversal = models.BooleanField(default=False)
    parts = models.JSONField(default=list, blank=True)
    identity = models.CharField(max_length=40)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("bank line")
        constraints = [
            models.UniqueConstraint(fields=["bank_account", "identity"], name="bankline_once"),
            models.CheckConstraint(
                condition=Q(matched=0) | Q(matched__gt=0, matched__lte=F("amount"))
                | Q(matched__lt=0, matched__gte=F("amount")),
                name="bankline_matched_within_amount",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["bank_account", "date", "id"], condition=~Q(matched=F("amount")), name="bankline_unmatched"
            ),
            models.Index(fields=["bank_account", "date", "id"], name="bankline_by_date"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.amount} {self.currency}"

    @property
    def open_amount(self) -> Decimal:
        return self.amount - self.matched

    @property
    def is_matched(self) -> bool:
        return self.matched == self.amount


class RuleAction(models.TextChoices):
    ACCOUNT = "account", _("Post to an account")
    TRANSFER = "transfer", _("Transfer between own accounts")
    PARTY = "party", _("Settle a party's oldest documents")


class RuleDirection(models.TextChoices):
    BOTH = "", _("Money in and out")
    IN = "in", _("Money in")
    OUT = "out", _("Money out")


class BankRule(models.Model):
    """What becomes of lines like these; the first rule that fits counts. automatic: matched when taken in."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=10, help_text=_("Lower ones are asked first."))
    is_active = models.BooleanField(default=True)
    automatic = models.BooleanField(default=False, help_text=_("Match without asking; otherwise it only suggests."))
    bank_account = models.ForeignKey(
        BankAccount, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: every account.")
    )
    direction = models.CharField(max_length=3, choices=RuleDirection, blank=True, default="")
    text_contains = models.CharField(
        max_length=120, blank=True, help_text=_("In the text, name, reference or kind; several parted by “|”.")
    )
    counterparty = models.CharField(max_length=60, blank=True, help_text=_("The other side's account."))
    min_amount = AmountField(null=True, blank=True, help_text=_("Without its sign."))
    max_amount = AmountField(null=True, blank=True, help_text=_("Without its sign."))
    action = models.CharField(max_length=10, choices=RuleAction, default=RuleAction.ACCOUNT)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT)
    transfer_to = models.ForeignKey(
        BankAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="rules_to"
    )
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("bank rule")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="bankrule_name_unique"),
            models.CheckConstraint(condition=Q(action__in=RuleAction.values), name="bankrule_action_known"),
            models.CheckConstraint(condition=Q(direction__in=RuleDirection.values), name="bankrule_direction_known"),
            models.CheckConstraint(
                condition=Q(action="account", account__isnull=False)
                | Q(action="transfer", transfer_to__isnull=False)
                | Q(action="party", party__isnull=False),
                name="bankrule_action_has_its_target",
                violation_error_message=_("Say which account, own account or party the action is for."),
            ),
            models.CheckConstraint(
                condition=~Q(text_contains="") | ~Q(counterparty="") | Q(min_amount__isnull=False)
                | Q(max_amount__isnull=False),
                name="bankrule_has_a_condition",
                violation_error_message=_("A rule needs a text, the other side's account, or an amount."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class MatchKind(models.TextChoices):
    PAYMENT = "payment", _("Payment")
    ACCOUNT = "account", _("Account")
    TRANSFER = "transfer", _("Transfer between own accounts")
    ENTRY = "entry", _("Posted before")


class BankMatch(models.Model):
    """A part of a line tied to the entry that posts it to the bank's account; a negative one unties it. Insert-only."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="matches")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10, choices=MatchKind)
    amount = AmountField()
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT)
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT)
    written_off = models.ForeignKey(
        OpenItem, null=True, blank=True, on_delete=models.PROTECT, help_text=_("The difference given up with it.")
    )
    rule = models.ForeignKey(BankRule, null=True, blank=True, on_delete=models.PROTECT)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    why = models.CharField(max_length=300, blank=True)
    source_key = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("match of a bank line")
        verbose_name_plural = _("matches of bank lines")
        constraints = [
            models.UniqueConstraint(fields=["company", "source_key"], name="bankmatch_source_key_unique"),
            models.CheckConstraint(condition=~Q(amount=0), name="bankmatch_amount_not_zero"),
            models.CheckConstraint(condition=Q(kind__in=MatchKind.values), name="bankmatch_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class BankReconciliation(models.Model):
    """A closing balance agreed with the books, kept for ever: no later posting may change the books up to its day.

    book: the books' balance then; outstanding: what the books had and the bank had not. closing + outstanding = book.
    reopens: takes an earlier one back, with the reason.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT)
    date = models.DateField()
    closing = AmountField()
    book = AmountField()
    outstanding = AmountField(default=0)
    reopens = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reopened_by")
    reason = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("reconciliation")
        constraints = [
            models.CheckConstraint(
                condition=Q(book=F("closing") + F("outstanding")), name="bankreconciliation_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(reopens__isnull=True) | ~Q(reason=""), name="bankreconciliation_reopened_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.closing}"
