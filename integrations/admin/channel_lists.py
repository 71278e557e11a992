"""Runs and pushes of connections as lists."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, in_words, show_time
from backoffice.core.admin.filters import WordsFilter
from integrations.models import SyncRun, TrackingPush


@admin.register(SyncRun)
class SyncRunAdmin(FactAdmin):
    list_display = ["show_started", "connection", "show_job", "show_status", "done", "failed", "total", "show_finished"]
    list_select_related = ["connection__channel"]
    list_filter = [("job", WordsFilter), ("status", WordsFilter)]
    ordering = ["-id"]

    @display(description=_("Started"))
    def show_started(self, run: SyncRun) -> str:
        return show_time(run.started_at)

    @display(description=_("Finished"))
    def show_finished(self, run: SyncRun) -> str:
        return show_time(run.finished_at)

    @display(description=_("Job"))
    def show_job(self, run: SyncRun) -> str:
        return in_words(run.job)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, run: SyncRun) -> tuple[str, str]:
        return run.status, in_words(run.status)


@admin.register(TrackingPush)
class TrackingPushAdmin(FactAdmin):
    list_display = ["shipment", "connection", "show_status", "attempts", "show_due", "show_sent", "error"]
    list_select_related = ["shipment", "connection__channel"]
    list_filter = ["status", "connection"]
    ordering = ["-id"]

    @display(description=_("Due"))
    def show_due(self, push: TrackingPush) -> str:
        return show_time(push.due_at)

    @display(description=_("Sent"))
    def show_sent(self, push: TrackingPush) -> str:
        return show_time(push.sent_at)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, push: TrackingPush) -> tuple[str, str]:
        return push.status, in_words(push.status)
