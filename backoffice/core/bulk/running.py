"""Working on a bulk job: claim it, do its rows in batches, each a transaction of its own with its results."""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.bulk.jobs import action_of
from backoffice.core.db import is_transient, retry_serialization
from backoffice.core.errors import DomainError
from backoffice.core.holding import holder, holding
from backoffice.core.models import BulkJob
from backoffice.core.registry import BulkAction, RowResult

log = logging.getLogger(__name__)
LEASE_S = 120
MAX_ATTEMPTS = 5
TURN_S = 300  # a worker hands a long job back, far below the task's time limit


class LeaseLost(Exception):
    """Another worker has taken the job over, or a person has; what this one did is rolled back."""


class _BatchRefused(Exception):
    """The batch was rolled back: these rows, for this reason."""

    def __init__(self, rows: list[tuple[int, int]], cause: Exception) -> None:
        super().__init__(str(cause))
        self.rows, self.cause = rows, cause


@dataclass(frozen=True, slots=True)
class _Turn:
    """One worker's turn on a job."""

    job: BulkJob
    action: BulkAction
    lease: uuid.UUID
    actor: Actor


@holding()
def run_job(job_id: int, *, turn_s: float = TURN_S) -> str:
    """Work on a job until it is done, stopped, or the turn is over; its status, or "busy" if it is not to be had.

    Each batch is one transaction with the results of its rows, so after a crash nothing is done twice. A batch
    that is refused is tried in halves; what remains of one row is that row's refusal and the others go on.
    A job that is lost MAX_ATTEMPTS times without a single batch committed in between is failed; batches get
    smaller with each attempt, so that one deadly row does not keep the others.
    """
    lease = uuid.uuid4()
    job = _claim(job_id, lease)
    if job is None:
        return "busy"
    if job.attempts > MAX_ATTEMPTS:
        return _end(job_id, lease, "failed", _("Workers were lost over it %(count)s times.") % {"count": MAX_ATTEMPTS})
    with translation.override(job.language):
        try:
            turn = _Turn(job, action_of(job.action), lease, Actor(job.actor_label, job.user_id, f"bulk-{job_id}"))
        except DomainError as gone:  # its app was taken out
            return _end(job_id, lease, "failed", gone.detail)
        try:
            return _work(turn, time.monotonic() + turn_s)
        except LeaseLost:
            return "busy"


def _claim(job_id: int, lease: uuid.UUID) -> BulkJob | None:
    """The job, leased; the attempt is counted before the work starts. None: somebody else has it or it has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH free AS (SELECT id FROM core_bulkjob WHERE id = %s AND status IN ('queued', 'running')"
            " AND (lease_until IS NULL OR lease_until < clock_timestamp()) FOR NO KEY UPDATE SKIP LOCKED)"
            " UPDATE core_bulkjob j SET status = 'running', lease = %s, attempts = j.attempts + 1,"
            " lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s"
            " FROM free WHERE j.id = free.id RETURNING j.id",
            [job_id, lease, LEASE_S, holder()],
        )
        return BulkJob.objects.get(pk=job_id) if cursor.fetchone() else None


def _work(turn: _Turn, until: float) -> str:
    whole = max(1, turn.action.batch_size >> (turn.job.attempts - 1))
    size = whole
    while time.monotonic() < until:
        try:
            count, stop = retry_serialization(lambda size=size: _batch(turn, size))  # type: ignore[misc]
        except _BatchRefused as refused:
            if len(refused.rows) > 1:
                size = len(refused.rows) // 2
                continue
            count, stop = 1, _refuse(turn, refused)
        size = min(whole, size * 2)
        if stop:
            return _end(turn.job.pk, turn.lease, "stopped")
        if count == 0:
            return _end(turn.job.pk, turn.lease, "done")
    return _hand_back(turn)


def _batch(turn: _Turn, size: int) -> tuple[int, bool]:
    """Do the next rows; (how many, whether somebody asked to stop). Statements: 4 and the action's."""
    started = time.monotonic()
    rows: list[tuple[int, int]] = []
    try:
        with transaction.atomic():
            rows = _next_rows(turn.job.pk, size)
            results = _run(turn, rows) if rows else []
            _write(rows, results)
            return len(rows), _count(turn, results, started)
    except (OperationalError, InterfaceError) as error:
        if is_transient(error) or connection.connection is None or connection.connection.closed:
            raise
        raise _BatchRefused(rows, error) from error
    except LeaseLost:
        raise
    except Exception as error:
        if not rows:
            raise
        raise _BatchRefused(rows, error) from error


