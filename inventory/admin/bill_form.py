"""The form of a bill: choose the supplier, tick what the paper is about, and see whether it comes to its total."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Account, AccountMapping, Bill, BillKind, BillLineKind, Currency, Party, TaxCode
from accounting.selectors import tax_rates
from accounting.services import BillInput, BillLineInput
from backoffice.core.errors import DomainError
from backoffice.core.money import ZERO, round_money
from inventory.selectors.bill_offers import Offer, bill_offers

_BOX = {"class": "bo-input"}
FREE_ROWS = 4


def _date(**values: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date", **_BOX}), **values)


def _amount(**values: Any) -> forms.DecimalField:
    return forms.DecimalField(
        min_value=Decimal(0),
        max_digits=18,
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 10, **_BOX}),
        **values,
    )


class BillForm(forms.Form):
    """The head of the paper."""

    kind = forms.ChoiceField(label=_("Kind"), choices=BillKind.choices, widget=forms.Select(attrs=_BOX))
    supplier = forms.ModelChoiceField(
        Party.objects.none(), label=_("Supplier"), widget=forms.Select(attrs=_BOX), empty_label="–"
    )
    number = forms.CharField(label=_("Their number"), max_length=60, widget=forms.TextInput(attrs=_BOX))
    bill_date = _date(label=_("Date"))
    due_date = _date(label=_("Due"), required=False)
    currency = forms.ModelChoiceField(
        Currency.objects.order_by("code"), label=_("Currency"), required=False, widget=forms.Select(attrs=_BOX),
        empty_label="–",
    )  # fmt: skip
    exchange_rate = forms.DecimalField(
        label=_("Exchange rate"), required=False, max_digits=18, decimal_places=8, localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8, **_BOX}),
    )  # fmt: skip
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.none(), label=_("Tax code of its lines"), required=False, widget=forms.Select(attrs=_BOX),
        empty_label="–",
    )  # fmt: skip
    tax = _amount(label=_("Tax on the paper"), required=False, decimal_places=3)
    total = _amount(label=_("Total on the paper"), decimal_places=3)
    corrects = forms.ModelChoiceField(
        Bill.objects.none(), label=_("Credits bill"), required=False, widget=forms.Select(attrs=_BOX), empty_label="–"
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300, widget=forms.TextInput(attrs=_BOX))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        suppliers = Party.objects.filter(is_supplier=True).select_related("person").order_by("code")
        fields: Any = self.fields
        fields["supplier"].queryset = suppliers
        fields["tax_code"].queryset = TaxCode.objects.filter(is_active=True).order_by("code")
        fields["corrects"].queryset = Bill.objects.filter(kind=BillKind.BILL, status="posted").order_by("-id")


class Typed:
    """What was typed into the form's rows, read once: lines, or what is wrong with which field."""

    def __init__(self, data: Mapping[str, str], offers: Sequence[Offer], tax_code: str) -> None:
        self.errors: list[str] = []
        self.lines: list[BillLineInput] = []
        self._data, self._tax_code = data, tax_code
        for offer in offers:
            if data.get(f"pick-{offer.key}"):
                self._goods(offer)
        for row in range(FREE_ROWS):
            self._free(row)

    def _goods(self, offer: Offer) -> None:
        quantity = self._number(f"quantity-{offer.key}", offer.sku, offer.quantity)
        price = self._number(f"price-{offer.key}", offer.sku, offer.price)
        source = offer.source
        if quantity is not None and price is not None:
            self.lines.append(
                BillLineInput(
                    BillLineKind.GOODS, quantity, price, tax_code=self._tax_code, sku_code=offer.sku,
                    description=offer.name, source_type=source[0], source_id=source[1],
                )
            )  # fmt: skip

    def _free(self, row: int) -> None:
        data = self._data
        text = data.get(f"net-x{row}", "").strip()
        if not text:
            return
        net = self._number(f"net-x{row}", gettext("Other line %(row)s") % {"row": row + 1}, None)
        if net is None:
            return
        kind = data.get(f"kind-x{row}", "")
        account = data.get(f"account-x{row}", "")
        self.lines.append(
            BillLineInput(
                kind if kind in BillLineKind.values else BillLineKind.EXPENSE,
                unit_price=net,
                net=net,
                tax_code="" if data.get(f"untaxed-x{row}") else self._tax_code,
                description=data.get(f"description-x{row}", "").strip(),
                account_id=int(account) if account.isdecimal() else None,
            )
        )

    def _number(self, name: str, what: str, default: Decimal | None) -> Decimal | None:
        text = self._data.get(name, "").strip().replace(",", ".")
        if not text and default is not None:
            return default
        try:
            value = Decimal(text)
            if value.is_finite() and 0 <= value < 10**12:
                return value
        except InvalidOperation:
            pass
        self.errors.append(gettext("%(what)s: “%(value)s” is no number.") % {"what": what, "value": text[:40]})
        return None


