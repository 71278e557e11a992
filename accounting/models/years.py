"""Years whose result was carried to retained earnings."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.company import Company
from accounting.models.journal import JournalEntry
from backoffice.core.fields import AmountField


class YearCloseStatus(models.TextChoices):
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")


class YearClose(models.Model):
    """A year closed: income and expense went to retained earnings by one entry, and its months are locked.

    A reopened one keeps its row and gets a mirror entry; the year is then closed anew.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    end_date = models.DateField()
    status = models.CharField(max_length=8, choices=YearCloseStatus, default=YearCloseStatus.CLOSED)
    result = AmountField(help_text=_("Profit, or loss below zero."))
    entry = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reversal = models.OneToOneField(JournalEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_label = models.CharField(max_length=150)
    reopened_label = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("year-end closing")
        verbose_name_plural = _("year-end closings")
        ordering = ["-year", "-id"]
        permissions = [("reopen_yearclose", "Can reopen a closed year")]
        constraints = [
            models.UniqueConstraint(fields=["company", "year"], condition=Q(status="closed"), name="yearclose_once"),
            models.CheckConstraint(condition=Q(status__in=YearCloseStatus.values), name="yearclose_status_known"),
        ]

    def __str__(self) -> str:
        return str(self.year)
