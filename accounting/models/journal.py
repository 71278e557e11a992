"""The money book: entries and their lines, inserted and never changed."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account
from accounting.models.company import Company
from accounting.models.parties import Party
from backoffice.core.fields import AmountField, CurrencyCodeField, XidField


class CurrentXid(Func):
    """The transaction's own id."""

    function = "pg_current_xact_id"
    arity = 0
    output_field = XidField()


class DateRange(Func):
    function = "daterange"
    output_field = DateRangeField()


class PeriodState(models.TextChoices):
    OPEN = "open", _("Open")
    SOFT_CLOSED = "soft_closed", _("Soft-closed")
    LOCKED = "locked", _("Locked")


class Period(models.Model):
    """A stretch of days that is open for posting or not. Entries share-lock it, closing takes it whole."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    start_date = models.DateField()
    end_date = models.DateField(help_text=_("The last day of the period."))
    state = models.CharField(max_length=12, choices=PeriodState, default=PeriodState.OPEN)
    closed_books = ArrayField(
        models.CharField(max_length=12),
        default=list,
        db_default=[],
        help_text=_("Sub-ledgers that are closed while the period is open."),
    )

    class Meta:
        verbose_name = _("period")
        permissions = [
            ("close_period", "Can close periods and books"),
            ("reopen_period", "Can reopen periods and books"),
        ]
        ordering = ["start_date"]
        indexes = [models.Index(fields=["company", "end_date"], name="period_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gte=F("start_date")),
                name="period_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(state__in=PeriodState.values), name="period_state_known"),
            ExclusionConstraint(
                name="period_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    (
                        DateRange(
                            "start_date",
                            "end_date",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start_date:%Y-%m} ({self.get_state_display()})"


class Subledger(models.TextChoices):
    """Which book caused an entry; a control account takes lines of its own sub-ledger only."""

    GENERAL = "general", _("General")
    RECEIVABLE = "receivable", _("Receivable")
    PAYABLE = "payable", _("Payable")
    INVENTORY = "inventory", _("Inventory")
    STORED_VALUE = "stored_value", _("Stored value")


class JournalEntry(models.Model):
    """One balanced posting. Corrected by a mirror entry, never edited.

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    date = models.DateField(help_text=_("The day it counts for, in an open period."))
    effective_at = models.DateTimeField(help_text=_("When it happened."))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    subledger = models.CharField(max_length=12, choices=Subledger)
    source_type = models.CharField(max_length=40, blank=True, help_text=_("Such as orders.shipment."))
    source_id = models.BigIntegerField(null=True, blank=True)
    source_key = models.CharField(max_length=120)
    content_hash = models.CharField(max_length=32)
    memo = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversed_by",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
    )
    actor_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        constraints = [
            models.UniqueConstraint(fields=["company", "source_key"], name="journalentry_source_key_unique"),
            models.CheckConstraint(
                condition=Q(subledger__in=Subledger.values),
                name="journalentry_subledger_known",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "date", "id"], name="journalentry_by_date"),
            models.Index(fields=["source_type", "source_id"], name="journalentry_by_source"),
            models.Index(fields=["xid"], name="journalentry_by_xid"),  # what the rollup has not folded yet
        ]

    def __str__(self) -> str:
        return f"JE-{self.pk}"


class DimensionSet(models.Model):
    """One combination of axis values (`channel=web;warehouse=LON`), shared by the lines that carry it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    key = models.CharField(max_length=300)

    class Meta:
        verbose_name = _("dimension set")
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="dimensionset_key_unique")]

    def __str__(self) -> str:
        return self.key


class DimensionValue(models.Model):
    """The value of one axis in a dimension set; written together with it."""

    dimension_set = models.ForeignKey(DimensionSet, on_delete=models.PROTECT, related_name="values")
    axis = models.CharField(max_length=30)
    code = models.CharField(max_length=60)

    class Meta:
        verbose_name = _("dimension value")
        constraints = [
            models.UniqueConstraint(fields=["dimension_set", "axis"], name="dimensionvalue_one_per_axis"),
        ]
        indexes = [models.Index(fields=["axis", "code"], name="dimensionvalue_by_code")]

    def __str__(self) -> str:
        return f"{self.axis}={self.code}"


class JournalLine(models.Model):
    """One side of an entry: debit positive, credit negative, in its currency and in the base currency.

    References without a constraint are checked by the table's own guard (trigger): the row must be there and
    belong to the company, and the app may delete none of them.
    """

    company = models.ForeignKey(
        # The lines' guard holds it equal to the entry's, which is checked against the table.
        Company,
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
    )
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="lines", db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    party = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    date = models.DateField(help_text=_("The entry's date."))
    currency = CurrencyCodeField()
    amount = AmountField(help_text=_("Zero for an exchange difference."))
    base_amount = AmountField()
    dimension_set = models.ForeignKey(
        DimensionSet, null=True, blank=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    memo = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("journal line")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    base_amount__gt=-(10**15),
                    base_amount__lt=10**15,
                    amount__gt=-(10**15),
                    amount__lt=10**15,
                ),
                name="journalline_amount_bounded",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "date"],
                include=["base_amount"],
                name="journalline_by_account",
            ),
            models.Index(
                fields=["party", "account"],
                condition=Q(party__isnull=False),
                name="journalline_by_party",
            ),
            models.Index(
                fields=["dimension_set"],
                condition=Q(dimension_set__isnull=False),
                name="journalline_by_dimension_set",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount} {self.currency}"
