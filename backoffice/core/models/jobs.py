"""Scheduled jobs: one tick, one run."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """One run of a scheduled job. UNIQUE(job, due_at): however many beats tick, it runs once."""

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        OK = "ok", _("OK")
        FAILED = "failed", _("failed")

    job = models.CharField(_("job"), max_length=80)
    due_at = models.DateTimeField(_("due at"))
    started_at = models.DateTimeField(_("started at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.RUNNING)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        constraints = [
            models.UniqueConstraint(fields=["job", "due_at"], name="jobrun_one_per_tick"),
            models.CheckConstraint(
                condition=Q(status__in=["running", "ok", "failed"]),
                name="jobrun_status_known",
            ),
        ]
