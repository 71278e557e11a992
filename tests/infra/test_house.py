"""The watch over the house: alarms of jobs and figures, status page, probes and metrics."""

from datetime import timedelta

import pytest
from celery import current_app
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.core import tasks
from backoffice.core.cards import FOUND
from backoffice.core.models import InboxMessage, InboxWork, JobRun, OutboxCursor, OutboxEvent, ScheduledJob
from backoffice.core.roles import OWNER, role
from backoffice.operations import queues
from backoffice.operations.tasks import watch_house
from integrations.models import Alarm, WebhookDelivery, WebhookEndpoint
from integrations.services.alarms import mail_alarms
from integrations.services.webhooks import note_events
from tests.factories.goods import make_shop
from tests.factories.staff import sign_in


@pytest.fixture(autouse=True)
def one_worker(monkeypatch, settings):
    """A worker that answers, and nothing left of what earlier tests sent or found."""
    cache.delete(FOUND)
    with current_app.connection_for_write() as broker:
        for queue in settings.TASK_QUEUES:
            broker.default_channel.queue_purge(queue)
    monkeypatch.setattr("backoffice.operations.measures.workers", lambda: ["celery@here"])


def open_alarms():
    return {alarm.kind: alarm for alarm in Alarm.objects.filter(cleared_at__isnull=True)}


def test_a_job_that_fails_again_and_again_and_one_that_stays_away_are_told_and_it_is_over_by_itself(db, settings):
    settings.ALARM_MAILS = ["night@example.com"]
    endpoint = WebhookEndpoint.objects.create(company_id=make_shop().id, name="n8n", url="https://n8n.example/")
    watch_house()
    assert open_alarms() == {}  # not known for long enough to be late
    at = timezone.now()
    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute("UPDATE core_scheduledjob SET known_since = now() - interval '2 h' WHERE name = 'fold-balances'")
    JobRun.objects.bulk_create(
        JobRun(job="prove", due_at=at + timedelta(seconds=n), status="failed", detail={"error": "Boom: full"})
        for n in range(3)
    )

    first, second = watch_house(), watch_house()
    assert (first["raised"], second["raised"]) == (2, 0)  # told once
    failing, late = open_alarms()["job_failing"], open_alarms()["job_late"]
    assert failing.text == "The job prove failed 3 times in a row. Boom: full" and failing.company_id is None
    assert late.text == "The job fold-balances has not run for 2 h."
    assert mail_alarms() == 2 and "Boom: full" in mail.outbox[0].body

    JobRun.objects.create(job="fold-balances", due_at=at, status="ok", finished_at=at)
    JobRun.objects.create(job="prove", due_at=at + timedelta(minutes=1), status="ok", finished_at=at)
    assert watch_house()["cleared"] == 2 and open_alarms() == {}
    note_events(list(OutboxEvent.objects.filter(topic__startswith="Alarm").order_by("id")))
    assert list(WebhookDelivery.objects.filter(endpoint=endpoint).order_by("id").values_list("type", flat=True)) == [
        "alarm.raised", "alarm.raised", "alarm.cleared", "alarm.cleared",
    ]  # fmt: skip


def test_a_paused_job_is_not_late(db):
    at = timezone.now() - timedelta(days=1)
    ScheduledJob.objects.create(name="prove", known_since=at, paused_at=at, paused_by="owner", pause_reason="x")

    watch_house()

    assert open_alarms() == {}


def test_what_a_lost_worker_left_is_said_to_be_lost_and_taken_over(db):
    run = JobRun.objects.create(job="forget-old", due_at=timezone.now())
    JobRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(hours=1), due_at=tasks_tick())

    assert watch_house()["lost"] == 1
    run.refresh_from_db()
    assert run.status == "lost"
    assert tasks.forget_old.apply().result is True  # the same tick, once more
    run.refresh_from_db()
    assert run.status == "ok"


def tasks_tick():
    from backoffice.core.jobs import tick

    return tick(3600)


def test_good_runs_of_busy_jobs_are_kept_a_day_all_others_a_month(db):
    old = timezone.now() - timedelta(days=2)
    for job, status, due in (("deliver-outbox", "ok", old), ("deliver-outbox", "failed", old - timedelta(hours=1)), ("prove", "ok", old),
                             ("prove", "ok", old - timedelta(days=40))):  # fmt: skip
        JobRun.objects.create(job=job, due_at=due, status=status)

    tasks.forget_old()

    assert list(JobRun.objects.order_by("id").values_list("job", "status")) == [
        ("deliver-outbox", "failed"),
        ("prove", "ok"),
    ]


