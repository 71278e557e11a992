"""The scheduled jobs as a page: what each does, when it ran and runs, and buttons to pause and to run it now."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from backoffice.core import job_control
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.job_overview import job_states
from backoffice.core.models import JobRun
from backoffice.core.schedule import Job
from backoffice.core.waking import wake_worker

SEE, CHANGE = "core.view_scheduledjob", "core.change_scheduledjob"
SHOWN = 50
ASKED_FOR_S = 300  # so long a person's wish may wait in the queue


def jobs_page(request: HttpRequest) -> HttpResponse:
    require(request, SEE)
    states = job_states()
    return render_page(
        request,
        admin.site,
        "backoffice/scheduled_jobs.html",
        title=gettext("Scheduled jobs"),
        states=states,
        wrong=[state for state in states if state.is_late or state.is_failing],
        paused=sum(state.paused_at is not None for state in states),
    )


def job_page(request: HttpRequest, name: str) -> HttpResponse:
    require(request, SEE)
    _job(name)
    [state] = job_states([name])
    return render_page(
        request,
        admin.site,
        "backoffice/scheduled_job.html",
        title=name,
        state=state,
        runs=JobRun.objects.filter(job=name).order_by("-pk")[:SHOWN],
        events=events_of(job_control.TYPE, state.job_id) if state.job_id else [],
        may_change=request.user.has_perm(CHANGE),
    )


def pause_view(request: HttpRequest, name: str) -> HttpResponse:
    return _change(request, name, job_control.pause_job, gettext("%(job)s is paused."))


def resume_view(request: HttpRequest, name: str) -> HttpResponse:
    return _change(request, name, job_control.resume_job, gettext("%(job)s goes on."))


def run_view(request: HttpRequest, name: str) -> HttpResponse:
    return _change(request, name, ask_now, gettext("%(job)s is asked for; a worker takes it next."))


def ask_now(job: Job, *, reason: str, actor: Actor) -> JobRun:
    """Ask for a run and wake a worker when that is committed."""
    run = job_control.ask_run(job, reason=reason, actor=actor)
    wake_worker(job.task, expires=ASKED_FOR_S)  # lost with the broker: the next tick takes it
    return run


def _change(request: HttpRequest, name: str, change: Callable[..., Any], said: str) -> HttpResponse:
    def act(actor: Actor) -> str:
        change(_job(name), reason=posted_reason(request), actor=actor)
        return said % {"job": name}

    return run_action(request, act, back=reverse("scheduled_job", args=[name]), permission=CHANGE)


def _job(name: str) -> Job:
    job = job_control.job_named(name)
    if job is None:
        raise Http404
    return job
