"""Values that a rule's form offers to choose from, by source, and whether there is one that somebody names."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat, Trim
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language

from accounting.models import Party
from backoffice.core.models import User
from backoffice.core.registry import registry
from backoffice.core.scopes import offered
from backoffice.core.territories import country_choices, country_codes, currency_choices, currency_codes
from inventory.models import Brand, Category, Warehouse
from orders.models import Channel, CustomerGroup, HoldKind, Order, OrderStatus, OrderTag, PaymentMethod

MOST = 500
NEWEST = 2_000  # orders whose shipping services are offered
Choices = list[tuple[str, str]]  # (value, as a person reads it)

# source: rows of a company, the column that is compared, and the one that is read
_ROWS: dict[str, Callable[[int], tuple[QuerySet[Any], str, str]]] = {
    "channels": lambda company: (Channel.objects.filter(company=company), "code", "name"),
    "warehouses": lambda company: (Warehouse.objects.filter(company=company, is_transit=False), "code", "name"),
    "categories": lambda company: (Category.objects.filter(company=company), "name", "name"),
    "brands": lambda company: (Brand.objects.filter(company=company), "name", "name"),
    "groups": lambda company: (CustomerGroup.objects.filter(company=company), "code", "name"),
    "people": lambda _company: (_people(), "username", "full_name"),
    "suppliers": lambda company: (Party.objects.filter(company=company, is_supplier=True), "code", "name"),
}


def _people() -> QuerySet[User]:
    full_name = Trim(Concat("first_name", Value(" "), "last_name"))
    return User.objects.filter(is_active=True, is_staff=True).annotate(full_name=full_name)


_LIMITED = ("channels", "warehouses")


def fixed_choices() -> dict[str, Choices]:
    """Those that are the same in every company, in the reader's language; no statements."""
    language = get_language() or "en"
    return {
        "statuses": [(value, str(label)) for value, label in OrderStatus.choices],
        "holds": [(value, str(label)) for value, label in HoldKind.choices],
        "weekdays": [(str(day + 1), str(name)) for day, name in WEEKDAYS.items()],
        "payment_methods": [(value, str(label)) for value, label in PaymentMethod.choices],
        "alarms": [(kind.name, str(kind.label)) for kind in registry.alarm_kinds()],
        "countries": country_choices(country_codes(), language),
        "currencies": currency_choices(language),
    }


def rule_choices(company_id: int) -> dict[str, Choices]:
    """Statements: 9."""
    tags = OrderTag.objects.filter(order__company=company_id).order_by("name").values_list("name", flat=True)
    newest = Order.objects.filter(company=company_id).order_by("-pk").values_list("shipping_service", flat=True)
    return fixed_choices() | {
        "tags": _same(tags.distinct()[:MOST]),
        "services": _same(sorted(set(newest[:NEWEST]) - {""})[:MOST]),
        **{source: _of_rows(source, company_id) for source in _ROWS},
    }


def _of_rows(source: str, company_id: int) -> Choices:
    rows, value, label = _ROWS[source](company_id)
    if source in _LIMITED:
        rows = offered(rows)
    return [(code, str(name) or code) for code, name in rows.order_by(value).values_list(value, label)[:MOST]]


def _same(values: Iterable[str]) -> Choices:
    return [(value, value) for value in values]


def unknown_of(source: str, values: Iterable[str], *, company_id: int) -> list[str]:
    """Which of the values are not among all there are, in any case of letters. Statements: 1, or 0."""
    if source in _ROWS:
        rows, column, _label = _ROWS[source](company_id)
        known = {code.casefold() for code in rows.values_list(column, flat=True)}
    elif source == "countries":
        known = {code.casefold() for code in country_codes()}
    elif source == "currencies":
        known = {code.casefold() for code in currency_codes()}
    else:
        known = {value.casefold() for value, _label in fixed_choices()[source]}
    return [value for value in values if value.casefold() not in known]
