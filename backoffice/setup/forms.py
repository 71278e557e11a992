"""What each step of the wizard asks, with what is wrong about an answer."""

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import get_language, gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from accounting.charts import CHARTS
from accounting.logos import check_logo
from accounting.services.setup import CURRENCIES
from accounting.taxes import EU, TEMPLATES
from backoffice.core.errors import InvalidInput
from backoffice.core.staff import StaffRole
from backoffice.core.territories import country_choices, currency_choices, currency_of, time_zone_of
from inventory.patterns import expand
from orders.sourcing.countries import CENTRES

CHART_NAMES = {"ifrs": _("IFRS style, in English"), "ge": _("Georgian style, in Georgian and English")}
MAX_PEOPLE = 8
COUNTRIES = tuple(sorted(CENTRES))
CODE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*$", gettext_lazy("Letters, digits, - and _ only."))
USERNAME = RegexValidator(r"^[\w.@+-]+$", gettext_lazy("Letters, digits and @ . + - _ only."))


class Step(forms.Form):
    """Answers go into the draft as texts and booleans."""

    def answers(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def _countries() -> list[tuple[str, str]]:
    return [("", ""), *country_choices(COUNTRIES, get_language() or "en")]


def _currencies() -> list[tuple[str, str]]:
    return currency_choices(get_language() or "en", tuple(CURRENCIES))


class CountrySelect(forms.Select):
    """Each country brings along what its currency and time zone probably are (setup.js)."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"] |= {"data-currency": currency_of(str(value)), "data-zone": time_zone_of(str(value))}
        return option


class CompanyStep(Step):
    name = forms.CharField(label=_("Name of the company"), max_length=200)
    legal_name = forms.CharField(
        label=_("Legal name"), max_length=200, required=False, help_text=_("Printed on documents. Empty: the name.")
    )
    country = forms.ChoiceField(label=_("Country"), choices=_countries, widget=CountrySelect)
    base_currency = forms.ChoiceField(
        label=_("Currency of the books"),
        choices=_currencies,
        help_text=_("It stays: sales and purchases may be in others."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"],
    )  # fmt: skip
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of documents and mails, and of the pages at first."),
    )
    tax_number = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    registration_number = forms.CharField(label=_("Register number"), max_length=40, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_("Where customers answer to."))
    address = forms.CharField(
        label=_("Address"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    logo = forms.FileField(
        label=_("Logo"), required=False, validators=[check_logo], help_text=_("PNG or JPEG, at most 1 MB."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )  # fmt: skip

    def answers(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "logo"}

    @property
    def logo_bytes(self) -> bytes | None:
        logo = self.cleaned_data.get("logo")
        if not logo:
            return None
        logo.seek(0)
        return bytes(logo.read())


class BooksStep(Step):
    chart = forms.ChoiceField(
        label=_("Chart of accounts"), choices=[(code, CHART_NAMES[code]) for code in CHARTS],
        help_text=_("A beginning: accounts are added and renamed at any time."),
    )  # fmt: skip
    tax_template = forms.ChoiceField(
        label=_("Taxes"), required=False, choices=[("", _("no taxes yet"))] + [(name, plan.title) for name, plan in TEMPLATES.items()],
        help_text=_("Tax codes, the rules by destination, and the boxes of the tax return."),
    )  # fmt: skip

    def __init__(self, *args: Any, country: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean_tax_template(self) -> str:
        name = str(self.cleaned_data["tax_template"])
        if name and TEMPLATES[name].is_eu and self.country not in EU:
            raise ValidationError(_("This template is of a member state of the European Union."), code="not_in_the_eu")
        return name


class WarehouseStep(Step):
    code = forms.CharField(
        label=_("Short code"), max_length=20, required=False, validators=[CODE],
        help_text=_("Such as MAIN. Empty: no warehouse yet."),
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    line1 = forms.CharField(label=_("Street"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=24, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    bins = forms.CharField(
        label=_("Bins"), max_length=200, required=False,
        help_text=_("A pattern: A-{01..10}-{1..4} are ten racks of four levels. More aisles: {aisle=A..C}-{01..10}-{1..4}."),
    )  # fmt: skip

    def clean_bins(self) -> str:
        pattern = str(self.cleaned_data["bins"]).strip()
        if pattern:
            try:
                expand(pattern)
            except InvalidInput as refusal:
                raise ValidationError(_pattern_problem(refusal)) from refusal
        return pattern

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["code"] = (data.get("code") or "").upper()
        if data["code"] and not data.get("name"):
            self.add_error("name", gettext("Fill this in."))
        if not data["code"] and (data.get("name") or data.get("bins")) and "code" not in self.errors:
            self.add_error("code", gettext("Fill this in."))
        return data


def _pattern_problem(refusal: InvalidInput) -> str:
    errors = refusal.context.get("errors") or []
    return str(errors[0].get("message") or refusal.detail) if errors else refusal.detail


class ChannelStep(Step):
    name = forms.CharField(
        label=_("Name of the channel"), max_length=100, required=False,
        help_text=_("Such as: web shop, telephone. Empty: none yet."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("Orders come"),
        choices=[
            ("manual", _("by hand, by file or over the API")),
            ("storefront", _("from a web shop of our own over the API")),
            ("connector", _("from a shop or marketplace that is connected next")),
        ],
    )
    currency = forms.ChoiceField(label=_("Its currency"), choices=_currencies)
    tax_code = forms.ChoiceField(label=_("Its tax code"), required=False, help_text=_("Where no rule says otherwise."))
    prices_include_tax = forms.BooleanField(label=_("Its prices include tax"), required=False)

    def __init__(self, *args: Any, template: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = TEMPLATES[template].codes if template else ()
        self.fields["tax_code"].choices = [  # type: ignore[attr-defined]
            *((code.code, f"{code.code}: {code.name}") for code in codes), ("", _("no tax")),
        ]  # fmt: skip


class PersonForm(forms.Form):
    """A row of the people's step; `kept` is the hash that the draft has of an earlier password."""

    username = forms.CharField(label=_("Username"), max_length=150, validators=[USERNAME])
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=StaffRole.choices)
    password = forms.CharField(
        label=_("Password"), required=False, max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, kept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = kept
        if kept:
            self.fields["password"].help_text = _("A password is kept; leave the field empty to keep it.")

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not password and self.kept:
            return self.kept
        if not password:
            raise ValidationError(gettext("Fill this in."), code="required")
        validate_password(password)
        return make_password(password)


def people_forms(posted: Any, kept: list[dict[str, Any]]) -> list[PersonForm]:
    """The rows that were filled in, or those of the draft and an empty one."""
    if posted is None:
        return [
            *(PersonForm(initial=person, prefix=f"p{n}", kept=person["password"]) for n, person in enumerate(kept)),
            *([] if len(kept) >= MAX_PEOPLE else [PersonForm(prefix=f"p{len(kept)}", initial=_blank(len(kept)))]),
        ]
    hashes = {person["username"]: person["password"] for person in kept}
    rows = []
    for n in range(MAX_PEOPLE):
        name = posted.get(f"p{n}-username", "").strip()
        if name or n == 0:
            rows.append(PersonForm(posted, prefix=f"p{n}", kept=hashes.get(name, "")))
    return rows


def _blank(number: int) -> dict[str, str]:
    return {"role": StaffRole.OWNER if number == 0 else StaffRole.ORDER_DESK}


def check_people(rows: list[PersonForm]) -> bool:
    """Each row by itself, then together: the first is an owner, no name and no address twice."""
    good = not sum(not row.is_valid() for row in rows)  # each is asked, so that all errors are told
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        data = getattr(row, "cleaned_data", {})
        if number == 0 and data.get("role") and data["role"] != StaffRole.OWNER:
            row.add_error("role", gettext("The first person is an owner: without one nobody could change anything."))
        for field in ("username", "email"):
            value = re.sub(r"\s", "", data.get(field) or "").casefold()
            if value and seen.setdefault((field, value), number) != number:
                row.add_error(field, gettext("This stands in row %(row)s already.") % {"row": seen[field, value] + 1})
    return good and not any(row.errors for row in rows)
