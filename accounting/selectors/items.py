"""What is owed, and since when."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

BUCKETS = (0, 30, 60, 90)
# What was open at the end of a day is what is open now and what was used since. So only items are read that are open,
# or whose last use came later; a question about yesterday reads next to nothing.
OPEN_ITEMS = """
WITH touched AS (
    SELECT i.* FROM accounting_openitem i
    WHERE i.used < i.amount AND i.company_id = %(company)s AND i.date <= %(day)s
    UNION ALL
    SELECT i.* FROM accounting_openitem i
    WHERE NOT i.used < i.amount AND i.last_used_on > %(day)s AND i.company_id = %(company)s AND i.date <= %(day)s
), items AS (
    SELECT i.id, i.party_id, i.account_id, i.entry_id, i.kind, i.currency, i.date, i.due_date, s.sign * i.amount AS amount,
        s.sign * (i.amount - i.used + u.amount) AS open_amount, s.sign * (i.base_amount - i.base_used + u.base) AS open_base
    FROM touched i JOIN accounting_account a ON a.id = i.account_id AND a.control = %(control)s
    CROSS JOIN LATERAL (SELECT CASE i.side WHEN 'debit' THEN 1 ELSE -1 END AS sign) s
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(x.amount), 0) AS amount, coalesce(sum(x.base), 0) AS base FROM (
            SELECT d.amount, d.debit_base AS base FROM accounting_itemuse d
            WHERE i.last_used_on > %(day)s AND d.debit_item_id = i.id AND d.date > %(day)s
            UNION ALL SELECT c.amount, c.credit_base FROM accounting_itemuse c
            WHERE i.last_used_on > %(day)s AND c.credit_item_id = i.id AND c.date > %(day)s) x
    ) u
    WHERE i.amount - i.used + u.amount <> 0 AND (%(party)s::bigint IS NULL OR i.party_id = %(party)s::bigint)
)
"""


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
            f"{OPEN_ITEMS} SELECT id, party_id, account_id, kind, currency, date, due_date, amount, open_amount, open_base"
            " FROM items ORDER BY due_date, id",
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
