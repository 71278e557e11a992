"""The forms of a new transfer and a new adjustment: a head, and rows of SKU, quantity and what goes with them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.scopes import offered
from inventory.models import AdjustmentReason, Barcode, Location, Lot, Warehouse
from inventory.selectors import skus_by_code
from inventory.services import AdjustmentLineInput, TransferLineInput

_BOX = {"class": "bo-input"}
_NUMBER = {"inputmode": "decimal", "size": 8, **_BOX}


def _warehouses() -> Any:
    return offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("priority", "code")


class TransferForm(forms.Form):
    """Where from, where to, and when it arrives."""

    source = forms.ModelChoiceField(Warehouse.objects.none(), label=_("From"), widget=forms.Select(attrs=_BOX))
    target = forms.ModelChoiceField(Warehouse.objects.none(), label=_("To"), widget=forms.Select(attrs=_BOX))
    expected_date = forms.DateField(
        label=_("Expected"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", **_BOX}),
        help_text=_("From this day on the goods may be promised at the target."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2, **_BOX})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = self.fields["target"].queryset = _warehouses()  # type: ignore[attr-defined]


class AdjustmentForm(forms.Form):
    """Where stock is put right, and why."""

    warehouse = forms.ModelChoiceField(Warehouse.objects.none(), label=_("Warehouse"), widget=forms.Select(attrs=_BOX))
    reason = forms.ModelChoiceField(AdjustmentReason.objects.none(), label=_("Reason"), widget=forms.Select(attrs=_BOX))
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, **_BOX}),
        help_text=_("What happened, for whoever approves it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["warehouse"].queryset = _warehouses()  # type: ignore[attr-defined]
        self.fields["reason"].queryset = AdjustmentReason.objects.filter(is_active=True)  # type: ignore[attr-defined]


class LineForm(forms.Form):
    """A row; one left empty is no line."""

    sku = forms.CharField(label=_("SKU or barcode"), max_length=60, widget=forms.TextInput(attrs=_BOX))
    lot = forms.CharField(
        label=_("Lot"), max_length=60, required=False, widget=forms.TextInput(attrs={"size": 8, **_BOX})
    )


class TransferLineForm(LineForm):
    quantity = forms.DecimalField(
        label=_("Quantity"),
        min_value=Decimal("0.000001"),
        max_digits=18,
        decimal_places=6,
        widget=forms.TextInput(attrs=_NUMBER),
    )


class AdjustmentLineForm(LineForm):
    location = forms.CharField(label=_("Place"), max_length=40, widget=forms.TextInput(attrs={"size": 10, **_BOX}))
    quantity = forms.DecimalField(
        label=_("More (+) or less (−)"), max_digits=18, decimal_places=6, widget=forms.TextInput(attrs=_NUMBER)
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False, widget=forms.TextInput(attrs=_BOX))


class Rows(forms.BaseFormSet):
    """Rows that each name an SKU, perhaps a lot; `filled` are those with something in them."""

    def is_valid_for(self, company_id: int) -> bool:
        """Whether every filled row names an SKU of the company, and its lot; their ids stand in `cleaned_data`."""
        self.filled: list[Any] = []
        if not self.is_valid():
            return False
        self.filled = [form for form in self.forms if form.has_changed()]
        codes = [form.cleaned_data["sku"].strip() for form in self.filled]
        known: dict[str, int] = skus_by_code(company_id, codes) if codes else {}
        barcodes = Barcode.objects.filter(code__in=codes, sku__company_id=company_id)
        known |= {code: sku for code, sku in barcodes.values_list("code", "sku_id") if code not in known}
        lots = {
            (sku, code.upper()): pk
            for pk, sku, code in Lot.objects.filter(sku_id__in=known.values()).values_list("pk", "sku_id", "code")
        }
        for form, code in zip(self.filled, codes, strict=True):
            form.cleaned_data["sku_id"] = sku_id = known.get(code)
            if sku_id is None:
                form.add_error("sku", gettext("There is no SKU “%(code)s”.") % {"code": code})
                continue
            lot = form.cleaned_data["lot"].strip()
            form.cleaned_data["lot_id"] = lots.get((sku_id, lot.upper()))
            if lot and form.cleaned_data["lot_id"] is None:
                form.add_error("lot", gettext("There is no lot “%(code)s” of it.") % {"code": lot})
        if not self.filled:
            self.forms[0].add_error("sku", gettext("Give at least one line."))
        return not any(form.errors for form in self.forms)

    def place(self, warehouse: Warehouse) -> bool:
        """Whether every filled row names a place of the warehouse; its id stands in `cleaned_data`."""
        places = {
            code.upper(): pk
            for pk, code in Location.objects.filter(warehouse=warehouse, is_active=True).values_list("pk", "code")
        }
        for form in self.filled:
            code = form.cleaned_data["location"].strip()
            form.cleaned_data["location_id"] = places.get(code.upper())
            if form.cleaned_data["location_id"] is None:
                form.add_error(
                    "location",
                    gettext("%(warehouse)s has no place “%(code)s”.") % {"warehouse": warehouse.code, "code": code},
                )
        return not any(form.errors for form in self.forms)


class TransferRows(Rows):
    @property
    def inputs(self) -> list[TransferLineInput]:
        return [
            TransferLineInput(data["sku_id"], data["quantity"], data["lot_id"])
            for data in (form.cleaned_data for form in self.filled)
        ]


class AdjustmentRows(Rows):
    @property
    def inputs(self) -> list[AdjustmentLineInput]:
        return [
            AdjustmentLineInput(
                data["sku_id"], data["location_id"], data["quantity"], data["lot_id"], note=data["note"]
            )
            for data in (form.cleaned_data for form in self.filled)
        ]


_SIZES: dict[str, Any] = {"extra": 6, "max_num": 200, "absolute_max": 200, "validate_max": True}
TransferLines = forms.formset_factory(TransferLineForm, formset=TransferRows, **_SIZES)
AdjustmentLines = forms.formset_factory(AdjustmentLineForm, formset=AdjustmentRows, **_SIZES)


def with_more_rows(posted: Any) -> Any:
    """The posted rows and ten empty ones."""
    data = posted.copy()
    rows = data.get("lines-TOTAL_FORMS", "0")
    data["lines-TOTAL_FORMS"] = str(min(int(rows) if rows.isdecimal() else 0, 190) + 10)
    return data
