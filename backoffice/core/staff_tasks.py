"""Tasks for people: given, handed on, done."""

import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from backoffice.core.errors import DomainError, IllegalTransition, InvalidInput
from backoffice.core.models import StaffTask, StaffTaskStatus, User

OBJECT = "core.stafftask"


class NoTask(DomainError):
    """There is no such task among those that the asker sees."""

    code = "not_found"
    status = 404


def no_task(task_id: int) -> NoTask:
    return NoTask(_("There is no task %(id)s among yours.") % {"id": task_id}, task_id=task_id)


def role_group(role: str) -> Group:
    """The group of a staff role."""
    return Group.objects.get(name=role)


@transaction.atomic(savepoint=False)
def give_task(
    *,
    title: str,
    actor: Actor,
    company_id: int | None,
    owner: User | None = None,
    role: Group | None = None,
    due_date: datetime.date | None = None,
    note: str = "",
    source: tuple[str, int] | None = None,
) -> StaffTask:
    """Give a task to a person, or to everybody of a role. Raises InvalidInput for nobody or no title."""
    words = " ".join(title.split())
    if not words or len(words) > 200:
        raise _refused("title", _("Say in at most 200 characters what is to be done."))
    if owner is None and role is None:
        raise _refused("owner", _("Say who is to do it: a person or a role."))
    task = StaffTask.objects.create(
        company_id=company_id,
        title=words,
        note=note[:2000],
        owner=owner,
        role=role,
        due_date=due_date,
        source_type=source[0] if source else "",
        source_id=source[1] if source else None,
        created_by=actor.label,
    )
    record([Change(OBJECT, task.pk, "created", new=words, company_id=company_id)], actor=actor)
    return task


@transaction.atomic(savepoint=False)
def end_task(task_id: int, *, status: str, outcome: str, actor: Actor) -> StaffTask:
    """Say that a task is done, or that nobody will do it (dropped: then say why).

    Raises IllegalTransition for one that has ended, InvalidInput, NoTask; nothing is written.
    """
    new = StaffTaskStatus(status)
    if new == StaffTaskStatus.OPEN:
        raise ValueError("a task ends as done or dropped")
    if new == StaffTaskStatus.DROPPED and not outcome.strip():
        raise _refused("outcome", _("Say why it will not be done."))
    task = _open(task_id)
    task.status, task.outcome, task.ended_by, task.ended_at = new.value, outcome[:300], actor.label, database_now()
    task.save(update_fields=["status", "outcome", "ended_by", "ended_at"])
    change = Change(OBJECT, task.pk, "ended", "status", "open", new.value, outcome[:300], task.company_id)
    record([change], actor=actor)
    return task


@transaction.atomic(savepoint=False)
def hand_on_task(task_id: int, *, owner: User | None, role: Group | None, actor: Actor) -> StaffTask:
    """Give an open task to somebody else. Raises as end_task does."""
    if owner is None and role is None:
        raise _refused("owner", _("Say who is to do it: a person or a role."))
    task = _open(task_id)
    before = f"{task.owner or ''} {task.role or ''}".strip()
    task.owner, task.role = owner, role
    task.save(update_fields=["owner", "role"])
    change = Change(
        OBJECT, task.pk, "handed_on", "owner", before, f"{owner or ''} {role or ''}".strip(), "", task.company_id
    )
    record([change], actor=actor)
    return task


def tasks_of(user: User) -> QuerySet[StaffTask]:
    """The open tasks of a person and of their roles, what is due first on top."""
    mine = Q(owner=user) | Q(owner__isnull=True, role__in=user.groups.all())
    return StaffTask.objects.filter(mine, status=StaffTaskStatus.OPEN).order_by("due_date", "pk")


def _open(task_id: int) -> StaffTask:
    task = StaffTask.objects.select_for_update(of=("self",), no_key=True).filter(pk=task_id).first()
    if task is None:
        raise no_task(task_id)
    if task.status != StaffTaskStatus.OPEN:
        raise IllegalTransition(
            _("The task “%(title)s” has ended: it is %(status)s.")
            % {"title": task.title, "status": task.get_status_display()},
            status=task.status,
        )
    return task


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": field, "message": message}])
