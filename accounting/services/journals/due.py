"""What the clock posts: repetitions whose day has come, and the mirrors of accruals."""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.dimensions import read_key
from accounting.models import Company, ManualJournal, ManualJournalStatus, RecurringJournal, ScheduleStatus
from accounting.services.journals.approving import post_locked, reverse_locked
from accounting.services.journals.inputs import JournalInput, JournalLineInput
from accounting.services.journals.repeating import following
from accounting.services.journals.writing import save_journal, set_status
from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError

LIMIT = 500


@dataclass(slots=True)
class DuePosted:
    made: int = 0
    reversed: int = 0
    refused: int = 0


def post_due_journals(*, company_id: int, now: datetime.datetime, actor: Actor) -> DuePosted:
    """Post what is due by now in the company's time zone, each in a transaction of its own.

    Two at once do no harm: locked ones are passed over, and an occurrence is made once. What is refused (an account
    was closed since) is noted on the schedule and tried again.
    """
    company = Company.objects.get(pk=company_id)
    today = now.astimezone(ZoneInfo(company.time_zone)).date()
    done = DuePosted()
    due = RecurringJournal.objects.filter(
        company_id=company_id, status=ScheduleStatus.ACTIVE, next_date__lte=today
    ).order_by("pk")
    for schedule_id in list(due.values_list("pk", flat=True)[:LIMIT]):
        try:
            done.made += _repeat(schedule_id, today, actor)
        except DomainError as refusal:
            done.refused += 1
            RecurringJournal.objects.filter(pk=schedule_id).update(problem=refusal.detail[:300])
    accrued = ManualJournal.objects.filter(
        company_id=company_id, status=ManualJournalStatus.POSTED, reverse_on__lte=today
    ).order_by("pk")
    for journal_id in list(accrued.values_list("pk", flat=True)[:LIMIT]):
        try:
            done.reversed += _take_back(journal_id, actor)
        except DomainError:
            done.refused += 1  # tried again at the next tick; the list shows it as overdue
    return done


@transaction.atomic
def _repeat(schedule_id: int, today: datetime.date, actor: Actor) -> int:
    """Every occurrence up to today; how many."""
    locked = RecurringJournal.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    schedule = locked.select_related("pattern").filter(pk=schedule_id, status=ScheduleStatus.ACTIVE).first()
    made = 0
    while schedule is not None and schedule.next_date <= today and made < 60:
        if schedule.end_date is not None and schedule.next_date > schedule.end_date:
            break
        _copy(schedule, actor)
        made += 1
        schedule.next_date = following(schedule.next_date, schedule)
    if schedule is None:
        return 0
    if schedule.end_date is not None and schedule.next_date > schedule.end_date:
        schedule.status = ScheduleStatus.ENDED
    schedule.problem = ""
    schedule.save(update_fields=["next_date", "status", "problem"])
    return made


def _copy(schedule: RecurringJournal, actor: Actor) -> None:
    pattern, day = schedule.pattern, schedule.next_date
    lines = pattern.lines.select_related("dimension_set").order_by("position")
    given = JournalInput(
        date=day,
        lines=[
            JournalLineInput(
                line.account_id,
                line.amount,
                line.party_id,
                line.description,
                read_key(line.dimension_set.key) if line.dimension_set else (),
            )
            for line in lines
        ],
        memo=pattern.memo or schedule.name,
        currency=pattern.currency,
        reverse_on=_first_of_next_month(day) if schedule.reverses else None,
        late=True,
    )
    journal = save_journal(given, company_id=schedule.company_id, actor=actor)
    journal.schedule, journal.occurrence, journal.approved_label = schedule, day, schedule.name[:150]
    journal.save(update_fields=["schedule", "occurrence"])
    set_status(journal, ManualJournalStatus.SUBMITTED, actor=actor)
    post_locked(journal, actor=actor)


@transaction.atomic
def _take_back(journal_id: int, actor: Actor) -> int:
    locked = ManualJournal.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    journal = locked.filter(pk=journal_id, status=ManualJournalStatus.POSTED).first()
    if journal is None or journal.reverse_on is None:
        return 0
    reverse_locked(journal, date=journal.reverse_on, late=True, actor=actor, reason=_("Reverses itself"))
    return 1


def _first_of_next_month(day: datetime.date) -> datetime.date:
    return (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
