"""Accounting periods: calendar months, made when first needed, closed against posting."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Subquery
from django.utils.translation import gettext as _

from accounting.errors import BookRefused, NotFound, PeriodClosed, TaxRefused, YearIsClosed
from accounting.models import Period, PeriodState, Subledger, YearClose, YearCloseStatus
from accounting.selectors.tax_returns import filed_months
from accounting.states import PERIOD
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from backoffice.core.states import check_transition


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the database says of an entry before it is written.

    entry_id, entry_date, content_hash: of the entry that has the source key already, else empty.
    posting_date: the first open day from asked_date on; its period stays share-locked until commit. drawn: the id for
    an entry that is new.
    """

    entry_id: int | None
    entry_date: datetime.date | None
    content_hash: str | None
    asked_date: datetime.date
    posting_date: datetime.date | None
    base_currency: str
    drawn: int | None


def ensure_periods(*, company_id: int, dates: Sequence[datetime.date]) -> int:
    """Make the months of `dates` and every month between them and the ones there are; returns how many.

    A month before a closed one is made as closed as that. Statements: 1.
    """
    with prepared_cursor() as cursor:
        cursor.execute("SELECT accounting_ensure_periods(%s, %s::date[])", [company_id, list(dates)])
        return int(cursor.fetchone()[0])


def posting_dates(*, company_id: int, instants: Sequence[datetime.datetime]) -> list[datetime.date]:
    """The first open day of the company from each instant on; the periods are share-locked until commit.

    Missing months are made. Raises PeriodClosed only if even a new month after the last would be closed.
    Statements: 1; up to 3 more when a month is missing.
    """
    nothing: list[None] = [None] * len(instants)
    rows = prepare(company_id=company_id, keys=nothing, days=nothing, instants=instants)
    return [row.posting_date for row in rows if row.posting_date]


def prepare(
    *,
    company_id: int,
    keys: Sequence[str | None],
    days: Sequence[datetime.date | None],
    instants: Sequence[datetime.datetime | None],
    books: Sequence[str] = (),
    item_id: int | None = None,
) -> list[Prepared]:
    """Look up source keys and find posting days, under the periods' shared locks.

    books: the sub-ledger of each (none given: general), which must be open on the posting day too; item_id: all are
    of the sub-ledger of this open item's account. A day that is None is the instant's day in the company's time zone. Statements: 1; up to 3 more when a
    month is missing.
    """
    rows = _prepare(company_id, keys, days, instants, books, item_id)
    missing = _undated(rows)
    if missing:
        ensure_periods(company_id=company_id, dates=missing)
        rows = _prepare(company_id, keys, days, instants, books, item_id)
        missing = _undated(rows)
    if missing:
        ensure_periods(company_id=company_id, dates=[_day_after_the_last(company_id)])
        rows = _prepare(company_id, keys, days, instants, books, item_id)
        missing = _undated(rows)
    if missing:
        raise PeriodClosed(
            _("No period is open on or after %(date)s; reopen one.") % {"date": missing[0]}, date=str(missing[0])
        )
    return rows


def _undated(rows: Sequence[Prepared]) -> list[datetime.date]:
    return [row.asked_date for row in rows if row.entry_id is None and row.posting_date is None]


def _prepare(
    company_id: int,
    keys: Sequence[str | None],
    days: Sequence[datetime.date | None],
    instants: Sequence[datetime.datetime | None],
    books: Sequence[str],
    item_id: int | None,
) -> list[Prepared]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT entry_id, entry_date, content_hash, asked_date, posting_date, base_currency, CASE WHEN entry_id IS NULL"
            " THEN nextval(pg_get_serial_sequence('accounting_journalentry', 'id')) END"
            " FROM accounting_prepare_entries(%s, %s::text[], %s::date[], %s::timestamptz[], CASE WHEN %s::bigint IS NULL"
            " THEN %s::text[] ELSE ARRAY(SELECT coalesce((SELECT a.control FROM accounting_openitem i"
            " JOIN accounting_account a ON a.id = i.account_id WHERE i.id = %s), 'general')"
            " FROM generate_series(1, %s)) END)",
            [
                company_id,
                list(keys),
                list(days),
                list(instants),
                item_id,
                [str(book) for book in books] or ["general"] * len(keys),
                item_id,
                len(keys),
            ],
        )
        rows = [Prepared(*row) for row in cursor.fetchall()]
    if rows and rows[0].base_currency is None:
        raise NotFound(_("There is no company %(id)s.") % {"id": company_id}, company_id=company_id)
    return rows


