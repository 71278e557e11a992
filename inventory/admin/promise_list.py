"""What can be promised of a whole list of SKUs, such as a buyer's enquiry: typed or pasted, answered at once."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import render_page, require
from backoffice.core.errors import InvalidInput
from inventory.atp import Promise
from inventory.models import Warehouse
from inventory.selectors import Atp, atp_of_all, skus_by_code

PERMISSION = "inventory.view_stocklevel"
MAX_LINES = 1_000
_QUANTITY = re.compile(r"[0-9]{1,9}([.,][0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the list; quantity None: none was given."""

    sku: str
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Answered:
    """entry None: nobody knows the SKU. available: of the warehouse asked for."""

    line: Asked
    entry: Atp | None = None
    available: Decimal = Decimal(0)
    promise: Promise | None = None


def promise_list(request: HttpRequest) -> HttpResponse:
    """A list of SKUs, each with a quantity if wanted, and for each what is free and when how much is there. Writes nothing."""
    require(request, PERMISSION)
    company = Company.objects.order_by("id").first()
    places = list(Warehouse.objects.filter(company=company, is_active=True, is_transit=False).order_by("code"))
    place = next((place for place in places if place.code == request.POST.get("warehouse", "")), None)
    text = request.POST.get("items", "")
    rows: list[Answered] = []
    if company and text.strip():
        try:
            rows = answered(company.pk, lines_of(text), place.pk if place else None)
        except InvalidInput as refusal:
            messages.error(request, refusal.detail)
    context: dict[str, Any] = {"text": text, "rows": rows, "warehouses": places, "warehouse": place}
    return render_page(request, admin.site, "inventory/promise_list.html", title=_("Promise a list"), **context)


def lines_of(text: str) -> list[Asked]:
    """One SKU a line, with a quantity behind a tab, a blank, a comma or a semicolon. Raises InvalidInput."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_LINES:
        raise InvalidInput(
            ngettext("At most %(most)s line at once.", "At most %(most)s lines at once.", MAX_LINES)
            % {"most": MAX_LINES}
        )
    return [_asked(line) for line in lines]


def _asked(line: str) -> Asked:
    code, *rest = re.split(r"[\t;]|,\s|\s+", line, maxsplit=1)
    quantity = rest[0].strip() if rest else ""
    if quantity and not _QUANTITY.fullmatch(quantity):
        raise InvalidInput(
            gettext("%(name)s: “%(value)s” is not a quantity. Give a number, 0 or more.")
            % {"name": code[:60], "value": quantity[:40]}
        )
    return Asked(code[:60], Decimal(quantity.replace(",", ".")) if quantity else None)


def answered(company_id: int, lines: list[Asked], warehouse_id: int | None) -> list[Answered]:
    """As the API's availability answers it. Statements: 5, however many lines."""
    ids = skus_by_code(company_id, [line.sku for line in lines])
    found = atp_of_all(company_id, list(ids.values()))
    rows = []
    for line in lines:
        entry = found.get(ids.get(line.sku, 0))
        if entry is None:
            rows.append(Answered(line))
            continue
        promise = None if line.quantity is None else entry.ask(line.quantity, warehouse_id)
        rows.append(Answered(line, entry, entry.available(warehouse_id), promise))
    return rows
