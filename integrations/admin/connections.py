"""Connections: their page, with what may be done; their runs, listings and pushes as lists."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, in_words, show_quantity, show_time
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from integrations import services, tasks
from integrations.connectors.registry import CONNECTORS, kind_of
from integrations.models import Connection, ConnectionStatus, Cursor, Listing, SyncRun, TrackingPush
from orders.models import Channel

_BOX = {"class": "bo-input"}


class ConnectionForm(forms.Form):
    """A new connection; settings and secrets are written one a line, name=value."""

    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Channel"), widget=forms.Select(attrs=_BOX))
    connector = forms.ChoiceField(label=_("Connector"), widget=forms.Select(attrs=_BOX))
    settings = forms.CharField(
        label=_("Settings, name=value"), required=False, widget=forms.Textarea(attrs={"rows": 3, **_BOX})
    )
    secrets = forms.CharField(
        label=_("Secrets, name=value"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", **_BOX}),
    )
    buffer = forms.DecimalField(
        label=_("Units never shown"), min_value=0, initial=0, widget=forms.TextInput(attrs={"size": 6, **_BOX})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Channel.objects.filter(connection__isnull=True).order_by("name")
        self.fields["channel"].queryset = free  # type: ignore[attr-defined]
        self.fields["connector"].choices = [(code, code) for code in CONNECTORS]  # type: ignore[attr-defined]

    def clean_settings(self) -> dict[str, str]:
        return self._pairs("settings")

    def clean_secrets(self) -> dict[str, str]:
        return self._pairs("secrets")

    def _pairs(self, field: str) -> dict[str, str]:
        pairs = {}
        for number, line in enumerate(self.cleaned_data[field].splitlines(), 1):
            name, equals, value = line.partition("=")
            if line.strip() and not (equals and name.strip()):
                raise forms.ValidationError(gettext("Line %(row)s is not name=value.") % {"row": number})
            if line.strip():
                pairs[name.strip()] = value.strip()
        return pairs


@admin.register(Connection)
class ConnectionAdmin(FactAdmin):
    list_display = ["channel", "connector", "show_status", "status_reason", "show_buffer"]
    list_select_related = ["channel"]
    ordering = ["id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, connection: Connection) -> tuple[str, str]:
        return connection.status, connection.get_status_display()

    @display(description=_("Buffer"))
    def show_buffer(self, connection: Connection) -> str:
        return show_quantity(connection.buffer)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("integrations.add_connection")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/pause/", view(self.pause_view), name="integrations_connection_pause"),
            path("<int:pk>/resume/", view(self.resume_view), name="integrations_connection_resume"),
            path("<int:pk>/run/", view(self.run_view), name="integrations_connection_run"),
            path("<int:pk>/secrets/", view(self.secrets_view), name="integrations_connection_secrets"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Connect a channel; the secrets are sealed and never shown again."""
        require(request, "integrations.add_connection")
        form = ConnectionForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            data = form.cleaned_data
            try:
                with transaction.atomic():
                    made = services.create_connection(
                        channel_id=data["channel"].pk,
                        connector=data["connector"],
                        settings=data["settings"],
                        secrets=data["secrets"],
                        buffer=data["buffer"],
                        actor=Actor.of_request(request),
                    )
                messages.success(request, gettext("Connected."))
                return HttpResponseRedirect(_url(made.pk))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request,
            self.admin_site,
            "integrations/connection_form.html",
            title=_("New connection"),
            opts=self.opts,
            form=form,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        connection = self.get_object(request, object_id)
        if connection is None or not self.has_view_permission(request, connection):
            return super().change_view(request, object_id, form_url, extra_context)
        kind = CONNECTORS.get(connection.connector)
        return render_page(
            request,
            self.admin_site,
            "integrations/connection.html",
            title=str(connection),
            opts=self.opts,
            connection=connection,
            secret_names=kind.secret_names if kind else (),
            cursors=Cursor.objects.filter(connection=connection).order_by("stream"),
            runs=SyncRun.objects.filter(connection=connection).order_by("-id")[:20],
            dirty=Listing.objects.filter(connection=connection, is_dirty=True).count(),
            listed=Listing.objects.filter(connection=connection).count(),
            events=events_of("integrations.connection", connection.pk),
        )

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            get_object_or_404(Connection, pk=pk)
            services.set_status(
                connection_id=pk, status=ConnectionStatus.PAUSED, reason=posted_reason(request), actor=actor
            )
            return gettext("The connection is paused: nothing is pulled or pushed.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection")

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            found = get_object_or_404(Connection, pk=pk)
            if found.status == ConnectionStatus.NEEDS_AUTH:
                raise InvalidInput(gettext("The channel refused the login: give new secrets, then it goes on."))
            services.set_status(
                connection_id=pk, status=ConnectionStatus.ACTIVE, reason=gettext("Resumed by hand"), actor=actor
            )
            return gettext("The connection is active.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection")

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A worker pulls the orders; its progress stands in the runs."""

        def act(actor: Actor) -> str:
            found = get_object_or_404(Connection, pk=pk)
            if found.status != ConnectionStatus.ACTIVE:
                raise InvalidInput(gettext("The connection is not active: resume it first."))
            tasks.pull_orders.apply_async((pk,), expires=60)
            return gettext("Asked a worker to pull the orders; see its run below in a moment.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection", atomic=False)

    def secrets_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            found = get_object_or_404(Connection, pk=pk)
            names = kind_of(found.connector).secret_names
            given = {name: value for name in names if (value := request.POST.get(f"secret-{name}", "").strip())}
            if set(given) != set(names):
                raise InvalidInput(gettext("Give every secret: %(names)s.") % {"names": ", ".join(names)})
            services.replace_secrets(connection_id=pk, secrets=given, actor=actor)
            return gettext("The secrets are replaced.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection")


def _url(pk: int) -> str:
    return reverse("admin:integrations_connection_change", args=[pk])


@admin.register(SyncRun)
class SyncRunAdmin(FactAdmin):
    list_display = ["show_started", "connection", "show_job", "show_status", "done", "failed", "total", "show_finished"]
    list_select_related = ["connection__channel"]
    list_filter = ["job", "status"]
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


@admin.register(Listing)
class ListingAdmin(FactAdmin):
    list_display = ["external_sku", "sku", "connection", "show_pushed", "show_pushed_at", "is_dirty", "push_error"]
    list_select_related = ["sku", "connection__channel"]
    list_filter = ["connection", "is_dirty"]
    search_fields = ["=external_sku", "=external_id", "=sku__code"]
    ordering = ["-id"]

    @display(description=_("Pushed"))
    def show_pushed(self, listing: Listing) -> str:
        return show_quantity(listing.pushed_quantity) if listing.pushed_quantity is not None else "–"

    @display(description=_("Pushed at"))
    def show_pushed_at(self, listing: Listing) -> str:
        return show_time(listing.pushed_at)


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
