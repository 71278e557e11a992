"""The form of a journal by hand: a head, and rows of account, debit or credit, and what it is analysed by."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.dimensions import AXES, Dimensions, read_key
from accounting.models import Account, Company, Control, Currency, ManualJournal, Party
from accounting.selectors import dimension_codes
from accounting.services import JournalInput, JournalLineInput

BOX = {"class": "bo-input"}
TICK = {"style": "align-self: flex-start"}
MAX_ROWS = 200


def _wide(rem: int) -> dict[str, str]:
    return {"style": f"width: {rem}rem", **BOX}


def day_field(**values: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date", **BOX}), **values)


class JournalForm(forms.Form):
    """The head. A day that does not exist, such as 30 February, is refused beside its field."""

    company = forms.ModelChoiceField(
        Company.objects.none(), label=_("Company"), widget=forms.Select(attrs=BOX), empty_label=None
    )
    date = day_field(label=_("Date"))
    memo = forms.CharField(label=_("What for"), max_length=200, widget=forms.TextInput(attrs=BOX))
    currency = forms.ModelChoiceField(
        Currency.objects.order_by("code"), label=_("Currency"), required=False, empty_label="–",
        widget=forms.Select(attrs=BOX), help_text=_("Empty: the company's."),
    )  # fmt: skip
    exchange_rate = forms.DecimalField(
        label=_("Exchange rate"), required=False, max_digits=18, decimal_places=8, localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8, **BOX}), help_text=_("Empty: the day's."),
    )  # fmt: skip
    reverse_on = day_field(
        label=_("Reverse on"), required=False, help_text=_("An accrual: its mirror is posted by itself on this day.")
    )
    late = forms.BooleanField(
        label=_("May come late"), required=False, widget=forms.CheckboxInput(attrs=TICK),
        help_text=_("If its day is closed, it is posted on the first open one and keeps its own as when it happened."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = Company.objects.order_by("name")  # type: ignore[attr-defined]


def _side(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=Decimal(0), max_digits=18, decimal_places=6, localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", **_wide(6)}),
    )  # fmt: skip


class LineForm(forms.Form):
    """A row; one left empty is no line."""

    account = forms.CharField(
        label=_("Account"), max_length=220, widget=forms.TextInput(attrs={"list": "accounts", **_wide(11)})
    )
    description = forms.CharField(
        label=_("Description"), max_length=200, required=False, widget=forms.TextInput(attrs=_wide(9))
    )
    debit = _side(_("Debit"))
    credit = _side(_("Credit"))
    party = forms.CharField(
        label=_("Party"), max_length=60, required=False,
        widget=forms.TextInput(attrs={"list": "parties", **_wide(5)}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"channel": _("Channel"), "warehouse": _("Warehouse"), "category": _("Category")}
        for axis in AXES:
            attrs = {"list": f"axis-{axis}", **_wide(5)}
            self.fields[axis] = forms.CharField(
                label=labels[axis], max_length=60, required=False, widget=forms.TextInput(attrs=attrs)
            )
        for field in self.fields.values():  # the table's headings are no labels to a screen reader
            field.widget.attrs["aria-label"] = field.label

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        debit, credit = data.get("debit") or Decimal(0), data.get("credit") or Decimal(0)
        if self.has_changed() and not self.errors and (debit and credit or not (debit or credit)):
            self.add_error("debit", gettext("Give a debit or a credit."))
        data["amount"] = debit - credit
        return data

    @property
    def dimensions(self) -> Dimensions:
        return tuple(
            (axis, self.cleaned_data[axis].strip()) for axis in AXES if self.cleaned_data.get(axis, "").strip()
        )


class Rows(forms.BaseFormSet):
    """The journal's rows; `inputs` are those with something in them."""

    def is_valid_for(self, company_id: int) -> bool:
        """Whether every filled row names an account and party of the company."""
        self.inputs: list[JournalLineInput] = []
        if not self.is_valid():
            return False
        filled: list[Any] = [form for form in self.forms if form.has_changed()]
        accounts = dict(
            Account.objects.filter(
                company_id=company_id, code__in={_code(form.cleaned_data["account"]) for form in filled}
            ).values_list("code", "pk")
        )
        codes = {form.cleaned_data["party"].strip() for form in filled} - {""}
        parties = dict(Party.objects.filter(company_id=company_id, code__in=codes).values_list("code", "pk"))
        for form in filled:
            data = form.cleaned_data
            account, party = accounts.get(_code(data["account"])), data["party"].strip()
            if account is None:
                form.add_error("account", gettext("There is no account “%(code)s”.") % {"code": data["account"]})
            if party and party not in parties:
                form.add_error("party", gettext("There is no party “%(code)s”.") % {"code": party})
            self.inputs.append(
                JournalLineInput(account, data["amount"], parties.get(party), data["description"], form.dimensions)
            )
        if not filled:
            self.forms[0].add_error("account", gettext("Give at least one line."))
        return not any(form.errors for form in self.forms)


