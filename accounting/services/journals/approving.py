"""Journals by hand: asked for, approved by another pair of eyes, posted, reversed by a mirror."""

import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.dimensions import read_key
from accounting.errors import JournalRefused
from accounting.models import Company, ManualJournal, ManualJournalStatus, Subledger
from accounting.services.entries import Entry, Line
from accounting.services.journals.writing import OBJECT, lock_journal, rate_of, set_status
from accounting.services.posting import post_entries
from accounting.services.reversing import reverse_entries
from accounting.states import MANUAL_JOURNAL
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver, needs_approval
from backoffice.core.money import ZERO, round_money
from backoffice.core.states import check_transition

ACTION = "manual_journal"


@transaction.atomic(savepoint=False)
def submit_journal(journal_id: int, *, company_id: int, actor: Actor, reason: str = "") -> ManualJournal:
    """Ask for approval; one whose value needs none is posted at once.

    Raises NotFound, IllegalTransition, PeriodClosed, ExchangeRateMissing; nothing is written then. Statements: about 12.
    """
    journal = lock_journal(journal_id, company_id=company_id)
    set_status(journal, ManualJournalStatus.SUBMITTED, actor=actor, reason=reason)
    if not needs_approval(ACTION, amount=journal.value, company_id=company_id):
        post_locked(journal, actor=actor, reason=reason)
    return journal


@transaction.atomic(savepoint=False)
def approve_journal(journal_id: int, *, company_id: int, actor: Actor, reason: str = "") -> ManualJournal:
    """submitted -> posted. Raises NotFound, IllegalTransition, ApprovalRefused (own_document, over_limit,
    person_needed), PeriodClosed, ExchangeRateMissing; nothing is written then. Statements: about 14.
    """
    journal = lock_journal(journal_id, company_id=company_id)
    check_transition(MANUAL_JOURNAL, "manual journal", journal.status, ManualJournalStatus.POSTED)
    check_approver(ACTION, actor=actor, creator_id=journal.created_by_id, amount=journal.value, company_id=company_id)
    journal.approved_label = actor.label
    post_locked(journal, actor=actor, reason=reason)
    return journal


def post_locked(journal: ManualJournal, *, actor: Actor, reason: str = "") -> None:
    """Post a locked, submitted journal. Raises what post_entries raises. Statements: about 7."""
    company = Company.objects.select_related("base_currency").get(pk=journal.company_id)
    (posted,) = post_entries([_entry(journal, company)], company_id=company.pk, actor=actor)
    journal.entry_id = posted.entry_id
    set_status(journal, ManualJournalStatus.POSTED, actor=actor, reason=reason, fields=("entry", "approved_label"))


def _entry(journal: ManualJournal, company: Company) -> Entry:
    return Entry(
        date=None if journal.late else journal.date,
        effective_at=noon_of(journal.date, company),
        subledger=Subledger.GENERAL,
        source_type=OBJECT,
        source_id=journal.pk,
        source_key=f"journal:{journal.pk}",
        lines=_lines(journal, company),
        memo=journal.memo,
    )


def _lines(journal: ManualJournal, company: Company) -> list[Line]:
    """In the base currency every line is rounded by itself, and the largest takes what that leaves."""
    rate, exponent = rate_of(journal, company), company.base_currency.exponent
    rows = list(journal.lines.select_related("dimension_set").order_by("position"))
    bases = [round_money(row.amount * rate, exponent) for row in rows]
    largest = max(range(len(rows)), key=lambda index: abs(bases[index]))
    bases[largest] -= sum(bases, ZERO)
    return [
        Line(
            account_id=row.account_id,
            amount=row.amount,
            currency=journal.currency,
            base_amount=base,
            party_id=row.party_id,
            dimensions=read_key(row.dimension_set.key) if row.dimension_set else (),
            memo=row.description,
        )
        for row, base in zip(rows, bases, strict=True)
    ]


def noon_of(day: datetime.date, company: Company) -> datetime.datetime:
    """The middle of a day in the company's time zone."""
    return datetime.datetime.combine(day, datetime.time(12), ZoneInfo(company.time_zone))


def send_back_journal(journal_id: int, *, company_id: int, actor: Actor, reason: str) -> ManualJournal:
    """submitted -> draft. Raises NotFound, IllegalTransition, JournalRefused (no_reason)."""
    return _step(journal_id, ManualJournalStatus.DRAFT, company_id, actor, reason)


def cancel_journal(journal_id: int, *, company_id: int, actor: Actor, reason: str) -> ManualJournal:
    """Give up one that is not posted. Raises NotFound, IllegalTransition, JournalRefused (no_reason)."""
    return _step(journal_id, ManualJournalStatus.CANCELLED, company_id, actor, reason)


@transaction.atomic(savepoint=False)
def _step(journal_id: int, status: str, company_id: int, actor: Actor, reason: str) -> ManualJournal:
    _need(reason)
    journal = lock_journal(journal_id, company_id=company_id)
    set_status(journal, status, actor=actor, reason=reason)
    return journal


@transaction.atomic(savepoint=False)
def reverse_journal(
    journal_id: int, *, company_id: int, date: datetime.date, actor: Actor, reason: str
) -> ManualJournal:
    """Take a posted journal back by its mirror, dated `date` (today, as a rule): never by touching what was posted.

    Above the free value the author cannot reverse it. Raises NotFound, IllegalTransition, ApprovalRefused,
    JournalRefused (no_reason; bad_dates: before the journal's own day), PeriodClosed; nothing is written then.
    Statements: about 14.
    """
    _need(reason)
    journal = lock_journal(journal_id, company_id=company_id)
    check_transition(MANUAL_JOURNAL, "manual journal", journal.status, ManualJournalStatus.REVERSED)
    if date < journal.date:
        raise JournalRefused(_("It is reversed on its own day or later."), code="bad_dates", field="date")
    check_approver(ACTION, actor=actor, creator_id=journal.created_by_id, amount=journal.value, company_id=company_id)
    reverse_locked(journal, date=date, late=False, actor=actor, reason=reason)
    return journal


def reverse_locked(journal: ManualJournal, *, date: datetime.date, late: bool, actor: Actor, reason: str) -> None:
    """late: if the day is closed, the first open one is taken. Statements: about 9."""
    company = Company.objects.get(pk=journal.company_id)
    (mirror,) = reverse_entries(
        [journal.entry_id],  # type: ignore[list-item]  # it is posted
        company_id=company.pk,
        effective_at=noon_of(date, company),
        date=None if late else date,
        actor=actor,
        reason=reason,
    )
    journal.reversal_id = mirror.entry_id
    set_status(journal, ManualJournalStatus.REVERSED, actor=actor, reason=reason, fields=("reversal",))


def _need(reason: str) -> None:
    if not reason.strip():
        raise JournalRefused(_("Say why: the reason is kept with the change."), code="no_reason", field="reason")
