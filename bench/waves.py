"""A wave of many orders: planned, released with its rounds, and picked one scan at a time."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from statistics import quantiles
from typing import Any

from backoffice.collector import calm_collector
from bench import house as our
from bench.floors import PRICE
from bench.statements import counted
from inventory.models import Location
from inventory.services import SkuInput, add_bins, ensure_skus
from orders.inputs import LineInput, OrderInput
from orders.services.placing import place_orders
from warehouse.models import PickTask
from warehouse.services import Pick, WaveRequest, confirm_picks, plan_wave, release_waves

SKUS, BINS, BATCH = 1_000, 500, 250
LINES = (1, 1, 1, 2, 2, 3, 4, 5)
PICKED = 300  # scans that are timed


def measure(progress: Any, *, orders: int, method: str) -> dict[str, Any]:
    """s: planning and releasing together; pick_*: one scan each, as a handheld books it."""
    house = our.build(progress, products=10)
    random = Random(7)
    warehouse = Location.objects.select_related("warehouse").get(pk=house.bin_id).warehouse
    assert warehouse is not None
    shelves = add_bins([f"B-{n:03d}" for n in range(BINS)], warehouse=warehouse)
    skus = ensure_skus([SkuInput(f"WV-{n:04d}", f"Article {n}") for n in range(SKUS)], company_id=house.company_id)
    for number in range(0, SKUS, 2):
        shelf = shelves[number // 2 % BINS]
        our.stock(house, skus[number : number + 2], shelf.pk, Decimal(100_000))
    bar = progress.add_task("orders", total=orders)
    for start in range(0, orders, BATCH):
        given = [_order(n, skus, random) for n in range(start, min(start + BATCH, orders))]
        place_orders(given, channel_id=house.channel_id, actor=our.ACTOR)
        progress.advance(bar, len(given))
    our.analyse()
    calm_collector()
    request = WaveRequest(warehouse.pk, method=method, max_orders=orders, round_orders=12)
    with counted() as count:
        started = time.perf_counter()
        planned = plan_wave(request, company_id=house.company_id, actor=our.ACTOR)
        between = time.perf_counter()
        [released] = release_waves([planned.wave_id], company_id=house.company_id, actor=our.ACTOR)
        ended = time.perf_counter()
    if released.lists != orders:
        raise SystemExit(f"{orders - released.lists} orders were not released: {released.refused[:1]}")
    our.analyse()
    return {
        "orders": orders,
        "method": method,
        "s": round(ended - started, 3),
        "plan_s": round(between - started, 3),
        "release_s": round(ended - between, 3),
        "tasks": PickTask.objects.filter(pick_list__wave=planned.wave_id).count(),
        "rounds": released.rounds,
        "statements": count.statements,
        **_pick(house, planned.wave_id, progress),
    }


def _order(number: int, skus: list[int], random: Random) -> OrderInput:
    chosen = random.sample(skus, random.choice(LINES))
    lines = [LineInput(f"#{sku}", Decimal(random.choice((1, 1, 2))), PRICE, sku_id=sku) for sku in chosen]
    return OrderInput(f"WV-{number}", datetime.now(UTC), "EUR", lines)


def _pick(house: our.House, wave_id: int, progress: Any) -> dict[str, Any]:
    tasks = list(PickTask.objects.filter(pick_list__wave=wave_id).order_by("round", "id")[:PICKED])
    bar = progress.add_task("scans", total=len(tasks))
    took = []
    for task in tasks:
        started = time.perf_counter()
        [result] = confirm_picks(
            [Pick(task.pk, task.quantity)], company_id=house.company_id, effective_at=datetime.now(UTC), actor=our.ACTOR
        )
        took.append((time.perf_counter() - started) * 1000)
        if result.state != "done":
            raise SystemExit(f"a pick did not go through: {result}")
        progress.advance(bar)
    cuts = quantiles(took, n=100)
    return {"picks": len(took), "pick_p50_ms": round(cuts[49], 1), "pick_p95_ms": round(cuts[94], 1)}