def _code(text: str) -> str:
    """The code of "1020 Bank"."""
    return text.strip().partition(" ")[0]


JournalLines: Any = forms.formset_factory(
    LineForm, formset=Rows, extra=6, max_num=MAX_ROWS, absolute_max=MAX_ROWS, validate_max=True
)


def input_of(form: JournalForm, lines: Rows) -> JournalInput:
    data = form.cleaned_data
    return JournalInput(
        date=data["date"],
        lines=lines.inputs,
        memo=data["memo"],
        currency=data["currency"].code if data["currency"] else "",
        exchange_rate=data["exchange_rate"],
        reverse_on=data["reverse_on"],
        late=data["late"],
    )


def initial_of(journal: ManualJournal) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A draft as the form shows it: head and rows. Statements: 1."""
    head = {
        "company": journal.company_id,
        "date": journal.date,
        "memo": journal.memo,
        "currency": journal.currency,
        "exchange_rate": journal.exchange_rate,
        "reverse_on": journal.reverse_on,
        "late": journal.late,
    }
    rows = [
        {
            "account": str(line.account),
            "description": line.description,
            "debit": _plain(line.amount) if line.amount > 0 else None,
            "credit": _plain(-line.amount) if line.amount < 0 else None,
            "party": line.party.code if line.party else "",
            **(dict(read_key(line.dimension_set.key)) if line.dimension_set else {}),
        }
        for line in journal.lines.select_related("account", "party", "dimension_set").order_by("position")
    ]
    return head, rows


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}" if amount != amount.quantize(Decimal("0.01")) else f"{amount:.2f}"


def offers() -> dict[str, Any]:
    """What the inputs suggest. Statements: 3."""
    accounts = Account.objects.filter(is_postable=True, is_active=True, control=Control.NONE)
    codes = dimension_codes()
    return {
        "accounts": sorted({f"{code} {name}" for code, name in accounts.values_list("code", "name")}),
        "parties": Party.objects.order_by("code").values_list("code", flat=True)[:300],
        "axes": [(axis, codes.get(axis, [])[:300]) for axis in AXES],
    }


def typed_of(rows: list[dict[str, Any]]) -> dict[str, str]:
    """A draft's rows as if they had just been typed."""
    return {
        f"lines-{place}-{name}": row[name] or ""
        for place, row in enumerate(rows)
        for name in ("account", "debit", "credit")
    }


def sums_of(data: Any) -> tuple[Decimal, Decimal]:
    """Debits and credits typed so far; what is no number counts as nothing."""
    totals = [Decimal(0), Decimal(0)]
    for row in range(MAX_ROWS):
        if f"lines-{row}-account" not in data:
            break
        for side, name in enumerate(("debit", "credit")):
            try:
                value = Decimal(data.get(f"lines-{row}-{name}", "").strip().replace(",", "."))
                totals[side] += value if value.is_finite() and abs(value) < 10**15 else 0
            except ArithmeticError:
                continue
    return totals[0], totals[1]
