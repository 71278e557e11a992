"""The general ledger: the lines of accounts in their order, with running balances and where each comes from."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, JournalLine, Party, StatementLine
from accounting.selectors.sums import Dimensions, dimension_sets, ledger_accounts, turnovers
from accounting.statements.asking import Asked
from accounting.statements.spans import DAY, Span
from accounting.statements.structure import ZERO, LedgerAccount, is_result, line_of
from accounting.statements.tables import Column, Report, Row

RESULT = "result"  # a "line" of all accounts of profit and loss
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """Where a page of one account's lines begins: behind this line."""

    date: datetime.date
    entry_id: int
    line_id: int

    def __str__(self) -> str:
        return f"{self.date}.{self.entry_id}.{self.line_id}"

    @classmethod
    def read(cls, text: str) -> "LedgerPlace | None":
        """None for what is none."""
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts[1:]):
            return None
        try:
            return cls(datetime.date.fromisoformat(parts[0]), int(parts[1]), int(parts[2]))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class LedgerQuestion:
    """accounts: in their order. party_id: only its lines. after: the page's beginning, of a single account."""

    company: Company
    span: Span
    accounts: Sequence[LedgerAccount]
    party_id: int | None = None
    dimensions: Dimensions = ()
    after: LedgerPlace | None = None


def asked_accounts(asked: Asked, company_id: int) -> list[LedgerAccount]:
    """By `account` (its code) or `line` (a statement line, or result); all without. What is not known is noted as wrong."""
    accounts = ledger_accounts(company_id)
    code, line = asked.text("account", 20), asked.text("line", 30)
    if code:
        found = [account for account in accounts if account.code == code]
        if not found:
            asked.wrong(
                "account",
                gettext("There is no account “%(code)s” in this company.") % {"code": code},
                "unknown_account",
            )
        return found
    if line == RESULT:
        return [account for account in accounts if is_result(account)]
    if line:
        if line not in StatementLine.values:
            asked.wrong("line", gettext("There is no statement line “%(line)s”.") % {"line": line}, "unknown_line")
        return [account for account in accounts if line_of(account) == line]
    return accounts


def asked_party(asked: Asked, company_id: int) -> Party | None:
    """By `party` (its code); what is not known is noted as wrong."""
    code = asked.text("party", 60)
    if not code:
        return None
    party = Party.objects.filter(company_id=company_id, code=code).select_related("person").first()
    if party is None:
        asked.wrong("party", gettext("There is no party “%(code)s” in this company.") % {"code": code}, "unknown_party")
    return party


COLUMNS = (
    Column("date", _("Date"), "date"),
    Column("entry", _("Entry"), "text"),
    Column("source", _("Document"), "text"),
    Column("party", _("Party"), "text"),
    Column("memo", _("Text"), "text"),
    Column("debit", _("Debit"), drill=False),
    Column("credit", _("Credit"), drill=False),
    Column("balance", _("Balance"), drill=False),
)


def general_ledger_report(asked: LedgerQuestion, *, limit: int | None = None) -> Report:
    """Each account with its opening, its lines and its closing; rows are read while they are taken.

    limit: so many lines at most, over all accounts; then the last row is a "next" row whose key is the place to go on
    behind (of a single account). Statements: 1, 2 for each account.
    """
    start = asked.span.start
    assert start is not None
    title = _("General ledger")
    shown = f"{start:%Y-%m-%d} – {asked.span.end:%Y-%m-%d}"
    return Report("general-ledger", title, shown, asked.company.base_currency_id, COLUMNS, _rows(asked, limit))


def _rows(asked: LedgerQuestion, limit: int | None) -> Iterator[Row]:
    assert asked.span.start is not None
    sets = dimension_sets(asked.company.pk, asked.dimensions) if asked.dimensions else None
    openings = _openings(asked, sets)
    left = limit
    for account in asked.accounts:
        balance = openings.get(account.id, ZERO)
        lines = _lines(asked, account.id, sets, None if left is None else left + 1)
        first = next(lines, None)
        if first is None and not balance and len(asked.accounts) > 1:
            continue
        yield Row(account.code, (f"{account.code} {account.name}", "", "", "", "", None, None, None), "heading")
        yield Row("opening", (asked.span.start, "", "", "", gettext("Opening balance"), None, None, balance), "account")
        debits = credits = ZERO
        line: dict[str, Any] | None = first
        last: dict[str, Any] | None = None
        while line is not None:
            if left is not None:
                if not left:
                    assert last is not None
                    place = LedgerPlace(last["date"], last["entry_id"], last["id"])
                    yield Row(str(place), ("", "", "", "", gettext("More lines follow"), None, None, balance), "next")
                    return
                left -= 1
            balance += line["base_amount"]
            debit, credit = max(line["base_amount"], ZERO), max(-line["base_amount"], ZERO)
            debits, credits = debits + debit, credits + credit
            yield _row(line, debit, credit, balance)
            last, line = line, next(lines, None)
        yield Row("closing", (asked.span.end, "", "", "", gettext("Closing"), debits, credits, balance), "total")


