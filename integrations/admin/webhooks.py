"""Webhook endpoints: their page and its buttons."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, make_aware
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import InvalidInput
from integrations.admin.webhook_form import WebhookForm
from integrations.models import EndpointStatus, WebhookDelivery, WebhookEndpoint
from integrations.services import webhooks
from integrations.services.webhooks.endpoints import TYPE
from integrations.webhooks.events import TYPES

CHANGE = "integrations.change_webhookendpoint"


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(FactAdmin):
    list_display = ["name", "url", "channel", "show_status", "show_delivered", "show_failing"]
    list_select_related = ["channel"]
    list_filter = ["status"]
    search_fields = ["name", "url"]
    ordering = ["id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        return super().get_queryset(request).exclude(status=EndpointStatus.REMOVED)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, endpoint: WebhookEndpoint) -> tuple[str, str]:
        return endpoint.status, endpoint.get_status_display()

    @display(description=_("Last delivered"))
    def show_delivered(self, endpoint: WebhookEndpoint) -> str:
        return show_time(endpoint.delivered_at)

    @display(description=_("Failing since"))
    def show_failing(self, endpoint: WebhookEndpoint) -> str:
        return show_time(endpoint.failing_since)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("integrations.add_webhookendpoint")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        names = ("edit", "pause", "resume", "remove", "rotate", "secret", "ping", "replay")
        return [
            *(
                path(
                    f"<int:pk>/{name}/",
                    view(getattr(self, f"{name}_view")),
                    name=f"integrations_webhookendpoint_{name}",
                )
                for name in names
            ),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, "integrations.add_webhookendpoint")
        form = WebhookForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            data = form.cleaned_data
            try:
                made = webhooks.create_endpoint(
                    company_id=data["company"].pk,
                    channel_id=data["channel"].pk if data["channel"] else None,
                    name=data["name"],
                    url=data["url"],
                    events=data["events"],
                    actor=Actor.of_request(request),
                )
                messages.success(request, gettext("Made. Give its secret to the receiver, then send a test message."))
                return HttpResponseRedirect(_url(made.pk))
            except InvalidInput as refusal:
                _show(form, refusal)
        return self._form_page(request, form, gettext("New webhook endpoint"), gettext("Make"))

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, CHANGE)
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        first = {
            "name": row.name,
            "url": row.url,
            "events": row.events,
            "company": row.company_id,
            "channel": row.channel_id,
        }
        form = WebhookForm(request.POST if request.method == "POST" else None, initial=first)
        for name in ("company", "channel"):  # whose it is stays
            form.fields[name].disabled = True
        if form.is_bound and form.is_valid():
            changes = {name: form.cleaned_data[name] for name in ("name", "url", "events")}
            try:
                webhooks.change_endpoint(endpoint_id=pk, changes=changes, actor=Actor.of_request(request))
                messages.success(request, gettext("Saved."))
                return HttpResponseRedirect(_url(pk))
            except InvalidInput as refusal:
                _show(form, refusal)
        return self._form_page(request, form, row.name, gettext("Save"))

    def _form_page(self, request: HttpRequest, form: WebhookForm, title: str, button: str) -> HttpResponse:
        return render_page(
            request,
            self.admin_site,
            "integrations/webhook_form.html",
            title=title,
            opts=self.opts,
            form=form,
            button=button,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        if endpoint is None or not self.has_view_permission(request, endpoint):
            return super().change_view(request, object_id, form_url, extra_context)
        return self._page(request, endpoint)

    def _page(self, request: HttpRequest, endpoint: WebhookEndpoint, secrets: list[str] | None = None) -> HttpResponse:
        deliveries = WebhookDelivery.objects.filter(endpoint=endpoint)
        counts = dict(deliveries.order_by().values_list("status").annotate(Count("pk")))
        return render_page(
            request,
            self.admin_site,
            "integrations/webhook.html",
            title=endpoint.name,
            opts=self.opts,
            endpoint=endpoint,
            titles=[TYPES[name].title for name in endpoint.events if name in TYPES],
            counts=counts,
            deliveries=deliveries.order_by("-pk")[:30],
            secrets=secrets,
            events=events_of(TYPE, endpoint.pk),
        )

    def secret_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page once more, with what signs; by POST, so that no address and no history shows it again."""
        require(request, CHANGE)
        endpoint = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method != "POST":
            return HttpResponseRedirect(_url(pk))
        return self._page(request, endpoint, webhooks.secrets_of(endpoint))

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._switch(request, pk, EndpointStatus.PAUSED, gettext("Paused: messages wait."))

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        done = gettext("It is told again. Use “Tell again” for what it missed while it was disabled.")
        return self._switch(request, pk, EndpointStatus.ACTIVE, done, reason=gettext("Resumed by hand"))

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        list_url = reverse("admin:integrations_webhookendpoint_changelist")
        return self._switch(
            request, pk, EndpointStatus.REMOVED, gettext("Removed: it is told nothing any more."), back=list_url
        )

    def _switch(
        self, request: HttpRequest, pk: int, status: str, done: str, *, reason: str = "", back: str = ""
    ) -> HttpResponse:
        def act(actor: Actor) -> str:
            get_object_or_404(self.get_queryset(request), pk=pk)
            webhooks.set_endpoint_status(
                endpoint_id=pk, status=status, reason=reason or posted_reason(request), actor=actor
            )
            return done

        return run_action(request, act, back=back or _url(pk), permission=CHANGE)

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            get_object_or_404(self.get_queryset(request), pk=pk)
            webhooks.rotate_secret(endpoint_id=pk, actor=actor)
            return gettext("There is a new secret. The former signs too for a day.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def ping_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            get_object_or_404(self.get_queryset(request), pk=pk)
            webhooks.ping(endpoint_id=pk, actor=actor)
            return gettext("A test message is on its way; see it below in a moment.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            get_object_or_404(self.get_queryset(request), pk=pk)
            try:
                since = parse_datetime(request.POST.get("since", ""))
            except ValueError:
                since = None
            if since is None:
                raise InvalidInput(gettext("Say since when."), errors=[{"field": "since"}])
            if since.tzinfo is None:
                since = make_aware(since, get_current_timezone())
            count = webhooks.replay_since(
                endpoint_id=pk, since=since, only_failed="only_failed" in request.POST, actor=actor
            )
            return gettext("%(count)s messages are told again.") % {"count": count}

        return run_action(request, act, back=_url(pk), permission=CHANGE)


def _url(pk: int) -> str:
    return reverse("admin:integrations_webhookendpoint_change", args=[pk])


def _show(form: forms.Form, refusal: InvalidInput) -> None:
    for error in refusal.context.get("errors", []):
        form.add_error(error["field"].partition(".")[0], error["message"])
