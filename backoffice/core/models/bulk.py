"""Bulk actions as background jobs: what was asked for, and what became of each row."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.core.models.api import ApiKey


class BulkStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class BulkState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    ALREADY = "already", _("Already so")
    REFUSED = "refused", _("Refused")


class BulkJob(models.Model):
    """One action on many rows. A worker claims it by `lease` and keeps it alive with every batch it commits."""

    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("object type"), max_length=60)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    selection = models.CharField(_("selection"), max_length=500, blank=True, help_text=_("The filter, in its words."))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("user")
    )
    actor_label = models.CharField(_("actor"), max_length=150)
    api_key = models.ForeignKey(
        ApiKey,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("API key"),
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    status = models.CharField(_("status"), max_length=8, choices=BulkStatus, default=BulkStatus.QUEUED)
    stop_requested = models.BooleanField(_("stop requested"), default=False)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    already = models.PositiveIntegerField(_("already so"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("Claims since the last batch that was committed.")
    )
    worked_ms = models.PositiveBigIntegerField(_("worked ms"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)
    lease = models.UUIDField(_("lease"), null=True, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    held_by = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(_("started"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("bulk job")
        verbose_name_plural = _("bulk jobs")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=BulkStatus.values), name="bulkjob_status_known"),
            models.CheckConstraint(
                condition=Q(total__gte=models.F("done") + models.F("already") + models.F("refused")),
                name="bulkjob_no_more_than_its_rows",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status__in=["queued", "running"]), name="bulkjob_live"),
        ]

    @property
    def finished(self) -> int:
        return self.done + self.already + self.refused

    @property
    def is_live(self) -> bool:
        return self.status in (BulkStatus.QUEUED, BulkStatus.RUNNING)

    @property
    def percent(self) -> int:
        return 100 * self.finished // self.total if self.total else 100

    @property
    def rows_per_s(self) -> float:
        """Rows a second while it was worked on; 0 before the first batch."""
        return 1000 * self.finished / self.worked_ms if self.worked_ms else 0.0

    @property
    def seconds_left(self) -> int | None:
        """At the rate so far; None while nothing is known."""
        return round((self.total - self.finished) / self.rows_per_s) if self.rows_per_s else None

    def __str__(self) -> str:
        return f"{self.action} #{self.pk}"


class BulkJobRow(models.Model):
    """One row of a job: waiting, or what became of it."""

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows", db_index=False)
    object_id = models.BigIntegerField(_("object"))
    state = models.CharField(_("result"), max_length=8, choices=BulkState, default=BulkState.WAITING)
    code = models.CharField(_("code"), max_length=60, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("bulk job row")
        verbose_name_plural = _("bulk job rows")
        constraints = [
            models.UniqueConstraint(fields=["job", "object_id"], name="bulkjobrow_once"),
            models.CheckConstraint(condition=Q(state__in=BulkState.values), name="bulkjobrow_state_known"),
        ]
        indexes = [models.Index(fields=["job", "state", "id"], name="bulkjobrow_by_state")]

    def __str__(self) -> str:
        return f"{self.object_id}: {self.state}"
