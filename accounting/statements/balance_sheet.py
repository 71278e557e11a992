"""The balance sheet: what there is, and who has a claim on it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounting.statements.building import Figures, Lines, add
from accounting.statements.structure import (
    CURRENT_ASSETS,
    CURRENT_LIABILITIES,
    EQUITY,
    LONG_ASSETS,
    LONG_LIABILITIES,
    LedgerAccount,
    Sums,
    is_result,
)
from accounting.statements.tables import Row, Text


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """difference: assets less liabilities and equity of each day; zero, as every entry balances."""

    rows: list[Row]
    assets: Figures
    liabilities: Figures
    equity: Figures

    @property
    def difference(self) -> tuple[Decimal, ...]:
        return add(self.assets, tuple(-one for one in add(self.liabilities, self.equity)))


def balance_sheet(
    accounts: Sequence[LedgerAccount], sums: Sums, this_year: Sums, width: int, *, detailed: bool = True
) -> BalanceSheet:
    """As of `width` days. this_year: what the result accounts moved from each day's year on, closing included.

    What income and expenses add up to since the first entry is equity that no closing entry has carried forward yet.
    """
    own = [account for account in accounts if not is_result(account)]
    left = Lines(own, sums, width, detailed=detailed)
    right = Lines(own, sums, width, sign=-1, detailed=detailed)

    def shape(title: Text, figures: Figures) -> Sequence[object]:
        return (title, *figures)

    def section(
        lines: Lines, heading: Text, parts: Sequence[object], key: str, title: Text
    ) -> tuple[list[Row], Figures]:
        found: list[Row] = []
        total = lines.nothing()
        for part in parts:
            found += lines.rows(part, shape, 1)  # type: ignore[arg-type]
            total = add(total, lines.total(part))  # type: ignore[arg-type]
        if not found:
            return [], total
        empty = ("",) * width
        return [
            Row(f"{key}_heading", (heading, *empty), "heading"),
            *found,
            Row(key, shape(title, total), "total", 1),
        ], total

    current, current_total = section(
        left, _("Current assets"), CURRENT_ASSETS, "current_assets", _("Current assets, sum")
    )
    long, long_total = section(left, _("Non-current assets"), LONG_ASSETS, "long_assets", _("Non-current assets, sum"))
    assets = add(current_total, long_total)
    due, due_total = section(
        right, _("Current liabilities"), CURRENT_LIABILITIES, "current_liabilities", _("Current liabilities, sum")
    )
    later, later_total = section(
        right, _("Non-current liabilities"), LONG_LIABILITIES, "long_liabilities", _("Non-current liabilities, sum")
    )
    liabilities = add(due_total, later_total)
    equity_rows, equity = _equity(accounts, sums, this_year, width, right)
    rows = [
        *current,
        *long,
        Row("assets", shape(_("Assets"), assets), "total"),
        *due,
        *later,
        Row("liabilities", shape(_("Liabilities"), liabilities), "total"),
        *equity_rows,
        Row("equity", shape(_("Equity"), equity), "total"),
        Row("equity_and_liabilities", shape(_("Equity and liabilities"), add(liabilities, equity)), "total"),
    ]
    return BalanceSheet(rows, assets, liabilities, equity)


def _equity(
    accounts: Sequence[LedgerAccount], sums: Sums, this_year: Sums, width: int, lines: Lines
) -> tuple[list[Row], Figures]:
    results = [account for account in accounts if is_result(account)]
    whole, year = lines.nothing(), lines.nothing()
    for account in results:
        whole = add(whole, Lines([], sums, width, sign=-1).figures(account))
        year = add(year, Lines([], this_year, width, sign=-1).figures(account))
    before = add(whole, tuple(-one for one in year))
    rows = [Row("equity_heading", (_("Equity"), *("",) * width), "heading")]
    total = whole
    for line in EQUITY:
        rows += lines.rows(line, lambda title, figures: (title, *figures), 1)
        total = add(total, lines.total(line))
    if any(before):
        rows.append(Row("result_before", (_("Result of earlier years, not carried forward"), *before), "line", 1))
    rows.append(Row("result_of_year", (_("Result of the year"), *year), "line", 1, {"line": "result"}))
    return rows, total
