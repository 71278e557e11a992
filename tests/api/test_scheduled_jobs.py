"""The scheduled jobs over the API."""

import pytest
from django.test import Client

from backoffice.core import tasks
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import JobRun, ScheduledJob, User
from tests.factories.goods import make_shop
from tests.factories.messages import written_down

JOBS = "/api/v1/scheduled-jobs/"


@pytest.fixture(autouse=True)
def no_messages(monkeypatch):
    written_down(monkeypatch)


def client(*scopes, **bound):
    user = User.objects.filter(username="robot").first() or User.objects.create_superuser("robot")
    _key, secret = make_api_key(name="ops", user=user, scopes=scopes, **bound)
    return Client(headers={"authorization": f"Api-Key {secret}"})


def post(who, path, key, **body):
    return who.post(f"{JOBS}{path}", body, content_type="application/json", headers={"idempotency-key": key})


def test_jobs_are_listed_paused_run_and_let_go_on(db):
    robot = client("schedule:read", "schedule:control")

    [prove] = [job for job in robot.get(JOBS).json()["results"] if job["name"] == "prove"]
    assert robot.get(f"{JOBS}prove/").json() == prove
    paused = post(robot, "forget-old/pause/", "1", reason="Upgrade")
    asked = post(robot, "forget-old/run/", "2", reason="Now")
    again = post(robot, "forget-old/run/", "2", reason="Now")
    tasks.forget_old.apply()
    goes_on = post(robot, "forget-old/resume/", "3", reason="Done")
    runs = robot.get(f"{JOBS}forget-old/runs/").json()["results"]

    assert (prove["every_s"], prove["last_run"], prove["failures"]) == (3600, None, 0)
    assert (paused.status_code, paused.json()["paused_by"]) == (200, "robot (ops)") and paused.json()["next_at"] is None
    assert (asked.status_code, again.json()["id"]) == (202, asked.json()["id"])  # told twice, asked once
    assert goes_on.json()["paused_at"] is None and goes_on.json()["last_run"]["status"] == "ok"
    assert [(run["status"], run["reason"]) for run in runs] == [("ok", "Now")]


def test_what_is_refused_writes_nothing(db):
    assert Client().get(JOBS).status_code == 401
    assert post(client("schedule:read"), "prove/pause/", "1", reason="x").status_code == 403
    assert client("orders:read").get(JOBS).status_code == 403
    bound = client("schedule:read", "schedule:control", company_id=make_shop().id)
    assert bound.get(JOBS).status_code == 403
    robot = client("schedule:read", "schedule:control")
    assert post(robot, "prove/pause/", "2").status_code == 400  # without saying why
    assert post(robot, "nothing/pause/", "3", reason="x").status_code == 404
    assert post(robot, "prove/resume/", "4", reason="x").status_code == 400  # it is not paused
    assert not JobRun.objects.exists() and not ScheduledJob.objects.filter(paused_at__isnull=False).exists()
