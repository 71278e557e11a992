"""Setting a connection up, one page for each step; a draft can be left at any of them and taken up again."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_date, run_action
from backoffice.core.errors import DomainError, InvalidInput
from integrations.admin.connecting_choice import choose_page
from integrations.admin.connecting_steps import CHANGE, draft_of, next_step, setup_page, step_url
from integrations.connectors.login import YES_NO
from integrations.connectors.registry import kind_of, secrets_owner
from integrations.errors import SecretsUnreadable
from integrations.models import Connection, ConnectionStatus
from integrations.secrets import unseal
from integrations.services import connecting
from integrations.services.codes import own_sku_ids
from integrations.services.connecting.catalogue import counted

__all__ = ["choose_page", "next_step", "setup_urls", "step_url"]
PER_PAGE = 50
_BOX = {"class": "bo-input"}


def login_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The keys, and whether they work; a secret that is there is not shown and may stay empty."""
    connection = draft_of(request, pk)
    kind = kind_of(connection.connector)
    given = {row.name: request.POST.get(f"field-{row.name}", "") for row in kind.fields}
    kept = _kept(connection)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            connecting.save_login(
                connection_id=pk,
                settings={name: given[name] for name in kind.setting_names if name in given},
                secrets={name: given[name] for name in kind.secret_names if name in given},
                actor=Actor.of_request(request),
            )
            tried = connecting.try_login(connection_id=pk)
            if tried["ok"]:
                messages.success(request, gettext("The login works."))
                return HttpResponseRedirect(step_url(pk, "skus"))
            return HttpResponseRedirect(step_url(pk, "login"))
        except InvalidInput as refusal:
            errors = {row["field"]: row.get("message", "") for row in refusal.context.get("errors", ())}
            messages.error(request, refusal.detail)
    rows = [
        (
            row,
            "" if row.is_secret else given[row.name] if request.method == "POST" else connection.settings.get(row.name, ""),
            row.choices or YES_NO,
            errors.get(row.name, ""),
            row.name in kept,
        )
        for row in kind.fields
    ]  # fmt: skip
    return setup_page(
        request, connection, "login", tried=connection.setup.get("tried"),
        rows=[row for row in rows if not row[0].rare], rare=[row for row in rows if row[0].rare],
    )  # fmt: skip


def _kept(connection: Connection) -> set[str]:
    """Names of the secrets that are there."""
    try:
        return set(unseal(connection.secrets, owner=secrets_owner(connection)))
    except SecretsUnreadable:
        return set()


def skus_page(request: HttpRequest, pk: int) -> HttpResponse:
    connection = draft_of(request, pk)
    rows = connecting.proposals(connection) if connection.status == ConnectionStatus.DRAFT else []
    return setup_page(
        request, connection, "skus", counts=counted(rows), read=connection.setup.get("catalogue"),
        page=Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
    )  # fmt: skip


