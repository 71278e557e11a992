"""Unrealised exchange differences: foreign balances at the rate of a day, taken back the day after."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.errors import RevaluationRefused
from accounting.models import AccountRole, Company, CurrencyRevaluation, CurrencyRevaluationLine, Subledger
from accounting.selectors import books_of, exchange_rates
from accounting.services.entries import Entry, Line
from accounting.services.journals.approving import noon_of
from accounting.services.periods import ensure_periods
from accounting.services.posting import post_entries
from accounting.services.reversing import reverse_entries
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from backoffice.core.money import ZERO, round_money

OBJECT = "accounting.currencyrevaluation"


@dataclass(frozen=True, slots=True)
class ForeignBalance:
    """A monetary account's balance in a foreign currency and what the books carry it at; value: at the day's rate."""

    account_id: int
    code: str
    name: str
    currency: str
    amount: Decimal
    book_value: Decimal
    rate: Decimal
    value: Decimal


# Monetary: receivables and payables, and money in a currency of its own. Goods, and deposits that are settled by
# goods, are not measured anew.
_SQL = """
SELECT a.id, a.code, a.name, l.currency, sum(l.amount), sum(l.base_amount)
FROM accounting_account a JOIN accounting_journalline l ON l.account_id = a.id
WHERE a.company_id = %(company)s AND l.date <= %(day)s AND l.currency <> %(base)s
    AND (a.control IN ('receivable', 'payable') OR (a.control = '' AND a.type IN ('asset', 'liability')
        AND (a.currency_id IS NOT NULL OR a.id IN (SELECT m.account_id FROM accounting_accountmapping m
            WHERE m.company_id = %(company)s AND m.role IN ('bank', 'cash', 'clearing')))))
GROUP BY a.id, l.currency HAVING sum(l.amount) <> 0 OR sum(l.base_amount) <> 0
ORDER BY a.code, l.currency
"""


def foreign_balances(company_id: int, *, day: datetime.date) -> list[ForeignBalance]:
    """Every monetary balance in a foreign currency at the end of a day. Raises ExchangeRateMissing. Statements: 3."""
    books = books_of(company_id)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"company": company_id, "day": day, "base": books.base_currency})
        rows = cursor.fetchall()
    rates = exchange_rates(
        company_id, {(currency, day) for _id, _code, _name, currency, amount, _base in rows if amount}
    )
    exponent = books.exponents[books.base_currency]
    found = []
    for account_id, code, name, currency, amount, base in rows:
        rate = rates.get((currency, day), ZERO)
        found.append(
            ForeignBalance(account_id, code, name, currency, amount, base, rate, round_money(amount * rate, exponent))
        )
    return found


@transaction.atomic
def revalue_currencies(*, company_id: int, date: datetime.date, actor: Actor) -> CurrencyRevaluation:
    """Post what foreign balances gained or lost by a day, and its mirror on the day after.

    The control accounts themselves are left alone: the difference stands on the account in the role unrealised_fx.
    Raises RevaluationRefused (not_over, done_before), ExchangeRateMissing, AccountRoleMissing, PeriodClosed; nothing
    is written then. Statements: about 20, whatever the number of balances.
    """
    company = Company.objects.select_for_update(of=("self",), no_key=True).get(pk=company_id)
    if database_now().date() < date:
        raise RevaluationRefused(_("The day is not over."), code="not_over", field="date")
    if CurrencyRevaluation.objects.filter(company=company, date=date).exists():
        raise RevaluationRefused(_("Balances were revalued on that day before."), code="done_before", field="date")
    found = foreign_balances(company_id, day=date)
    made = CurrencyRevaluation.objects.create(company=company, date=date, made_label=actor.label)
    CurrencyRevaluationLine.objects.bulk_create(
        CurrencyRevaluationLine(
            revaluation=made, account_id=row.account_id, currency=row.currency, amount=row.amount,
            book_value=row.book_value, rate=row.rate, value=row.value,
        )
        for row in found
    )  # fmt: skip
    gains = sum((max(row.value - row.book_value, ZERO) for row in found), ZERO)
    losses = sum((max(row.book_value - row.value, ZERO) for row in found), ZERO)
    made.difference = gains - losses
    if gains or losses:
        _post(made, company, gains, losses, actor)
    made.save(update_fields=["difference", "entry", "reversal"])
    new = f"{made.difference.normalize():f}"
    audit.record([audit.Change(OBJECT, made.pk, "created", "", "", new, "", company_id)], actor=actor)
    return made


def _post(made: CurrencyRevaluation, company: Company, gains: Decimal, losses: Decimal, actor: Actor) -> None:
    books, after = books_of(company.pk), made.date + datetime.timedelta(days=1)
    base = company.base_currency_id
    amounts = [
        (AccountRole.UNREALISED_FX, gains - losses), (AccountRole.FX_GAIN, -gains), (AccountRole.FX_LOSS, losses),
    ]  # fmt: skip
    lines = [Line(books.account(role), amount, base) for role, amount in amounts if amount]
    ensure_periods(company_id=company.pk, dates=[made.date, after])
    entry = Entry(
        date=made.date,
        effective_at=noon_of(made.date, company),
        subledger=Subledger.GENERAL,
        source_type=OBJECT,
        source_id=made.pk,
        source_key=f"revaluation:{made.pk}",
        lines=lines,
        memo=_("Foreign balances at the rate of the day"),
    )
    (posted,) = post_entries([entry], company_id=company.pk, actor=actor)
    (mirror,) = reverse_entries(
        [posted.entry_id],
        company_id=company.pk,
        effective_at=noon_of(after, company),
        actor=actor,
        reason=_("Reverses itself"),
    )
    made.entry_id, made.reversal_id = posted.entry_id, mirror.entry_id
