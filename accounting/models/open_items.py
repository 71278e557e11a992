"""What is still owed, document by document, and what was used up against it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account
from accounting.models.company import Company
from accounting.models.journal import CurrentXid, JournalEntry
from accounting.models.parties import Party
from backoffice.core.fields import AmountField, CurrencyCodeField, XidField
from backoffice.core.show import in_words, show_number


class Side(models.TextChoices):
    DEBIT = "debit", _("Debit")
    CREDIT = "credit", _("Credit")


class OpenItem(models.Model):
    """One document's claim (debit) or debt (credit) on a control account.

    used and base_used are totals of ItemUse rows, and last_used_on is their latest day, kept by trigger; 0 <= used <=
    amount always.

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=16, help_text=_("invoice, credit_note, payment, bill, deposit …"))
    side = models.CharField(max_length=6, choices=Side)
    currency = CurrencyCodeField()
    amount = AmountField()
    base_amount = AmountField()
    used = AmountField(db_default=0)
    base_used = AmountField(db_default=0)
    open_amount = models.GeneratedField(expression=F("amount") - F("used"), output_field=AmountField(), db_persist=True)
    date = models.DateField()
    due_date = models.DateField()
    last_used_on = models.DateField(null=True, editable=False, help_text=_("The latest day of its uses."))

    class Meta:
        verbose_name = _("open item")
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="openitem_side_known"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, used__gte=0, used__lte=F("amount")),
                name="openitem_used_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(base_used__gte=0, base_used__lte=F("base_amount")),
                name="openitem_base_used_within_base_amount",
            ),
            models.CheckConstraint(
                condition=Q(used__lt=F("amount")) | Q(base_used=F("base_amount")) | Q(amount=0),
                name="openitem_last_use_takes_the_rest",
            ),
        ]
        indexes = [
            models.Index(
                fields=["party", "due_date"],
                condition=Q(used__lt=F("amount")),
                name="openitem_still_open",
            ),
            # What was open on a past day and is not now: used since, and older than that day.
            models.Index(fields=["last_used_on", "date"], name="openitem_by_last_use"),
        ]

    def __str__(self) -> str:
        return f"{in_words(self.kind)} {show_number(self.open_amount, 2)} {self.currency}"


class ItemUse(models.Model):
    """A debit item settled against a credit item; a negative amount takes it back. Insert-only.

    debit_base and credit_base are what each side's own rate makes of amount; their difference is posted
    as a realised exchange gain or loss under `entry`.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    debit_item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="uses_as_debit")
    credit_item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="uses_as_credit")
    amount = AmountField()
    debit_base = AmountField()
    credit_base = AmountField()
    date = models.DateField()
    entry = models.ForeignKey(JournalEntry, null=True, blank=True, on_delete=models.PROTECT)
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
        verbose_name = _("settlement of open items")
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="itemuse_amount_not_zero"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, debit_base__gte=0, credit_base__gte=0)
                | Q(amount__lt=0, debit_base__lte=0, credit_base__lte=0),
                name="itemuse_base_has_the_same_sign",
            ),
            models.CheckConstraint(
                condition=Q(debit_base=F("credit_base")) | Q(entry__isnull=False),
                name="itemuse_difference_is_posted",
            ),
            models.UniqueConstraint(fields=["company", "source_key"], name="itemuse_source_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.debit_item_id} / {self.credit_item_id}: {self.amount}"
