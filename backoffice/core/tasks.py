"""The ground's scheduled work; thin entry points."""

from datetime import timedelta
from typing import Any

from celery import shared_task

from backoffice.core import bulk, outbox, proof, tabular
from backoffice.core.db import database_now
from backoffice.core.jobs import run_once, tick
from backoffice.core.models import BulkJob, BulkJobRow, IdempotencyRecord, JobRun, RecordChange

PROVE_EVERY_S = 3600
OUTBOX_EVERY_S = 5
BULK_EVERY_S = 5
KEEP_DAYS = 30
KEEP_BULK_DAYS = 90

SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver-outbox": {"task": "backoffice.core.tasks.deliver_outbox", "schedule": OUTBOX_EVERY_S},
    "sweep-bulk-jobs": {
        "task": "backoffice.core.tasks.sweep_bulk_jobs",
        "schedule": BULK_EVERY_S,
        "options": {"expires": BULK_EVERY_S * 2},
    },
    "sweep-import-files": {
        "task": "backoffice.core.tasks.sweep_import_files",
        "schedule": BULK_EVERY_S,
        "options": {"expires": BULK_EVERY_S * 2},
    },
    "prove": {"task": "backoffice.core.tasks.prove", "schedule": PROVE_EVERY_S},
    "forget-old": {"task": "backoffice.core.tasks.forget_old", "schedule": 24 * 3600},
}


@shared_task
def deliver_outbox() -> dict[str, int]:
    """Give every consumer its new events. Two at once do no harm: a consumer's cursor is locked."""
    return outbox.deliver_due()


@shared_task
def run_bulk_job(job_id: int) -> str:
    """A turn on a bulk job; with rows left, another message is sent behind what else waits."""
    status = bulk.run_job(job_id)
    if status == "queued":
        run_bulk_job.apply_async((job_id,), expires=60)
    return status


@shared_task
def sweep_bulk_jobs() -> int:
    """Wake workers for bulk jobs whose message or worker was lost."""
    due = bulk.due_jobs()
    for job_id in due:
        run_bulk_job.apply_async((job_id,), expires=60)
    return len(due)


@shared_task
def check_import_file(file_id: int) -> str:
    """Check all rows of a file that somebody brought."""
    return tabular.check_file(file_id)


@shared_task
def sweep_import_files() -> int:
    """Wake workers for files whose message or worker was lost."""
    due = tabular.due_files()
    for file_id in due:
        check_import_file.apply_async((file_id,), expires=60)
    return len(due)


@shared_task
def prove() -> None:
    """Run the standing proof and keep its result as a job run."""
    run_once("prove", lambda: proof.run_checks().as_dict(), due_at=tick(PROVE_EVERY_S))


@shared_task
def forget_old() -> None:
    """Remove answered requests, job runs and told changes older than 30 days (clients may repeat a request until then), and
    bulk jobs that ended and table files that were brought 90 days ago.
    """
    before = database_now() - timedelta(days=KEEP_DAYS)
    IdempotencyRecord.objects.filter(created_at__lt=before).delete()
    JobRun.objects.filter(due_at__lt=before).delete()
    RecordChange.objects.filter(recorded_at__lt=before).delete()
    ended = BulkJob.objects.filter(finished_at__lt=database_now() - timedelta(days=KEEP_BULK_DAYS))
    BulkJobRow.objects.filter(job__in=ended).delete()
    ended.delete()
    tabular.forget_files(database_now() - timedelta(days=KEEP_BULK_DAYS))
