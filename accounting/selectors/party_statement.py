"""The statement of account of a customer or supplier: what was billed and paid in a period, and what is open at its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from accounting.selectors.items import OPEN_ITEMS
from accounting.selectors.receivables import SIDES
from accounting.statements.spans import Span
from accounting.statements.structure import ZERO
from accounting.statements.tables import Column, Report, Row
from backoffice.core.show import in_words


@dataclass(frozen=True, slots=True)
class StatementQuestion:
    """control: receivable or payable. All amounts are in the documents' own currencies, one section each."""

    company: Company
    party: Party
    span: Span
    control: str = "receivable"


_LINES = """
SELECT l.currency, l.date, coalesce(n.number, b.number, nullif(y.reference, ''), ''),
    coalesce(i.kind, ''), l.memo, i.due_date, l.amount, l.entry_id, e.source_type, coalesce(e.source_id, 0), l.id
FROM accounting_journalline l JOIN accounting_account a ON a.id = l.account_id AND a.control = %(control)s
JOIN accounting_journalentry e ON e.id = l.entry_id
LEFT JOIN LATERAL (SELECT * FROM accounting_openitem o WHERE o.entry_id = l.entry_id AND o.party_id = l.party_id
    AND o.account_id = l.account_id ORDER BY o.id LIMIT 1) i ON true
LEFT JOIN accounting_invoice n ON n.open_item_id = i.id LEFT JOIN accounting_bill b ON b.open_item_id = i.id
LEFT JOIN accounting_payment y ON y.open_item_id = i.id
WHERE l.party_id = %(party)s AND l.company_id = %(company)s AND l.date BETWEEN %(start)s AND %(end)s AND l.amount <> 0
ORDER BY l.currency, l.date, l.entry_id, l.id
"""
_OPENINGS = """
SELECT l.currency, sum(l.amount) FROM accounting_journalline l
JOIN accounting_account a ON a.id = l.account_id AND a.control = %(control)s
WHERE l.party_id = %(party)s AND l.company_id = %(company)s AND l.date < %(start)s GROUP BY 1 HAVING sum(l.amount) <> 0
"""
_OPEN = """
SELECT i.currency, i.date, i.due_date, coalesce(n.number, b.number, nullif(y.reference, ''), ''), i.kind, i.open_amount,
    i.entry_id, e.source_type, coalesce(e.source_id, 0), i.id
FROM items i JOIN accounting_journalentry e ON e.id = i.entry_id
LEFT JOIN accounting_invoice n ON n.open_item_id = i.id LEFT JOIN accounting_bill b ON b.open_item_id = i.id
LEFT JOIN accounting_payment y ON y.open_item_id = i.id ORDER BY i.currency, i.due_date, i.id
"""
_COLUMNS = (
    Column("date", _("Date"), "date"),
    Column("number", _("Document"), "text"),
    Column("kind", _("Kind"), "text"),
    Column("memo", _("Text"), "text"),
    Column("due_date", _("Due"), "date"),
    Column("debit", _("Debit"), drill=False),
    Column("credit", _("Credit"), drill=False),
    Column("balance", _("Balance"), drill=False),
)


def party_statement_report(asked: StatementQuestion) -> Report:
    """Opening, documents and payments with a running balance, closing, and what is open; by currency. Statements: 3.

    What is owed is positive: a customer's debits, a supplier's credits.
    """
    span = asked.span
    assert span.start is not None
    days = f"{date_format(span.start, 'SHORT_DATE_FORMAT')} – {date_format(span.end, 'SHORT_DATE_FORMAT')}"
    return Report(
        f"statement-{asked.party.code}", _("Statement of account"), f"{asked.party} ({asked.party.code}), {days}",
        asked.company.base_currency_id, _COLUMNS, list(_rows(asked)),
    )  # fmt: skip


def _rows(asked: StatementQuestion) -> Iterator[Row]:
    sign = SIDES[asked.control]
    values: dict[str, Any] = {
        "company": asked.company.pk, "party": asked.party.pk, "control": asked.control, "start": asked.span.start,
        "end": asked.span.end, "day": asked.span.end,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OPENINGS, values)
        openings: dict[str, Decimal] = dict(cursor.fetchall())
        cursor.execute(_LINES, values)
        lines = cursor.fetchall()
        cursor.execute(OPEN_ITEMS + _OPEN, values)
        unpaid = cursor.fetchall()
    for currency in sorted({*openings, *(line[0] for line in lines)}):
        yield Row(currency, (currency, "", "", "", None, None, None, None), "heading")
        balance = sign * openings.get(currency, ZERO)
        yield Row(f"opening-{currency}", _plain(asked.span.start, gettext("Opening balance"), balance), "account")
        debits = credits = ZERO
        for line in lines:
            if line[0] == currency:
                _c, day, number, kind, memo, due, amount, entry, source, source_id, pk = line
                balance += sign * amount
                debit, credit = max(amount, ZERO), max(-amount, ZERO)
                debits, credits = debits + debit, credits + credit
                cells = (
                    day,
                    number or f"JE-{entry}",
                    in_words(kind),
                    memo,
                    due,
                    debit or None,
                    credit or None,
                    balance,
                )
                yield Row(str(pk), cells, "row", 0, _refs(entry, source, source_id))
        closing = (asked.span.end, "", "", gettext("Closing"), None, debits, credits, balance)
        yield Row(f"closing-{currency}", closing, "total")
        rest = [item for item in unpaid if item[0] == currency]
        if rest:
            title = gettext("Open on %(day)s") % {"day": date_format(asked.span.end, "SHORT_DATE_FORMAT")}
            yield Row(f"open-{currency}", (f"{title}, {currency}", "", "", "", None, None, None, None), "heading")
        for _c, day, due, number, kind, amount, entry, source, source_id, pk in rest:
            cells = (day, number or f"JE-{entry}", in_words(kind), "", due, None, None, sign * amount)
            yield Row(f"item-{pk}", cells, "row", 0, _refs(entry, source, source_id))


def _plain(day: object, text: str, balance: Decimal) -> tuple[object, ...]:
    return (day, "", "", text, None, None, None, balance)


def _refs(entry: int, source_type: str, source_id: int) -> dict[str, str]:
    return {"entry": str(entry), "source_type": source_type, "source_id": str(source_id or "")}
