"""Bank accounts against the books: balances, open lines, what they may be for."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Max, Q, QuerySet, Sum

from accounting.banking.csv_profiles import CsvProfile
from accounting.banking.suggesting import Document, Known, Posted, Rule, Subject, Suggestion, plain, suggest
from accounting.models import (
    BankAccount,
    BankCsvProfile,
    BankLine,
    BankMatch,
    BankReconciliation,
    BankRule,
    BankStatement,
    JournalLine,
    RuleAction,
)

ZERO = Decimal(0)
MANY_DOCUMENTS = 50_000


def csv_profile(row: BankCsvProfile) -> CsvProfile:
    """A company's profile as the reader takes it."""
    columns = {
        "date": row.date_column, "value_date": row.value_date_column, "amount": row.amount_column,
        "debit": row.debit_column, "credit": row.credit_column, "name": row.name_column, "text": row.text_columns,
        "account": row.account_column, "currency": row.currency_column, "balance": row.balance_column,
        "reference": row.reference_column, "bank_reference": row.bank_reference_column,
        "counterparty_account": row.counterparty_column,
    }  # fmt: skip
    named = {
        role: tuple(header.strip() for header in text.split("+") if header.strip()) for role, text in columns.items()
    }
    return CsvProfile(
        code=f"own-{row.pk}",
        name=row.name,
        columns={role: headers for role, headers in named.items() if headers},
        delimiter=row.delimiter or ",",
        decimal=row.decimal,
        dates=(row.date_format,),
        encodings=(row.encoding,),
        currency=row.currency_id or "",
        spent=row.spent_is_positive,
    )


def standing_reconciliations(bank_account_id: int) -> QuerySet[BankReconciliation]:
    """Those that were not reopened, newest day first."""
    return BankReconciliation.objects.filter(
        bank_account_id=bank_account_id, reopens__isnull=True, reopened_by__isnull=True
    ).order_by("-date", "-pk")


def reconciled_to(bank_account_id: int) -> datetime.date | None:
    """The last day whose balance is agreed. Statements: 1."""
    return standing_reconciliations(bank_account_id).aggregate(day=Max("date"))["day"]


def book_balance(account: BankAccount, day: datetime.date | None = None) -> Decimal:
    """What the books say of the bank's account at the end of a day, in its currency. Statements: 1."""
    lines = JournalLine.objects.filter(account_id=account.account_id, currency=account.currency_id)
    if day is not None:
        lines = lines.filter(date__lte=day)
    return lines.aggregate(total=Sum("amount"))["total"] or ZERO


@dataclass(frozen=True, slots=True)
class BankStatus:
    """bank: the newest closing balance; book: the books on that day; open_count, open_amount: lines not matched."""

    bank: Decimal | None
    bank_date: datetime.date | None
    book: Decimal
    book_today: Decimal
    open_count: int
    open_amount: Decimal
    reconciled_to: datetime.date | None
    statement_id: int | None
    gaps: tuple[tuple[datetime.date | None, Decimal], ...]


def bank_status(account: BankAccount) -> BankStatus:
    """Statements: 6."""
    newest = (
        BankStatement.objects.filter(bank_account=account, closing__isnull=False)
        .order_by("-closing_date", "-pk")
        .first()
    )
    lines = open_lines(account.pk).aggregate(amount=Sum(F("amount") - F("matched")))
    return BankStatus(
        bank=newest.closing if newest else None,
        bank_date=newest.closing_date if newest else None,
        book=book_balance(account, newest.closing_date if newest else None),
        book_today=book_balance(account),
        open_count=open_lines(account.pk).count(),
        open_amount=lines["amount"] or ZERO,
        reconciled_to=reconciled_to(account.pk),
        statement_id=newest.pk if newest else None,
        gaps=statement_gaps(account.pk),
    )


def statement_gaps(bank_account_id: int) -> tuple[tuple[datetime.date | None, Decimal], ...]:
    """Day and balance where a statement begins with another balance than any that came before it ended with: one is missing."""
    rows = list(
        BankStatement.objects.filter(bank_account_id=bank_account_id, opening__isnull=False, closing__isnull=False)
        .order_by("closing_date", "pk")
        .values_list("opening_date", "opening", "closing_date", "closing", "reference", "pk")
    )
    ends = {row[3] for row in rows}
    found = []
    for opening_date, opening, *_rest in rows[1:]:
        if opening is not None and opening not in ends and opening != rows[0][1]:
            found.append((opening_date, opening))
    return tuple(found[:5])


