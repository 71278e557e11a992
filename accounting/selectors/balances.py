"""What the journal adds up to."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from accounting.models import JournalLine

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """An account over a stretch of days, in the base currency; opening + debit - credit = closing."""

    account_id: int
    code: str
    name: str
    type: str
    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal


def trial_balance(*, company_id: int, start: datetime.date, end: datetime.date) -> list[TrialBalanceRow]:
    """Every account with lines up to `end`; debit and credit are of start to end, both days included.

    The closings add up to zero. Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.code, a.name, a.type,"
            " coalesce(sum(l.base_amount) FILTER (WHERE l.date < %(start)s), 0),"
            " coalesce(sum(l.base_amount) FILTER (WHERE l.date >= %(start)s AND l.base_amount > 0), 0),"
            " -coalesce(sum(l.base_amount) FILTER (WHERE l.date >= %(start)s AND l.base_amount < 0), 0),"
            " sum(l.base_amount)"
            " FROM accounting_account a JOIN accounting_journalline l ON l.account_id = a.id"
            " WHERE a.company_id = %(company)s AND l.date <= %(end)s GROUP BY a.id ORDER BY a.code",
            {"company": company_id, "start": start, "end": end},
        )
        return [TrialBalanceRow(*row) for row in cursor.fetchall()]


def balances(
    *, company_id: int, as_of: datetime.date, account_ids: Collection[int] | None = None, party_id: int | None = None
) -> dict[int, Decimal]:
    """Base balance of each account at the end of a day; accounts without lines are left out. Statements: 1."""
    lines = JournalLine.objects.filter(company_id=company_id, date__lte=as_of)
    if account_ids is not None:
        lines = lines.filter(account_id__in=account_ids)
    if party_id is not None:
        lines = lines.filter(party_id=party_id)
    return dict(lines.values_list("account_id").annotate(Sum("base_amount")))


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A line of an account; balance: in the base currency after it."""

    line_id: int
    entry_id: int
    date: datetime.date
    memo: str
    party_id: int | None
    currency: str
    amount: Decimal
    base_amount: Decimal
    balance: Decimal
    source_type: str
    source_id: int | None


def account_ledger(*, account_id: int, start: datetime.date, end: datetime.date) -> Iterator[LedgerRow]:
    """The lines of an account from start to end in date order, with a running balance. Statements: 2."""
    opening = JournalLine.objects.filter(account_id=account_id, date__lt=start).aggregate(s=Sum("base_amount"))["s"]
    balance = opening or ZERO
    lines = (
        JournalLine.objects.filter(account_id=account_id, date__range=(start, end))
        .select_related("entry")
        .order_by("date", "entry_id", "id")
    )
    for line in lines.iterator(chunk_size=2000):
        balance += line.base_amount
        yield LedgerRow(
            line.pk,
            line.entry_id,
            line.date,
            line.memo or line.entry.memo,
            line.party_id,
            line.currency,
            line.amount,
            line.base_amount,
            balance,
            line.entry.source_type,
            line.entry.source_id,
        )
