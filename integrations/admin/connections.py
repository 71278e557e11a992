"""Connections: their page, with what may be done."""

import re
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_quantity
from backoffice.core.admin.pages import events_of, posted_reason, render_page, run_action
from backoffice.core.errors import InvalidInput
from integrations import services
from integrations.admin.connecting import choose_page, next_step, setup_urls, step_url
from integrations.admin.connection_rules import bool_rules, field_choices, posted_rules
from integrations.connectors.registry import CONNECTORS, kind_of
from integrations.models import CompletenessCheck, Connection, ConnectionStatus, Cursor, Listing, SyncRun
from integrations.selectors import waits_of
from integrations.versions import ending_of
from inventory.selectors import skus_by_code

MOST = 5000


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
            path("<int:pk>/offer/", view(self.offer_view), name="integrations_connection_offer"),
            path("<int:pk>/rules/", view(self.rules_view), name="integrations_connection_rules"),
            path("<int:pk>/hooks/", view(self.hooks_view), name="integrations_connection_hooks"),
            path("<int:pk>/secrets/", view(self.secrets_view), name="integrations_connection_secrets"),
            *setup_urls(view),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return choose_page(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        connection = self.get_object(request, object_id)
        if connection is None or not self.has_view_permission(request, connection):
            return super().change_view(request, object_id, form_url, extra_context)
        if connection.status == ConnectionStatus.DRAFT and request.user.has_perm("integrations.change_connection"):
            return HttpResponseRedirect(step_url(connection.pk, next_step(connection)))
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
            field_choices=[(name, label, name in connection.kept_fields) for name, label in field_choices(kind)]
            if kind
            else (),
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
            services.ask_job("pull_orders", connection=get_object_or_404(Connection, pk=pk))
            return gettext("Asked a worker to pull the orders; see its run below in a moment.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection", atomic=False)

    def match_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A worker reads the channel's catalogue; what it found stands in the runs."""

        def act(actor: Actor) -> str:
            services.ask_job("match_listings", connection=get_object_or_404(Connection, pk=pk))
            return gettext("Asked a worker to read the catalogue; see its run below in a moment.")

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection", atomic=False)

    def offer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """SKUs by code, or all that have a price and are not listed there."""

        def act(actor: Actor) -> str:
            found = get_object_or_404(Connection, pk=pk)
            everything = "everything" in request.POST
            ids = services.skus_to_offer(connection_id=pk) if everything else _named(request, found.company_id)
            made = services.offer_skus(connection_id=pk, sku_ids=ids, actor=actor)
            return gettext("%(count)s new listings go there with the next push.") % {"count": len(made)}

        return run_action(request, act, back=_url(pk), permission="integrations.change_connection")

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


def _named(request: HttpRequest, company_id: int) -> list[int]:
    """The SKUs whose codes stand in the form's text. Raises InvalidInput naming those that nobody has."""
    codes = list(dict.fromkeys(re.split(r"[\s,;]+", request.POST.get("codes", "").strip().upper())))[:MOST]
    if codes == [""]:
        raise InvalidInput(gettext("Name the SKUs."), field="codes")
    found = skus_by_code(company_id, codes)
    if missing := [code for code in codes if code not in found]:
        raise InvalidInput(gettext("There is no SKU %(codes)s.") % {"codes": ", ".join(missing[:10])}, field="codes")
    return [found[code] for code in codes]


def _url(pk: int) -> str:
    return reverse("admin:integrations_connection_change", args=[pk])
