"""The report on what expires: value by weeks, the lots of a week, as a file."""

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import render_page, require
from backoffice.core.export import table_response
from backoffice.core.scopes import offered
from inventory.models import Warehouse
from inventory.selectors.tracking import Expiring, expiring

DAYS = 182
COLUMNS = (
    _("Lot"), _("SKU"), _("Name"), _("Warehouse"), _("Expiry date"), _("Days left"), _("Quantity"), _("Reserved"),
    _("Value"),
)  # fmt: skip


def expiry_report(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What has expired or will within half a year; ?week= narrows it, ?as=csv or xlsx gives a file."""
    require(request, "inventory.view_lot")
    company = Company.objects.filter(code=request.GET["company"]).first() if request.GET.get("company") else None
    company = company or Company.objects.order_by("id").first()
    warehouses = list(offered(Warehouse.objects.filter(company=company, is_transit=False)).order_by("code"))
    warehouse = next((row for row in warehouses if row.code == request.GET.get("warehouse")), None)
    everything = (
        list(expiring(company.pk, days=DAYS, warehouse_id=warehouse.pk if warehouse else None)) if company else []
    )
    week = _week(request.GET.get("week", ""))
    rows = [row for row in everything if week is None or max(row.week, -1) == week]
    if request.GET.get("as") in ("csv", "xlsx"):
        return table_response(request.GET["as"], "expiry", COLUMNS, (_cells(row) for row in rows))
    weeks = _by_week(everything)
    query = f"warehouse={warehouse.code}" if warehouse else ""
    return render_page(
        request,
        admin.site,
        "inventory/expiry.html",
        title=_("What expires"),
        columns=COLUMNS,
        rows=rows[:500],
        weeks=[(number, week_label(number), lots, value) for number, (lots, value) in weeks.items()],
        week=week,
        total=sum((row.value for row in rows), Decimal(0)),
        chart=_chart(weeks),
        warehouses=warehouses,
        warehouse=warehouse,
        query=query,
        currency=company.base_currency_id if company else "",
    )


def _week(text: str) -> int | None:
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 4 else None


def week_label(week: int) -> str:
    """-1: expired; 0: within 7 days."""
    if week < 0:
        return gettext("Expired")
    return gettext("%(first)s–%(last)s days") % {"first": week * 7, "last": week * 7 + 6}


def _by_week(rows: list[Expiring]) -> dict[int, tuple[int, Decimal]]:
    """(lots, value) by week, all that has expired as -1."""
    found: dict[int, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for row in rows:
        lots, value = found[max(row.week, -1)]
        found[max(row.week, -1)] = lots + 1, value + row.value
    return dict(sorted(found.items()))


def _chart(weeks: dict[int, tuple[int, Decimal]]) -> str:
    if not weeks:
        return ""
    shown = range(min(weeks), max(weeks) + 1)
    values = [float(weeks[week][1]) if week in weeks else 0.0 for week in shown]  # for drawing only
    colours = ["#dc2626" if week < 0 else "#f59e0b" if week < 4 else "#0e7490" for week in shown]
    return json.dumps(
        {
            "labels": [week_label(week) for week in shown],
            "datasets": [{"label": gettext("Value"), "data": values, "backgroundColor": colours}],
        }
    )


def _cells(row: Expiring) -> list[Any]:
    return [
        row.lot, row.sku, row.name, row.warehouse, row.expiry_date, row.days, row.quantity, row.claimed, row.value,
    ]  # fmt: skip
