"""The audit trail, the messages in and out, and the scheduled jobs: looked at only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, in_words, kind_name, show_time
from backoffice.core.models import AuditEvent, InboxMessage, InboxWork, JobRun, OutboxEvent
from backoffice.core.show import said_of


@admin.register(AuditEvent)
class AuditEventAdmin(FactAdmin):
    list_display = ["show_when", "who", "what", "document", "of_field", "old", "new", "reason"]
    list_select_related = ["actor"]
    list_filter = [("recorded_at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=object_id"]
    ordering = ["-id"]

    @display(description=_("When"))
    def show_when(self, event: AuditEvent) -> str:
        return show_time(event.recorded_at)

    @display(description=_("Who"))
    def who(self, event: AuditEvent) -> str:
        return str(event.actor or event.actor_label)

    @display(description=_("Action"))
    def what(self, event: AuditEvent) -> str:
        return in_words(event.action)

    @display(description=_("Field"))
    def of_field(self, event: AuditEvent) -> str:
        return in_words(event.field)

    @display(description=_("Before"))
    def old(self, event: AuditEvent) -> str:
        return said_of(event.old_value, event.field)

    @display(description=_("After"))
    def new(self, event: AuditEvent) -> str:
        return said_of(event.new_value, event.field)

    @display(description=_("Document"))
    def document(self, event: AuditEvent) -> str:
        return f"{kind_name(event.object_type)} {event.object_id}"


@admin.register(OutboxEvent)
class OutboxEventAdmin(FactAdmin):
    list_display = ["id", "topic", "key", "recorded_at"]
    ordering = ["-id"]


@admin.register(InboxMessage)
class InboxMessageAdmin(FactAdmin):
    list_display = ["id", "account", "topic", "external_id", "version", "show_status", "received_at"]
    list_select_related = ["work"]
    search_fields = ["=external_id"]
    ordering = ["-id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, message: InboxMessage) -> tuple[str, str]:
        work: InboxWork = message.work  # type: ignore[attr-defined]
        return work.status, work.get_status_display()


@admin.register(JobRun)
class JobRunAdmin(FactAdmin):
    list_display = ["job", "due_at", "show_status", "started_at", "finished_at"]
    list_filter = ["job", "status"]
    ordering = ["-id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, run: JobRun) -> tuple[str, str]:
        return run.status, run.get_status_display()
