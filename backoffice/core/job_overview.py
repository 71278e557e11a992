"""How each scheduled job stands: its last run, its failures in a row, its next time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from backoffice.core.db import database_now
from backoffice.core.models import JobRun
from backoffice.core.schedule import Job, scheduled_jobs
from backoffice.core.show import show_span

OVERVIEW = """
SELECT name, job.id, known_since, paused_at, paused_by, pause_reason, last.id, good.finished_at, coalesce(bad.count, 0)
FROM unnest(%s::text[]) AS name
LEFT JOIN core_scheduledjob job USING (name)
LEFT JOIN LATERAL (SELECT id FROM core_jobrun WHERE core_jobrun.job = name AND status <> 'asked'
                   ORDER BY id DESC LIMIT 1) last ON true
LEFT JOIN LATERAL (SELECT id, finished_at FROM core_jobrun WHERE core_jobrun.job = name AND status = 'ok'
                   ORDER BY id DESC LIMIT 1) good ON true
LEFT JOIN LATERAL (SELECT count(*) FROM core_jobrun WHERE core_jobrun.job = name AND status IN ('failed', 'lost')
                   AND core_jobrun.id > coalesce(good.id, 0)) bad ON true
"""


@dataclass(frozen=True, slots=True)
class JobState:
    """job_id: of the row that people's decisions are kept in; empty until it was looked after once."""

    job: Job
    job_id: int | None
    known_since: datetime | None
    paused_at: datetime | None
    paused_by: str
    pause_reason: str
    last_run: JobRun | None
    good_at: datetime | None
    failures: int
    now: datetime

    @property
    def name(self) -> str:
        return self.job.name

    @property
    def next_at(self) -> datetime | None:
        """When it is due again; empty while it is paused, and until it is known."""
        last = self.last_run.due_at if self.last_run else self.known_since
        if last is None or self.paused_at is not None:
            return None
        return max(last + timedelta(seconds=self.job.each_s), self.now)

    @property
    def took_ms(self) -> int | None:
        run = self.last_run
        return (
            round((run.finished_at - run.started_at) / timedelta(milliseconds=1)) if run and run.finished_at else None
        )

    @property
    def is_late(self) -> bool:
        """It should have run by now: two of its spans and the grace have passed."""
        since = self.last_run.started_at if self.last_run else self.known_since
        late_after = timedelta(seconds=2 * self.job.each_s + settings.JOB_GRACE_S)
        return self.paused_at is None and since is not None and self.now - since > late_after

    @property
    def is_failing(self) -> bool:
        return self.failures >= settings.JOB_FAILURES

    @property
    def error(self) -> str:
        return str(self.last_run.detail.get("error", "")) if self.last_run else ""

    @property
    def every(self) -> str:
        return show_span(self.job.each_s)


def job_states(names: list[str] | None = None) -> list[JobState]:
    """All jobs, or those named, in the schedule's order. Statements: 3."""
    jobs = scheduled_jobs()
    wanted = [name for name in jobs if names is None or name in names]
    now = database_now()
    with connection.cursor() as cursor:
        cursor.execute(OVERVIEW, [wanted])
        found: dict[str, Any] = {row[0]: row for row in cursor.fetchall()}
    runs = JobRun.objects.in_bulk([row[6] for row in found.values() if row[6]])
    return [
        JobState(jobs[name], row[1], row[2], row[3], row[4] or "", row[5] or "", runs.get(row[6]), row[7], row[8], now)
        for name, row in ((name, found[name]) for name in wanted)
    ]
