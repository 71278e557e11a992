"""The audit trail, the messages in and out, and the scheduled jobs: looked at only."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, in_words, kind_name, show_time
from backoffice.core.admin.pages import render_page
from backoffice.core.models import AuditEvent, InboxMessage, InboxWork, JobRun, OutboxEvent, PayloadBody
from backoffice.core.registry import links_of
from backoffice.core.show import said_of, who_of

MAX_SHOWN = 200_000


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
        return str(event.actor or who_of(event.actor_label))

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
    list_filter = ["topic", "work__status"]
    search_fields = ["=external_id"]
    ordering = ["-id"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The payload as it was received; personal data, so it has a permission of its own."""
        message = self.get_object(request, object_id)
        if message is None or not self.has_view_permission(request, message):
            return super().change_view(request, object_id, form_url, extra_context)
        payload = PayloadBody.objects.filter(pk=message.pk).first()
        allowed = request.user.has_perm("core.view_payloadbody")
        return render_page(
            request,
            self.admin_site,
            "backoffice/payload.html",
            title=str(message),
            opts=self.opts,
            message=message,
            payload=payload,
            allowed=allowed,
            text=_readable(bytes(payload.body or b"")) if payload and allowed and not payload.erased_at else "",
            result=links_of([(message.work.result_type, message.work.result_id)]),
        )

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, message: InboxMessage) -> tuple[str, str]:
        work: InboxWork = message.work  # type: ignore[attr-defined]
        return work.status, work.get_status_display()


def _readable(body: bytes) -> str:
    """The first part of a payload as text; JSON with its lines."""
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        text = body[: MAX_SHOWN * 4].decode("utf-8", errors="replace")
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]} …"


@admin.register(JobRun)
class JobRunAdmin(FactAdmin):
    list_display = ["job", "due_at", "show_status", "started_at", "finished_at"]
    list_filter = ["job", "status"]
    ordering = ["-id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, run: JobRun) -> tuple[str, str]:
        return run.status, run.get_status_display()
