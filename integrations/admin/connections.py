"""Connections: their page, with what may be done."""

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
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_quantity
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from integrations import services, tasks
from integrations.admin.connection_rules import bool_rules, posted_rules
from integrations.connectors.registry import CONNECTORS, kind_of
from integrations.models import CompletenessCheck, Connection, ConnectionStatus, Cursor, Listing, SyncRun
from integrations.selectors import waits_of
from integrations.versions import ending_of
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
        self.fields["connector"].choices = [(code, kind.name) for code, kind in CONNECTORS.items()]  # type: ignore[attr-defined]

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
            path("<int:pk>/match/", view(self.match_view), name="integrations_connection_match"),
            path("<int:pk>/rules/", view(self.rules_view), name="integrations_connection_rules"),
            path("<int:pk>/hooks/", view(self.hooks_view), name="integrations_connection_hooks"),
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
            kind=kind,
            ending=ending_of(kind) if kind else None,
            secret_names=[(name, name in kind.optional_secrets) for name in kind.secret_names] if kind else (),
            waits=waits_of(connection.pk),
            hook_url=request.build_absolute_uri(f"/api/v1/webhooks/{connection.pk}/"),
            bool_rules=[(name, label, getattr(connection, name)) for name, label in bool_rules(kind)] if kind else (),
            counts=CompletenessCheck.objects.filter(connection=connection).order_by("-day")[:7],
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

    def match_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A worker reads the channel's catalogue; what it found stands in the runs."""

        def act(actor: Actor) -> str:
            found = get_object_or_404(Connection, pk=pk)
            if not kind_of(found.connector).capabilities.catalogue:
                raise InvalidInput(gettext("This channel's catalogue cannot be read."))
            if found.status != ConnectionStatus.ACTIVE:
                raise InvalidInput(gettext("The connection is not active: resume it first."))
            tasks.match_listings.apply_async((pk,), expires=60)
            return gettext("Asked a worker to read the catalogue; see its run below in a moment.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection", atomic=False)

    def rules_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            found = get_object_or_404(Connection, pk=pk)
            changed = services.set_rules(connection_id=pk, rules=posted_rules(request, found), actor=actor)
            return gettext("Saved.") if changed else gettext("Nothing was changed.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection")

    def hooks_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The secret that the channel signs with; the one before it still counts until the next is given."""

        def act(actor: Actor) -> str:
            get_object_or_404(Connection, pk=pk)
            secret = request.POST.get("webhook-secret", "").strip()
            if not secret:
                raise InvalidInput(gettext("Give the secret that the channel shows."))
            services.add_webhook_secret(connection_id=pk, secret=secret, actor=actor)
            return gettext("Messages signed with it are taken from now on.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection")

    def secrets_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            found = get_object_or_404(Connection, pk=pk)
            kind = kind_of(found.connector)
            names = kind.secret_names
            given = {name: value for name in names if (value := request.POST.get(f"secret-{name}", "").strip())}
            if not given or set(names) - kind.optional_secrets - set(given):
                raise InvalidInput(gettext("Give every secret: %(names)s.") % {"names": ", ".join(names)})
            services.replace_secrets(connection_id=pk, secrets=given, actor=actor)
            return gettext("The secrets are replaced.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection")


def _url(pk: int) -> str:
    return reverse("admin:integrations_connection_change", args=[pk])