def open_lines(bank_account_id: int) -> QuerySet[BankLine]:
    """Lines that are not matched whole, the oldest first."""
    return BankLine.objects.filter(bank_account_id=bank_account_id).exclude(matched=F("amount")).order_by("date", "pk")


def active_matches(line_ids: Sequence[int]) -> QuerySet[BankMatch]:
    """What the lines are tied to now."""
    return (
        BankMatch.objects.filter(line_id__in=line_ids, undoes__isnull=True, undone_by__isnull=True)
        .select_related("entry", "payment__party__person", "rule")
        .order_by("pk")
    )


def suggestions_for(lines: Sequence[BankLine], account: BankAccount, *, limit: int = 6) -> dict[int, list[Suggestion]]:
    """What each open line may be for, the likeliest first. Statements: 7, whatever the number of lines."""
    if not lines:
        return {}
    known = known_for(account, lines)
    return {line.pk: suggest(subject_of(line), known, limit=limit) for line in lines}


def subject_of(line: BankLine) -> Subject:
    parts = tuple(
        (Decimal(part["amount"]), part.get("name", ""), part.get("text", ""))
        for part in line.parts
        if part.get("amount")
    )
    return Subject(
        id=line.pk,
        bank_account_id=line.bank_account_id,
        date=line.date,
        amount=line.amount - line.matched,
        name=line.name,
        counterparty=line.counterparty,
        text=f"{line.text} {line.reference}".strip(),
        kind=line.kind,
        parts=parts if not line.matched else (),
    )


def known_for(account: BankAccount, lines: Sequence[BankLine]) -> Known:
    """Everything that lines of the account are compared with. Statements: 7."""
    earliest, latest = min(line.date for line in lines), max(line.date for line in lines)
    return Known(
        documents=open_documents(account.company_id, account.currency_id),
        posted=_posted(account, earliest, latest),
        rules=_rules(account),
        own_accounts={
            plain(number): pk
            for pk, number in BankAccount.objects.filter(company_id=account.company_id, is_active=True).values_list(
                "pk", "number"
            )
        },
        payers=_payers(account, lines),
        transfers=_opposite(account, earliest, latest),
        write_off_limit=account.write_off_limit,
    )


_DOCUMENTS = """
SELECT i.id, coalesce(n.number, b.number, CASE WHEN i.kind = 'payment' THEN 'P-' || p.id ELSE i.kind || ' ' || i.id END),
    i.party_id, coalesce(nullif(y.name, ''), nullif(d.name, ''), y.code), a.control, i.side = 'debit',
    i.amount - i.used, i.due_date, coalesce(p.reference, ''), i.currency
FROM accounting_openitem i
JOIN accounting_account a ON a.id = i.account_id AND a.control IN ('receivable', 'payable')
JOIN accounting_party y ON y.id = i.party_id
LEFT JOIN accounting_personaldata d ON d.id = y.person_id
LEFT JOIN accounting_invoice n ON n.open_item_id = i.id
LEFT JOIN accounting_bill b ON b.open_item_id = i.id
LEFT JOIN accounting_payment p ON p.open_item_id = i.id
WHERE i.used < i.amount AND i.company_id = %s {more}
ORDER BY i.due_date, i.id LIMIT %s
"""


def open_documents(
    company_id: int, currency: str = "", *, search: str = "", limit: int = MANY_DOCUMENTS
) -> list[Document]:
    """What is open with customers and suppliers, by due day; of every currency if none is named.

    search: in the number, or in the party's name or code. Statements: 1.
    """
    more = ""
    params: list[Any] = [company_id]
    if currency:
        more += " AND i.currency = %s"
        params.append(currency)
    if search:
        more += " AND (n.number ILIKE %s OR b.number ILIKE %s OR y.name ILIKE %s OR y.code ILIKE %s OR d.name ILIKE %s)"
        pattern = "%" + search.replace("\\", "").replace("%", "").replace("_", "\\_") + "%"
        params += [pattern] * 5
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENTS.format(more=more), [*params, limit])
        return [Document(*row) for row in cursor.fetchall()]


