"""A channel's sourcing settings tried on its past orders, with before and after; the page changes nothing."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import render_page, require
from inventory.models import Warehouse
from orders.models import Channel, Objective
from orders.selectors.sourcing_trial import SourcingSettings, settings_of, shipping_houses, try_sourcing

_BOX = {"class": "bo-input"}


class TrialForm(forms.Form):
    """The channel's settings as they are, to be changed for the trial only."""

    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=365, widget=forms.NumberInput(attrs=_BOX))
    objective = forms.ChoiceField(label=_("Objective"), choices=Objective.choices, widget=forms.Select(attrs=_BOX))
    max_parcels = forms.IntegerField(
        label=_("parcels at most"), min_value=1, max_value=99, required=False, widget=forms.NumberInput(attrs=_BOX)
    )
    same_day = forms.BooleanField(label=_("same day first"), required=False)

    def __init__(self, *args: Any, houses: list[Warehouse], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.houses = houses
        for house in houses:
            self.fields[f"position_{house.pk}"] = forms.IntegerField(
                label=_("%(warehouse)s: place in the order") % {"warehouse": house.code}, min_value=0, max_value=999,
                required=False, widget=forms.NumberInput(attrs=_BOX),
            )  # fmt: skip
            self.fields[f"excluded_{house.pk}"] = forms.BooleanField(
                label=_("%(warehouse)s never ships") % {"warehouse": house.code}, required=False
            )

    def settings(self) -> SourcingSettings:
        data = self.cleaned_data
        positions = {house.pk: data[f"position_{house.pk}"] for house in self.houses}
        return SourcingSettings(
            data["objective"], data["max_parcels"], data["same_day"],
            {pk: place for pk, place in positions.items() if place is not None},
            frozenset(house.pk for house in self.houses if data[f"excluded_{house.pk}"]),
        )  # fmt: skip


def sourcing_trial_page(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, "orders.view_channel")
    channel = get_object_or_404(Channel.objects.select_related("company"), pk=pk)
    houses = list(shipping_houses(channel))
    form = TrialForm(request.GET if "days" in request.GET else None, initial=_now(channel), houses=houses)
    trial = (
        try_sourcing(channel, form.settings(), days=form.cleaned_data["days"])
        if form.is_bound and form.is_valid()
        else None
    )
    return render_page(
        request, admin.site, "orders/sourcing_trial.html", title=_("Try sourcing settings"), channel=channel, form=form,
        trial=trial, currency=channel.company.base_currency_id, opts=channel._meta,
    )  # fmt: skip


def _now(channel: Channel) -> dict[str, Any]:
    now = settings_of(channel)
    return {
        "days": 30, "objective": now.objective, "max_parcels": now.max_parcels, "same_day": now.same_day,
        **{f"position_{pk}": place for pk, place in now.positions.items()},
        **{f"excluded_{pk}": True for pk in now.excluded},
    }  # fmt: skip
