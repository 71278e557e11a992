"""Reports that are made on their days, and every file that was made."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.core.models.views import SavedView


class ReportFormat(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    PDF = "pdf", "PDF"


class ReportEvery(models.TextChoices):
    DAY = "day", _("Every day")
    WEEK = "week", _("Every week")
    MONTH = "month", _("Every month")


class ReportPeriod(models.TextChoices):
    OWN = "", _("As the report has it")
    YESTERDAY = "yesterday", _("Yesterday")
    WEEK = "week", _("The last seven days")
    THIS_MONTH = "this_month", _("This month so far")
    LAST_MONTH = "last_month", _("The last month")
    THIS_YEAR = "this_year", _("This year so far")


class ScheduledReport(models.Model):
    """A report, or a list under a saved view, made as a file on its days with the rights of its owner.

    report: of backoffice.dashboard.report_pages; empty for a saved view. next_due_at: by the database's clock.
    """

    name = models.CharField(_("name"), max_length=80)
    report = models.CharField(_("report"), max_length=40, blank=True)
    saved_view = models.ForeignKey(
        SavedView, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("saved view")
    )
    format = models.CharField(_("format"), max_length=4, choices=ReportFormat, default=ReportFormat.XLSX)
    period = models.CharField(_("period"), max_length=10, choices=ReportPeriod, blank=True, default="")
    every = models.CharField(_("how often"), max_length=5, choices=ReportEvery, default=ReportEvery.DAY)
    weekday = models.PositiveSmallIntegerField(
        _("weekday (1 is Monday)"), default=1, validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    day_of_month = models.PositiveSmallIntegerField(
        _("day of the month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(28)]
    )
    at_time = models.TimeField(_("at"))
    mail_to = ArrayField(models.EmailField(), verbose_name=_("mailed to"), default=list, blank=True, size=20)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    is_active = models.BooleanField(_("active"), default=True)
    next_due_at = models.DateTimeField(_("next"))

    class Meta:
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="scheduledreport_name_unique"),
            models.CheckConstraint(
                condition=Q(saved_view__isnull=True) & ~Q(report="") | Q(saved_view__isnull=False, report=""),
                name="scheduledreport_of_a_report_or_a_view",
            ),
            models.CheckConstraint(
                condition=Q(weekday__range=(1, 7), day_of_month__range=(1, 28)),
                name="scheduledreport_days_are_of_every_week_and_month",
            ),
            models.CheckConstraint(condition=Q(format__in=ReportFormat.values), name="scheduledreport_format_known"),
            models.CheckConstraint(condition=Q(period__in=ReportPeriod.values), name="scheduledreport_period_known"),
            models.CheckConstraint(condition=Q(every__in=ReportEvery.values), name="scheduledreport_every_known"),
        ]
        indexes = [models.Index(fields=["next_due_at"], condition=Q(is_active=True), name="scheduledreport_next")]

    def __str__(self) -> str:
        return self.name


class ReportRunState(models.TextChoices):
    DUE = "due", _("Due")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class ReportRun(models.Model):
    """One file of a scheduled report. file: its name in the storage; empty until it is made.

    mailed_at is written before the mail server is called: nobody is mailed twice.
    """

    scheduled = models.ForeignKey(ScheduledReport, on_delete=models.CASCADE, related_name="runs", db_index=False)
    due_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=6, choices=ReportRunState, default=ReportRunState.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(db_default=Now())
    file = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("report that was made")
        verbose_name_plural = _("reports that were made")
        constraints = [
            models.UniqueConstraint(fields=["scheduled", "due_at"], name="reportrun_once"),
            models.CheckConstraint(condition=Q(state__in=ReportRunState.values), name="reportrun_state_known"),
        ]
        indexes = [models.Index(fields=["try_at", "id"], condition=Q(state="due"), name="reportrun_next")]

    def __str__(self) -> str:
        return f"{self.scheduled} {self.due_at:%Y-%m-%d}"
