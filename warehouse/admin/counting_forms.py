"""The form of a new stocktake."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.models import User
from backoffice.core.scopes import offered
from inventory.models import Warehouse, Zone
from inventory.selectors import skus_by_code
from warehouse.services.counting import Choice, Rules

_BOX = {"class": "bo-input"}
_TICK = {"style": "align-self: flex-start; width: auto"}
WHAT = (
    ("everything", _("Everything that holds goods")),
    ("zone", _("A zone")),
    ("range", _("Bins from – to")),
    ("bins", _("These bins")),
    ("skus", _("These SKUs, wherever they lie")),
)


class StocktakeForm(forms.Form):
    """Where, what, by when, how exact, and by whom."""

    warehouse = forms.ModelChoiceField(Warehouse.objects.none(), label=_("Warehouse"), widget=forms.Select(attrs=_BOX))
    what = forms.ChoiceField(label=_("What"), choices=WHAT, widget=forms.Select(attrs=_BOX))
    zone = forms.ModelChoiceField(Zone.objects.none(), label=_("Zone"), required=False, widget=forms.Select(attrs=_BOX))
    first = forms.CharField(label=_("From bin"), required=False, max_length=40, widget=forms.TextInput(attrs=_BOX))
    last = forms.CharField(label=_("To bin"), required=False, max_length=40, widget=forms.TextInput(attrs=_BOX))
    names = forms.CharField(
        label=_("Bins or SKUs"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 3, **_BOX}),
        help_text=_("One a line, or with commas between them."),
    )
    empty_too = forms.BooleanField(
        label=_("Bins that should be empty as well"), required=False, widget=forms.CheckboxInput(attrs=_TICK)
    )
    due_date = forms.DateField(label=_("Due"), required=False, widget=forms.DateInput(attrs={"type": "date", **_BOX}))
    assigned_to = forms.ModelChoiceField(
        User.objects.none(),
        label=_("For"),
        required=False,
        empty_label=_("Whoever comes"),
        widget=forms.Select(attrs=_BOX),
    )
    tolerance_percent = forms.DecimalField(
        label=_("Tolerance in per cent"),
        min_value=Decimal(0),
        max_value=Decimal(1000),
        decimal_places=2,
        initial=Decimal(0),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 6, **_BOX}),
        help_text=_("A count that differs by more is made again by somebody else. Both 0: any difference."),
    )
    tolerance_value = forms.DecimalField(
        label=_("Tolerance in money"),
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=6,
        initial=Decimal(0),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 10, **_BOX}),
        help_text=_("Of one line, at cost, in the company's currency."),
    )
    one_person = forms.BooleanField(
        label=_("One person may do it all"),
        required=False,
        widget=forms.CheckboxInput(attrs=_TICK),
        help_text=_("In a shop of one: whoever counted may count again and approve."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2, **_BOX})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["warehouse"].queryset = offered(Warehouse.objects.filter(is_active=True, is_transit=False))
        fields["zone"].queryset = Zone.objects.select_related("warehouse").order_by("warehouse", "code")
        fields["assigned_to"].queryset = User.objects.filter(is_active=True).order_by("username")

    def clean(self) -> dict[str, Any]:
        """What was named stands in `choice`."""
        data = super().clean() or {}
        if self.errors:
            return data
        what, warehouse = data["what"], data["warehouse"]
        names = [name.strip() for name in data["names"].replace(",", "\n").splitlines() if name.strip()]
        zone = data["zone"]
        skus: dict[str, int] = {}
        if what == "zone" and (zone is None or zone.warehouse_id != warehouse.pk):
            self.add_error("zone", gettext("Choose a zone of this warehouse."))
        elif what == "range" and not (data["first"].strip() or data["last"].strip()):
            self.add_error("first", gettext("Give the first bin, the last one, or both."))
        elif what in ("bins", "skus") and not names:
            self.add_error("names", gettext("Name at least one."))
        elif what == "skus":
            skus = skus_by_code(warehouse.company_id, names)
            for name in names:
                if name not in skus:
                    self.add_error("names", gettext("There is no SKU “%(code)s”.") % {"code": name})
                    break
        if self.errors:
            return data
        self.choice = Choice(
            bins=names if what == "bins" else (),
            first=data["first"].strip() if what == "range" else "",
            last=data["last"].strip() if what == "range" else "",
            zone_id=zone.pk if what == "zone" and zone else None,
            sku_ids=sorted(skus.values()),
            everything=what == "everything",
            empty_too=data["empty_too"],
        )
        self.rules = Rules(data["tolerance_percent"], data["tolerance_value"], data["one_person"])
        return data
