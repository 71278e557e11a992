"""Profit and loss by function of expense. Income adds, costs lower; every total is the sum of what stands above it. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from accounting.models import StatementLine as Line
from accounting.statements.building import Figures, Lines, add
from accounting.statements.structure import PROFIT_AND_LOSS, LedgerAccount, Sums, is_result
from accounting.statements.tables import Row, Text


def profit_rows(accounts: Sequence[LedgerAccount], sums: Sums, width: int, *, detailed: bool = True) -> list[Row]:
    """The rows of `width` spans: name, the figures, and each one's share of revenue where that is not zero."""
    lines = Lines([account for account in accounts if is_result(account)], sums, width, sign=-1, detailed=detailed)
    revenue = lines.total(Line.REVENUE)

    def shape(title: Text, figures: Figures) -> Sequence[object]:
        return (title, *figures, share(figures[0], revenue[0]))

    rows: list[Row] = []
    running = lines.nothing()
    for part in PROFIT_AND_LOSS:
        if isinstance(part, Line):
            rows += lines.rows(part, shape)
            running = add(running, lines.total(part))
        else:
            rows.append(Row(part[0], shape(part[1], running), "total"))
    return rows


def totals(accounts: Sequence[LedgerAccount], sums: Sums, width: int) -> dict[str, Figures]:
    """Revenue and the running totals by their keys."""
    lines = Lines([account for account in accounts if is_result(account)], sums, width, sign=-1)
    found = {"revenue": lines.total(Line.REVENUE)}
    running = lines.nothing()
    for part in PROFIT_AND_LOSS:
        if isinstance(part, Line):
            running = add(running, lines.total(part))
        else:
            found[part[0]] = running
    return found


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """In hundredths, one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None
