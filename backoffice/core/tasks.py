"""The ground's scheduled work; thin entry points."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from backoffice.core import bulk, outbox, proof, tabular
from backoffice.core.db import database_now
from backoffice.core.holding import take_back
from backoffice.core.job_control import forget_runs
from backoffice.core.models import BulkJob, BulkJobRow, IdempotencyRecord, RecordChange
from backoffice.core.signing_in import tries
from backoffice.core.signing_in.sessions import SessionStore

PROVE_EVERY_S = 3600
OUTBOX_EVERY_S = 1
BULK_EVERY_S = 5
KEEP_DAYS = 30
KEEP_BULK_DAYS = 90

SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver-outbox": {
        "task": "backoffice.core.tasks.deliver_outbox",
        "does": _("Passes on what happened: to channels, webhooks and rules."),
        "schedule": OUTBOX_EVERY_S,
        "options": {"expires": OUTBOX_EVERY_S * 10},
    },
    "sweep-bulk-jobs": {
        "task": "backoffice.core.tasks.sweep_bulk_jobs",
        "does": _("Wakes workers for bulk jobs."),
        "schedule": BULK_EVERY_S,
        "options": {"expires": BULK_EVERY_S * 2},
    },
    "sweep-import-files": {
        "task": "backoffice.core.tasks.sweep_import_files",
        "does": _("Wakes workers for files that wait to be checked."),
        "schedule": BULK_EVERY_S,
        "options": {"expires": BULK_EVERY_S * 2},
    },
    "prove": {
        "task": "backoffice.core.tasks.prove",
        "does": _("Runs the standing proof."),
        "schedule": PROVE_EVERY_S,
    },
    "forget-old": {
        "task": "backoffice.core.tasks.forget_old",
        "does": _("Removes old answers to programs, job runs, changes and files."),
        "schedule": 3600,
    },
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
    take_back()
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
def prove() -> dict[str, Any]:
    """Run the standing proof; its answers are kept with the job's run."""
    return proof.run_checks().as_dict()


@shared_task
def forget_old() -> None:
    """Remove what is told no more: answered requests, job runs and changes older than 30 days (clients may repeat a
    request until then), bulk jobs that ended and table files that were brought 90 days ago, ended sessions, and wrong
    sign-ins that count no more.
    """
    before = database_now() - timedelta(days=KEEP_DAYS)
    IdempotencyRecord.objects.filter(created_at__lt=before).delete()
    forget_runs(before)
    RecordChange.objects.filter(recorded_at__lt=before).delete()
    ended = BulkJob.objects.filter(finished_at__lt=database_now() - timedelta(days=KEEP_BULK_DAYS))
    BulkJobRow.objects.filter(job__in=ended).delete()
    ended.delete()
    tabular.forget_files(database_now() - timedelta(days=KEEP_BULK_DAYS))
    tries.forget_old()
    SessionStore.clear_expired()
