"""200 buyers at once want 50 units: each places an order, in one warehouse and where three must be chosen from."""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier
from typing import Any

import psycopg
from django.db import connection

from bench import house as our
from bench.clients import Clients
from bench.floors import PRICE
from bench.hot_sku import claimed_of, deadlocks_of, oversold_of
from orders.inputs import LineInput, OrderInput
from orders.services.placing import place_orders

BUYERS = 200
UNITS = 50
THREADS = 10  # in each client process
SPARE = 20  # connections left for those who watch


@dataclass(frozen=True, slots=True)
class Sale:
    """One SKU with its last units: how many lie in each warehouse."""

    name: str
    stock: tuple[int, ...]


SALES = (Sale("one_warehouse", (50,)), Sale("three_warehouses", (20, 20, 10)))


class Buyers:
    """A process of buyers, each on a thread and a connection of its own; those beyond take turns."""

    def __call__(self, number: int, channel_id: int, sku_id: int, buyers: int, at: float) -> Counter[str]:
        threads = min(THREADS, buyers)
        barrier = Barrier(threads)

        def shop(thread: int) -> Counter[str]:
            done: Counter[str] = Counter()
            connection.ensure_connection()
            barrier.wait(timeout=120)
            time.sleep(max(at - time.time(), 0))  # all processes begin at one moment
            for turn in range(thread, buyers, threads):
                done[_buy(f"{number}-{turn}-{time.time_ns()}", channel_id, sku_id)] += 1
            connection.close()
            return done

        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(shop, range(threads)), Counter())


def _buy(external_id: str, channel_id: int, sku_id: int) -> str:
    line = LineInput("#last", Decimal(1), PRICE, sku_id=sku_id)
    order = OrderInput(external_id, datetime.now(UTC), "EUR", [line])
    try:
        [placed] = place_orders([order], channel_id=channel_id, actor=our.ACTOR)
    except Exception:  # noqa: BLE001  counted and shown
        connection.close()
        return "errors"
    return "errors" if placed.state != "placed" else "out_of_stock" if placed.back_ordered else "served"


def measure(progress: Any) -> dict[str, Any]:
    """claimed, oversold and deadlocks are counted from the books and the server, not from the buyers' answers."""
    house = our.build(progress, products=10)
    bar = progress.add_task("stocking the last units", total=len(SALES))
    plan = []
    shelves = [house.bin_id, *(our.add_warehouse(house, f"W{n}") for n in range(1, 3))]
    open_channel = our.open_channel(house)
    for sale in SALES:
        (sku_id,) = our.add_stocked_skus(house, [f"LAST-{sale.name}"], Decimal(sale.stock[0]))
        for shelf, quantity in zip(shelves[1:], sale.stock[1:], strict=False):
            our.stock(house, [sku_id], shelf, Decimal(quantity))
        plan.append((sale, sku_id, house.channel_id if len(sale.stock) == 1 else open_channel))
        progress.advance(bar)
    our.analyse()
    connection.close()
    processes = min(BUYERS, _connections()) // THREADS
    bar = progress.add_task(f"{BUYERS} buyers", total=len(plan))
    sales = []
    with Clients(Buyers(), processes) as clients, psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as watch:
        for sale, sku_id, channel_id in plan:
            sales.append(_one(clients, watch, sale, sku_id, channel_id, processes))
            progress.advance(bar)
    return {
        "buyers": BUYERS,
        "at_once": processes * THREADS,
        "units": UNITS,
        "claimed": min(sale["claimed"] for sale in sales),
        "oversold": sum(sale["oversold"] for sale in sales),
        "deadlocks": sum(sale["deadlocks"] for sale in sales),
        "errors": sum(sale["errors"] for sale in sales),
        "profiles": sales,
    }


def _connections() -> int:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as watch:
        row = watch.execute("SELECT current_setting('max_connections')::int").fetchone()
        return max(row[0] - SPARE, THREADS) if row else THREADS


def _one(clients: Clients, watch: Any, sale: Sale, sku_id: int, channel_id: int, processes: int) -> dict[str, Any]:
    deadlocks = deadlocks_of(watch)
    shares = [BUYERS // processes + (number < BUYERS % processes) for number in range(processes)]
    begin = time.time() + 1.0
    _seconds, answers = clients.run([(channel_id, sku_id, share, begin) for share in shares])
    ended = time.time()
    done: Counter[str] = sum(answers, Counter())
    time.sleep(1.1)  # backends report their statistics at most once a second
    return {
        "name": sale.name,
        "claimed": int(claimed_of(watch, [sku_id])),
        "oversold": oversold_of(watch, [sku_id]),
        "deadlocks": deadlocks_of(watch) - deadlocks,
        "errors": done["errors"],
        "served": done["served"],
        "out_of_stock": done["out_of_stock"],
        "seconds": round(ended - begin, 2),
    }
