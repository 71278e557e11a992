"""The form of a new purchase order: supplier, warehouse, and rows of SKU, quantity, cost."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Party
from backoffice.core.scopes import offered
from inventory.models import Warehouse
from inventory.selectors import scan
from inventory.services import PurchaseLineInput

_BOX = {"class": "bo-input"}


class PurchaseForm(forms.Form):
    """The head of the order."""

    supplier = forms.ModelChoiceField(
        Party.objects.none(), label=_("Supplier"), widget=forms.Select(attrs=_BOX), empty_label="–"
    )
    warehouse = forms.ModelChoiceField(
        Warehouse.objects.none(), label=_("Deliver to"), widget=forms.Select(attrs=_BOX), empty_label="–"
    )
    expected_date = forms.DateField(
        label=_("Expected"), required=False, widget=forms.DateInput(attrs={"type": "date", **_BOX})
    )
    reference = forms.CharField(label=_("Reference"), required=False, max_length=60, widget=forms.TextInput(attrs=_BOX))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2, **_BOX})
    )

    def __init__(self, *args: Any, order: Any = None, **kwargs: Any) -> None:
        """order: a draft that is written anew; its supplier and warehouse stay."""
        if order is not None:
            names = ("supplier", "warehouse", "expected_date", "reference", "note")
            kwargs["initial"] = {name: getattr(order, name) for name in names}
        super().__init__(*args, **kwargs)
        if order is not None:
            self.fields["supplier"].disabled = self.fields["warehouse"].disabled = True
        suppliers = Party.objects.filter(is_supplier=True).select_related("person").order_by("code")
        warehouses = offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("priority", "code")
        self.fields["supplier"].queryset = suppliers  # type: ignore[attr-defined]
        self.fields["warehouse"].queryset = warehouses  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """What create_purchase_order takes."""
        data = self.cleaned_data
        return {
            "company_id": data["warehouse"].company_id,
            "supplier_id": data["supplier"].pk,
            "warehouse_id": data["warehouse"].pk,
            "reference": data["reference"],
            "expected_date": data["expected_date"],
            "note": data["note"],
        }


class PurchaseLineForm(forms.Form):
    """A row; one left empty is no line."""

    sku = forms.CharField(label=_("SKU or barcode"), max_length=60, widget=forms.TextInput(attrs=_BOX))
    quantity = forms.DecimalField(
        label=_("Quantity"),
        min_value=Decimal("0.000001"),
        max_digits=18,
        decimal_places=6,
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8, **_BOX}),
    )
    unit_cost = forms.DecimalField(
        label=_("Unit cost"),
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=6,
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8, **_BOX}),
    )


class PricedByListForm(PurchaseLineForm):
    """A row whose price may be left to the supplier's list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit_cost"].required = False
        self.fields["unit_cost"].widget.attrs["placeholder"] = gettext("by the list")


class SkuLines(forms.BaseFormSet):
    """Rows that each name an SKU, a quantity and an amount for one."""

    def is_valid_for(self, company_id: int) -> bool:
        """Whether every filled row names an SKU of the company and makes sense; then `inputs` are its lines."""
        self.inputs: list[PurchaseLineInput] = []
        if not self.is_valid():
            return False
        filled = [form for form in self.forms if form.has_changed()]
        codes = [form.cleaned_data["sku"].strip() for form in filled]
        known = scan(company_id, codes) if codes else {}
        for form, code in zip(filled, codes, strict=True):
            if code not in known:
                form.add_error("sku", gettext("There is no SKU “%(code)s”.") % {"code": code})
        if not filled:
            self.forms[0].add_error("sku", gettext("Give at least one line."))
        if any(form.errors for form in self.forms):
            return False
        self.inputs = [
            PurchaseLineInput(
                known[code].sku_id,
                form.cleaned_data["quantity"] * known[code].quantity,  # two cases of twelve are 24
                form.cleaned_data["unit_cost"],
            )
            for form, code in zip(filled, codes, strict=True)
        ]
        return True


PurchaseLines = forms.formset_factory(
    PricedByListForm, formset=SkuLines, extra=6, max_num=200, absolute_max=200, validate_max=True
)
