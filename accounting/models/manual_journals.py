"""Journals written by hand: drafted, approved, posted, repeated and reversed; and the papers kept with documents."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.attachments import attachment_path
from accounting.models.chart import Account
from accounting.models.company import Company
from accounting.models.journal import DimensionSet, JournalEntry
from accounting.models.parties import Party
from backoffice.core.fields import AmountField, CurrencyCodeField


class ManualJournalStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waits for approval")
    POSTED = "posted", _("Posted")
    REVERSED = "reversed", _("Reversed")
    CANCELLED = "cancelled", _("Cancelled")


class ManualJournal(models.Model):
    """Debits and credits that somebody typed. Posted ones are reversed by a mirror entry, never edited.

    reverse_on: its mirror is posted by itself on this day (an accrual). late: if the day is closed by then, it is
    posted on the first open day and keeps its own as the day it happened. value: debits in the base currency.
    schedule, occurrence: which repetition made it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    date = models.DateField()
    currency = CurrencyCodeField()
    exchange_rate = models.DecimalField(max_digits=24, decimal_places=12, null=True, blank=True)
    memo = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=ManualJournalStatus, default=ManualJournalStatus.DRAFT)
    late = models.BooleanField(default=False)
    reverse_on = models.DateField(null=True, blank=True)
    value = AmountField(default=0)
    version = models.PositiveIntegerField(default=1)
    schedule = models.ForeignKey(
        "RecurringJournal", null=True, blank=True, on_delete=models.PROTECT, related_name="journals"
    )
    occurrence = models.DateField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    approved_label = models.CharField(max_length=150, blank=True)
    entry = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reversal = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("manual journal")
        verbose_name_plural = _("manual journals")
        permissions = [("approve_manualjournal", "Can approve manual journals")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ManualJournalStatus.values), name="manualjournal_status_known"
            ),
            models.CheckConstraint(
                condition=Q(entry__isnull=False) | ~Q(status__in=["posted", "reversed"]),
                name="manualjournal_posted_has_entry",
            ),
            models.CheckConstraint(
                condition=Q(reversal__isnull=False) | ~Q(status="reversed"), name="manualjournal_reversed_has_mirror"
            ),
            models.CheckConstraint(
                condition=Q(reverse_on__isnull=True) | Q(reverse_on__gt=F("date")), name="manualjournal_reversed_later"
            ),
            models.UniqueConstraint(fields=["schedule", "occurrence"], name="manualjournal_one_per_occurrence"),
        ]
        indexes = [
            models.Index(
                fields=["reverse_on"],
                condition=Q(status="posted", reverse_on__isnull=False),
                name="manualjournal_to_reverse",
            ),
        ]

    @property
    def number(self) -> str:
        return f"MJ-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class ManualJournalLine(models.Model):
    """One side of a journal in its currency: debit positive, credit negative."""

    journal = models.ForeignKey(ManualJournal, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    description = models.CharField(max_length=200, blank=True)
    amount = AmountField()
    dimension_set = models.ForeignKey(DimensionSet, null=True, blank=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        verbose_name = _("line of a manual journal")
        verbose_name_plural = _("lines of manual journals")
        constraints = [
            models.UniqueConstraint(fields=["journal", "position"], name="manualjournalline_position_unique"),
            models.CheckConstraint(condition=~Q(amount=0), name="manualjournalline_amount_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount}"


class ScheduleStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


class RecurringJournal(models.Model):
    """A posted journal that is repeated every so many months; who approves the repetition approves what it makes.

    day: of the month, the last one where the month is shorter. reverses: each is taken back on the first of the next
    month.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    pattern = models.ForeignKey(ManualJournal, on_delete=models.PROTECT, related_name="repetitions")
    name = models.CharField(max_length=120)
    every_months = models.PositiveSmallIntegerField(default=1)
    day = models.PositiveSmallIntegerField()
    next_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    reverses = models.BooleanField(default=False)
    status = models.CharField(max_length=6, choices=ScheduleStatus, default=ScheduleStatus.DRAFT)
    problem = models.CharField(max_length=300, blank=True, help_text=_("Why the last one could not be posted."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("recurring journal")
        verbose_name_plural = _("recurring journals")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ScheduleStatus.values), name="recurringjournal_status_known"),
            models.CheckConstraint(
                condition=Q(every_months__gte=1, every_months__lte=60, day__gte=1, day__lte=31),
                name="recurringjournal_plausible",
            ),
        ]
        indexes = [
            models.Index(fields=["next_date"], condition=Q(status="active"), name="recurringjournal_due"),
        ]

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    """A paper kept with a document, in the storage; its name is its content's, so it never changes.

    Kept for good once its document counts: only a draft's can be removed.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    file = models.FileField(upload_to=attachment_path, max_length=160)
    name = models.CharField(max_length=120, help_text=_("As it was called when it was uploaded."))
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    added_by_label = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.UniqueConstraint(fields=["object_type", "object_id", "digest"], name="attachment_once"),
        ]

    def __str__(self) -> str:
        return self.name