def _row(line: dict[str, Any], debit: Decimal, credit: Decimal, balance: Decimal) -> Row:
    party = line["party__name"] or line["party__person__name"] or line["party__code"] or ""
    values = (
        line["date"], f"JE-{line['entry_id']}", line["entry__source_key"], party,
        line["memo"] or line["entry__memo"], debit or None, credit or None, balance,
    )  # fmt: skip
    refs = {
        "entry": str(line["entry_id"]),
        "source_type": line["entry__source_type"],
        "source_id": str(line["entry__source_id"] or ""),
    }
    return Row(str(line["id"]), values, "row", 0, refs)


_FIELDS = (
    "id", "date", "entry_id", "base_amount", "memo", "party__code", "party__name", "party__person__name", "entry__memo",
    "entry__source_key", "entry__source_type", "entry__source_id",
)  # fmt: skip


def _lines(
    asked: LedgerQuestion, account_id: int, sets: list[int] | None, limit: int | None
) -> Iterator[dict[str, Any]]:
    rows = JournalLine.objects.filter(account_id=account_id, date__range=(asked.span.start, asked.span.end))
    if asked.party_id is not None:
        rows = rows.filter(party_id=asked.party_id)
    if sets is not None:
        rows = rows.filter(dimension_set_id__in=sets)
    if asked.after is not None:
        place = asked.after
        rows = rows.filter(date__gte=place.date).extra(
            where=[
                "(accounting_journalline.date, accounting_journalline.entry_id, accounting_journalline.id) > (%s, %s, %s)"
            ],
            params=[place.date, place.entry_id, place.line_id],
        )
    rows = rows.order_by("date", "entry_id", "id")
    if limit is not None:
        return iter(rows.values(*_FIELDS)[:limit])
    return rows.values(*_FIELDS).iterator(chunk_size=CHUNK)


def _openings(asked: LedgerQuestion, sets: list[int] | None) -> dict[int, Decimal]:
    """What each account stood at before the span, or behind the page's beginning."""
    assert asked.span.start is not None
    ids = [account.id for account in asked.accounts]
    before = Span(None, asked.span.start - DAY)
    if asked.party_id is None:
        sums = turnovers(asked.company.pk, [before], dimensions=asked.dimensions, accounts=ids)
        found = {pk: parts[0].balance for pk, parts in sums.items()}
    else:
        found = _of_party(asked, before, sets)
    if asked.after is not None:
        for pk in ids:
            found[pk] = found.get(pk, ZERO) + _between(asked, pk, sets)
    return found


def _of_party(asked: LedgerQuestion, before: Span, sets: list[int] | None) -> dict[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, sum(base_amount) FROM accounting_journalline WHERE party_id = %s AND account_id = ANY(%s)"
            " AND date <= %s AND (%s::bigint[] IS NULL OR dimension_set_id = ANY(%s)) GROUP BY 1",
            [asked.party_id, [account.id for account in asked.accounts], before.end, sets, sets or []],
        )
        return dict(cursor.fetchall())


def _between(asked: LedgerQuestion, account_id: int, sets: list[int] | None) -> Decimal:
    """What the pages before moved."""
    place = asked.after
    assert place is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(base_amount), 0) FROM accounting_journalline WHERE account_id = %s AND date >= %s"
            " AND date <= %s AND (date, entry_id, id) <= (%s, %s, %s) AND (%s::bigint IS NULL OR party_id = %s)"
            " AND (%s::bigint[] IS NULL OR dimension_set_id = ANY(%s))",
            [account_id, asked.span.start, place.date, place.date, place.entry_id, place.line_id, asked.party_id,
             asked.party_id, sets, sets or []],
        )  # fmt: skip
        return Decimal(cursor.fetchone()[0])
