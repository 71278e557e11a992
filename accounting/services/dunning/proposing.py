"""Who is to be reminded on a day, of what, at which level and for how much."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.errors import DunningRefused
from accounting.models import Company, DunningLetter, DunningLetterItem, DunningLevel, DunningRun
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money

OBJECT = "accounting.dunningrun"
YEAR_DAYS = 365

# Overdue invoices of customers that nobody stopped, that no proposal holds, and whose next level has come; with what the
# customer has as credit in the currency.
_OVERDUE = """
SELECT i.id, i.party_id, i.currency, i.open_amount, %(day)s::date - i.due_date, v.id, v.number,
    %(day)s::date - coalesce(r.last_day, i.due_date), coalesce(nullif(y.language, ''), c.language), k.exponent,
    coalesce((SELECT sum(o.open_amount) FROM accounting_openitem o WHERE o.party_id = i.party_id
        AND o.currency = i.currency AND o.account_id = i.account_id AND o.side = 'credit' AND o.used < o.amount), 0)
FROM accounting_openitem i
JOIN accounting_account a ON a.id = i.account_id AND a.control = 'receivable'
JOIN accounting_party y ON y.id = i.party_id AND NOT y.is_channel
JOIN accounting_company c ON c.id = i.company_id JOIN accounting_currency k ON k.code = i.currency
JOIN accounting_dunningplan p ON p.company_id = i.company_id
    AND (p.id = y.dunning_plan_id OR (y.dunning_plan_id IS NULL AND p.is_default))
LEFT JOIN LATERAL (SELECT max(x.level) AS level, max(n.date) AS last_day FROM accounting_dunningletteritem x
    JOIN accounting_dunningletter l ON l.id = x.letter_id JOIN accounting_dunningrun n ON n.id = l.run_id
    WHERE x.open_item_id = i.id AND x.issued) r ON true
JOIN LATERAL (SELECT v.* FROM accounting_dunninglevel v WHERE v.plan_id = p.id AND v.number > coalesce(r.level, 0)
    ORDER BY v.number LIMIT 1) v ON v.days_overdue <= %(day)s::date - i.due_date
WHERE i.company_id = %(company)s AND i.side = 'debit' AND i.kind IN ('invoice', 'dunning_fee') AND i.used < i.amount
    AND i.due_date < %(day)s
    AND NOT EXISTS (SELECT FROM accounting_dunningstop s WHERE s.party_id = i.party_id AND s.ended_at IS NULL
        AND (s.until IS NULL OR s.until >= %(day)s) AND (s.open_item_id IS NULL OR s.open_item_id = i.id))
    AND NOT EXISTS (SELECT FROM accounting_dunningletteritem x JOIN accounting_dunningletter l ON l.id = x.letter_id
        WHERE x.open_item_id = i.id AND l.status = 'proposed')
ORDER BY i.party_id, i.currency, i.due_date, i.id
"""


@dataclass(frozen=True, slots=True)
class _Overdue:
    item_id: int
    party_id: int
    currency: str
    open_amount: Decimal
    overdue_days: int
    level_id: int
    level: int
    interest_days: int
    language: str
    exponent: int
    credit: Decimal


@transaction.atomic(savepoint=False)
def propose_run(*, company_id: int, date: datetime.date, actor: Actor, scheduled: bool = False) -> DunningRun | None:
    """A run with a letter for each customer and currency; nothing leaves the house yet. None: nobody is due.

    Customers whose credit covers what is due are left out. A scheduled run is made once a day.
    Raises DunningRefused (no_plan). Statements: 7, whatever the number of customers.
    """
    levels = {level.pk: level for level in DunningLevel.objects.filter(plan__company_id=company_id)}
    if not levels:
        raise DunningRefused(_("Make a dunning plan with levels first."), code="no_plan")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('dunning'), %s)", [company_id])  # one proposal at a time
        cursor.execute(_OVERDUE, {"company": company_id, "day": date})
        due = [_Overdue(*row) for row in cursor.fetchall()]
    groups: dict[tuple[int, str], list[_Overdue]] = defaultdict(list)
    for one in due:
        groups[one.party_id, one.currency].append(one)
    wanted = [rows for rows in groups.values() if sum(one.open_amount for one in rows) > rows[0].credit]
    if not wanted:
        return None
    run = _run(company_id, date, actor, scheduled)
    if run is None:
        return None
    base = Company.objects.values_list("base_currency_id", flat=True).get(pk=company_id)
    _write(run, wanted, levels, base)
    audit.record(
        [audit.Change(OBJECT, run.pk, "proposed", "letters", "", str(len(wanted)), "", company_id)], actor=actor
    )
    return run


def _run(company_id: int, date: datetime.date, actor: Actor, scheduled: bool) -> DunningRun | None:
    if scheduled and DunningRun.objects.filter(company_id=company_id, date=date, scheduled=True).exists():
        return None
    return DunningRun.objects.create(
        company_id=company_id, date=date, scheduled=scheduled, created_by_id=actor.user_id, created_label=actor.label
    )


def _write(run: DunningRun, wanted: Iterable[list[_Overdue]], levels: dict[int, DunningLevel], base: str) -> None:
    letters, items = [], []
    for rows in wanted:
        level = levels[max(rows, key=lambda one: one.level).level_id]
        interests = [_interest(one, levels[one.level_id]) for one in rows]
        letter = DunningLetter(
            run=run,
            party_id=rows[0].party_id,
            level=level,
            language=rows[0].language or "en",
            currency=rows[0].currency,
            amount=sum((one.open_amount for one in rows), ZERO),
            fee=level.fee if rows[0].currency == base else ZERO,  # a fee is in the company's currency
            interest=sum(interests, ZERO),
        )
        letters.append(letter)
        items += [_item(letter, one, interest) for one, interest in zip(rows, interests, strict=True)]
    DunningLetter.objects.bulk_create(letters)
    DunningLetterItem.objects.bulk_create(items)


def _interest(one: _Overdue, level: DunningLevel) -> Decimal:
    """Of the days since it was due, or since it was last charged."""
    share = one.open_amount * level.interest_percent / 100 * max(one.interest_days, 0) / YEAR_DAYS
    return round_money(share, one.exponent)


def _item(letter: DunningLetter, one: _Overdue, interest: Decimal) -> Any:
    return DunningLetterItem(
        letter=letter,
        open_item_id=one.item_id,
        level=one.level,
        open_amount=one.open_amount,
        overdue_days=one.overdue_days,
        interest=interest,
    )
