"""The report on movers: which goods make the sales, and the many that hardly move."""

import datetime
import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import asked_date, render_page, require
from backoffice.core.export import table_response
from backoffice.core.scopes import offered
from inventory.abc import SHARES
from inventory.models import Category, Warehouse
from orders.selectors.movers import MEASURES, Mover, classes_of, movers

PERMISSION = "inventory.view_skucost"
SHOWN, CHARTED = 300, 40
MONEY = ("revenue", "cost", "margin")
COLOURS = {"A": "#0e7490", "B": "#f59e0b", "C": "#94a3b8"}
COLUMNS = (_("Class"), _("SKU"), _("Name"), _("Category"), *MEASURES.values(), _("Share so far, %"))


def movers_report(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """?start=, ?end= (empty: the last 90 days), ?by= a measure, ?warehouse=, ?category=, ?a=, ?b= the classes' shares
    in per cent; ?as=csv|xlsx gives all rows."""
    require(request, PERMISSION)
    company = Company.objects.order_by("id").first()
    asked = _asked(request, company)
    found = movers(company.pk, **asked) if company else []
    measure = asked["measure"]
    if request.GET.get("as") in ("csv", "xlsx"):
        name = f"movers-{asked['start']:%Y-%m-%d}-{asked['end']:%Y-%m-%d}"
        return table_response(request.GET["as"], name, COLUMNS, (_cells(row) for row in found))
    query = request.GET.copy()
    query.pop("as", None)
    wanted = request.GET.get("class", "")
    shown = [row for row in found if not wanted or row.abc == wanted]
    return render_page(
        request,
        admin.site,
        "orders/movers.html",
        title=_("Movers (ABC)"),
        asked=asked,
        measures=MEASURES.items(),
        is_money=measure in MONEY,
        warehouses=offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("code"),
        categories=Category.objects.order_by("name").values_list("name", flat=True),
        classes=classes_of(found, measure),
        wanted=wanted,
        columns=COLUMNS,
        rows=shown[:SHOWN],
        more=max(0, len(shown) - SHOWN),
        chart=_chart(found, measure),
        currency=company.base_currency_id if company else "",
        query=query.urlencode(),
    )


def _asked(request: HttpRequest, company: Company | None) -> dict[str, Any]:
    """What the address asks for; what makes no sense in it is passed over."""
    end = asked_date(request, "end") or timezone.localdate()
    start = asked_date(request, "start") or end - datetime.timedelta(days=90)
    measure = request.GET.get("by", "")
    place = offered(Warehouse.objects.filter(company=company, code=request.GET.get("warehouse", ""))).first()
    return {
        "start": min(start, end),
        "end": end,
        "measure": measure if measure in MEASURES else "revenue",
        "warehouse_id": place.pk if place else None,
        "category": request.GET.get("category", "")[:120],
        "shares": _shares(request.GET.get("a", ""), request.GET.get("b", "")),
    }


def _shares(first: str, second: str) -> tuple[Decimal, Decimal]:
    """The borders of A and B in per cent, if they are two that rise between 0 and 100."""
    try:
        a, b = Decimal(first), Decimal(second)
    except InvalidOperation:
        return SHARES
    return (a, b) if 0 < a < b <= 100 else SHARES


def _cells(row: Mover) -> list[object]:
    return [
        row.abc,
        row.sku,
        row.name,
        row.category,
        row.quantity,
        row.lines,
        row.revenue,
        row.cost,
        row.margin,
        row.so_far,
    ]


def _chart(found: list[Mover], measure: str) -> str:
    """The first SKUs' bars, by class; empty without figures."""
    shown = [row for row in found[:CHARTED] if row.measured(measure) > 0]
    if not shown:
        return ""
    bars = {
        "label": str(MEASURES[measure]),
        "data": [float(row.measured(measure)) for row in shown],  # for drawing only
        "backgroundColor": [COLOURS[row.abc] for row in shown],
    }
    return json.dumps({"labels": [row.sku for row in shown], "datasets": [bars]})
