"""Foreign balances measured at the rate of a day, and revenue that is earned month by month."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account
from accounting.models.company import Company
from accounting.models.documents import InvoiceLine
from accounting.models.journal import DimensionSet, JournalEntry
from backoffice.core.fields import AmountField, CurrencyCodeField


class CurrencyRevaluation(models.Model):
    """What foreign balances were worth at the end of a day, against the books: posted then, taken back the day after."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    date = models.DateField()
    difference = AmountField(default=0, help_text=_("A gain, or a loss below zero."))
    entry = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reversal = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_label = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("currency revaluation")
        verbose_name_plural = _("currency revaluations")
        ordering = ["-date", "-id"]
        constraints = [models.UniqueConstraint(fields=["company", "date"], name="currencyrevaluation_once_a_day")]

    def __str__(self) -> str:
        return f"{self.date}"


class CurrencyRevaluationLine(models.Model):
    """One account's balance in one currency: what the books say, what it was worth."""

    revaluation = models.ForeignKey(CurrencyRevaluation, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    currency = CurrencyCodeField()
    amount = AmountField()
    book_value = AmountField()
    rate = models.DecimalField(max_digits=24, decimal_places=12)
    value = AmountField()

    class Meta:
        verbose_name = _("line of a currency revaluation")
        verbose_name_plural = _("lines of currency revaluations")
        constraints = [
            models.UniqueConstraint(fields=["revaluation", "account", "currency"], name="currencyrevaluationline_once")
        ]

    @property
    def difference(self) -> object:
        return self.value - self.book_value

    def __str__(self) -> str:
        return f"{self.account_id} {self.currency}"


class DeferralStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class RevenueDeferral(models.Model):
    """Revenue billed ahead: a liability that becomes revenue in equal parts, month by month.

    amount: in the base currency, > 0; the parts add up to it. The last day of each month is its part's.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    invoice_line = models.OneToOneField(InvoiceLine, on_delete=models.PROTECT, related_name="deferral")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", help_text=_("The revenue."))
    dimension_set = models.ForeignKey(DimensionSet, null=True, blank=True, on_delete=models.PROTECT)
    amount = AmountField()
    start_date = models.DateField()
    months = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=9, choices=DeferralStatus, default=DeferralStatus.ACTIVE)
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="+")
    made_label = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("revenue deferral")
        verbose_name_plural = _("revenue deferrals")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, months__gte=1, months__lte=120), name="revenuedeferral_plausible"
            ),
            models.CheckConstraint(condition=Q(status__in=DeferralStatus.values), name="revenuedeferral_status_known"),
        ]

    def __str__(self) -> str:
        return f"DR-{self.pk:06d}"


class RevenueDeferralPart(models.Model):
    """One month's part; entry: by which it became revenue."""

    deferral = models.ForeignKey(RevenueDeferral, on_delete=models.PROTECT, related_name="parts")
    date = models.DateField()
    amount = AmountField()
    entry = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("part of a revenue deferral")
        verbose_name_plural = _("parts of revenue deferrals")
        ordering = ["date"]
        constraints = [models.UniqueConstraint(F("deferral"), F("date"), name="revenuedeferralpart_once_a_day")]
        indexes = [models.Index(fields=["date"], condition=Q(entry__isnull=True), name="revenuedeferralpart_due")]

    def __str__(self) -> str:
        return f"{self.date}: {self.amount}"
