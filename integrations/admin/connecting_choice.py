"""The first step of connecting a shop: which channel, over which connector."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Currency, TaxCode
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import render_page, require
from backoffice.core.errors import DomainError
from backoffice.core.scopes import offered
from integrations.admin.connecting_steps import step_url, steps_of
from integrations.connectors.base import Connector
from integrations.connectors.registry import CONNECTORS
from integrations.models import Connection, ConnectionStatus
from integrations.services import connecting
from orders.models import Channel
from orders.services import create_channel

_BOX = {"class": "bo-input"}


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
        free = offered(Channel.objects.all()).exclude(
            connection__status__in=set(ConnectionStatus.values) - {ConnectionStatus.DRAFT}
        )
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
        steps=steps_of(None, "choose"), kinds=[(code, kind, _can(kind)) for code, kind in CONNECTORS.items()],
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
