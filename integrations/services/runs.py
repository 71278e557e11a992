"""The story of each run: what it is doing, how far it is, and that it is to stop."""

from dataclasses import dataclass
from datetime import timedelta

from backoffice.core.db import database_now
from integrations.models import Connection, SyncRun

RUNNING, DONE, FAILED, STOPPED, WAITING = "running", "done", "failed", "stopped", "waiting"


@dataclass(slots=True)
class Progress:
    """A run at work; each report is committed at once, so that a page can show it."""

    run_id: int
    done: int = 0
    failed: int = 0

    def report(self, *, done: int = 0, failed: int = 0, total: int | None = None) -> bool:
        """Add to the counts; whether to go on (somebody may have asked to stop). Statements: 2."""
        self.done, self.failed = self.done + done, self.failed + failed
        changes: dict[str, object] = {"done": self.done, "failed": self.failed}
        if total is not None:
            changes["total"] = total
        SyncRun.objects.filter(pk=self.run_id).update(**changes)
        return not SyncRun.objects.filter(pk=self.run_id, stop_requested=True).exists()

    def end(self, status: str, message: str = "") -> None:
        SyncRun.objects.filter(pk=self.run_id).update(
            status=status, message=message[:2000], done=self.done, failed=self.failed, finished_at=database_now()
        )


def start_run(*, connection: Connection, job: str) -> Progress:
    run = SyncRun.objects.create(company_id=connection.company_id, connection=connection, job=job)
    return Progress(run.pk)


def request_stop(*, run_id: int) -> bool:
    """Ask a run to stop after its present batch; False if it is not running."""
    return bool(SyncRun.objects.filter(pk=run_id, status=RUNNING).update(stop_requested=True))


def end_lost_runs(*, older_than_s: int = 3600) -> int:
    """Close runs whose worker did not come back."""
    return SyncRun.objects.extra(  # the database's clock
        where=["status = 'running' AND started_at < clock_timestamp() - make_interval(secs => %s)"],
        params=[older_than_s],
    ).update(status=FAILED, message="The worker did not come back.", finished_at=database_now())


def forget_old_runs(*, older_than_days: int = 30) -> int:
    """Remove ended runs of that age, except those that quarantined rows name."""
    old = SyncRun.objects.exclude(status=RUNNING).filter(quarantinedrow__isnull=True)
    old = old.filter(started_at__lt=database_now() - timedelta(days=older_than_days))
    return SyncRun.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:100_000])).delete()[0]
