"""Receivables and payables by age at the end of any day, by party and item by item."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from accounting.selectors.items import BUCKETS, OPEN_ITEMS
from accounting.selectors.sums import ledger_accounts, turnovers
from accounting.statements.spans import Span
from accounting.statements.structure import ZERO
from accounting.statements.tables import Column, Report, Row
from backoffice.core.show import in_words

SIDES = {"receivable": 1, "payable": -1}  # what counts as owed
TITLES = {"receivable": _("Receivables by age"), "payable": _("Payables by age")}


@dataclass(frozen=True, slots=True)
class AgeingQuestion:
    """control: receivable or payable. buckets: days overdue at which a column ends, rising, the first is 0."""

    company: Company
    day: datetime.date
    control: str = "receivable"
    buckets: tuple[int, ...] = BUCKETS
    party: Party | None = None
    in_documents: bool = False  # in the documents' currencies, a row for each; else in the company's

    def values(self) -> dict[str, Any]:
        return {
            "company": self.company.pk,
            "day": self.day,
            "control": self.control,
            "party": self.party.pk if self.party else None,
            "sign": SIDES[self.control],
            "buckets": list(self.buckets),
        }


def ageing_report(asked: AgeingQuestion, *, limit: int | None = None) -> Report:
    """A party a row, what it owes most first; its sum is the balance of the control accounts on the day.

    limit: so many parties at most. Statements: 3.
    """
    if asked.in_documents:
        return _by_currency(asked, limit)
    found = [(name, code, parts) for name, code, _currency, parts in _sums(asked)]
    names = bucket_names(asked.buckets)
    columns = [
        Column("party", _("Party"), "text"),
        Column("total", _("Total"), drill=False),
        *(Column(f"bucket_{n}", name, drill=False) for n, name in enumerate(names)),
    ]
    rows = [
        Row(code, (name, sum(parts, ZERO), *parts), "row", 0, {"party": code}) for name, code, parts in found[:limit]
    ]
    whole = [sum((parts[n] for _name, _code, parts in found), ZERO) for n in range(len(names))]
    notes = []
    if limit is not None and len(found) > limit:
        notes.append(gettext("%(count)s more rows: take them as a file.") % {"count": len(found) - limit})
    if difference := _book_balance(asked) - sum(whole, ZERO):
        notes.append(gettext("Differs from the control account by %(amount)s: run the proof.") % {"amount": difference})
    if found:
        rows.append(Row("sum", (gettext("Sum"), sum(whole, ZERO), *whole), "total"))
    chart = {
        "labels": names,
        "datasets": [
            {
                "label": gettext("Open"),
                "data": [float(part) for part in whole],  # for drawing only
                "backgroundColor": ["#0e7490", "#65a30d", "#f59e0b", "#ea580c", "#dc2626"],
            }
        ],
    }
    return Report(
        f"{asked.control}s-by-age", TITLES[asked.control], date_format(asked.day, "SHORT_DATE_FORMAT"),
        asked.company.base_currency_id, columns, rows, chart if found else None, notes,
    )  # fmt: skip


def _by_currency(asked: AgeingQuestion, limit: int | None) -> Report:
    """A party and currency a row, in amounts of the documents; a sum for each currency. Statements: 2."""
    found, names = _sums(asked), bucket_names(asked.buckets)
    columns = [
        Column("party", _("Party"), "text"),
        Column("currency", _("Currency"), "text"),
        Column("total", _("Total"), drill=False),
        *(Column(f"bucket_{n}", name, drill=False) for n, name in enumerate(names)),
    ]
    rows = [
        Row(f"{code}-{currency}", (name, currency, sum(parts, ZERO), *parts), "row", 0, {"party": code})
        for name, code, currency, parts in found[:limit]
    ]
    for currency in sorted({row[2] for row in found}):
        mine = [parts for _name, _code, theirs, parts in found if theirs == currency]
        whole = [sum((parts[n] for parts in mine), ZERO) for n in range(len(names))]
        rows.append(Row(f"sum-{currency}", (gettext("Sum"), currency, sum(whole, ZERO), *whole), "total"))
    notes = []
    if limit is not None and len(found) > limit:
        notes.append(gettext("%(count)s more rows: take them as a file.") % {"count": len(found) - limit})
    return Report(
        f"{asked.control}s-by-age", TITLES[asked.control], date_format(asked.day, "SHORT_DATE_FORMAT"),
        gettext("document currency"), columns, rows, None, notes,
    )  # fmt: skip


def _sums(asked: AgeingQuestion) -> list[tuple[str, str, str, list[Decimal]]]:
    """(name, code, currency, open by bucket) of each party, the greatest first. currency: "" for the company's."""
    sums: dict[tuple[int, str], list[Decimal]] = {}
    currency, amount = ("currency", "open_amount") if asked.in_documents else ("''", "open_base")
    with connection.cursor() as cursor:
        cursor.execute(
            f"{OPEN_ITEMS} SELECT party_id, {currency}, width_bucket(%(day)s::date - due_date - 1, %(buckets)s::int[]),"
            f" %(sign)s * sum({amount}) FROM items GROUP BY 1, 2, 3",
            asked.values(),
        )
        for party, said, bucket, part in cursor.fetchall():
            sums.setdefault((party, said), [ZERO] * (len(asked.buckets) + 1))[bucket] = part
        cursor.execute(
            "SELECT p.id, coalesce(nullif(p.name, ''), h.name, p.code), p.code FROM accounting_party p"
            " LEFT JOIN accounting_personaldata h ON h.id = p.person_id WHERE p.id = ANY(%s)",
            [[party for party, _said in sums]],
        )
        names = {pk: (name, code) for pk, name, code in cursor.fetchall()}
    found = [(*names[party], said, parts) for (party, said), parts in sums.items()]
    return sorted(found, key=lambda row: (row[2], -sum(row[3], ZERO), row[1]))


