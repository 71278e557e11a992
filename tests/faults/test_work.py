"""Work that is handed out twice, kills its worker, or ticks on three clocks: one effect each, and the rest goes on."""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection as database

from backoffice.core.jobs import run_once
from backoffice.core.models import JobRun
from backoffice.core.proof import run_checks
from backoffice.memory_limit import limit_memory
from integrations import services
from integrations.connectors.fake.connector import FakeConnector
from integrations.fake_channel.server import Fault
from integrations.models import TrackingPush
from integrations.services.order_imports import batches
from orders.models import Order
from tests.api.conftest import World, order_body
from tests.factories.channels import Clock, Connected, deliver_outbox, sample_shop
from tests.factories.goods import rows
from tests.factories.sales import dispatch, pack
from tests.races.test_last_unit import THREADS, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connected():
    clock = Clock()
    with sample_shop(clock) as (app, server):
        yield Connected(app, server, clock)


def execute(sql: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(sql)


def test_a_task_that_outlives_its_lease_and_is_handed_out_again_has_one_effect(connected, settings):
    """Four workers, leases of a second, a channel that takes longer than that now and then (C5)."""
    settings.CHANNEL_LEASE_S = 1
    count = 300
    for number in range(count):
        connected.sell(number)
    services.pull_orders(connection_id=connected.id, force=True)
    services.import_orders(connection_id=connected.id)
    packed = pack(connected.house, list(Order.objects.values_list("fulfilments__pk", flat=True).order_by("pk")))
    dispatch(connected.house, [item.shipment_id for item in packed])
    deliver_outbox()
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

    sent = sum(line.startswith("POST") for line in connected.app.requests)
    assert sent > count  # some went twice
    assert [len(connected.app.shop.fulfilments(f"S{number}")) for number in range(count)] == [1] * count
    assert Counter(TrackingPush.objects.values_list("status", flat=True)) == {"sent": count}


HANGS = multiprocessing.Event()


def in_a_child(work) -> int:
    """Run it in a process of its own, which is killed when it hangs, as the pool does at the time limit.

    The signal that ended it, or 0.
    """
    HANGS.clear()
    pid = os.fork()
    if pid == 0:
        database.connection = None  # the parent's stays the parent's
        limit_memory(settings.TASK_MEMORY_MB)  # as each process of a worker's pool begins
        try:
            work()
        finally:
            os._exit(0)
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.WTERMSIG(status)
        if HANGS.wait(0.02):
            os.kill(pid, signal.SIGKILL)
            return os.WTERMSIG(os.waitpid(pid, 0)[1])


def hang() -> None:
    HANGS.set()
    signal.pause()


def ask_for_two_gigabytes() -> None:
    """All of it written to; in pieces, as what grows without end does."""
    pieces = []
    for _piece in range(32):
        pieces.append(bytearray(b"x") * (64 << 20))


POISON = {
    "raises": lambda: 1 / 0,
    "asks for too much memory": ask_for_two_gigabytes,
    "hangs": hang,
    "exits": lambda: os._exit(0),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
}


@pytest.mark.parametrize("how", POISON)
def test_a_message_that_kills_its_worker_stops_only_itself(connected, monkeypatch, settings, how):
    """It is tried alone, its tries are counted before, and it is given up; the others are imported at once (C6)."""
    settings.CHANNEL_LEASE_S = 60
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
        execute(
            "UPDATE core_inboxwork SET lease_until = clock_timestamp() - interval '1 s' WHERE status = 'processing'"
        )
    in_a_child(lambda: services.import_orders(connection_id=connected.id))

    assert Order.objects.count() == 5
    states = rows(
        "SELECT m.external_id, w.status FROM core_inboxwork w JOIN core_inboxmessage m ON m.id = w.message_id"
    )
    assert sorted(states) == [(f"S{n}", "dead" if n == 3 else "processed") for n in range(6)]
    code = "mapping_failed" if how in ("raises", "asks for too much memory") else "worker_lost"
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
