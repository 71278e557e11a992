"""How well stock works, on one page: turns, GMROI, dead stock, ABC and fill rate, with on time in full and dock to stock."""

import datetime
import json
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import asked_date, render_page, require
from backoffice.core.export import table_response
from inventory.models import Category
from orders.selectors.stock_figures import StockFigure, by_category, stock_figures, together
from warehouse.admin.floor_pages import warehouses_shown
from warehouse.boards.figures import span_of, summaries

PERMISSION = "inventory.view_skucost"
SHOWN, CHARTED = 300, 12
GROUPS = {"sku": _("SKU"), "category": _("Category")}
SHOWS = {"": _("All"), "A": "A", "B": "B", "C": "C", "dead": _("Dead stock"), "lacking": _("Not filled at once")}
SORTS = {
    "stock": (_("What is worth most"), lambda row: -row.stock),
    "slow": (_("What turns slowest"), lambda row: (row.turns is None, row.turns or 0)),
    "poor": (_("What earns least"), lambda row: (row.gmroi is None, row.gmroi or 0)),
    "dead": (_("Most dead stock"), lambda row: -row.dead),
    "lacking": (_("What was lacking most"), lambda row: row.filled - row.ordered),
}
COLUMNS = {
    "sku": _("SKU"), "name": _("Name"), "category": _("Category"), "abc": _("Class"), "revenue": _("Revenue"),
    "cost": _("Cost of sales"), "margin": _("Margin"), "stock": _("Stock value"), "average": _("Average stock"),
    "turns": _("Turns a year"), "days_of_stock": _("Days of stock"), "gmroi": _("GMROI"), "dead": _("Dead stock"),
    "ordered": _("Ordered"), "filled": _("Filled at once"), "fill_rate": _("Fill rate, %"),
}  # fmt: skip
TABLE = ("revenue", "margin", "stock", "turns", "days_of_stock", "gmroi", "dead", "fill_rate")
FLOOR = ("otif", "dock_to_stock")


def stock_figures_report(request: HttpRequest) -> HttpResponseBase:
    """?start=, ?end= (empty: the last 90 days), ?category=, ?by=sku or category, ?show= one of SHOWS, ?sort=;
    ?as=csv|xlsx gives all rows."""
    require(request, PERMISSION)
    company = Company.objects.order_by("id").first()
    wanted, today = request.GET.get, timezone.localdate()
    end = min(asked_date(request, "end") or today, today)
    start = min(asked_date(request, "start") or end - datetime.timedelta(days=89), end)
    by = wanted("by", "") if wanted("by", "") in GROUPS else "sku"
    show = wanted("show", "") if wanted("show", "") in SHOWS else ""
    sort = wanted("sort", "") if wanted("sort", "") in SORTS else "stock"
    category, days = wanted("category", "")[:120], (end - start).days + 1
    found = stock_figures(company.pk, start, end, category=category, today=today) if company else []
    rows = by_category(found, days) if by == "category" else [row for row in found if _is_shown(row, show)]
    rows.sort(key=SORTS[sort][1])
    if wanted("as") in ("csv", "xlsx"):
        name = f"stock-figures-{start:%Y-%m-%d}-{end:%Y-%m-%d}"
        return table_response(wanted("as", "csv"), name, list(COLUMNS.values()), (_cells(row) for row in rows))
    query = request.GET.copy()
    query.pop("as", None)
    return render_page(
        request,
        admin.site,
        "warehouse/stock_figures.html",
        title=_("Stock figures"),
        start=start,
        end=end,
        by=by,
        groups=GROUPS.items(),
        show=show,
        shows=SHOWS.items(),
        sort=sort,
        sorts=[(name, label) for name, (label, _key) in SORTS.items()],
        category=category,
        categories=Category.objects.filter(company=company).order_by("name").values_list("name", flat=True),
        whole=together(found, "", days),
        classes=_classes(found, days),
        floor=_floor(start, end),
        rows=rows[:SHOWN],
        more=max(0, len(rows) - SHOWN),
        abc_chart=_abc_chart(found, days),
        chart=_category_chart(by_category(found, days)),
        columns=COLUMNS,
        headings=[COLUMNS[name] for name in TABLE],
        currency=company.base_currency_id if company else "",
        query=query.urlencode(),
    )


def _is_shown(row: StockFigure, show: str) -> bool:
    if show == "dead":
        return row.dead > 0
    if show == "lacking":
        return row.filled < row.ordered
    return not show or (row.abc or "C") == show


def _cells(row: StockFigure) -> list[object]:
    return [getattr(row, name) for name in COLUMNS]


def _classes(found: list[StockFigure], days: int) -> list[StockFigure]:
    """A, B and C; what was not sold is a C."""
    return [together((row for row in found if (row.abc or "C") == name), name, days) for name in "ABC"]


def _floor(start: datetime.date, end: datetime.date) -> list[tuple[Any, dict[str, Decimal | None]]]:
    """On time in full and dock to stock of each warehouse. Statements: 2 for each, and 1."""
    return [
        (place, {row.figure: row.value for row in summaries(span_of(place, start, end), FLOOR)})
        for place in warehouses_shown()
    ]


def _abc_chart(found: list[StockFigure], days: int) -> str:
    """What each class makes of the sales and of the stock, in per cent."""
    classes = _classes(found, days)
    sales, stock = (sum((getattr(row, name) for row in classes), Decimal(0)) for name in ("revenue", "stock"))
    if not sales and not stock:
        return ""
    series = (
        (gettext("Of the revenue, %"), "revenue", sales, "#0e7490"),
        (gettext("Of the stock, %"), "stock", stock, "#f59e0b"),
    )
    return _bars(
        [row.name for row in classes],
        [(label, [100 * getattr(row, name) / whole if whole else 0 for row in classes], colour) for label, name, whole, colour in series],
    )  # fmt: skip


def _category_chart(groups: list[StockFigure]) -> str:
    """Turns and GMROI of the categories with the dearest stock."""
    shown = [row for row in groups if row.turns is not None][:CHARTED]
    if not shown:
        return ""
    names = [row.name or gettext("Without a category") for row in shown]
    series = ((gettext("Turns a year"), "turns", "#0e7490"), (gettext("GMROI"), "gmroi", "#65a30d"))
    return _bars(names, [(label, [getattr(row, name) or 0 for row in shown], colour) for label, name, colour in series])


def _bars(labels: list[str], series: list[tuple[str, list[Any], str]]) -> str:
    datasets = [  # floats for drawing only
        {"label": label, "data": [float(value) for value in values], "backgroundColor": colour, "stack": label}
        for label, values, colour in series
    ]
    return json.dumps({"labels": labels, "datasets": datasets})
