"""Alarms of the house: raised when a figure passes its limit or a job stays away, over by themselves once it is."""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.job_control import TYPE as JOB
from backoffice.core.job_control import end_lost_job_runs, note_jobs
from backoffice.core.job_overview import JobState, job_states
from backoffice.core.show import show_span
from backoffice.operations.measures import measures
from integrations.services.alarms import clear_alarm, raise_alarm

HOUSE = "house"
LATE, FAILING = "job_late", "job_failing"
Sign = tuple[str, str, int, bool, str]  # kind, about what, its number, whether it is so, sentence


def watch_house() -> dict[str, int]:
    """Look at jobs and figures, raise what is new and clear what is over; how many of each."""
    note_jobs()
    lost = end_lost_job_runs()
    raised = cleared = 0
    for kind, about, number, is_so, sentence in (*_of_jobs(), *_of_figures()):
        with transaction.atomic():
            if is_so:
                raised += raise_alarm(kind=kind, object_type=about, object_id=number, company_id=None, text=sentence)
            else:
                cleared += clear_alarm(kind=kind, object_type=about, object_id=number)
    return {"raised": raised, "cleared": cleared, "lost": lost}


def _of_jobs() -> Iterator[Sign]:
    for state in job_states():
        if state.job_id is not None:
            yield LATE, JOB, state.job_id, state.is_late, late_sentence(state)
            yield FAILING, JOB, state.job_id, state.is_failing, failing_sentence(state)


def _of_figures() -> Iterator[Sign]:
    for measure in measures():
        yield f"house_{measure.name}"[:40], HOUSE, 0, measure.is_bad, measure.sentence


def late_sentence(state: JobState) -> str:
    since = state.last_run.started_at if state.last_run else state.known_since
    span = show_span((state.now - since).total_seconds()) if since else ""
    return _("The job %(job)s has not run for %(span)s.") % {"job": state.name, "span": span}


def failing_sentence(state: JobState) -> str:
    text = _("The job %(job)s failed %(count)s times in a row.") % {"job": state.name, "count": state.failures}
    return f"{text} {state.error}".strip()
