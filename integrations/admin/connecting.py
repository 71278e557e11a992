"""Setting a connection up, one page for each step; a draft can be left at any of them and taken up again."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Currency, TaxCode
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_date, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from integrations.connectors.base import Connector
from integrations.connectors.login import YES_NO
from integrations.connectors.registry import CONNECTORS, kind_of, secrets_owner
from integrations.errors import SecretsUnreadable
from integrations.models import Connection, ConnectionStatus
from integrations.secrets import unseal
from integrations.services import connecting
from integrations.services.codes import own_sku_ids
from integrations.services.connecting.catalogue import counted
from orders.models import Channel
from orders.services import create_channel

CHANGE = "integrations.change_connection"
PER_PAGE = 50
_BOX = {"class": "bo-input"}
STEPS: Sequence[tuple[str, Promise]] = (
    ("choose", _("Choose")), ("login", _("Log in")), ("skus", _("Match SKUs")), ("start", _("First day")),
    ("preview", _("Look")), ("live", _("Go live")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """state: done, part (this page) or none."""

    name: Promise
    state: str
    url: str
    said: str = ""


class ChooseForm(forms.Form):
    """Which channel, an existing or a new one, and over which connector."""

    connector = forms.ChoiceField(label=_("Connector"), widget=forms.RadioSelect)
    channel = forms.ModelChoiceField(
        Channel.objects.none(), label=_("Channel"), required=False, empty_label=_("a new channel"),
        widget=forms.Select(attrs=_BOX),
    )  # fmt: skip
    name = forms.CharField(
        label=_("Name of the new channel"), required=False, max_length=100, widget=forms.TextInput(attrs=_BOX)
    )
    currency = forms.ModelChoiceField(
        Currency.objects.order_by("code"), label=_("Its currency"), required=False, widget=forms.Select(attrs=_BOX)
    )
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.order_by("code"), label=_("Its tax code"), required=False, widget=forms.Select(attrs=_BOX)
    )
    prices_include_tax = forms.BooleanField(label=_("Its prices include tax"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Channel.objects.exclude(connection__status__in=set(ConnectionStatus.values) - {ConnectionStatus.DRAFT})
        self.fields["channel"].queryset = free.order_by("name")  # type: ignore[attr-defined]
        self.fields["connector"].choices = [(code, kind.name) for code, kind in CONNECTORS.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("channel"):
            for field in ("name", "currency", "tax_code"):
                if not data.get(field):
                    self.add_error(field, gettext("A new channel needs it."))
        return data


def choose_page(request: HttpRequest) -> HttpResponse:
    """The first step: it makes the draft."""
    require(request, "integrations.add_connection")
    form = ChooseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                actor = Actor.of_request(request)
                channel = form.cleaned_data["channel"] or _new_channel(form.cleaned_data, actor)
                made = connecting.begin_connection(
                    channel_id=channel.pk, connector=form.cleaned_data["connector"], actor=actor
                )
            return HttpResponseRedirect(step_url(made.pk, "login"))
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
    return render_page(
        request, admin.site, "integrations/setup_choose.html", title=_("New connection"), form=form,
        steps=_steps(None, "choose"), kinds=[(code, kind, _can(kind)) for code, kind in CONNECTORS.items()],
        drafts=Connection.objects.filter(status=ConnectionStatus.DRAFT).select_related("channel").order_by("pk"),
    )  # fmt: skip


def _new_channel(data: dict[str, Any], actor: Actor) -> Channel:
    """Its code is made of its name; one that is taken gets a number."""
    tax_code = data["tax_code"]
    words = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in data["name"].lower())
    base = "-".join(filter(None, words.split("-")))[:40] or "channel"
    taken = set(
        Channel.objects.filter(company_id=tax_code.company_id, code__startswith=base).values_list("code", flat=True)
    )
    code = next(name for name in (base, *(f"{base}-{n}" for n in range(2, 1000))) if name not in taken)
    return create_channel(
        company_id=tax_code.company_id, code=code, name=data["name"], currency=data["currency"].code,
        tax_code_id=tax_code.pk, prices_include_tax=data["prices_include_tax"], actor=actor,
    )  # fmt: skip


def _can(kind: type[Connector]) -> list[str]:
    """What the connector does, in words."""
    able = kind.capabilities
    return [
        str(name)
        for name, yes in (
            (_("orders"), able.orders), (_("stock"), able.stock), (_("shipments"), able.fulfilment),
            (_("refunds"), able.refunds), (_("prices"), able.prices), (_("webhooks"), able.webhooks),
        )
        if yes
    ]  # fmt: skip


def step_url(pk: int, step: str) -> str:
    return reverse(f"admin:integrations_setup_{step}", args=[pk])


def next_step(connection: Connection) -> str:
    """The first that is not done."""
    left = [step.name for step in connecting.open_steps(connection)]
    if "login" in left:
        return "login"
    if kind_of(connection.connector).capabilities.catalogue and "catalogue" not in connection.setup:
        return "skus"
    return left[0] if left else "live"


def _steps(connection: Connection | None, present: str) -> list[Step]:
    left = {step.name for step in connecting.open_steps(connection)} if connection else set()
    setup = connection.setup if connection else {}
    done = {
        "choose": connection is not None,
        "login": "login" not in left,
        "skus": bool(setup.get("catalogue")) or bool(connection and connection.listings.exists()),
        "start": bool(setup.get("first_day")),
        "preview": "preview" in setup,
        "live": False,
    }
    return [
        Step(
            name,
            "part" if step == present else "done" if connection and done[step] else "none",
            step_url(connection.pk, step) if connection and step != "choose" else reverse("admin:integrations_connection_add"),
        )
        for step, name in STEPS
    ]  # fmt: skip


def _draft(request: HttpRequest, pk: int) -> Connection:
    require(request, CHANGE)
    return get_object_or_404(Connection.objects.select_related("channel"), pk=pk)


def _page(request: HttpRequest, connection: Connection, step: str, **context: Any) -> HttpResponse:
    if connection.status != ConnectionStatus.DRAFT:
        return HttpResponseRedirect(reverse("admin:integrations_connection_change", args=[connection.pk]))
    kind = kind_of(connection.connector)
    context = {"title": connection.channel.name, "connection": connection, "kind": kind} | context
    return render_page(
        request, admin.site, f"integrations/setup_{step}.html", steps=_steps(connection, step), opts=connection._meta, **context
    )  # fmt: skip


def login_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The keys, and whether they work; a secret that is there is not shown and may stay empty."""
    connection = _draft(request, pk)
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
    return _page(
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
    connection = _draft(request, pk)
    rows = connecting.proposals(connection) if connection.status == ConnectionStatus.DRAFT else []
    return _page(
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
    connection = _draft(request, pk)
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
    return _page(request, connection, "start", days=days, today=today)


def _posted_start(request: HttpRequest) -> datetime.datetime | None:
    """The day's first moment; None for all orders. Raises InvalidInput."""
    if request.POST.get("all") == "yes":
        return None
    day = posted_date(request, "day")
    if day is None:
        raise InvalidInput(gettext("Choose a day, or all orders."), field="day")
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def preview_page(request: HttpRequest, pk: int) -> HttpResponse:
    connection = _draft(request, pk)
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
    return _page(
        request, connection, "preview", preview=preview, counts=counts, orders=rows,
        stock=connecting.stock_shown(connection),
    )  # fmt: skip


def live_page(request: HttpRequest, pk: int) -> HttpResponse:
    connection = _draft(request, pk)
    if request.method == "POST":

        def act(actor: Actor) -> str:
            connecting.go_live(connection_id=pk, actor=actor)
            return gettext("It is live: orders are pulled from now on.")

        return run_action(request, act, back=step_url(pk, "live"), permission=CHANGE)
    left = {step.name: step for step in connecting.open_steps(connection)}
    return _page(
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
