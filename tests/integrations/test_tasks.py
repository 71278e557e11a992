"""The same work through a real Celery worker over a real Valkey; losing Valkey loses nothing."""

import time
from collections.abc import Callable, Iterator

import pytest
import redis
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.conf import settings
from django.db import connections

from backoffice.celery import app
from backoffice.core.proof import run_checks
from backoffice.core.tasks import deliver_outbox
from integrations import services, tasks
from integrations.models import TrackingPush
from orders.models import Order
from tests.factories import sales

QUEUES = ("channels", "outbox", "default")


@pytest.fixture
def worker(unlimited_memory, connected) -> Iterator[object]:
    app.conf.broker_url = settings.CELERY_BROKER_URL
    broker().flushdb()
    task_postrun.connect(_close)  # the worker's thread takes its connection with it otherwise
    with start_worker(app, pool="solo", perform_ping_check=False, queues=list(QUEUES), shutdown_timeout=20) as made:
        yield made
    task_postrun.disconnect(_close)


def _close(**_values: object) -> None:
    connections.close_all()


def broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").replace("virtual_host", "db")
    )


def wait_for(done: Callable[[], bool], what: str, timeout_s: float = 30) -> None:
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not in {timeout_s} s")
        time.sleep(0.1)


def test_order_in_stock_and_tracking_out(connected, worker):
    services.list_skus(connection_id=connected.id, listings={"L1": (connected.mug, "MUG")})
    connected.sell(1)

    tasks.sweep.delay()
    wait_for(lambda: Order.objects.filter(external_id="S1").exists(), "the order")
    order = Order.objects.get()
    packed = sales.pack(connected.house, order.fulfilments.values_list("pk", flat=True))
    sales.dispatch(connected.house, [item.shipment_id for item in packed])
    wait_for(lambda: bool(deliver_outbox.delay()) and TrackingPush.objects.exists(), "the outbox")
    wait_for(lambda: bool(tasks.sweep.delay()) and TrackingPush.objects.filter(status="sent").exists(), "the tracking")
    wait_for(lambda: bool(tasks.sweep.delay()) and connected.app.shop.stock().get("MUG") == 999, "the stock figure")

    assert connected.app.shop.order("S1")["status"] == "fulfilled"
    assert run_checks().ok


def test_a_flushed_broker_loses_nothing(connected, worker):
    connected.sell(1)
    connected.sell(2)
    services.pull_orders(connection_id=connected.id, force=True)
    tasks.import_orders.apply_async((connected.id,), queue="never-read")
    broker().flushall()

    assert Order.objects.count() == 0
    tasks.sweep.delay()

    wait_for(lambda: Order.objects.count() == 2, "the orders after the flush")
