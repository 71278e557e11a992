"""What accounts moved in stretches of days, exact whatever is posted meanwhile."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection

from accounting.models import Account
from accounting.statements.spans import Span
from accounting.statements.structure import NOTHING, ZERO, LedgerAccount, Sums, Turnover

Dimensions = Sequence[tuple[str, str]]
CLOSING = "accounting.yearclose"  # source of the entries that carry a year's result to equity


def ledger_accounts(company_id: int) -> list[LedgerAccount]:
    """Every account that lines may stand on, by code. Statements: 1."""
    rows = Account.objects.filter(company_id=company_id, is_postable=True).order_by("code")
    return [
        LedgerAccount(pk, code, name, kind, control, line, flow, (group or "", group_name or ""))
        for pk, code, name, kind, control, line, flow, group, group_name in rows.values_list(
            "pk", "code", "name", "type", "control", "statement_line", "cash_flow", "parent__code", "parent__name"
        )
    ]


_SQL = """
SELECT a.id, s.n, sum(l.debit), sum(l.credit)
FROM accounting_account a
CROSS JOIN unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY s (first, last, n)
CROSS JOIN LATERAL (
    SELECT sum(x.base_amount) FILTER (WHERE x.base_amount > 0) AS debit,
        -sum(x.base_amount) FILTER (WHERE x.base_amount < 0) AS credit
    FROM accounting_journalline x
    WHERE x.account_id = a.id AND x.date BETWEEN coalesce(s.first, '-infinity') AND s.last {where}
) l
WHERE a.company_id = %(company)s AND a.is_postable AND (%(accounts)s::bigint[] IS NULL OR a.id = ANY(%(accounts)s))
    AND coalesce(l.debit, l.credit) IS NOT NULL
GROUP BY a.id, s.n
"""
_NO_CLOSING = """AND x.entry_id <> ALL (ARRAY(SELECT e.id FROM accounting_journalentry e
    WHERE e.source_type = %(closing)s AND e.company_id = %(company)s))"""
_OF_SETS = "AND x.dimension_set_id = ANY (%(sets)s)"


def turnovers(
    company_id: int,
    spans: Sequence[Span],
    *,
    dimensions: Dimensions = (),
    with_closing: bool = True,
    accounts: Collection[int] | None = None,
) -> Sums:
    """Debits and credits of each account in each span, in the base currency; accounts without lines are left out.

    dimensions: only lines that carry all of these. with_closing=False leaves out entries that close a year.
    Statements: 1, 2 with dimensions.
    """
    where = "" if with_closing else _NO_CLOSING
    values: dict[str, Any] = {
        "company": company_id,
        "starts": [span.start for span in spans],
        "ends": [span.end for span in spans],
        "accounts": None if accounts is None else list(accounts),
        "closing": CLOSING,
        "sets": [],
    }
    if dimensions:
        values["sets"] = dimension_sets(company_id, dimensions)
        where += f" {_OF_SETS}"
    found: Sums = {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(where=where), values)
        for account_id, number, debit, credit in cursor.fetchall():
            row = found.setdefault(account_id, [NOTHING] * len(spans))
            row[number - 1] = Turnover(debit or ZERO, credit or ZERO)
    return found


def dimension_sets(company_id: int, dimensions: Dimensions) -> list[int]:
    """The sets that carry all of these values. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id FROM accounting_dimensionset s WHERE s.company_id = %s AND (SELECT count(*) FROM"
            " unnest(%s::text[], %s::text[]) w (axis, code) JOIN accounting_dimensionvalue v"
            " ON v.dimension_set_id = s.id AND v.axis = w.axis AND v.code = w.code) = %s",
            [company_id, [axis for axis, _ in dimensions], [code for _, code in dimensions], len(dimensions)],
        )
        return [pk for (pk,) in cursor.fetchall()]
