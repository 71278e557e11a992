"""Which warehouses and channels a person or a role works with: two fields of their forms."""

from typing import Any

from django import forms
from django.apps import apps
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from backoffice.core.access_limits import limits_set, set_limits
from backoffice.core.actor import Actor
from backoffice.core.scopes import ROOTS, limits_of, offered

FIELDS = {"warehouse": "limit_warehouses", "channel": "limit_channels"}
LIMITS_FIELDSET: Any = (
    _("Works with"),
    {
        "fields": tuple(FIELDS.values()),
        "description": _(
            "Nothing chosen: all of them. What belongs to others is then not found: in lists, pages, search, files and "
            "over the API. A person's own choice counts instead of the choice of their roles."
        ),
    },
)


class _Choice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.name}"


class LimitsForm(forms.ModelForm):
    """To be mixed into the form of a person or role."""

    limit_warehouses = _Choice(
        None, required=False, label=_("Warehouses"), widget=UnfoldAdminCheckboxSelectMultipleWidget
    )  # type: ignore[arg-type]
    limit_channels = _Choice(None, required=False, label=_("Channels"), widget=UnfoldAdminCheckboxSelectMultipleWidget)  # type: ignore[arg-type]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, name in FIELDS.items():
            rows: Any = offered(apps.get_model(ROOTS[kind]).objects.order_by("code"))
            if kind == "warehouse":
                rows = rows.filter(is_transit=False)
            if name in self.fields:
                self.fields[name].queryset = rows  # type: ignore[attr-defined]
            if self.instance.pk:
                self.initial[name] = limits_set(self.instance, kind)


class LimitsAdmin:
    """To be mixed into the admin of a person or role. Who is limited limits nobody."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if limits_of(request.user):
            return
        for kind, name in FIELDS.items():
            if name in form.cleaned_data:
                ids = [row.pk for row in form.cleaned_data[name]]
                set_limits(form.instance, kind, ids, actor=Actor.of_request(request))
