"""The form of a webhook endpoint."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.scopes import offered
from integrations.webhooks.events import CHOOSABLE, TYPES
from orders.models import Channel

_BOX = {"class": "bo-input"}


class WebhookForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs=_BOX))
    url = forms.CharField(
        label=_("Address"), max_length=500, widget=forms.TextInput(attrs={"placeholder": "https://", **_BOX})
    )
    company = forms.ModelChoiceField(
        Company.objects.none(), label=_("Company"), empty_label=None, widget=forms.Select(attrs=_BOX)
    )
    channel = forms.ModelChoiceField(
        Channel.objects.none(),
        label=_("Channel"),
        required=False,
        empty_label=_("All of the company"),
        widget=forms.Select(attrs=_BOX),
    )
    events = forms.MultipleChoiceField(
        label=_("Events (none chosen: all)"),
        required=False,
        choices=[(name, TYPES[name].title) for name in CHOOSABLE],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = Company.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["channel"].queryset = offered(Channel.objects.order_by("name"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        channel, company = data.get("channel"), data.get("company")
        if channel and company and channel.company_id != company.pk:
            self.add_error("channel", gettext("This channel belongs to another company."))
        return data
