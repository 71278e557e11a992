"""Work that is handed out twice, kills its worker, or ticks on three clocks: one effect each, and the rest goes on."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun, task_prerun
from django.conf import settings
from django.db import connection as database
from django.db import connections

from backoffice.celery import app
from backoffice.core.holding import take_back
from backoffice.core.jobs import run_once
from backoffice.core.models import JobRun
from backoffice.core.proof import run_checks
from backoffice.memory_limit import limit_memory
from integrations import services, tasks
from integrations.connectors.fake.connector import FakeConnector
from integrations.fake_channel.server import Fault
from integrations.models import Connection, TrackingPush
from integrations.services.order_imports import batches
from orders.models import Order
from tests.api.conftest import World, order_body
from tests.factories.channels import Clock, Connected, deliver_outbox, sample_shop
from tests.factories.goods import rows
from tests.factories.sales import dispatch, pack
from tests.integrations.test_tasks import broker, wait_for
from tests.races.test_last_unit import THREADS, together

pytestmark = pytest.mark.django_db(transaction=True)
SOAK = bool(os.environ.get("BACKOFFICE_SOAK"))


@pytest.fixture
def connected():
    clock = Clock()
    with sample_shop(clock) as (app, server):
        yield Connected(app, server, clock)


def execute(sql: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(sql)


def shipped(connected: Connected, count: int) -> None:
    """Orders whose shipments wait to be told."""
    for number in range(count):
        connected.sell(number)
    services.pull_orders(connection_id=connected.id, force=True)
    services.import_orders(connection_id=connected.id)
    packed = pack(connected.house, list(Order.objects.values_list("fulfilments__pk", flat=True).order_by("pk")))
    dispatch(connected.house, [item.shipment_id for item in packed])
    deliver_outbox()


def told(connected: Connected, count: int) -> int:
    """How often the channel was told of shipments, each of which it has once."""
    assert [len(connected.app.shop.fulfilments(f"S{number}")) for number in range(count)] == [1] * count
    assert Counter(TrackingPush.objects.values_list("status", flat=True)) == {"sent": count}
    return sum(line.startswith("POST") for line in connected.app.requests)


@pytest.fixture
def short_sighted_worker(unlimited_memory) -> Iterator[Counter]:
    """A worker with four threads whose broker hands out again what is not done after two seconds.

    How many messages came for the first time, and how many again.
    """
    came: Counter = Counter()

    def note(task: Any = None, **_values: Any) -> None:
        came["again" if task.request.delivery_info["redelivered"] else "first"] += 1

    def close(**_values: Any) -> None:
        connections.close_all()  # the worker's threads take theirs with them otherwise

    usual = {name: app.conf[name] for name in ("worker_prefetch_multiplier", "broker_transport_options")}
    app.conf.update(
        broker_url=settings.CELERY_BROKER_URL,
        worker_prefetch_multiplier=8,  # it fetches what is handed out again beside its work
        broker_transport_options=usual["broker_transport_options"]
        | {"visibility_timeout": 2, "unacked_restore_interval": 1},
    )
    broker().flushdb()
    task_prerun.connect(note)
    task_postrun.connect(close)
    try:
        with start_worker(
            app, pool="threads", concurrency=4, perform_ping_check=False, queues=["channels"], shutdown_timeout=30
        ):
            yield came
    finally:
        task_prerun.disconnect(note)
        task_postrun.disconnect(close)
        app.conf.update(usual)


def test_a_task_of_five_seconds_that_is_handed_out_again_after_two_has_one_effect(connected, short_sighted_worker):
    """Messages say that there is work; what is at work is held in the database while its worker lives (C5)."""
    count, long_ones = 300, 200 if SOAK else 8
    shipped(connected, count)
    Connection.objects.update(settings={**connected.connection.settings, "read_timeout_s": 20})
    connected.app.faults.append(
        Fault("POST .*/fulfilments", status=201, body='{"id": "late"}', delay_s=5, times=long_ones, after_effect=True)
    )

    for _message in range(count):
        tasks.push_tracking.delay(connected.id)
    wait_for(
        lambda: not TrackingPush.objects.exclude(status="sent").exists(), "the shipments", timeout_s=600 if SOAK else 90
    )
    wait_for(lambda: short_sighted_worker["first"] >= count, "the messages")

    assert short_sighted_worker["again"] >= 4
    assert told(connected, count) == count
    assert TrackingPush.objects.filter(external_id="late").count() == long_ones
    assert set(TrackingPush.objects.values_list("attempts", flat=True)) == {1}


def test_negative_control_a_task_that_outlives_its_lease_tells_twice_and_the_channel_keeps_one(connected, settings):
    """Four workers, leases of a second, a channel that takes longer than that now and then."""
    settings.CHANNEL_LEASE_S = 1
    count = 300
    shipped(connected, count)
    connected.app.faults.append(
        Fault("POST .*/fulfilments", status=500, delay_s=1.3, times=4, skip=3, after_effect=True)
    )

    def work(number: int) -> None:
        for _turn in range(20):
            services.push_tracking(connection_id=connected.id)
            with database.cursor() as cursor:
                cursor.execute("DELETE FROM integrations_ratebucket")
                cursor.execute("UPDATE integrations_trackingpush SET due_at = clock_timestamp() WHERE status = 'due'")
            if not TrackingPush.objects.exclude(status="sent").exists():
                return

    together(work, 4)

    assert told(connected, count) > count  # some went twice


def in_a_child(work) -> int:
    """Run it in a process of its own; the signal that ended it, or 0."""
    pid = os.fork()
    if pid == 0:
        database.connection = None  # the parent's stays the parent's
        limit_memory(settings.TASK_MEMORY_MB)  # as each process of a worker's pool begins
        try:
            work()
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


def ask_for_two_gigabytes() -> None:
    """All of it written to; in pieces, as what grows without end does."""
    pieces = []
    for _piece in range(32):
        pieces.append(bytearray(b"x") * (64 << 20))


POISON = {
    "raises": lambda: 1 / 0,
    "asks for too much memory": ask_for_two_gigabytes,
    "hangs": signal.pause,
    "exits": lambda: os._exit(0),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
}


@pytest.mark.parametrize("how", POISON)
def test_a_message_that_kills_its_worker_stops_only_itself(connected, monkeypatch, how):
    """It is tried alone, its tries are counted before, and it is given up; the others are imported at once (C6)."""
    monkeypatch.setattr(batches, "MAPPING_S", 0.2)
    monkeypatch.setattr(batches.inbox, "MAX_ATTEMPTS", 3)
    plain = FakeConnector.map_order

    def poisoned(self, body):
        if b'"id": "S3"' in body:
            POISON[how]()
        return plain(self, body)

    monkeypatch.setattr(FakeConnector, "map_order", poisoned)
    for number in range(6):
        connected.sell(number)
    services.pull_orders(connection_id=connected.id, force=True)

    for _turn in range(8):
        in_a_child(lambda: services.import_orders(connection_id=connected.id))
        execute("UPDATE core_holder SET alive_until = clock_timestamp()")  # a moment later
        take_back()
    in_a_child(lambda: services.import_orders(connection_id=connected.id))

    assert Order.objects.count() == 5
    states = rows(
        "SELECT m.external_id, w.status FROM core_inboxwork w JOIN core_inboxmessage m ON m.id = w.message_id"
    )
    assert sorted(states) == [(f"S{n}", "dead" if n == 3 else "processed") for n in range(6)]
    code = "worker_lost" if how in ("exits", "is killed") else "mapping_failed"
    assert rows("SELECT external_id, code, status FROM integrations_quarantinedrow") == [("S3", code, "open")]
    assert run_checks().ok


def test_three_schedulers_an_hour_apart_that_restart_run_each_tick_once():
    """The due time is the database's, whatever the schedulers' clocks say (C7)."""
    first, ran, lock = datetime(2026, 3, 10, 12, tzinfo=UTC), Counter(), threading.Lock()
    ticks = [first + timedelta(minutes=number) for number in range(60)]

    def note(due_at: datetime) -> None:
        with lock:
            ran[due_at] += 1

    def beat(number: int) -> None:
        begun_again = ticks[: 40 - 10 * number] + ticks[20:]  # each forgets where it was, twice over
        for due_at in begun_again:
            run_once("tick", lambda due_at=due_at: note(due_at), due_at=due_at)

    together(beat, 3)

    assert ran == dict.fromkeys(ticks, 1)
    assert JobRun.objects.count() == len(ticks)


def test_sixteen_clients_that_send_each_request_five_times_have_one_effect_each():
    """Answers are equal byte for byte; while the first is at work the others are told so (C8)."""
    world = World()
    shop = world.caller("orders:write")
    keys = 100
    answers: list[tuple[int, int, bytes]] = []

    def client(number: int) -> None:
        for turn in range(5 * keys // THREADS + 1):
            for key in {(number + turn) % keys, (number * 7 + turn) % keys}:
                response = shop.post("orders/", order_body(f"K{key}", lines=[line]), key=f"key-{key}")
                answers.append((key, response.status_code, response.content))

    line = {"sku": "CUP", "quantity": "1", "unit_price": "25.00"}
    together(client, THREADS)
    for key in range(keys):  # those that were only told to wait
        response = shop.post("orders/", order_body(f"K{key}", lines=[line]), key=f"key-{key}")
        answers.append((key, response.status_code, response.content))

    bodies = {(key, content) for key, status, content in answers if status == 201}
    assert {status for _key, status, _content in answers} <= {201, 409}
    assert len(bodies) == len({key for key, _content in bodies}) == keys
    assert Order.objects.count() == keys
    other = shop.post("orders/", order_body("K-other"), key="key-0")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert run_checks().ok
