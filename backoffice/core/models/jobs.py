"""Scheduled jobs: one tick, one run."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ScheduledJob(models.Model):
    """What people decided about a job, and since when it is known; what it does and when stands in the code."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    known_since = models.DateTimeField(_("known since"), db_default=Now(), editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_by = models.CharField(_("paused by"), max_length=150, blank=True, db_default="")
    pause_reason = models.CharField(_("reason"), max_length=300, blank=True, db_default="")

    class Meta:
        verbose_name = _("scheduled job")
        verbose_name_plural = _("scheduled jobs")
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, pause_reason="") | Q(paused_at__isnull=False) & ~Q(pause_reason=""),
                name="scheduledjob_pause_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JobRun(models.Model):
    """One run of a scheduled job. UNIQUE(job, due_at): however many beats tick, it runs once.

    asked: a person wants it now, and no worker has begun. lost: its worker ended without a word.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        RUNNING = "running", _("running")
        OK = "ok", _("OK")
        FAILED = "failed", _("failed")
        LOST = "lost", _("lost")

    job = models.CharField(_("job"), max_length=80)
    due_at = models.DateTimeField(_("due at"))
    started_at = models.DateTimeField(_("started at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.RUNNING)
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    asked_by = models.CharField(_("asked by"), max_length=150, blank=True, db_default="")
    reason = models.CharField(_("reason"), max_length=300, blank=True, db_default="")

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        constraints = [
            models.UniqueConstraint(fields=["job", "due_at"], name="jobrun_one_per_tick"),
            models.CheckConstraint(
                condition=Q(status__in=["asked", "running", "ok", "failed", "lost"]),
                name="jobrun_status_known",
            ),
        ]
        indexes = [models.Index(fields=["job", "id"], name="jobrun_of_job")]
