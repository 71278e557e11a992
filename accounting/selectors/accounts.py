"""The open account of a customer or supplier: what is owed, what was paid and waits to be used, what was settled."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounting.models import ItemUse, JournalLine, OpenItem, Party


@dataclass(frozen=True, slots=True)
class AccountItem:
    """An open item with the name of its document. side: debit or credit."""

    id: int
    number: str
    kind: str
    side: str
    currency: str
    date: datetime.date
    due_date: datetime.date
    amount: Decimal
    open_amount: Decimal
    entry_id: int
    invoice_id: int | None
    bill_id: int | None
    payment_id: int | None


_ITEMS = """
SELECT i.id, coalesce(n.number, nullif(b.number, ''), nullif(p.reference, ''), 'JE-' || i.entry_id), i.kind, i.side,
    i.currency, i.date, i.due_date, i.amount, i.open_amount, i.entry_id, n.id, b.id, p.id
FROM accounting_openitem i JOIN accounting_account a ON a.id = i.account_id AND a.control = %s
LEFT JOIN accounting_invoice n ON n.open_item_id = i.id LEFT JOIN accounting_bill b ON b.open_item_id = i.id
LEFT JOIN accounting_payment p ON p.open_item_id = i.id
WHERE i.company_id = %s AND i.party_id = %s AND i.used < i.amount ORDER BY i.currency, i.due_date, i.id LIMIT %s
"""


def account_items(*, company_id: int, party_id: int, control: str, limit: int = 500) -> list[AccountItem]:
    """What is open on a party's account, by currency, the earliest due first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [control, company_id, party_id, limit])
        return [AccountItem(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class AccountToSettle:
    """A party with something to be used: in this currency debits and credits are open."""

    code: str
    name: str
    currency: str
    debits: Decimal
    credits: Decimal
    items: int


_TO_SETTLE = """
SELECT y.code, coalesce(nullif(y.name, ''), nullif(d.name, ''), y.code), s.currency, s.debits, s.credits, s.items FROM (
    SELECT i.party_id, i.currency, count(*) AS items,
        coalesce(sum(i.amount - i.used) FILTER (WHERE i.side = 'debit'), 0) AS debits,
        coalesce(sum(i.amount - i.used) FILTER (WHERE i.side = 'credit'), 0) AS credits
    FROM accounting_openitem i JOIN accounting_account a ON a.id = i.account_id AND a.control = %(control)s
    WHERE i.company_id = %(company)s AND i.used < i.amount GROUP BY 1, 2
) s JOIN accounting_party y ON y.id = s.party_id LEFT JOIN accounting_personaldata d ON d.id = y.person_id
WHERE CASE WHEN %(control)s = 'receivable' THEN s.credits ELSE s.debits END > 0
ORDER BY (s.debits > 0 AND s.credits > 0) DESC, least(s.debits, s.credits) DESC, y.code LIMIT %(limit)s
"""


def accounts_to_settle(*, company_id: int, control: str, limit: int = 200) -> list[AccountToSettle]:
    """Parties with credit that is not used (a supplier's: our debits), what can be settled first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_SETTLE, {"company": company_id, "control": control, "limit": limit})
        return [AccountToSettle(*row) for row in cursor.fetchall()]


def standing_uses(*, company_id: int, party_id: int | None = None, control: str = "") -> QuerySet[ItemUse]:
    """Settlements that were not taken back, the newest first."""
    key = Concat(Value("unapply:"), Cast(OuterRef("pk"), CharField()))  # a mirror is known by its key
    mirrors = ItemUse.objects.filter(company_id=company_id, source_key=key)
    rows = ItemUse.objects.filter(~Exists(mirrors), company_id=company_id, amount__gt=0)
    if party_id is not None:
        rows = rows.filter(debit_item__party_id=party_id)
    if control:
        rows = rows.filter(debit_item__account__control=control)
    return rows.select_related("debit_item", "credit_item").order_by("-pk")


def parties_with_account(company_id: int, facts: Mapping[str, str]) -> QuerySet[Party]:
    """Who owes at the end of the period, or moved in it. facts: start, end, control."""
    lines = JournalLine.objects.filter(
        party=OuterRef("pk"), account__control=facts["control"], date__range=(facts["start"], facts["end"])
    )
    owed = OpenItem.objects.filter(party=OuterRef("pk"), account__control=facts["control"], open_amount__gt=0)
    return Party.objects.filter(Exists(lines) | Exists(owed), company_id=company_id).order_by("code")
