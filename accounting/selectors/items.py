"""What is owed, and since when."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

BUCKETS = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class OpenItemRow:
    """An open item at the end of a day; open amounts are signed: debit positive, credit negative."""

    item_id: int
    party_id: int
    account_id: int
    kind: str
    currency: str
    date: datetime.date
    due_date: datetime.date
    amount: Decimal
    open_amount: Decimal
    open_base: Decimal


def open_items(
    *,
    company_id: int,
    as_of: datetime.date,
    party_id: int | None = None,
    control: str = "receivable",
) -> list[OpenItemRow]:
    """Items of a control account still open at the end of a day, oldest due first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM (SELECT i.id, i.party_id, i.account_id, i.kind, i.currency, i.date, i.due_date, s.sign * i.amount,"
            " s.sign * (i.amount - coalesce(u.amount, 0)) AS open, s.sign * (i.base_amount - coalesce(u.base, 0))"
            " FROM accounting_openitem i JOIN accounting_account a ON a.id = i.account_id"
            " CROSS JOIN LATERAL (SELECT CASE i.side WHEN 'debit' THEN 1 ELSE -1 END AS sign) s"
            " LEFT JOIN LATERAL (SELECT sum(x.amount) AS amount,"
            "   sum(CASE i.side WHEN 'debit' THEN x.debit_base ELSE x.credit_base END) AS base"
            "   FROM accounting_itemuse x WHERE x.date <= %(day)s"
            "   AND (x.debit_item_id = i.id OR x.credit_item_id = i.id)) u ON true"
            " WHERE i.company_id = %(company)s AND a.control = %(control)s AND i.date <= %(day)s"
            " AND (%(party)s::bigint IS NULL OR i.party_id = %(party)s)) items"
            " WHERE open <> 0 ORDER BY due_date, id",
            {"company": company_id, "day": as_of, "party": party_id, "control": control},
        )
        return [OpenItemRow(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Ageing:
    """What a party owes in the base currency; parts: not due, then overdue up to 30, 60, 90 and more days."""

    party_id: int
    parts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.parts, Decimal(0))


def ageing(
    *, company_id: int, as_of: datetime.date, control: str = "receivable", buckets: Sequence[int] = BUCKETS
) -> list[Ageing]:
    """Open items of each party by days overdue, in party order. Statements: 1."""
    parties: dict[int, list[Decimal]] = {}
    for item in open_items(company_id=company_id, as_of=as_of, control=control):
        parts = parties.setdefault(item.party_id, [Decimal(0)] * (len(buckets) + 1))
        overdue_days = (as_of - item.due_date).days
        parts[sum(overdue_days > limit for limit in buckets)] += item.open_base
    return [Ageing(party_id, tuple(parts)) for party_id, parts in sorted(parties.items())]
