"""One tick, one run: however many schedulers tick, a job runs once for each due time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from backoffice.core.db import database_now, insert_rows
from backoffice.core.models import JobRun


def tick(every_s: int) -> datetime:
    """The due time of a job that runs every `every_s` seconds: the database's clock, rounded down."""
    seconds = int(database_now().timestamp())
    return datetime.fromtimestamp(seconds - seconds % every_s, tz=UTC)


def run_once(job: str, work: Callable[[], dict[str, Any] | None], *, due_at: datetime) -> bool:
    """Run `work` unless this job was already started for due_at; whether it ran here.

    What it returns (JSON) is kept as the run's detail. An exception is kept too and goes on up.
    """
    started = insert_rows(
        "core_jobrun",
        {"job": "text", "due_at": "timestamptz", "status": "text", "detail": "jsonb"},
        [(job, due_at, "running", "{}")],
        suffix="ON CONFLICT DO NOTHING RETURNING id",
    )
    if not started:
        return False
    [(run_id,)] = started
    try:
        detail = work() or {}
    except Exception as error:
        _end(run_id, "failed", {"error": f"{type(error).__name__}: {error}"[:2000]})
        raise
    _end(run_id, "failed" if detail.get("ok") is False else "ok", detail)
    return True


def _end(run_id: int, status: str, detail: dict[str, Any]) -> None:
    JobRun.objects.filter(pk=run_id).update(status=status, detail=detail, finished_at=database_now())