def read_catalogue(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        get_object_or_404(Connection, pk=pk)
        count = connecting.read_catalogue(connection_id=pk)
        return gettext("The shop sells %(count)s things.") % {"count": count}

    return run_action(request, act, back=step_url(pk, "skus"), permission=CHANGE, atomic=False)


def take_listings(request: HttpRequest, pk: int) -> HttpResponse:
    """Those that are ticked, or all that match for certain."""

    def act(actor: Actor) -> str:
        connection = get_object_or_404(Connection, pk=pk)
        if request.POST.get("all"):
            rows = connecting.proposals(connection)
            chosen = {row.external_id: row.sku_id for row in rows if row.state == "matched" and row.sku_id}
        else:
            chosen = _chosen(request, connection)
        if not chosen:
            raise InvalidInput(gettext("Tick what is to be taken."))
        made = connecting.accept_listings(connection_id=pk, chosen=chosen, actor=actor)
        return gettext("%(count)s listings are kept.") % {"count": made}

    return run_action(request, act, back=step_url(pk, "skus"), permission=CHANGE)


def _chosen(request: HttpRequest, connection: Connection) -> dict[str, int]:
    """Raises InvalidInput for a code that is no SKU of ours."""
    typed = {id: request.POST.get(f"sku-{id}", "").strip() for id in request.POST.getlist("take")}
    found = own_sku_ids(company_id=connection.company_id, codes=list(typed.values()))
    for text in typed.values():
        if text not in found:
            raise InvalidInput(gettext("There is no SKU “%(sku)s” in this company.") % {"sku": text[:40]})
    return {id: found[text] for id, text in typed.items()}


def start_page(request: HttpRequest, pk: int) -> HttpResponse:
    """From which day on its orders are taken."""
    connection = draft_of(request, pk)
    if request.method == "POST":
        try:
            with transaction.atomic():
                connecting.set_first_day(
                    connection_id=pk, starts_at=_posted_start(request), actor=Actor.of_request(request)
                )
            able = kind_of(connection.connector).capabilities
            return HttpResponseRedirect(step_url(pk, "preview" if able.orders and able.previews else "live"))
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(step_url(pk, "start"))
    today = timezone.localdate()
    days = [
        (_("Today"), today), (_("7 days ago"), today - datetime.timedelta(days=7)),
        (_("30 days ago"), today - datetime.timedelta(days=30)), (_("1 January"), today.replace(month=1, day=1)),
    ]  # fmt: skip
    return setup_page(request, connection, "start", days=days, today=today)


def _posted_start(request: HttpRequest) -> datetime.datetime | None:
    """The day's first moment; None for all orders. Raises InvalidInput."""
    if request.POST.get("all") == "yes":
        return None
    day = posted_date(request, "day")
    if day is None:
        raise InvalidInput(gettext("Choose a day, or all orders."), field="day")
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def preview_page(request: HttpRequest, pk: int) -> HttpResponse:
    connection = draft_of(request, pk)
    if request.method == "POST":

        def act(actor: Actor) -> str:
            found = connecting.preview_orders(connection_id=pk)
            return gettext("%(count)s orders were looked at; nothing was imported.") % {"count": len(found["rows"])}

        return run_action(request, act, back=step_url(pk, "preview"), permission=CHANGE, atomic=False)
    preview = connection.setup.get("preview") or {}
    rows = [
        {**row, "placed_at": parse_datetime(row["placed_at"]) if row["placed_at"] else None,
         "said": connecting.OUTCOMES[row["outcome"]], "total": Decimal(row["total"]) if row["total"] else None}
        for row in preview.get("rows", ())
    ]  # fmt: skip
    counts = [(connecting.OUTCOMES[outcome], count) for outcome, count in preview.get("counts", {}).items()]
    return setup_page(
        request, connection, "preview", preview=preview, counts=counts, orders=rows,
        stock=connecting.stock_shown(connection),
    )  # fmt: skip


def live_page(request: HttpRequest, pk: int) -> HttpResponse:
    connection = draft_of(request, pk)
    if request.method == "POST":

        def act(actor: Actor) -> str:
            connecting.go_live(connection_id=pk, actor=actor)
            return gettext("It is live: orders are pulled from now on.")

        return run_action(request, act, back=step_url(pk, "live"), permission=CHANGE)
    left = {step.name: step for step in connecting.open_steps(connection)}
    return setup_page(
        request, connection, "live", left=[(step, step_url(pk, step.name)) for step in left.values()],
        listed=connection.listings.filter(is_active=True).count(),
    )  # fmt: skip


def setup_urls(view: Callable[..., Any]) -> list[Any]:
    pages = {
        "login": login_page, "skus": skus_page, "catalogue": read_catalogue, "take": take_listings, "start": start_page,
        "preview": preview_page, "live": live_page,
    }  # fmt: skip
    return [
        path(f"<int:pk>/setup/{name}/", view(page), name=f"integrations_setup_{name}") for name, page in pages.items()
    ]