def test_figures_beyond_their_limits_raise_alarms_by_name(db, settings):
    settings.HOUSE_LIMITS = {**settings.HOUSE_LIMITS, "disk_free_percent": 101, "outbox_lag_s": -1}
    message = InboxMessage.objects.create(account="connection:1", topic="orders", external_id="1", body_sha256=b"x")
    InboxWork.objects.create(message=message, status="dead")
    OutboxEvent.objects.create(topic="X", key="x")
    OutboxCursor.objects.create(consumer="webhooks", system_identifier=1, xid="0")

    watch_house()

    found = open_alarms()
    assert set(found) == {"house_inbox_dead", "house_disk_free_percent", "house_outbox_lag_s", "house_outbox_paused"}
    assert found["house_inbox_dead"].text == "Messages received that could not be processed: 1 (at most 0)"
    assert "resume_outbox: webhooks" in found["house_outbox_paused"].text
    answer = Client().get("/statusz")
    assert answer.status_code == 503 and found["house_inbox_dead"].text in answer.json()["bad"]


def test_an_archive_that_stands_still_is_bad_and_none_at_all_is_only_told(db, monkeypatch):
    from backoffice.operations import measures

    [none] = measures._archive()
    monkeypatch.setattr(measures, "_row", lambda sql: (12, True))
    [away] = measures._archive()
    monkeypatch.setattr(measures, "_row", lambda sql: (600, False))
    [behind] = measures._archive()

    assert (none.value, none.is_bad, bool(none.note)) == (None, False, True)
    assert (
        away.is_bad
        and away.sentence == "WAL not in the archive yet: 12 MB (at most 512 MB). manage.py archive_wal does not run."
    )
    assert behind.is_bad and behind.note == ""


def test_no_worker_is_an_alarm_of_the_monitor_outside(db, monkeypatch):
    assert Client().get("/statusz").json() == {"status": "ok", "bad": []}
    monkeypatch.setattr("backoffice.operations.measures.workers", list)

    answer = Client().get("/statusz")

    assert answer.status_code == 503 and answer.json()["bad"] == ["Workers that answer: 0 (at least 1)"]


def test_metrics_are_told_to_this_machine_or_with_the_token(db, settings):
    tasks.forget_old.apply()
    text = Client().get("/metrics").content.decode()

    assert 'backoffice_job_age_seconds{job="forget-old"}' in text and "backoffice_outbox_lag_s 0.0" in text
    assert "backoffice_inbox_dead 0.0" in text and "backoffice_orders_held 0.0" in text
    Client().get("/admin/login/")
    assert 'backoffice_requests_total{area="admin",method="GET",status="' in Client().get("/metrics").content.decode()
    for path in ("/metrics", "/statusz"):
        assert Client(REMOTE_ADDR="10.1.2.3").get(path).status_code == 403
        assert Client(headers={"x-forwarded-for": "10.1.2.3"}).get(path).status_code == 403  # a proxy speaks for it
    settings.METRICS_TOKEN = "s3cret"
    assert Client().get("/metrics").status_code == 403
    assert Client(headers={"authorization": "Bearer wrong"}).get("/metrics").status_code == 403
    assert Client(REMOTE_ADDR="10.1.2.3", headers={"authorization": "Bearer s3cret"}).get("/metrics").status_code == 200


def test_the_status_page_is_for_operators(db):
    page = sign_in("auditor").get(reverse("house_status"))

    text = page.content.decode()
    assert page.status_code == 200 and "Database size" in text and "Last backup" in text and "PostgreSQL" in text
    assert sign_in("picker").get(reverse("house_status")).status_code == 403


def test_how_long_the_oldest_message_waits_is_read_from_the_queue(settings):
    broker = queues.redis.Redis.from_url(settings.BROKER_STORE_URL)
    broker.delete("backoffice:documents")
    tasks.forget_old.apply_async(queue="documents")
    try:
        assert queues.queue_lengths()["documents"] == 1
        assert 0 <= queues.queue_wait_s() < 60
    finally:
        broker.delete("backoffice:documents")
    settings.BROKER_STORE_URL = "unix:///nowhere.sock"
    assert queues.queue_lengths() is None and queues.queue_wait_s() is None
