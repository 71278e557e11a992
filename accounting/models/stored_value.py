"""Money that customers have with us: gift cards, store credit, deposits. A row for each, never one for an account."""

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


class StoredValueKind(models.TextChoices):
    GIFT_CARD = "gift_card", _("Gift card")
    STORE_CREDIT = "store_credit", _("Store credit")
    DEPOSIT = "deposit", _("Deposit")


class StoredValue(models.Model):
    """What we owe for money taken before goods: one gift card, one store credit, one deposit.

    used and base_used are totals of StoredValueUse rows, kept by trigger; 0 <= used <= amount always.
    The code itself is not kept: only its hash, and its last letters to tell cards apart.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12, choices=StoredValueKind)
    party = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: whoever holds the code.")
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT)
    currency = CurrencyCodeField()
    amount = AmountField()
    base_amount = AmountField()
    used = AmountField(db_default=0)
    base_used = AmountField(db_default=0)
    open_amount = models.GeneratedField(expression=F("amount") - F("used"), output_field=AmountField(), db_persist=True)
    code_digest = models.CharField(max_length=64, null=True, blank=True, editable=False)
    code_hint = models.CharField(max_length=4, blank=True, help_text=_("The last letters of the code."))
    date = models.DateField()
    expires_on = models.DateField(null=True, blank=True, help_text=_("The last day it can be spent."))
    source_type = models.CharField(max_length=40, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)
    source_key = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("stored value")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StoredValueKind.values), name="storedvalue_kind_known"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, used__gte=0, used__lte=F("amount")), name="storedvalue_used_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(base_used__gte=0, base_used__lte=F("base_amount")),
                name="storedvalue_base_used_within_base_amount",
            ),
            models.CheckConstraint(
                condition=Q(used__lt=F("amount")) | Q(base_used=F("base_amount")),
                name="storedvalue_last_use_takes_the_rest",
            ),
            models.CheckConstraint(
                condition=Q(kind=StoredValueKind.DEPOSIT) | Q(code_digest__isnull=False),
                name="storedvalue_has_a_code",
            ),
            models.UniqueConstraint(fields=["company", "code_digest"], name="storedvalue_code_unique"),
            models.UniqueConstraint(fields=["company", "source_key"], name="storedvalue_source_key_unique"),
        ]
        indexes = [
            models.Index(fields=["source_type", "source_id"], name="storedvalue_by_source"),
            models.Index(fields=["kind", "-id"], condition=Q(used__lt=F("amount")), name="storedvalue_still_open"),
        ]

    @property
    def number(self) -> str:
        return f"SV-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class ValueUseKind(models.TextChoices):
    SPEND = "spend", _("Spent")
    PAY_OUT = "pay_out", _("Paid out")
    EXPIRE = "expire", _("Expired")


class StoredValueUse(models.Model):
    """A part of a stored value that was spent, paid out or ran out; base_amount: its share. Insert-only."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    stored_value = models.ForeignKey(StoredValue, on_delete=models.PROTECT, related_name="uses")
    kind = models.CharField(max_length=8, choices=ValueUseKind)
    amount = AmountField()
    base_amount = AmountField()
    date = models.DateField()
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT)
    source_key = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("use of stored value")
        verbose_name_plural = _("uses of stored value")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ValueUseKind.values), name="storedvalueuse_kind_known"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, base_amount__gte=0), name="storedvalueuse_amount_positive"
            ),
            models.UniqueConstraint(fields=["company", "source_key"], name="storedvalueuse_source_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.stored_value_id}: {self.amount}"
