"""The log of what webhook endpoints were told, and alarms."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.pages import events_of, render_page, run_action
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.waking import wake_worker
from integrations import tasks
from integrations.models import Alarm, WebhookAttempt, WebhookDelivery
from integrations.services import webhooks

CHANGE = "integrations.change_webhookendpoint"


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(FactAdmin):
    list_display = [
        "show_created",
        "endpoint",
        "type",
        "key",
        "show_status",
        "attempts",
        "http_status",
        "error",
        "show_due",
    ]
    list_select_related = ["endpoint"]
    list_filter = ["status", ("endpoint", RelatedDropdownFilter)]
    search_fields = ["=type", "=key"]
    ordering = ["-id"]
    actions = ["tell_again"]

    @display(description=_("Made"))
    def show_created(self, row: WebhookDelivery) -> str:
        return show_time(row.created_at)

    @display(description=_("Next try"))
    def show_due(self, row: WebhookDelivery) -> str:
        return show_time(row.due_at) if row.status == "due" else "–"

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, row: WebhookDelivery) -> tuple[str, str]:
        return row.status, row.get_status_display()

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CHANGE)

    @admin.action(description=_("Tell again"), permissions=["replay"])
    def tell_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        ids = list(queryset.values_list("pk", flat=True)[:1000])
        try:
            count = webhooks.replay_deliveries(delivery_ids=ids, actor=Actor.of_request(request))
            messages.success(request, gettext("%(count)s messages are told again.") % {"count": count})
        except DomainError as refusal:
            messages.error(request, refusal.detail)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/replay/", view(self.replay_view), name="integrations_webhookdelivery_replay"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "integrations/webhook_delivery.html",
            title=f"{row.type} msg_{row.event_id}",
            opts=self.opts,
            delivery=row,
            event=row.event,
            tries=WebhookAttempt.objects.filter(delivery=row).order_by("-pk")[:50],
            events=events_of("integrations.webhookdelivery", row.pk),
        )

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            row = get_object_or_404(WebhookDelivery, pk=pk)
            if not webhooks.replay_deliveries(delivery_ids=[pk], actor=actor):
                raise InvalidInput(gettext("It is due already."))
            wake_worker(tasks.deliver_webhooks.name, row.endpoint_id)
            return gettext("It is told again.")

        back = reverse("admin:integrations_webhookdelivery_change", args=[pk])
        return run_action(request, act, back=back, permission=CHANGE)


@admin.register(Alarm)
class AlarmAdmin(FactAdmin):
    list_display = ["show_raised", "text", "show_cleared"]
    list_filter = [("cleared_at", admin.EmptyFieldListFilter)]
    ordering = ["-id"]

    @display(description=_("Since"))
    def show_raised(self, alarm: Alarm) -> str:
        return show_time(alarm.raised_at)

    @display(description=_("Over at"))
    def show_cleared(self, alarm: Alarm) -> str:
        return show_time(alarm.cleared_at)