def _run(turn: _Turn, rows: Sequence[tuple[int, int]]) -> list[RowResult]:
    ids = [object_id for _row_id, object_id in rows]
    found = {result.object_id: result for result in turn.action.run(ids, turn.job.params, turn.actor)}
    if missing := set(ids) - found.keys():
        raise ValueError(f"{turn.action.name} said nothing about {sorted(missing)[:5]}")
    with connection.cursor() as cursor:
        # A deferred refusal belongs to this batch, while its rows are known.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return [found[object_id] for object_id in ids]


def _next_rows(job_id: int, size: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, object_id FROM core_bulkjobrow WHERE job_id = %s AND state = 'waiting' ORDER BY id LIMIT %s"
            " FOR NO KEY UPDATE SKIP LOCKED",
            [job_id, size],
        )
        return cursor.fetchall()


def _write(rows: Sequence[tuple[int, int]], results: Sequence[RowResult]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_bulkjobrow r SET state = n.state, code = n.code, detail = n.detail"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS n(id, state, code, detail)"
            " WHERE r.id = n.id",
            [
                [row_id for row_id, _object_id in rows],
                [result.state for result in results],
                [result.code[:60] for result in results],
                [result.detail[:500] for result in results],
            ],
        )


def _count(turn: _Turn, results: Sequence[RowResult], started: float) -> bool:
    """Add to the job's figures and keep its lease; whether somebody asked to stop. Raises LeaseLost."""
    states = [result.state for result in results]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_bulkjob SET done = done + %s, already = already + %s, refused = refused + %s, attempts = 1,"
            " worked_ms = worked_ms + %s, lease_until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = %s AND lease = %s AND status = 'running' RETURNING stop_requested",
            [
                states.count("done"),
                states.count("already"),
                states.count("refused"),
                round(1000 * (time.monotonic() - started)),
                LEASE_S,
                turn.job.pk,
                turn.lease,
            ],
        )
        found = cursor.fetchone()
    if found is None:
        raise LeaseLost
    return bool(found[0])


def _refuse(turn: _Turn, refused: _BatchRefused) -> bool:
    """Keep the refusal of a single row; whether somebody asked to stop."""
    started = time.monotonic()
    [(_row_id, object_id)] = refused.rows
    cause = refused.cause
    if isinstance(cause, DomainError):
        result = RowResult(object_id, "refused", cause.code, cause.detail)
    elif isinstance(cause, DatabaseError):
        log.warning("%s of %s refused by the database", turn.action.name, object_id, exc_info=cause)
        name = getattr(getattr(cause.__cause__, "diag", None), "constraint_name", None) or ""
        detail = _("The database refused this; nothing was changed. (%(constraint)s)") % {"constraint": name or "–"}
        result = RowResult(object_id, "refused", "refused_by_database", detail)
    else:
        log.error("%s of %s failed", turn.action.name, object_id, exc_info=cause)
        detail = _("Something went wrong on our side; nothing was changed. It has been logged.")
        result = RowResult(object_id, "refused", "server_error", detail)
    with transaction.atomic():
        _write(refused.rows, [result])
        return _count(turn, [result], started)


def _end(job_id: int, lease: uuid.UUID, status: str, error: str = "") -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_bulkjob SET status = %s, error = %s, lease = NULL, lease_until = NULL, stop_requested = false,"
            " finished_at = clock_timestamp() WHERE id = %s AND lease = %s AND status = 'running'",
            [status, error[:500], job_id, lease],
        )
        return status if cursor.rowcount else "busy"


def _hand_back(turn: _Turn) -> str:
    """The turn is over: the next claim goes on where this one ended, and is no attempt lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_bulkjob SET status = 'queued', attempts = 0, lease = NULL, lease_until = NULL"
            " WHERE id = %s AND lease = %s AND status = 'running'",
            [turn.job.pk, turn.lease],
        )
    return "queued"