_POSTED = """
SELECT e.id, sum(l.amount) - coalesce((SELECT sum(m.amount) FROM accounting_bankmatch m
        WHERE m.entry_id = e.id AND m.bank_account_id = %(bank)s), 0) AS left_over,
    l.date, coalesce(nullif(p.reference, ''), e.memo), coalesce(nullif(y.name, ''), y.code, '')
FROM accounting_journalline l
JOIN accounting_journalentry e ON e.id = l.entry_id
LEFT JOIN accounting_payment p ON p.entry_id = e.id
LEFT JOIN accounting_party y ON y.id = p.party_id
WHERE l.account_id = %(account)s AND l.currency = %(currency)s AND l.date BETWEEN %(start)s AND %(end)s
  AND e.reverses_id IS NULL AND e.source_key NOT LIKE 'reverse:%%'
  AND NOT EXISTS (SELECT FROM accounting_journalentry r WHERE r.company_id = e.company_id AND (r.reverses_id = e.id
    OR r.source_key = 'reverse:payment:' || p.id))
GROUP BY e.id, l.date, p.reference, e.memo, y.name, y.code
HAVING sum(l.amount) <> coalesce((SELECT sum(m.amount) FROM accounting_bankmatch m
        WHERE m.entry_id = e.id AND m.bank_account_id = %(bank)s), 0)
ORDER BY l.date, e.id LIMIT 20000
"""


def outstanding(account: BankAccount, start: datetime.date, end: datetime.date) -> list[Posted]:
    """Entries of the books on the bank's account that no line is matched with, of the days given. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            _POSTED,
            {
                "bank": account.pk,
                "account": account.account_id,
                "currency": account.currency_id,
                "start": start,
                "end": end,
            },
        )
        return [Posted(*row) for row in cursor.fetchall()]


def _posted(account: BankAccount, earliest: datetime.date, latest: datetime.date) -> list[Posted]:
    back = datetime.timedelta(days=45)
    return outstanding(account, earliest - back, latest + back)


def _rules(account: BankAccount) -> list[Rule]:
    rows = BankRule.objects.filter(company_id=account.company_id, is_active=True)
    rows = rows.filter(Q(bank_account=account) | Q(bank_account__isnull=True)).order_by("position", "pk")
    return [rule_of(row) for row in rows]


def rule_of(row: BankRule) -> Rule:
    target: Any = {
        RuleAction.ACCOUNT: row.account_id,
        RuleAction.TRANSFER: row.transfer_to_id,
        RuleAction.PARTY: row.party_id,
    }[RuleAction(row.action)]
    return Rule(
        id=row.pk,
        name=row.name,
        bank_account_id=row.bank_account_id,
        direction=row.direction,
        texts=tuple(text.strip() for text in row.text_contains.split("|") if text.strip()),
        counterparty=row.counterparty,
        min_amount=row.min_amount,
        max_amount=row.max_amount,
        action=row.action,
        target_id=target,
        automatic=row.automatic,
    )


def _payers(account: BankAccount, lines: Sequence[BankLine]) -> dict[str, int]:
    """The party that each account of another was matched with last."""
    numbers = {line.counterparty for line in lines if line.counterparty}
    rows = BankMatch.objects.filter(
        company_id=account.company_id,
        line__counterparty__in=numbers,
        payment__isnull=False,
        undoes__isnull=True,
        undone_by__isnull=True,
    ).order_by("pk")
    return {plain(number): party for number, party in rows.values_list("line__counterparty", "payment__party_id")}


def _opposite(account: BankAccount, earliest: datetime.date, latest: datetime.date) -> list[Subject]:
    near = datetime.timedelta(days=7)
    rows = (
        BankLine.objects.filter(
            company_id=account.company_id, matched=0, currency=account.currency_id,
            date__range=(earliest - near, latest + near),
        )
        .exclude(bank_account=account)
        .order_by("date", "pk")[:5000]
    )  # fmt: skip
    return [subject_of(row) for row in rows]
