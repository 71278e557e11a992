"""How the floor does: figures of a span of days, by warehouse and zone, each with its chart, its rows and its files."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.core.admin.pages import asked_date, render_page, require
from backoffice.core.export import table_response
from inventory.models import Zone
from warehouse.admin.floor_pages import SEE, asked_warehouse, warehouses_shown
from warehouse.boards.figures import (
    COLUMNS,
    FIGURES,
    PERIODS,
    SHARES,
    Span,
    by_period,
    facts,
    labour,
    span_of,
    summaries,
)
from warehouse.boards.labour_kinds import LABOUR_KINDS

MONEY = "warehouse.view_wagerate"
COST = "cost_per_order"
FACT_PAGES = {
    "receipt": "admin:warehouse_receipt_change", "work": "admin:warehouse_work", "order": "admin:orders_order_change",
    "stocktake": "admin:warehouse_stocktake_change", "floor_task": "admin:warehouse_floortask_change",
}  # fmt: skip
UNITS = {"lines_per_hour": _("Seconds"), "seconds_per_task": _("Seconds"), COST: _("Cost"), "dock_to_stock": _("Hours")}
LABOUR_COLUMNS = [
    pgettext_lazy("who works here", "Person"), _("Work"), _("Lines"), _("Hours"), _("Lines per hour"), _("Seconds a line"), _("Cost"),
]  # fmt: skip
SHOWN = 200


def floor_report(request: HttpRequest) -> HttpResponseBase:
    """?warehouse=, ?zone=, ?start=, ?end=; ?figure= one with its chart by ?every=day, week or month, and its rows
    (&person=, &kind=, &wrong=1); ?as=csv or xlsx, also of ?figure=labour: people and their work.
    """
    require(request, SEE)
    warehouse, sees_money = asked_warehouse(request), request.user.has_perm(MONEY)
    zones = list(Zone.objects.filter(warehouse=warehouse).order_by("position", "code")) if warehouse else []
    zone = next((row.code for row in zones if row.code == request.GET.get("zone")), "")
    span = span_of(warehouse, asked_date(request, "start"), asked_date(request, "end"), zone)
    shown = {name: title for name, title in FIGURES.items() if sees_money or name != COST}
    figure = request.GET.get("figure", "")
    narrow: dict[str, Any] = {
        "person": request.GET.get("person", "")[:150],
        "wrong": request.GET.get("wrong") == "1",
        "kind": request.GET.get("kind", "") if request.GET.get("kind", "") in LABOUR_KINDS else "",
    }
    form = request.GET.get("as", "")
    if form in ("csv", "xlsx") and (figure in shown or figure == "labour"):
        return _file(form, figure, span, narrow, sees_money)
    figure = figure if figure in shown else ""
    every = request.GET.get("every", "") if request.GET.get("every", "") in PERIODS else "day"
    query = request.GET.copy()
    for name in ("as", "figure", "person", "wrong", "kind", "every"):
        query.pop(name, None)
    rows = facts(figure, span, **narrow, limit=SHOWN) if figure else ()
    return render_page(
        request,
        admin.site,
        "warehouse/floor_report.html",
        title=_("How the floor does"),
        warehouse=warehouse,
        warehouses=warehouses_shown(),
        zones=zones,
        zone=zone,
        span=span,
        figures=[(row, FIGURES[row.figure], row.figure in SHARES) for row in summaries(span) if row.figure in shown],
        figure=figure,
        figure_name=FIGURES.get(figure, ""),
        unit=UNITS.get(figure, ""),
        is_share=figure in SHARES,
        every=every,
        periods=PERIODS.items(),
        chart=_chart(figure, span, every) if figure else "",
        rows=[
            (row, reverse(FACT_PAGES[row.page], args=[row.page_id]), LABOUR_KINDS.get(row.what, row.what))
            for row in rows
        ],
        labour=[(row, LABOUR_KINDS[row.kind]) for row in labour(span)],
        sees_money=sees_money,
        currency=warehouse.company.base_currency_id if warehouse else "",
        **narrow,
        query=query.urlencode(),
    )


def _file(form: str, figure: str, span: Span, narrow: dict[str, Any], sees_money: bool) -> HttpResponseBase:
    if figure == "labour":
        columns = LABOUR_COLUMNS if sees_money else LABOUR_COLUMNS[:-1]
        people = (
            [row.person, str(LABOUR_KINDS[row.kind]), row.lines, row.hours, row.per_hour, row.seconds, row.cost]
            for row in labour(span)
        )
        return table_response(form, "floor-labour", columns, (row[: len(columns)] for row in people))
    rows = ([row.day, row.person, row.figure, row.number, row.what] for row in facts(figure, span, **narrow))
    return table_response(form, f"floor-{figure}", COLUMNS, rows)


def _chart(figure: str, span: Span, every: str) -> str:
    days = by_period(figure, span, every)
    if not days:
        return ""
    data = {
        "label": str(FIGURES[figure]), "data": [float(value) for _day, value in days], "backgroundColor": "#0e7490",
    }  # fmt: skip  # floats for drawing only
    pattern = "M Y" if every == "month" else "j M"
    return json.dumps({"labels": [date_format(day, pattern) for day, _value in days], "datasets": [data]})
