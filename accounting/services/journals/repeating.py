"""Journals that repeat: made from a posted one, approved once, posted by the clock."""

import calendar
import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import JournalRefused, NotFound
from accounting.models import ManualJournalStatus, RecurringJournal, ScheduleStatus
from accounting.services.journals.approving import ACTION
from accounting.services.journals.writing import lock_journal
from accounting.states import RECURRING_JOURNAL
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver
from backoffice.core.states import check_transition

OBJECT = "accounting.recurringjournal"


@transaction.atomic(savepoint=False)
def create_schedule(
    pattern_id: int,
    *,
    company_id: int,
    name: str,
    first_date: datetime.date,
    every_months: int = 1,
    end_date: datetime.date | None = None,
    reverses: bool = False,
    actor: Actor,
) -> RecurringJournal:
    """A draft that repeats a posted journal from first_date on; nothing is made before it is switched on.

    Raises NotFound, JournalRefused (not_posted, no_name, bad_interval, bad_dates); nothing is written then.
    """
    pattern = lock_journal(pattern_id, company_id=company_id)
    if pattern.status not in (ManualJournalStatus.POSTED, ManualJournalStatus.REVERSED):
        raise JournalRefused(_("Only a journal that was posted can be repeated."), code="not_posted", field="pattern")
    if not name.strip():
        raise JournalRefused(_("Give it a name."), code="no_name", field="name")
    if not 1 <= every_months <= 60:
        raise JournalRefused(_("It repeats every 1 to 60 months."), code="bad_interval", field="every_months")
    if first_date <= pattern.date or (end_date is not None and end_date < first_date):
        raise JournalRefused(
            _("The first day is after the journal's own, and the last not before the first."),
            code="bad_dates",
            field="first_date",
        )
    made = RecurringJournal.objects.create(
        company_id=company_id,
        pattern=pattern,
        name=name.strip()[:120],
        every_months=every_months,
        day=first_date.day,
        next_date=first_date,
        end_date=end_date,
        reverses=reverses,
        created_by_id=actor.user_id,
        created_label=actor.label,
    )
    _record(made, "created", actor, new=made.name)
    return made


@transaction.atomic(savepoint=False)
def set_schedule_status(
    schedule_id: int, *, status: str, company_id: int, actor: Actor, reason: str = ""
) -> RecurringJournal:
    """Switch it on, pause or end it. Who switches it on approves every journal that it makes.

    Raises NotFound, IllegalTransition, ApprovalRefused. Statements: 3; about 6 to switch it on.
    """
    schedule = lock_schedule(schedule_id, company_id=company_id)
    check_transition(RECURRING_JOURNAL, "recurring journal", schedule.status, status)
    if status == ScheduleStatus.ACTIVE:
        check_approver(
            ACTION,
            actor=actor,
            creator_id=schedule.created_by_id,
            amount=schedule.pattern.value,
            company_id=company_id,
        )
    old, schedule.status = schedule.status, status
    schedule.save(update_fields=["status"])
    _record(schedule, "status", actor, field="status", old=old, new=status, reason=reason)
    return schedule


def lock_schedule(schedule_id: int, *, company_id: int) -> RecurringJournal:
    """The schedule with its pattern, locked. Raises NotFound. Statements: 1."""
    locked = RecurringJournal.objects.select_for_update(of=("self",), no_key=True).select_related("pattern")
    found = locked.filter(company_id=company_id, pk=schedule_id).first()
    if found is None:
        raise NotFound(_("There is no such recurring journal."), schedule_id=schedule_id)
    return found


def following(day: datetime.date, schedule: RecurringJournal) -> datetime.date:
    """The next day after `day`: the schedule's day of the month, or the last one where the month is shorter."""
    months = day.year * 12 + day.month - 1 + schedule.every_months
    year, month = divmod(months, 12)
    return datetime.date(year, month + 1, min(schedule.day, calendar.monthrange(year, month + 1)[1]))


def _record(
    schedule: RecurringJournal,
    action: str,
    actor: Actor,
    *,
    field: str = "",
    old: str = "",
    new: str = "",
    reason: str = "",
) -> None:
    change = audit.Change(OBJECT, schedule.pk, action, field, old, new, reason[:300], schedule.company_id)
    audit.record([change], actor=actor)
