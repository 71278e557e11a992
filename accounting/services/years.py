"""Closing a year: its result goes to retained earnings, its months are locked; and taking that back."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.errors import NotFound, YearRefused
from accounting.models import (
    Account,
    AccountRole,
    AccountType,
    Company,
    JournalLine,
    Period,
    PeriodState,
    Subledger,
    YearClose,
    YearCloseStatus,
)
from accounting.selectors import account_ids
from accounting.services.entries import Entry, Line
from accounting.services.journals.approving import noon_of
from accounting.services.periods import close_period, ensure_periods, reopen_period
from accounting.services.posting import post_entries
from accounting.services.reversing import reverse_entries
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO

OBJECT = "accounting.yearclose"
RESULT = (AccountType.INCOME, AccountType.EXPENSE)


@transaction.atomic
def close_year(*, company_id: int, year: int, actor: Actor) -> YearClose:
    """Carry the year's income and expense to retained earnings on its last day, and lock its months.

    Nothing that is posted meanwhile is lost: the last month is locked when nobody posts into it any more, and what is
    left of the result then must be nothing.
    Raises YearRefused, nothing written: bad_year, not_over, closed_before, gap (an earlier year with entries is open),
    last_month_closed, changed_meanwhile. Statements: about 20, and 3 for each month that is still open.
    """
    company = Company.objects.select_for_update(of=("self",), no_key=True).get(pk=company_id)
    if not 1900 <= year <= 2199:
        raise YearRefused(_("There is no such year."), code="bad_year", field="year")
    end = datetime.date(year, 12, 31)
    _check(company, year, end)
    ensure_periods(company_id=company_id, dates=[datetime.date(year, 1, 1), end])
    last = Period.objects.get(company_id=company_id, start_date__lte=end, end_date__gte=end)
    if last.state != PeriodState.OPEN or Subledger.GENERAL in last.closed_books:
        raise YearRefused(
            _("The last month has to be open for the closing entry; reopen it, it is locked with the year."),
            code="last_month_closed",
        )
    closing = YearClose(company=company, year=year, end_date=end, closed_label=actor.label)
    closing.result = -sum(_balances(company_id, end).values(), ZERO)
    closing.save()
    closing.entry_id = _post(closing, company, actor)
    closing.save(update_fields=["entry"])
    _lock_months(company_id, end, actor, reason=str(year))
    if _balances(company_id, end):
        raise YearRefused(_("Somebody posted into the year meanwhile; try again."), code="changed_meanwhile")
    _record(closing, "closed", actor)
    return closing


@transaction.atomic
def reopen_year(closing_id: int, *, company_id: int, actor: Actor, reason: str) -> YearClose:
    """Take the closing entry back by its mirror, on the same day, and open the last month; the others stay soft-closed.

    Only the newest closed year. Raises NotFound, YearRefused (no_reason, not_closed, later_year_closed); nothing is
    written then. Statements: about 15, and 3 for each month.
    """
    if not reason.strip():
        raise YearRefused(_("Say why: the reason is kept with the change."), code="no_reason", field="reason")
    company = Company.objects.select_for_update(of=("self",), no_key=True).get(pk=company_id)
    closing = (
        YearClose.objects.select_for_update(of=("self",), no_key=True).filter(pk=closing_id, company=company).first()
    )
    if closing is None:
        raise NotFound(_("There is no such year-end closing."), closing_id=closing_id)
    if closing.status != YearCloseStatus.CLOSED:
        raise YearRefused(_("It was reopened before."), code="not_closed")
    if YearClose.objects.filter(company=company, status=YearCloseStatus.CLOSED, year__gt=closing.year).exists():
        raise YearRefused(_("A later year is closed; reopen that one first."), code="later_year_closed")
    closing.status, closing.reopened_label = YearCloseStatus.REOPENED, actor.label
    closing.save(update_fields=["status", "reopened_label"])
    _open_months(closing, actor, reason)
    if closing.entry_id:
        (mirror,) = reverse_entries(
            [closing.entry_id],
            company_id=company_id,
            effective_at=noon_of(closing.end_date, company),
            date=closing.end_date,
            actor=actor,
            reason=reason,
        )
        closing.reversal_id = mirror.entry_id
        closing.save(update_fields=["reversal"])
    _record(closing, "reopened", actor, reason)
    return closing


def _check(company: Company, year: int, end: datetime.date) -> None:
    if timezone.now().date() <= end:
        raise YearRefused(_("%(year)s is not over.") % {"year": year}, code="not_over", field="year")
    closed = YearClose.objects.filter(company=company, status=YearCloseStatus.CLOSED)
    if closed.filter(year__gte=year).exists():
        raise YearRefused(_("%(year)s is closed already.") % {"year": year}, code="closed_before", field="year")
    day = datetime.date(year, 1, 1)
    if _balances(company.pk, day, before=True):
        raise YearRefused(_("An earlier year is not closed yet; close it first."), code="gap", field="year")


def _balances(company_id: int, day: datetime.date, before: bool = False) -> dict[int, Decimal]:
    lines = JournalLine.objects.filter(company_id=company_id, account__type__in=RESULT)
    lines = lines.filter(date__lt=day) if before else lines.filter(date__lte=day)
    sums = lines.order_by().values_list("account_id").annotate(Sum("base_amount"))
    return {account: value for account, value in sums if value}


def _post(closing: YearClose, company: Company, actor: Actor) -> int | None:
    balances = _balances(company.pk, closing.end_date)
    if not balances:
        return None
    kept = dict(Account.objects.filter(pk__in=balances).values_list("pk", "currency_id"))
    base = company.base_currency_id
    lines = [
        Line(pk, -value, base) if kept[pk] in (None, base) else Line(pk, ZERO, kept[pk] or "", -value)
        for pk, value in sorted(balances.items())
    ]
    result = sum(balances.values(), ZERO)
    equity = account_ids(company.pk).get(AccountRole.RETAINED_EARNINGS)
    if equity is None:
        raise YearRefused(_("No account plays the role of retained earnings."), code="no_account")
    foreign = any(line.amount == 0 for line in lines)
    if result or foreign or len(lines) < 2:
        own = sum((line.amount for line in lines), ZERO)
        lines.append(Line(equity, -own, base, result) if foreign else Line(equity, result, base))
    entry = Entry(
        date=closing.end_date,
        effective_at=noon_of(closing.end_date, company),
        subledger=Subledger.GENERAL,
        source_type=OBJECT,
        source_id=closing.pk,
        source_key=f"year:{closing.pk}",
        lines=lines,
        memo=_("Result of %(year)s to retained earnings") % {"year": closing.year},
    )
    (posted,) = post_entries([entry], company_id=company.pk, actor=actor)
    return posted.entry_id


def _months(company_id: int, end: datetime.date) -> list[Period]:
    return list(Period.objects.filter(company_id=company_id, end_date__lte=end).order_by("start_date"))


def _lock_months(company_id: int, end: datetime.date, actor: Actor, reason: str) -> None:
    for period in _months(company_id, end):
        if period.state != PeriodState.LOCKED:
            close_period(
                period_id=period.pk, company_id=company_id, state=PeriodState.LOCKED, actor=actor, reason=reason
            )


def _open_months(closing: YearClose, actor: Actor, reason: str) -> None:
    """The year's months become soft-closed; its last one opens."""
    for period in _months(closing.company_id, closing.end_date):
        if period.start_date.year != closing.year:
            continue
        for _step in range(2 if period.end_date == closing.end_date else 1):
            reopen_period(period_id=period.pk, company_id=closing.company_id, actor=actor, reason=reason)


def _record(closing: YearClose, action: str, actor: Actor, reason: str = "") -> None:
    new = f"{closing.result.normalize():f}"
    change = audit.Change(OBJECT, closing.pk, action, "", "", new, reason[:300], closing.company_id)
    audit.record([change], actor=actor)
