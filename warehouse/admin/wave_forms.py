"""The form that plans a wave: what it takes, how it is picked."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.scopes import offered
from inventory.models import Warehouse
from orders.models import Channel
from warehouse.models import OrderSize, PickMethod
from warehouse.services import WaveRequest

_BOX = {"class": "bo-input"}
_NUMBER = forms.NumberInput(attrs={"inputmode": "numeric", **_BOX})


class WaveForm(forms.Form):
    """Filters and limits; whatever is ready and fits goes into the wave, the most urgent first."""

    warehouse = forms.ModelChoiceField(Warehouse.objects.none(), label=_("Warehouse"), widget=forms.Select(attrs=_BOX))
    method = forms.ChoiceField(
        label=_("Method"), choices=PickMethod.choices, initial=PickMethod.BATCH, widget=forms.Select(attrs=_BOX)
    )
    round_orders = forms.IntegerField(
        label=_("Orders a round"), min_value=1, max_value=500, initial=12, widget=_NUMBER,
        help_text=_("How many orders one person picks on one walk."),
    )  # fmt: skip
    max_orders = forms.IntegerField(label=_("Orders at most"), min_value=1, max_value=5000, initial=200, widget=_NUMBER)
    max_lines = forms.IntegerField(
        label=_("Lines at most"), min_value=1, required=False, widget=_NUMBER, help_text=_("Empty: no limit.")
    )
    order_size = forms.ChoiceField(
        label=_("Order size"), choices=OrderSize.choices, initial=OrderSize.ANY, widget=forms.Select(attrs=_BOX)
    )
    channel = forms.ModelChoiceField(
        Channel.objects.none(), label=_("Channel"), required=False, empty_label=_("All"),
        widget=forms.Select(attrs=_BOX),
    )  # fmt: skip
    services = forms.CharField(
        label=_("Shipping services"), required=False, max_length=300, widget=forms.TextInput(attrs=_BOX),
        help_text=_("With commas between. Empty: all."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, max_length=200, widget=forms.TextInput(attrs=_BOX))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses = offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("priority", "code")
        self.fields["warehouse"].queryset = warehouses  # type: ignore[attr-defined]
        self.fields["warehouse"].initial = warehouses.first()
        self.fields["channel"].queryset = offered(Channel.objects.order_by("name"))  # type: ignore[attr-defined]

    def request(self) -> WaveRequest:
        given = self.cleaned_data
        return WaveRequest(
            given["warehouse"].pk,
            method=given["method"],
            services=tuple(given["services"].split(",")),
            channel_id=given["channel"].pk if given["channel"] else None,
            order_size=given["order_size"],
            max_orders=given["max_orders"],
            max_lines=given["max_lines"],
            round_orders=given["round_orders"],
            note=given["note"],
        )
