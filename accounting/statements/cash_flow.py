"""The cash flow statement. Indirect: profit, and what every account that is not cash moved. Direct: by what each
payment was for. Both end in the change of the cash accounts. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounting.models import CashFlowClass as Flow
from accounting.models import StatementLine as Line
from accounting.statements.building import Figures, Lines, add
from accounting.statements.structure import LedgerAccount, Sums, flow_of, is_result, line_of
from accounting.statements.tables import Row, Text

SECTIONS: tuple[tuple[Flow, Text, Text], ...] = (
    (Flow.OPERATING, _("Operating activities"), _("Cash from operating activities")),
    (Flow.INVESTING, _("Investing activities"), _("Cash from investing activities")),
    (Flow.FINANCING, _("Financing activities"), _("Cash from financing activities")),
)
PAID_FOR = {
    Line.RECEIVABLES: _("Received from customers"),
    Line.CONTRACT_LIABILITIES: _("Deposits and gift cards"),
    Line.PAYABLES: _("Paid to suppliers"),
    Line.TAX_LIABILITIES: _("Taxes"),
    Line.TAX_ASSETS: _("Taxes"),
}


def indirect_rows(
    accounts: Sequence[LedgerAccount], moved: Sums, cash_before: Sequence[Decimal], width: int, *, detailed: bool = True
) -> list[Row]:
    """moved: without closing entries. cash_before: the cash accounts at each span's beginning."""
    results = [account for account in accounts if is_result(account)]
    others = [account for account in accounts if not is_result(account)]
    profit = _sum(results, moved, width)
    rows: list[Row] = []
    whole: Figures = (Decimal(0),) * width
    for flow, heading, title in SECTIONS:
        section, total = _section([one for one in others if flow_of(one) == flow], moved, width, detailed)
        if flow == Flow.OPERATING:
            adjusted, adjustments = _non_cash([one for one in others if flow_of(one) == Flow.NON_CASH], moved, width)
            start = Row("profit", (_("Profit for the period"), *profit), "line", 1, {"line": "result"})
            section = [start, *adjusted, *section]
            total = add(add(profit, adjustments), total)
        rows += _closed(flow, heading, title, section, total)
        whole = add(whole, total)
    return [*rows, *_cash(whole, cash_before)]


def direct_rows(
    accounts: Sequence[LedgerAccount],
    paid: Sequence[Mapping[int, Decimal]],
    cash_before: Sequence[Decimal],
) -> list[Row]:
    """paid: for each span, what came in (positive) or went out against each account that is not cash."""
    rows: list[Row] = []
    whole: Figures = (Decimal(0),) * len(paid)
    for flow, heading, title in SECTIONS:
        found: dict[Text, tuple[Line, Figures]] = {}
        for account in accounts:
            figures = tuple(side.get(account.id, Decimal(0)) for side in paid)
            if any(figures) and _direct_flow(account) == flow:
                line = line_of(account)
                label = PAID_FOR.get(line, line.label)
                before = found[label][1] if label in found else (Decimal(0),) * len(paid)
                found[label] = (line, add(before, figures))
        section = [
            Row(line.value, (label, *figures), "line", 1, {"line": line.value})
            for label, (line, figures) in found.items()
        ]
        total: Figures = (Decimal(0),) * len(paid)
        for _line, figures in found.values():
            total = add(total, figures)
        rows += _closed(flow, heading, title, section, total)
        whole = add(whole, total)
    return [*rows, *_cash(whole, cash_before)]


def _direct_flow(account: LedgerAccount) -> Flow:
    """Income and expense that is paid at once, and what is not cash otherwise, is operating."""
    flow = Flow.OPERATING if is_result(account) else flow_of(account)
    return Flow.OPERATING if flow == Flow.NON_CASH else flow


def _sum(accounts: Sequence[LedgerAccount], moved: Sums, width: int) -> Figures:
    lines = Lines([], moved, width, sign=-1)
    total = lines.nothing()
    for account in accounts:
        total = add(total, lines.figures(account))
    return total


def _non_cash(accounts: Sequence[LedgerAccount], moved: Sums, width: int) -> tuple[list[Row], Figures]:
    lines, rows = Lines([], moved, width, sign=-1), []
    for account in accounts:
        figures = lines.figures(account)
        if any(figures):
            title = f"{account.code} {account.name}"
            rows.append(Row(account.code, (title, *figures), "account", 2, {"account": account.code}))
    total = _sum(accounts, moved, width)
    head = Row("non_cash", (_("Not in cash: depreciation, allowances, openings"), *total), "line", 1)
    return ([head, *rows] if rows else []), total


def _section(accounts: Sequence[LedgerAccount], moved: Sums, width: int, detailed: bool) -> tuple[list[Row], Figures]:
    lines = Lines(accounts, moved, width, sign=-1, detailed=detailed)
    rows: list[Row] = []
    total = lines.nothing()
    for line in Line:
        rows += lines.rows(line, lambda title, figures: (title, *figures), 1)
        total = add(total, lines.total(line))
    return rows, total


def _closed(flow: Flow, heading: Text, title: Text, section: list[Row], total: Figures) -> list[Row]:
    if not section:
        return []
    empty = ("",) * len(total)
    return [
        Row(f"{flow.value}_heading", (heading, *empty), "heading"),
        *section,
        Row(flow.value, (title, *total), "total"),
    ]


def _cash(change: Figures, before: Sequence[Decimal]) -> list[Row]:
    return [
        Row("change", (_("Change in cash"), *change), "total"),
        Row("cash_before", (_("Cash at the beginning"), *before), "line", 0),
        Row("cash_after", (_("Cash at the end"), *add(change, before)), "total"),
    ]
