"""Revenue, cost of sales and gross profit by channel, warehouse, category, SKU or order, as the books have them."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.dimensions import AXES
from accounting.models import StatementLine
from accounting.selectors.statements import Question, bars, shown_days, shown_title
from accounting.selectors.sums import CLOSING, dimension_sets, ledger_accounts
from accounting.statements.profit_and_loss import share
from accounting.statements.spans import Span, compared
from accounting.statements.structure import ZERO, line_of
from accounting.statements.tables import Column, Report, Row
from inventory.models import Warehouse
from orders.selectors.movers import movers

BY = (*AXES, "sku", "order")
TITLES = {
    "channel": _("Channel"), "warehouse": _("Warehouse"), "category": _("Category"), "sku": _("SKU"), "order": _("Order"),
}  # fmt: skip
CHARTED = 12
Figures = dict[str, tuple[str, Decimal, Decimal]]  # name, revenue, cost by key

_LINES = """
FROM accounting_journalline l {joins}
WHERE l.account_id = ANY(%(accounts)s) AND l.date BETWEEN %(start)s AND %(end)s
    AND (%(sets)s::bigint[] IS NULL OR l.dimension_set_id = ANY(%(sets)s)) AND l.entry_id <> ALL (ARRAY(SELECT c.id FROM accounting_journalentry c
        WHERE c.source_type = %(closing)s AND c.company_id = %(company)s))
"""
_SUMS = """
    -coalesce(sum(l.base_amount) FILTER (WHERE l.account_id = ANY(%(revenue)s)), 0) AS revenue,
    coalesce(sum(l.base_amount) FILTER (WHERE l.account_id = ANY(%(cost)s)), 0) AS cost
"""
_BY_AXIS = f"""
SELECT coalesce(v.code, ''), coalesce(v.code, ''), {_SUMS}
{
    _LINES.format(
        joins="LEFT JOIN accounting_dimensionvalue v ON v.dimension_set_id = l.dimension_set_id AND v.axis = %(axis)s"
    )
} GROUP BY v.code ORDER BY 3 DESC, 1
"""
_BY_ORDER = f"""
SELECT coalesce(s.order_id, r.order_id, CASE e.source_type WHEN 'orders.order' THEN e.source_id END) AS pk, '', {_SUMS}
{
    _LINES.format(
        joins='''JOIN accounting_journalentry e ON e.id = l.entry_id
LEFT JOIN orders_shipment s ON e.source_type = 'orders.shipment' AND s.id = e.source_id
LEFT JOIN orders_returnorder r ON e.source_type = 'orders.returnorder' AND r.id = e.source_id'''
    )
} GROUP BY 1 ORDER BY 3 DESC, 1
"""


def margin_report(asked: Question, *, by: str, limit: int | None = None, chart: bool = False) -> Report:
    """by: one of BY. limit: so many rows at most. asked.dimensions: of a channel, of a warehouse; SKUs of a warehouse only.
    Of SKUs, revenue is of invoices and cost of the goods book; all else
    is of journal lines, so that the sum is that of profit and loss. Orders are compared with nothing.

    Statements: 3 or 4; SKUs 2 for each period.
    """
    sides = compared(asked.span, asked.compare if by != "order" else ())
    figures = [_figures(asked, by, span) for _key, span in sides[1:]]
    rows: Iterable[Row] = _rows(asked, by, sides[0][1], figures, limit)
    columns = [
        Column("name", TITLES[by], "text"),
        Column("revenue", _("Revenue"), start=asked.span.start, end=asked.span.end),
        Column("cost", _("Cost of sales"), start=asked.span.start, end=asked.span.end),
        Column("margin", _("Gross profit"), drill=False),
        Column("percent", _("Of revenue, %"), "percent"),
        *(
            Column(key, gettext("Gross profit: %(period)s") % {"period": shown_title(key, span)}, drill=False)
            for key, span in sides[1:]
        ),
    ]
    drawn = None
    if chart:
        rows = shown = list(rows)
        drawn = _chart(shown)
    notes = [_("Each order is sold once: it is compared with nothing.")] if by == "order" and asked.compare else []
    return Report(f"margin-by-{by}", _("Margin"), shown_days(asked.span), asked.currency, columns, rows, drawn, notes)


def _rows(asked: Question, by: str, span: Span, others: list[Figures], limit: int | None) -> Iterator[Row]:
    sums = [ZERO] * (2 + len(others))
    for number, (key, name, revenue, cost) in enumerate(_read(asked, by, span)):
        beside = [_gross(figures.pop(key, None)) for figures in others]
        sums = [total + value for total, value in zip(sums, (revenue, cost, *beside), strict=True)]
        if limit is None or number < limit:
            yield _row(key, name, revenue, cost, beside)
    gone = {key: figures[key][0] for figures in others for key in figures}
    for key, name in sorted(gone.items()):  # sold then, not now
        beside = [_gross(figures.get(key)) for figures in others]
        sums = [total + value for total, value in zip(sums, (ZERO, ZERO, *beside), strict=True)]
        yield _row(key, name, ZERO, ZERO, beside)
    yield _row("sum", gettext("Sum"), sums[0], sums[1], sums[2:], "total")


def _row(key: Any, name: str, revenue: Decimal, cost: Decimal, beside: list[Decimal], kind: str = "row") -> Row:
    margin = revenue - cost
    title = name or gettext("None")
    return Row(str(key or "-"), (title, revenue, -cost, margin, share(margin, revenue), *beside), kind)


def _gross(found: tuple[str, Decimal, Decimal] | None) -> Decimal:
    return found[1] - found[2] if found else ZERO


def _figures(asked: Question, by: str, span: Span) -> Figures:
    return {key: (name, revenue, cost) for key, name, revenue, cost in _read(asked, by, span)}


def _read(asked: Question, by: str, span: Span) -> Iterator[tuple[Any, str, Decimal, Decimal]]:
    """(key, name, revenue, cost), the greatest revenue first."""
    assert span.start is not None
    if by == "sku":
        code = dict(asked.dimensions).get("warehouse", "")
        place = Warehouse.objects.filter(company_id=asked.company_id, code=code).values_list("pk", flat=True).first()
        for row in movers(asked.company_id, span.start, span.end, warehouse_id=place if code else None):
            yield row.sku, f"{row.sku} {row.name}", row.revenue, row.cost
        return
    accounts = ledger_accounts(asked.company_id)
    revenue = [one.id for one in accounts if line_of(one) == StatementLine.REVENUE]
    cost = [one.id for one in accounts if line_of(one) == StatementLine.COST_OF_SALES]
    values: dict[str, Any] = {
        "company": asked.company_id, "start": span.start, "end": span.end, "axis": by, "closing": CLOSING,
        "accounts": [*revenue, *cost], "revenue": revenue, "cost": cost,
        "sets": dimension_sets(asked.company_id, asked.dimensions) if asked.dimensions else None,
    }  # fmt: skip
    with connection.chunked_cursor() as cursor:
        cursor.execute(_BY_ORDER if by == "order" else _BY_AXIS, values)
        for key, name, earned, spent in cursor:
            yield key, f"SO-{key:06d}" if by == "order" and key else name, earned, spent


def _chart(rows: list[Row]) -> dict[str, Any] | None:
    shown = [row for row in rows if row.kind == "row"][:CHARTED]
    if not shown:
        return None
    return bars(
        [str(row.values[0]) for row in shown],
        [
            (gettext("Revenue"), [row.values[1] for row in shown]),
            (gettext("Gross profit"), [row.values[3] for row in shown]),
        ],
    )
