"""The sample shop over HTTP: orders pulled and claimed, stock told, webhooks taken."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import RequestFactory

from backoffice.core import outbox
from backoffice.core.tasks import OUTBOX_EVERY_S
from bench import house as our
from bench.clients import Clients
from integrations import services
from integrations.api.views import WebhookView
from integrations.fake_channel.buyers import Ware, make_order
from integrations.fake_channel.server import SampleShop, bind, signed_webhook
from integrations.fake_channel.shop import Shop
from integrations.services.sample import connect_sample_shop
from integrations.tasks import SWEEP_EVERY_S
from orders.inputs import LineInput, OrderInput
from orders.models import Order
from orders.services.placing import place_orders

TOKEN, SECRET = "bench-token", "bench-secret"


@contextmanager
def _connected(house: our.House) -> Any:
    shop = Shop()
    server = bind(SampleShop(shop, TOKEN))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = connect_sample_shop(
        channel_id=house.channel_id, base_url=f"http://127.0.0.1:{server.server_port}", token=TOKEN
    )
    try:
        yield shop, found
    finally:
        server.shutdown()
        server.server_close()
        shop.close()


def measure_import(progress: Any, *, orders: int) -> dict[str, Any]:
    """orders_per_s: from the first request of the channel's pages to the last order placed and claimed."""
    house = our.build(progress, products=200)
    wares = [Ware(f"SKU-{n:05d}", f"Product {n}", Decimal("12.50")) for n in range(200)]
    with _connected(house) as (shop, found):
        bar = progress.add_task("orders at the channel", total=orders)
        for number in range(orders):
            shop.put_order(make_order(number, wares, seed=1, currency="EUR", tax_rate=Decimal("0.2")))
            progress.advance(bar)
        before = Order.objects.count()
        bar = progress.add_task("pulling and claiming", total=orders)
        begin = time.monotonic()
        pulled = services.pull_orders(connection_id=found.pk, force=True)
        taken = time.monotonic()
        imported = services.import_orders(connection_id=found.pk)
        end = time.monotonic()
        progress.update(bar, completed=orders)
    claimed = Order.objects.filter(channel_id=house.channel_id, status="released").count()
    return {
        "orders_per_s": round(orders / (end - begin), 1),
        "orders": orders,
        "made": Order.objects.count() - before,
        "released": min(claimed, orders),
        "pull_s": round(taken - begin, 2),
        "import_s": round(end - taken, 2),
        "status": pulled.status if pulled else "",
        "outcomes": dict(imported.counts),
        "workers": 1,
        "load": round(os.getloadavg()[0], 1),
    }


CHANGES_A_MINUTE, LISTINGS = 10_000, 500


def measure_stock_push(progress: Any, *, changes: int) -> dict[str, Any]:
    """p95_s: from the commit that claims goods to the figure at the channel, at 10,000 such commits a minute.

    Another process places the orders. Here the outbox and the sweep are asked as often as beat asks, each in its own
    rhythm, and what is due is pushed.
    """
    house = our.build(progress, products=LISTINGS)
    with _connected(house) as (shop, found), Clients(_Changes(house), 1) as clients:
        _deliver()
        services.push_stock(connection_id=found.pk)
        start = {sku: shop.stock()[sku] for sku in _codes()}
        seen: list[tuple[float, dict[str, int]]] = []
        with ThreadPoolExecutor(1) as waiting:
            bar = progress.add_task("claims at 10,000 a minute", total=changes)
            begin, told = time.time(), waiting.submit(clients.run, [(changes,)])
            last = begin + 60 + changes * 60 / CHANGES_A_MINUTE  # a change that is not seen by then never was
            # The two rhythms are apart by what is worst: half a beat.
            outbox_due, sweep_due, shown = begin, begin + SWEEP_EVERY_S / 2, 0
            while shown < changes and time.time() < last:
                if time.time() >= outbox_due:
                    outbox_due += OUTBOX_EVERY_S
                    outbox.deliver_due()
                if time.time() >= sweep_due:
                    sweep_due += SWEEP_EVERY_S
                    for connection_id in services.connections_to_push_stock():
                        services.push_stock(connection_id=connection_id)
                    seen.append((time.time(), dict(shop.stock())))
                    shown = sum(start[sku] - seen[-1][1][sku] for sku in start)
                    progress.update(bar, completed=shown)
                time.sleep(0.01)
            seconds, (made,) = told.result()
    late = [
        next((at for at, stock in seen if stock[sku] <= start[sku] - sold), float("inf")) - committed
        for sku, sold, committed in made
    ]
    return {"p95_s": _p95(late), "p50_s": round(sorted(late)[len(late) // 2], 3), "changes": changes,
            "changes_a_minute": round(changes / seconds * 60), "listings": LISTINGS, "pushes": len(seen),
            "load": round(os.getloadavg()[0], 1)}  # fmt: skip


def _codes() -> list[str]:
    return [f"SKU-{number:05d}" for number in range(LISTINGS)]


class _Changes:
    """One order of one unit after another, in time; (SKU, units sold of it so far, when committed) of each."""

    def __init__(self, house: our.House) -> None:
        self.house = house

    def __call__(self, number: int, changes: int) -> list[tuple[str, int, float]]:
        codes, made, begin = _codes(), [], time.time()
        for n in range(changes):
            sku = codes[n * 7 % LISTINGS]
            time.sleep(max(0.0, begin + n * 60 / CHANGES_A_MINUTE - time.time()))
            line = LineInput(sku, Decimal(1), Decimal("12.50"))
            order = OrderInput(f"P{n}", datetime.now(UTC), "EUR", [line])
            place_orders([order], channel_id=self.house.channel_id, actor=our.ACTOR)
            made.append((sku, n // LISTINGS + 1, time.time()))
        return made


def _deliver() -> None:
    while any(outbox.deliver_due().values()):
        pass


def measure_webhook(progress: Any, *, messages: int, rate: int) -> dict[str, Any]:
    """p95_ms: of the view that checks and keeps a message, at so many a second from eight threads."""
    house = our.build(progress, products=10)
    with _connected(house) as (_shop, found):
        services.set_webhook_secrets(connection_id=found.pk, secrets={"now": SECRET}, actor=our.ACTOR)
        bar = progress.add_task("webhooks", total=messages)
        view, factory = WebhookView.as_view(), RequestFactory()
        ready = threading.local()

        def send(number: int, at: float) -> float:
            if not getattr(ready, "done", False):
                connection.ensure_connection()
                ready.done = True
            time.sleep(max(at - time.monotonic(), 0))
            body, headers = signed_webhook(f"S{number}", SECRET)
            request = factory.post("/", body, content_type="application/json", headers=headers)
            begin = time.monotonic()
            response = view(request, connection_id=found.pk)
            took = time.monotonic() - begin
            assert response.status_code == 204, response.data
            progress.advance(bar)
            return took

        start = time.monotonic() + 0.5
        with ThreadPoolExecutor(8) as pool:
            times = list(pool.map(lambda number: send(number, start + number / rate), range(messages)))
        served = messages / (time.monotonic() - start)
    return {"p95_ms": round(_p95(times) * 1000, 1), "p50_ms": round(sorted(times)[len(times) // 2] * 1000, 1),
            "messages": messages, "per_s": round(served, 1), "load": round(os.getloadavg()[0], 1)}  # fmt: skip


def _p95(values: list[float]) -> float:
    return round(sorted(values)[int(len(values) * 0.95)], 4)
