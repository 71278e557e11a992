"""What accounts moved in stretches of days, exact whatever is posted meanwhile."""

import datetime
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from accounting.models import Account
from accounting.statements.spans import DAY, Span, add_months, month_start
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


_MARK = """
SELECT CASE WHEN b.system_identifier = s.system_identifier THEN b.xid ELSE '0' END::text,
    CASE WHEN b.system_identifier = s.system_identifier THEN b.entry_id ELSE 0 END,
    b.system_identifier = s.system_identifier
FROM accounting_balancewatermark b, pg_control_system() s WHERE b.id = 1
"""
# One statement, so one view of the journal: months from the rollup, what it does not hold yet, and the days of
# months that are asked for in part. The mark is read again: if it moved meanwhile, the statement is made anew.
_MONTHS = """
SELECT 'month', m.account_id, m.month, sum(m.debit), sum(m.credit), 0 FROM accounting_accountmonth m
WHERE %(folded)s AND m.company_id = %(company)s AND m.month BETWEEN %(first)s AND %(last)s
    AND (%(accounts)s::bigint[] IS NULL OR m.account_id = ANY(%(accounts)s)) {months}
GROUP BY 2, 3
UNION ALL
SELECT 'month', l.account_id, date_trunc('month', l.date)::date,
    sum(l.base_amount) FILTER (WHERE l.base_amount > 0), -sum(l.base_amount) FILTER (WHERE l.base_amount < 0), 0
FROM accounting_journalentry e CROSS JOIN LATERAL (
    SELECT x.account_id, x.date, x.base_amount FROM accounting_journalline x
    WHERE x.entry_id = e.id AND x.date >= %(first)s AND x.date < (%(last)s::date + interval '1 month') {lines} OFFSET 0) l
WHERE e.xid >= %(xid)s::xid8 AND e.id > %(entry)s AND e.company_id = %(company)s
    AND (%(accounts)s::bigint[] IS NULL OR l.account_id = ANY(%(accounts)s)) {entries}
GROUP BY 2, 3
"""
_EDGES = """
SELECT 'edge', a.id, s.first, l.debit, l.credit, s.n
FROM accounting_account a
CROSS JOIN unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY s (first, last, n)
CROSS JOIN LATERAL (
    SELECT sum(x.base_amount) FILTER (WHERE x.base_amount > 0) AS debit,
        -sum(x.base_amount) FILTER (WHERE x.base_amount < 0) AS credit
    FROM accounting_journalline x WHERE x.account_id = a.id AND x.date BETWEEN s.first AND s.last {lines} {closing}
) l
WHERE a.company_id = %(company)s AND a.is_postable AND (%(accounts)s::bigint[] IS NULL OR a.id = ANY(%(accounts)s))
    AND coalesce(l.debit, l.credit) IS NOT NULL
"""
_AGAIN = " UNION ALL SELECT 'mark', NULL, NULL, NULL, NULL, (SELECT count(*) FROM accounting_balancewatermark b"
_AGAIN += " WHERE b.xid = %(xid)s::xid8 OR NOT %(folded)s)"
_NO_CLOSING = """AND x.entry_id <> ALL (ARRAY(SELECT c.id FROM accounting_journalentry c
    WHERE c.source_type = %(closing)s AND c.company_id = %(company)s))"""
FIRST_MONTH, TRIES = datetime.date(1, 1, 1), 5
Sum = dict[int, Turnover]


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
    Whole months come from the rollup and the lines that it does not hold yet, other days from their lines: exact at
    any time. Statements: 2, 3 with dimensions.
    """
    parts = [_parts(span) for span in spans]
    months = [months for months, _edges in parts if months is not None]
    edges = sorted({edge for _months, edges in parts for edge in edges})
    values: dict[str, Any] = {
        "company": company_id,
        "first": min((first for first, _last in months), default=None),
        "last": max((last for _first, last in months), default=None),
        "starts": [first for first, _last in edges],
        "ends": [last for _first, last in edges],
        "accounts": None if accounts is None else list(accounts),
        "closing": CLOSING,
        "sets": dimension_sets(company_id, dimensions) if dimensions else [],
    }
    filters = {
        "months": ("AND m.dimension_set_id = ANY (%(sets)s) " if dimensions else "")
        + ("" if with_closing else "AND NOT m.is_closing"),
        "lines": "AND x.dimension_set_id = ANY (%(sets)s)" if dimensions else "",
        "entries": "" if with_closing else "AND e.source_type <> %(closing)s",
        "closing": "" if with_closing else _NO_CLOSING,
    }
    wanted = [text for text, needed in ((_MONTHS, months), (_EDGES, edges)) if needed]
    by_month, by_edge = _read(" UNION ALL ".join(wanted).format(**filters) + _AGAIN, values) if wanted else ({}, {})
    return _in_spans(parts, by_month, [by_edge.get(number, {}) for number in range(1, len(edges) + 1)], edges)


Days = tuple[datetime.date, datetime.date]


def _parts(span: Span) -> tuple[Days | None, list[Days]]:
    """A span as (first and last whole month, the days before and behind them)."""
    start = span.start or FIRST_MONTH
    first = start if start.day == 1 else add_months(month_start(start), 1)
    past = month_start(span.end + DAY)
    if first >= past:
        return None, [(start, span.end)]
    edges = [(start, first - DAY)] if start < first else []
    if past <= span.end:
        edges.append((past, span.end))
    return (first, month_start(past - DAY)), edges


def _read(sql: str, values: dict[str, Any]) -> tuple[dict[datetime.date, Sum], dict[int, Sum]]:
    """By month and by edge. Read again if somebody folded in between."""
    with connection.cursor() as cursor:
        for _try in range(TRIES):
            cursor.execute(_MARK)
            mark = cursor.fetchone() or ("0", 0, False)
            values["xid"], values["entry"], values["folded"] = mark
            cursor.execute(sql, values)
            by_month: dict[datetime.date, Sum] = {}
            by_edge: dict[int, Sum] = {}
            still = 0
            for kind, account, month, debit, credit, number in cursor:
                if kind == "mark":
                    still = number
                    continue
                found = by_month.setdefault(month, {}) if kind == "month" else by_edge.setdefault(number, {})
                found[account] = _plus(found.get(account), debit or ZERO, credit or ZERO)
            if still or not mark[2]:
                return by_month, by_edge
    raise RuntimeError("the rollup's watermark moves faster than it can be read")


def _plus(before: Turnover | None, debit: Decimal, credit: Decimal) -> Turnover:
    return Turnover(debit, credit) if before is None else Turnover(before.debit + debit, before.credit + credit)


def _in_spans(
    parts: Sequence[tuple[Days | None, list[Days]]],
    by_month: dict[datetime.date, Sum],
    by_edge: Sequence[Sum],
    edges: Sequence[Days],
) -> Sums:
    found: Sums = {}
    months = sorted(by_month)
    places = {edge: number for number, edge in enumerate(edges)}
    for number, (whole, rest) in enumerate(parts):
        pieces = [by_edge[places[edge]] for edge in rest]
        if whole is not None:
            pieces += [by_month[month] for month in months if whole[0] <= month <= whole[1]]
        for piece in pieces:
            for account, turnover in piece.items():
                row = found.setdefault(account, [NOTHING] * len(parts))
                row[number] = _plus(row[number], turnover.debit, turnover.credit)
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
