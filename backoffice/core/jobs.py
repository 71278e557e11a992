"""One tick, one run: however many schedulers tick, a job runs once for each due time, is kept, and can be paused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from celery import Task
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from backoffice.core.db import database_now, insert_rows
from backoffice.core.models import JobRun, ScheduledJob
from backoffice.core.schedule import Job, job_of_task

# A job that runs more often has no ticks: two of its runs at once do no harm, and a lost one is soon made up for.
TICKED_FROM_S = 60
LOST_AFTER_S = settings.CELERY_TASK_TIME_LIMIT + 60  # no run lives so long: its worker was lost

Work = Callable[[], Any]


class HouseTask(Task):  # type: ignore[type-arg]
    """Every task's class: a scheduled job that a worker was sent is paused, counted and kept; others simply run."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        job = job_of_task(self.name)
        return run_job(job, lambda: self.run(*args, **kwargs)) if job else self.run(*args, **kwargs)


def run_job(job: Job, work: Work) -> bool:
    """A worker's turn on a job: what a person asked for first, else the tick, unless it is paused; whether it ran."""
    if asked := _claim_asked(job.name):
        _run(asked, work)
        return True
    if ScheduledJob.objects.filter(name=job.name, paused_at__isnull=False).exists():
        return False
    return run_once(job.name, work, due_at=tick(job.each_s) if job.each_s >= TICKED_FROM_S else database_now())


def tick(every_s: int) -> datetime:
    """The due time of a job that runs every `every_s` seconds: the database's clock, rounded down."""
    seconds = int(database_now().timestamp())
    return datetime.fromtimestamp(seconds - seconds % every_s, tz=UTC)


def run_once(job: str, work: Work, *, due_at: datetime) -> bool:
    """Run `work` unless this job was already started for due_at; whether it ran here.

    What it returns (JSON) is kept as the run's detail. An exception is kept too and goes on up. A run whose worker
    was lost is taken over.
    """
    started = insert_rows(
        "core_jobrun",
        {"job": "text", "due_at": "timestamptz", "status": "text", "detail": "jsonb"},
        [(job, due_at, "running", "{}")],
        suffix="ON CONFLICT (job, due_at) DO UPDATE SET status = 'running', started_at = clock_timestamp(), finished_at = NULL"
        " WHERE core_jobrun.status IN ('running', 'lost')"
        f" AND core_jobrun.started_at < clock_timestamp() - make_interval(secs => {LOST_AFTER_S}) RETURNING id",
    )
    if not started:
        return False
    _run(started[0][0], work)
    return True


def _claim_asked(job: str) -> int | None:
    """The id of the oldest run that somebody asked for, now this worker's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_jobrun SET status = 'running', started_at = clock_timestamp() WHERE id = (SELECT id FROM"
            " core_jobrun WHERE job = %s AND status = 'asked' ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)"
            " RETURNING id",
            [job],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _run(run_id: int, work: Work) -> None:
    try:
        detail = _as_detail(work())
    except Exception as error:
        _end(run_id, "failed", {"error": f"{type(error).__name__}: {error}"[:2000]})
        raise
    _end(run_id, "failed" if detail.get("ok") is False else "ok", detail)


def _as_detail(result: Any) -> dict[str, Any]:
    if result is None or isinstance(result, dict):
        return json.loads(json.dumps(result or {}, cls=DjangoJSONEncoder))
    return {"done": result}


def _end(run_id: int, status: str, detail: dict[str, Any]) -> None:
    JobRun.objects.filter(pk=run_id).update(status=status, detail=detail, finished_at=database_now())
