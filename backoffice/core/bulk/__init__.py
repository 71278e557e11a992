"""Bulk actions: a job in PostgreSQL with a result per row, worked on in batches that are transactions of their own."""

from backoffice.core.bulk.errors import BulkJobRefused, UnknownBulkAction
from backoffice.core.bulk.jobs import MAX_ROWS, action_of, due_jobs, resume_job, start_job, stop_job
from backoffice.core.bulk.running import run_job

__all__ = [
    "MAX_ROWS",
    "BulkJobRefused",
    "UnknownBulkAction",
    "action_of",
    "due_jobs",
    "resume_job",
    "run_job",
    "start_job",
    "stop_job",
]
