"""Starting, stopping and resuming bulk jobs."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.bulk.errors import BulkJobRefused, UnknownBulkAction
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApiKey, BulkJob
from backoffice.core.registry import BulkAction, BulkField, registry
from backoffice.core.waking import wake_worker

RUN = "backoffice.core.tasks.run_bulk_job"
MAX_ROWS = 200_000


def action_of(name: str, object_type: str = "") -> BulkAction:
    """The registered action. Raises UnknownBulkAction."""
    action = registry.bulk_actions(object_type).get(name)
    if action is None:
        raise UnknownBulkAction(_("There is no bulk action “%(name)s”.") % {"name": name[:60]}, action=name[:60])
    return action


@transaction.atomic
def start_job(
    name: str,
    *,
    rows: Any,
    params: Mapping[str, str],
    actor: Actor,
    selection: str = "",
    api_key: ApiKey | None = None,
) -> BulkJob:
    """Take a job on: its rows are fixed now, and a worker begins right after the commit.

    rows: a queryset of the action's objects that the actor may see; the database copies their ids itself, so
    "all that match" sends no ids anywhere. selection: the filter, for people. Whether the actor may is the
    caller's question.

    Raises UnknownBulkAction, InvalidInput (a field is missing or too long), BulkJobRefused (no row, or more than
    MAX_ROWS); nothing is written. Statements: 4.
    """
    action = action_of(name)
    if actor.user_id is None:
        raise ValueError("a bulk job is started by a named user")
    if rows.model._meta.label_lower != action.object_type:
        raise ValueError(f"{name} works on {action.object_type}")
    job = BulkJob.objects.create(
        action=action.name,
        object_type=action.object_type,
        params=_checked(action.fields, params),
        selection=selection[:500],
        user_id=actor.user_id,
        actor_label=actor.label,
        api_key=api_key,
        language=get_language() or "en",
    )
    job.total = _fill(job.pk, rows)
    if job.total == 0:
        raise BulkJobRefused(_("Nothing is selected: choose at least one row."))
    if job.total > MAX_ROWS:
        raise BulkJobRefused(
            _("One job takes at most %(limit)s rows: narrow the filter.") % {"limit": f"{MAX_ROWS:,}"}, limit=MAX_ROWS
        )
    job.save(update_fields=["total"])
    record([Change("core.bulkjob", job.pk, "started", new=action.name, reason=selection[:300])], actor=actor)
    wake_worker(RUN, job.pk)
    return job


def _checked(fields: tuple[BulkField, ...], params: Mapping[str, str]) -> dict[str, str]:
    """The values of the action's fields. Raises InvalidInput with all that is wrong."""
    values, errors = {}, []
    for field in fields:
        value = str(params.get(field.name, "")).strip()
        values[field.name] = value
        if field.required and not value:
            errors.append({"field": field.name, "message": _("Fill this in."), "code": "required"})
        elif len(value) > field.max_length or "\x00" in value:
            errors.append({"field": field.name, "message": _("This is too long."), "code": "max_length"})
        elif value and field.choices and value not in dict(field.choices):
            errors.append({"field": field.name, "message": _("Choose one of the list."), "code": "invalid_choice"})
        elif value and field.is_date and not _is_date(value):
            said = _("“%(value)s” is not a date.") % {"value": value[:40]}
            errors.append({"field": field.name, "message": said, "code": "invalid"})
    if unknown := sorted(set(params) - set(values)):
        errors.append({"field": unknown[0], "message": _("There is no such field."), "code": "unknown_field"})
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)
    return values


def _is_date(value: str) -> bool:
    try:
        return parse_date(value) is not None
    except ValueError:  # well formed, such as 30 February
        return False


def _fill(job_id: int, rows: Any) -> int:
    """Copy the ids of the chosen rows, one more than allowed at most; how many."""
    try:
        sql, params = rows.values("pk")[: MAX_ROWS + 1].query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_bulkjobrow (job_id, object_id, state, code, detail)"
            f" SELECT %s, chosen.pk, 'waiting', '', '' FROM ({sql}) AS chosen (pk) ON CONFLICT DO NOTHING",
            [job_id, *params],
        )
        return cursor.rowcount


@transaction.atomic
def stop_job(job_id: int, *, actor: Actor) -> BulkJob:
    """Ask a job to stop: after the batch at hand, or at once if nobody works on it.

    Raises BulkJobRefused if it has ended. Statements: 4.
    """
    job = _locked(job_id)
    if not job.is_live:
        raise BulkJobRefused(_("This job has ended already."), status=job.status)
    job.stop_requested = True
    if job.status == "queued":
        job.status = "stopped"
    job.save(update_fields=["stop_requested", "status"])
    record([Change("core.bulkjob", job_id, "stopped", field="status", new=job.status)], actor=actor)
    return job


@transaction.atomic
def resume_job(job_id: int, *, actor: Actor) -> BulkJob:
    """Go on with the rows that still wait.

    Raises BulkJobRefused unless it was stopped or failed. Statements: 4.
    """
    job = _locked(job_id)
    if job.status not in ("stopped", "failed"):
        raise BulkJobRefused(_("Only a job that was stopped or failed can be resumed."), status=job.status)
    job.status, job.stop_requested, job.attempts, job.error, job.finished_at = "queued", False, 0, "", None
    job.save(update_fields=["status", "stop_requested", "attempts", "error", "finished_at"])
    record([Change("core.bulkjob", job_id, "resumed", field="status", new="queued")], actor=actor)
    wake_worker(RUN, job_id)
    return job


def _locked(job_id: int) -> BulkJob:
    job = BulkJob.objects.select_for_update(of=("self",), no_key=True).filter(pk=job_id).first()
    if job is None:
        raise BulkJobRefused(_("There is no such job."), job_id=job_id)
    return job


def due_jobs(*, limit: int = 20) -> list[int]:
    """Jobs that wait for a worker, or whose worker was lost. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM core_bulkjob WHERE status IN ('queued', 'running')"
            " AND (lease_until IS NULL OR lease_until < clock_timestamp()) ORDER BY id LIMIT %s",
            [limit],
        )
        return [job_id for (job_id,) in cursor.fetchall()]
