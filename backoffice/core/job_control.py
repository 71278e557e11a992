"""What people do to scheduled jobs: pause, let go on, run now; and what becomes of old runs."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import database_now, insert_rows
from backoffice.core.errors import InvalidInput
from backoffice.core.jobs import LOST_AFTER_S
from backoffice.core.models import JobRun, ScheduledJob
from backoffice.core.schedule import Job, scheduled_jobs

TYPE = "core.scheduledjob"
OFTEN_S = 300  # jobs that run more often leave too many runs to keep their good ones long
KEEP_OFTEN = timedelta(days=1)


def job_named(name: str) -> Job | None:
    return scheduled_jobs().get(name)


@transaction.atomic
def pause_job(job: Job, *, reason: str, actor: Actor) -> ScheduledJob:
    """Workers leave it out from now on; a run that has begun ends. Raises InvalidInput if it is paused already."""
    row = _locked(job)
    if row.paused_at is not None:
        raise InvalidInput(_("%(job)s is paused already, by %(who)s.") % {"job": job.name, "who": row.paused_by})
    row.paused_at, row.paused_by, row.pause_reason = database_now(), actor.label, _why(reason)
    row.save(update_fields=["paused_at", "paused_by", "pause_reason"])
    audit.record([Change(TYPE, row.pk, "pause", "paused", "", job.name, row.pause_reason)], actor=actor)
    return row


@transaction.atomic
def resume_job(job: Job, *, reason: str, actor: Actor) -> ScheduledJob:
    """It runs again from its next time on. Raises InvalidInput if it is not paused."""
    row = _locked(job)
    if row.paused_at is None:
        raise InvalidInput(_("%(job)s is not paused.") % {"job": job.name})
    row.paused_at, row.paused_by, row.pause_reason = None, "", ""
    row.save(update_fields=["paused_at", "paused_by", "pause_reason"])
    audit.record([Change(TYPE, row.pk, "resume", "paused", job.name, "", _why(reason))], actor=actor)
    return row


@transaction.atomic
def ask_run(job: Job, *, reason: str, actor: Actor) -> JobRun:
    """Have a worker run it once, also while it is paused. Raises InvalidInput while one is asked for already.

    The row is the order; whoever calls wakes a worker after the commit (wake_worker), and the job's next tick
    takes what a lost message left.
    """
    row = _locked(job)
    if JobRun.objects.filter(job=job.name, status=JobRun.Status.ASKED).exists():
        raise InvalidInput(_("A run of %(job)s is asked for already.") % {"job": job.name})
    run = JobRun.objects.create(
        job=job.name, due_at=database_now(), status=JobRun.Status.ASKED, asked_by=actor.label, reason=_why(reason)
    )
    audit.record([Change(TYPE, row.pk, "run", "run", "", str(run.pk), run.reason)], actor=actor)
    return run


def note_jobs() -> None:
    """A row for each job that has none. Statements: 1."""
    rows = [(name,) for name in sorted(scheduled_jobs())]
    insert_rows("core_scheduledjob", {"name": "text"}, rows, suffix="ON CONFLICT (name) DO NOTHING")


def end_lost_job_runs() -> int:
    """Say of runs that no worker can still have in hand that they are lost. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_jobrun SET status = 'lost', finished_at = clock_timestamp() WHERE status = 'running'"
            " AND started_at < clock_timestamp() - make_interval(secs => %s)",
            [LOST_AFTER_S],
        )
        return cursor.rowcount


def forget_runs(before: datetime) -> int:
    """Remove runs due before that; of jobs that run every few minutes the good ones after a day. Statements: 2."""
    often = [job.name for job in scheduled_jobs().values() if job.each_s < OFTEN_S]
    gone, _by = JobRun.objects.filter(due_at__lt=before).delete()
    good = JobRun.objects.filter(job__in=often, status=JobRun.Status.OK, due_at__lt=database_now() - KEEP_OFTEN)
    return gone + good.delete()[0]


def _locked(job: Job) -> ScheduledJob:
    insert_rows("core_scheduledjob", {"name": "text"}, [(job.name,)], suffix="ON CONFLICT (name) DO NOTHING")
    return ScheduledJob.objects.select_for_update(of=("self",), no_key=True).get(name=job.name)


def _why(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput(_("Say why: the reason is kept with the change."), errors=[{"field": "reason"}])
    return reason.strip()[:300]
