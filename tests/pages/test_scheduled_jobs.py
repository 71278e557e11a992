"""The page of the scheduled jobs: what runs when, pause, run now."""

import pytest
from django.urls import reverse

from backoffice.core import tasks
from backoffice.core.models import AuditEvent, JobRun, ScheduledJob
from backoffice.core.schedule import beat_table, scheduled_jobs
from tests.factories.messages import written_down
from tests.factories.staff import sign_in

LIST = "/admin/jobs/"


@pytest.fixture
def sent(monkeypatch):
    return written_down(monkeypatch)


def test_every_job_says_what_it_does_and_is_beats():
    jobs = scheduled_jobs()

    assert len(jobs) > 25 and set(beat_table()) == set(jobs)
    assert [name for name, job in jobs.items() if not str(job.does).endswith(".")] == []
    assert len({job.task for job in jobs.values()}) == len(jobs)  # a task tells its job
    assert all({"task", "schedule"} <= set(entry) <= {"task", "schedule", "options"} for entry in beat_table().values())


def test_the_page_shows_each_job_with_its_last_run(db):
    tasks.forget_old.apply()
    client = sign_in("auditor")

    page = client.get(LIST).content.decode()
    one = client.get(reverse("scheduled_job", args=["forget-old"])).content.decode()

    assert all(f">{name}<" in page for name in scheduled_jobs())
    assert "Runs the standing proof." in page
    assert "Run now" not in one  # an auditor looks only
    assert JobRun.objects.get(job="forget-old").status == "ok"


def test_a_paused_job_is_left_out_until_it_goes_on(db, sent):
    owner = sign_in("owner")

    owner.post(reverse("scheduled_job_pause", args=["forget-old"]), {"reason": "Auditors are here"})
    left_out = tasks.forget_old.apply().result
    page = owner.get(reverse("scheduled_job", args=["forget-old"])).content.decode()
    owner.post(reverse("scheduled_job_resume", args=["forget-old"]), {"reason": "They left"})
    ran = tasks.forget_old.apply().result

    assert (left_out, ran) == (False, True)
    assert "Paused by owner" in page and "Auditors are here" in page
    trail = AuditEvent.objects.filter(object_type="core.scheduledjob").order_by("id")
    assert list(trail.values_list("action", "actor_label", "reason")) == [
        ("pause", "owner", "Auditors are here"),
        ("resume", "owner", "They left"),
    ]


def test_run_now_is_kept_with_who_and_why_and_runs_also_while_paused(db, sent, django_capture_on_commit_callbacks):
    owner = sign_in("owner")
    owner.post(reverse("scheduled_job_pause", args=["forget-old"]), {"reason": "Look first"})

    with django_capture_on_commit_callbacks(execute=True):
        owner.post(reverse("scheduled_job_run", args=["forget-old"]), {"reason": "Once, to see"})
    twice = owner.post(reverse("scheduled_job_run", args=["forget-old"]), {"reason": "Again"}, follow=True)

    assert sent == [("backoffice.core.tasks.forget_old",)]
    assert "asked for already" in twice.content.decode()
    run = JobRun.objects.get(job="forget-old")
    assert (run.status, run.asked_by, run.reason) == ("asked", "owner", "Once, to see")
    assert tasks.forget_old.apply().result is True  # the message, or the job's next tick
    run.refresh_from_db()
    assert (run.status, run.finished_at is not None) == ("ok", True)
    assert tasks.forget_old.apply().result is False  # paused again


def test_who_may_not_changes_nothing(db, sent):
    for role in ("auditor", "accountant", "picker"):
        client = sign_in(role)
        for step in ("pause", "resume", "run"):
            answer = client.post(reverse(f"scheduled_job_{step}", args=["prove"]), {"reason": "x"})
            assert answer.status_code == 403, (role, step)
    assert sign_in("picker").get(LIST).status_code == 403
    owner = sign_in("owner")
    owner.post(reverse("scheduled_job_pause", args=["prove"]), {"reason": " "})  # without saying why
    assert owner.post(reverse("scheduled_job_pause", args=["no-such-job"]), {"reason": "x"}).status_code == 404
    assert not ScheduledJob.objects.filter(paused_at__isnull=False).exists()
    assert not JobRun.objects.exists() and not AuditEvent.objects.exists() and sent == []
