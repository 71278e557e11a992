"""The cash flow statement of a company."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import CashFlowClass
from accounting.selectors.statements import Question, bars, month_labels, parts_of, shown_days, shown_title
from accounting.selectors.sums import ledger_accounts, turnovers
from accounting.statements.cash_flow import direct_rows, indirect_rows
from accounting.statements.spans import DAY, Span, compared, months_up_to
from accounting.statements.structure import ZERO, LedgerAccount, Sums, flow_of, is_result
from accounting.statements.tables import Column, Report


def cash_flow_report(asked: Question, *, direct: bool = False, chart: bool = False) -> Report:
    """Without closing entries. Statements: 2; direct: 1 more for each period."""
    sides = compared(asked.span, asked.compare)
    accounts = ledger_accounts(asked.company_id)
    months = months_up_to(asked.span.end) if chart else []
    width = len(sides)
    spans = [side for _key, side in sides]
    before = [Span(None, span.start - DAY) for span in spans if span.start is not None]
    sums = turnovers(asked.company_id, [*spans, *before, *months], with_closing=False)
    cash = [one for one in accounts if not is_result(one) and flow_of(one) == CashFlowClass.CASH]
    opening = [_balance(cash, sums, place) for place in range(width, 2 * width)]
    if direct:
        paid = [_paid(asked.company_id, [one.id for one in cash], span) for span in spans]
        rows = direct_rows(accounts, paid, opening)
    else:
        rows = indirect_rows(accounts, parts_of(sums, range(width)), opening, width, detailed=asked.detailed)
    columns = [
        Column("name", _("Name"), "text"),
        *(Column(key, shown_title(key, side), start=side.start, end=side.end) for key, side in sides),
    ]
    drawn = None
    if chart:
        changes = [_balance(cash, sums, 2 * width + place) for place in range(len(months))]
        drawn = bars(month_labels(months), [(gettext("Change in cash"), changes)])
    title = _("Cash flow, direct") if direct else _("Cash flow, indirect")
    return Report("cash-flow", title, shown_days(asked.span), asked.currency, columns, rows, drawn)


def _balance(accounts: Sequence[LedgerAccount], sums: Sums, place: int) -> Decimal:
    return sum((sums[one.id][place].balance for one in accounts if one.id in sums), ZERO)


def _paid(company_id: int, cash: list[int], span: Span) -> dict[int, Decimal]:
    """What each entry with cash in it says that the cash was for: its other lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH paid AS MATERIALIZED (SELECT DISTINCT entry_id FROM accounting_journalline"
            "   WHERE account_id = ANY(%s) AND date BETWEEN %s AND %s)"
            " SELECT l.account_id, -sum(l.base_amount) FROM paid JOIN accounting_journalline l USING (entry_id)"
            " WHERE l.account_id <> ALL(%s) AND l.company_id = %s GROUP BY 1",
            [cash, span.start, span.end, cash, company_id],
        )
        return dict(cursor.fetchall())
