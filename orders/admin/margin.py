"""Margin by channel, warehouse, category, SKU or order as a page."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounting.admin.reports import ReportPage
from accounting.models import Company
from accounting.statements.asking import Asked
from accounting.statements.tables import Report, Row
from inventory.models import Sku
from orders.reports import margin
from orders.selectors.margin import TITLES

SHOWN = 500


def _margin(asked: Asked, company: Company, on_screen: bool) -> Report:
    report = margin(asked, company, SHOWN if on_screen else None, chart=on_screen)
    return replace(report, rows=_linked(report, asked, company)) if on_screen else report


def _linked(report: Report, asked: Asked, company: Company) -> list[Row]:
    """A name leads to its page, a figure of a channel, warehouse or category to its lines in the ledger."""
    by, rows = asked.text("by") or "channel", list(report.rows)
    if by == "sku":
        found = dict(Sku.objects.filter(company=company, code__in=_keys(rows)).values_list("code", "pk"))
        pages = {code: reverse("admin:inventory_sku_change", args=[pk]) for code, pk in found.items()}
        return [replace(row, links={"name": pages[row.key]}) if row.key in pages else row for row in rows]
    if by == "order":
        page = "admin:orders_order_change"
        return [
            replace(row, links={"name": reverse(page, args=[row.key])}) if row.key.isdecimal() else row for row in rows
        ]
    span = {"start": report.columns[1].start, "end": report.columns[1].end, "company": company.code}
    return [replace(row, links=_ledger(row, by, span)) if row.kind == "row" and row.key != "-" else row for row in rows]


def _ledger(row: Row, by: str, span: dict[str, object]) -> dict[str, str]:
    lines = {"revenue": "revenue", "cost": "cost_of_sales"}
    page = reverse("general_ledger")
    return {column: f"{page}?{urlencode({'line': line, by: row.key, **span})}" for column, line in lines.items()}


def _keys(rows: Iterable[Row]) -> list[str]:
    return [row.key for row in rows if row.kind == "row"]


margin_page = ReportPage(
    _("Margin"),
    _margin,
    ("start", "end", "compare", "dimensions"),
    _("What earned most"),
    options={"by": (_("Group by"), tuple(TITLES.items()))},
)