def _day_after_the_last(company_id: int) -> datetime.date:
    last = Period.objects.filter(company_id=company_id).order_by("-end_date").values_list("end_date", flat=True)[0]
    return last + datetime.timedelta(days=1)


def close_period(
    *, period_id: int, company_id: int, state: str = PeriodState.SOFT_CLOSED, actor: Actor, reason: str = ""
) -> None:
    """Close a period (soft_closed or locked); waits for transactions that post into it.

    Raises IllegalTransition, NotFound. Nothing is written then. Statements: 3.
    """
    if state == PeriodState.OPEN:
        raise ValueError("close_period takes soft_closed or locked")
    _set_state(period_id, company_id, state, actor, reason)


def reopen_period(*, period_id: int, company_id: int, actor: Actor, reason: str) -> None:
    """Open a soft-closed period again, or make a locked one soft-closed; a reason is needed. Statements: 3."""
    if not reason:
        raise ValueError("reopening a period needs a reason")
    state = Period.objects.filter(pk=period_id, company_id=company_id).values_list("state", flat=True).first()
    _set_state(
        period_id,
        company_id,
        PeriodState.SOFT_CLOSED if state == PeriodState.LOCKED else PeriodState.OPEN,
        actor,
        reason,
    )


def _year_closed(period_id: int) -> bool:
    return YearClose.objects.filter(
        status=YearCloseStatus.CLOSED,
        company__period__pk=period_id,
        end_date__gte=Subquery(Period.objects.filter(pk=period_id).values("start_date")),
    ).exists()


@transaction.atomic(savepoint=False)
def set_period_books(
    *, period_id: int, company_id: int, closed: Collection[str], actor: Actor, reason: str = ""
) -> None:
    """Say which sub-ledgers are closed in an open period; waits for transactions that post into it.

    Opening one again needs a reason. Raises NotFound, BookRefused (unknown_book, not_open, no_reason); nothing is
    written then. Statements: 3.
    """
    found = Period.objects.filter(pk=period_id, company_id=company_id).first()
    if found is None:
        raise NotFound(_("There is no period %(id)s in this company.") % {"id": period_id}, period_id=period_id)
    if not set(closed) <= set(Subledger.values):
        raise BookRefused(_("There is no such book."), code="unknown_book", field="books")
    old, new = sorted(found.closed_books), sorted(set(closed))
    if set(old) - set(new) and not reason.strip():
        raise BookRefused(_("Say why: the reason is kept with the change."), code="no_reason", field="reason")
    if old == new:
        return
    taxed = {Subledger.RECEIVABLE.value, Subledger.PAYABLE.value}
    if (set(old) - set(new)) & taxed and filed_months(company_id, found.start_date, found.end_date):
        raise TaxRefused(_("A tax return of these days is filed; date corrections in an open month."), code="filed")
    with prepared_cursor() as cursor:
        cursor.execute("SELECT accounting_set_period_books(%s, %s::text[])", [period_id, new])
        if not cursor.fetchone()[0]:
            raise BookRefused(_("The period is closed as a whole."), code="not_open")
    change = audit.Change(
        "accounting.period",
        period_id,
        "change",
        "closed_books",
        ", ".join(old),
        ", ".join(new),
        reason[:300],
        company_id,
    )
    audit.record([change], actor=actor)


@transaction.atomic(savepoint=False)
def _set_state(period_id: int, company_id: int, new: str, actor: Actor, reason: str) -> None:
    old = Period.objects.filter(pk=period_id, company_id=company_id).values_list("state", flat=True).first()
    if old is None:
        raise NotFound(_("There is no period %(id)s in this company.") % {"id": period_id}, period_id=period_id)
    check_transition(PERIOD, "period", old, new)
    if old == PeriodState.LOCKED and _year_closed(period_id):
        raise YearIsClosed(_("Its year is closed: reopen the year first."), period_id=period_id)
    with prepared_cursor() as cursor:
        cursor.execute("SELECT accounting_set_period_state(%s, %s, %s)", [period_id, old, new])
        if not cursor.fetchone()[0]:  # somebody else changed it while we waited
            check_transition(PERIOD, "period", new, new)
    audit.record(
        [
            audit.Change(
                object_type="accounting.period",
                object_id=period_id,
                action="change",
                field="status",
                old=old,
                new=new,
                reason=reason,
                company_id=company_id,
            )
        ],
        actor=actor,
    )