def _book_balance(asked: AgeingQuestion) -> Decimal:
    accounts = [one.id for one in ledger_accounts(asked.company.pk) if one.control == asked.control]
    if asked.party is not None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(base_amount), 0) FROM accounting_journalline"
                " WHERE party_id = %s AND account_id = ANY(%s) AND date <= %s",
                [asked.party.pk, accounts, asked.day],
            )
            return SIDES[asked.control] * Decimal(cursor.fetchone()[0])
    sums = turnovers(asked.company.pk, [Span(None, asked.day)], accounts=accounts)
    return SIDES[asked.control] * sum((parts[0].balance for parts in sums.values()), ZERO)


def bucket_names(buckets: Sequence[int]) -> list[str]:
    """Not due, then days overdue such as 1–30, and 91+."""
    return [
        gettext("Not due"),
        *(f"{first + 1}–{last}" for first, last in pairwise(buckets)),
        f"{buckets[-1] + 1}+",
    ]


_ITEMS = """
SELECT i.id, i.date, i.due_date, coalesce(n.number, b.number, nullif(y.reference, ''), ''), i.kind,
    coalesce(nullif(p.name, ''), h.name, p.code), i.currency, %(sign)s * i.amount, %(sign)s * i.open_amount,
    %(sign)s * i.open_base, greatest(%(day)s::date - i.due_date, 0), i.entry_id, e.source_type, coalesce(e.source_id, 0)
FROM items i JOIN accounting_party p ON p.id = i.party_id LEFT JOIN accounting_personaldata h ON h.id = p.person_id
JOIN accounting_journalentry e ON e.id = i.entry_id
LEFT JOIN accounting_invoice n ON n.open_item_id = i.id LEFT JOIN accounting_bill b ON b.open_item_id = i.id
LEFT JOIN accounting_payment y ON y.open_item_id = i.id
ORDER BY i.due_date, i.id
"""
_ITEM_COLUMNS = (
    Column("date", _("Date"), "date"),
    Column("due_date", _("Due"), "date"),
    Column("number", _("Document"), "text"),
    Column("kind", _("Kind"), "text"),
    Column("party", _("Party"), "text"),
    Column("currency", _("Currency"), "text"),
    Column("amount", _("Amount"), drill=False),
    Column("open_amount", _("Open"), drill=False),
    Column("open_base", _("Open, base currency"), drill=False),
    Column("overdue_days", _("Days overdue"), "number", drill=False),
)


def open_items_report(asked: AgeingQuestion, *, limit: int | None = None) -> Report:
    """Every open item of the day, the earliest due first, read while it is taken; a sum in the base currency last.

    Statements: 1.
    """

    def rows() -> Iterator[Row]:
        total, left = ZERO, 0
        with connection.chunked_cursor() as cursor:
            cursor.execute(OPEN_ITEMS + _ITEMS, asked.values())
            for number, found in enumerate(cursor):
                pk, day, due, name, kind, party, currency, amount, unpaid, base, late, entry, source, source_id = found
                total += base
                if limit is not None and number >= limit:
                    left += 1
                    continue
                refs = {"entry": str(entry), "source_type": source, "source_id": str(source_id or "")}
                cells = (day, due, name or f"JE-{entry}", in_words(kind), party, currency, amount, unpaid, base, late)
                yield Row(str(pk), cells, "row", 0, refs)
        more = gettext("Sum, with %(count)s items not shown") % {"count": left} if left else gettext("Sum")
        yield Row("sum", (None, None, more, "", "", "", None, None, total, None), "total")

    return Report(
        f"open-{asked.control}s", _("Open items"), date_format(asked.day, "SHORT_DATE_FORMAT"),
        asked.company.base_currency_id, _ITEM_COLUMNS, rows(),
    )  # fmt: skip