def input_of(form: BillForm, typed: Typed) -> BillInput:
    """The bill as it was typed. A tax typed from the paper that is some cents off is put on the last taxed line."""
    data = form.cleaned_data
    return BillInput(
        supplier_id=data["supplier"].pk,
        number=data["number"],
        bill_date=data["bill_date"],
        total=data["total"],
        lines=with_tax(typed.lines, data["tax"], data["supplier"].company_id, data["bill_date"], exponent_of(data)),
        kind=data["kind"],
        due_date=data["due_date"],
        currency=data["currency"].code if data["currency"] else "",
        exchange_rate=data["exchange_rate"],
        corrects_id=data["corrects"].pk if data["corrects"] else None,
        note=data["note"],
    )


def with_tax(
    lines: Sequence[BillLineInput], tax: Decimal | None, company_id: int, day: datetime.date, exponent: int
) -> list[BillLineInput]:
    """The lines with the paper's tax spread over them by their rates, the last one taking the rest. Statements: 1."""
    taxed = [place for place, line in enumerate(lines) if line.tax_code]
    if tax is None or not taxed:
        return list(lines)
    rates = dict(zip(taxed, tax_rates(company_id, [(lines[place].tax_code, day) for place in taxed]), strict=True))
    found = list(lines)
    left = tax
    for place in taxed:
        part = left if place == taxed[-1] else round_money(net_of(lines[place], exponent) * rates[place][1], exponent)
        found[place] = replace(lines[place], tax=part)
        left -= part
    return found


def net_of(line: BillLineInput, exponent: int) -> Decimal:
    return round_money(line.quantity * line.unit_price, exponent) if line.net is None else line.net


def exponent_of(data: Mapping[str, Any]) -> int:
    """The decimals of the bill's currency: the chosen one, or the supplier's."""
    currency = data.get("currency") or (data["supplier"].currency if data.get("supplier") else None)
    return currency.exponent if currency else 2


def sums_of(form: BillForm, typed: Typed) -> dict[str, Any]:
    """What is shown while somebody types: net, tax, sum, and how far it is from the paper."""
    data = form.cleaned_data if hasattr(form, "cleaned_data") else {}
    exponent = exponent_of(data)
    net = sum((net_of(line, exponent) for line in typed.lines), ZERO)
    tax = data.get("tax")
    code = data.get("tax_code")
    if code is not None and code.is_reverse_charge:
        tax = ZERO
    elif tax is None:
        tax = _computed_tax(typed, data, exponent)
    total = data.get("total")
    return {
        "lines": len(typed.lines),
        "net": net,
        "tax": tax,
        "sum": net + tax,
        "total": total,
        "difference": None if total is None else total - net - tax,
        "errors": typed.errors,
    }


def _computed_tax(typed: Typed, data: Mapping[str, Any], exponent: int) -> Decimal:
    code, day = data.get("tax_code"), data.get("bill_date") or timezone.now().date()
    if code is None:
        return ZERO
    try:
        [(_id, rate)] = tax_rates(code.company_id, [(code.code, day)])
    except DomainError:
        return ZERO
    return sum((round_money(net_of(line, exponent) * rate, exponent) for line in typed.lines if line.tax_code), ZERO)


def offers_for(supplier: Party | None, *, credit: bool) -> list[Offer]:
    if supplier is None:
        return []
    return bill_offers(supplier.pk, company_id=supplier.company_id, credit=credit)


def accounts_of(company_id: int | None) -> list[Account]:
    """Where expenses may go: postable accounts that are no control account and play no role of goods."""
    kept = AccountMapping.objects.filter(role__in=["grni", "bank", "cash"]).values("account_id")
    rows = Account.objects.filter(is_postable=True, is_active=True, control="").exclude(pk__in=kept)
    return list((rows.filter(company_id=company_id) if company_id else rows).order_by("code")[:400])


def initial_of(bill: Bill) -> dict[str, Any]:
    """A draft as the form has it."""
    codes = {line.tax_code_id for line in bill.lines.all() if line.tax_code_id}
    return {
        "kind": bill.kind,
        "supplier": bill.party_id,
        "number": bill.number,
        "bill_date": bill.bill_date,
        "due_date": bill.due_date,
        "currency": bill.currency,
        "exchange_rate": bill.exchange_rate,
        "tax_code": next(iter(codes), None),
        "tax": _plain(bill.tax) if bill.tax else None,
        "total": _plain(bill.total),
        "corrects": bill.corrects_id,
        "note": bill.note,
    }


def _plain(amount: Decimal) -> Decimal:
    """At least two decimals, more where it has them."""
    short = amount.quantize(Decimal("0.01"))
    return short if short == amount else amount.normalize()
