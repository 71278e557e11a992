"""Whole orders placed and claimed by 16 clients at once on hot SKUs, beside a conditional UPDATE of one row."""

import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate
from random import Random
from statistics import median
from typing import Any

import psycopg
from django.db import connection

from bench import house as our
from bench.clients import Clients
from bench.floors import PRICE
from orders.inputs import LineInput, OrderInput
from orders.services.placing import place_orders

CLIENTS = 16
ROUNDS = 5
ORDERS_EACH = 12  # by each client in each round
FLOOR_EACH = 60


@dataclass(frozen=True, slots=True)
class Profile:
    """skus: how many; hot: so many of them take half of the lines (0: all alike). lines: of each order."""

    name: str
    skus: int
    hot: int
    lines: int


PROFILES = (Profile("one_sku", 1, 0, 1), Profile("hot_200", 200, 10, 3), Profile("even_5000", 5_000, 0, 3))


class Client:
    def __init__(self, house: our.House) -> None:
        self.house = house

    def __call__(self, number: int, profile: Profile, sku_ids: list[int], orders: int) -> Counter[str]:
        random = Random(number)
        weights = _weights(profile)
        done: Counter[str] = Counter()
        for n in range(orders):
            skus = _choose(random, sku_ids, weights, profile.lines)
            lines = [LineInput(f"#{sku}", Decimal(1), PRICE, sku_id=sku) for sku in skus]
            order = OrderInput(f"{profile.name}-{number}-{time.time_ns()}-{n}", datetime.now(UTC), "EUR", lines)
            try:
                placed = place_orders([order], channel_id=self.house.channel_id, actor=our.ACTOR)[0]
            except Exception:  # noqa: BLE001  counted and shown
                done["errors"] += 1
                connection.close()
                continue
            done["orders"] += 1
            done["errors" if placed.state != "placed" else "short" if placed.back_ordered else "whole"] += 1
        return done


def _weights(profile: Profile) -> list[float]:
    if not profile.hot:
        return list(accumulate([1.0] * profile.skus))
    rest = profile.skus - profile.hot
    return list(accumulate([0.5 / profile.hot] * profile.hot + [0.5 / rest] * rest))


def _choose(random: Random, sku_ids: list[int], weights: list[float], lines: int) -> list[int]:
    chosen: list[int] = []
    while len(chosen) < lines:
        sku = random.choices(sku_ids, cum_weights=weights)[0]
        if sku not in chosen:
            chosen.append(sku)
    return chosen


def measure(progress: Any) -> dict[str, Any]:
    house = our.build(progress, products=10)
    plan = []
    bar = progress.add_task("stocking the hot SKUs", total=len(PROFILES))
    for profile in PROFILES:
        stock = _stock(profile)
        codes = [f"{profile.name}-{n}" for n in range(profile.skus)]
        sku_ids = []
        for start in range(0, len(codes), 1_000):
            sku_ids += our.add_stocked_skus(house, codes[start : start + 1_000], stock)
        plan.append((profile, sku_ids))
        progress.advance(bar)
    our.analyse()
    connection.close()
    bar = progress.add_task(f"{CLIENTS} clients", total=len(PROFILES))
    results = []
    _make_floor(os.environ["DATABASE_URL"])
    with Clients(Client(house), CLIENTS) as clients, Clients(FloorClient(), CLIENTS) as floors:
        for profile, sku_ids in plan:
            clients.run([(profile, sku_ids, 1)] * CLIENTS)  # connections and plans
            floors.run([(profile, 20)] * CLIENTS)
            results.append(_one(clients, floors, profile, sku_ids))
            progress.advance(bar)
    return {"clients": CLIENTS, "profiles": results}


def _stock(profile: Profile) -> Decimal:
    """The hot SKUs have a tenth less than is asked for, so that they run out; the even ones seldom do."""
    asked = CLIENTS * (ORDERS_EACH * ROUNDS + 1) * profile.lines
    if profile.hot:
        return Decimal(int(asked * 0.5 / profile.hot * 0.9))
    return Decimal(int(asked * 0.9)) if profile.skus == 1 else Decimal(4)


def _one(clients: Clients, floors: Clients, profile: Profile, sku_ids: list[int]) -> dict[str, Any]:
    """Ours and the floor take turns; rates are medians over the rounds."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as watch:
        deadlocks = deadlocks_of(watch)
        ours, floor, orders = [], [], []
        total: Counter[str] = Counter()
        for _round in range(ROUNDS):
            claimed = claimed_of(watch, sku_ids)
            seconds, answers = clients.run([(profile, sku_ids, ORDERS_EACH)] * CLIENTS)
            done: Counter[str] = sum(answers, Counter())
            ours.append(float(claimed_of(watch, sku_ids) - claimed) / seconds)
            orders.append(done["orders"] / seconds)
            total += done
            seconds, updates = floors.run([(profile, FLOOR_EACH)] * CLIENTS)
            floor.append(sum(updates) / seconds)
        time.sleep(1.1)  # backends report their statistics at most once a second
        return {
            "name": profile.name,
            "claims_per_s": round(median(ours), 1),
            "floor_claims_per_s": round(median(floor), 1),
            "oversold": oversold_of(watch, sku_ids),
            "deadlocks": deadlocks_of(watch) - deadlocks,
            "errors": total["errors"],
            "of_floor": round(median(o / f for o, f in zip(ours, floor, strict=True)), 4),
            "orders_per_s": round(median(orders), 1),
            "orders": total["orders"],
            "lines_per_order": profile.lines,
            "out_of_stock_orders": total["short"],
        }


def deadlocks_of(watch: Any) -> int:
    watch.execute("SELECT pg_stat_clear_snapshot()")
    return watch.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()[0]


def claimed_of(watch: Any, sku_ids: list[int]) -> Decimal:
    query = (
        "SELECT coalesce(sum(e.quantity), 0) FROM inventory_allocationentry e"
        " JOIN inventory_allocation a ON a.id = e.allocation_id WHERE a.sku_id = ANY(%s)"
    )
    return watch.execute(query, [sku_ids]).fetchone()[0]


def oversold_of(watch: Any, sku_ids: list[int]) -> int:
    """Units claimed beyond what was moved in, counted from the facts and not from the totals."""
    query = """
        SELECT coalesce(sum(greatest(claimed.quantity - stocked.quantity, 0)), 0) FROM (
            SELECT a.sku_id, sum(e.quantity) AS quantity FROM inventory_allocationentry e
            JOIN inventory_allocation a ON a.id = e.allocation_id WHERE a.sku_id = ANY(%(skus)s) GROUP BY 1
        ) claimed JOIN (
            SELECT sku_id, sum(quantity) AS quantity FROM inventory_stockmove WHERE sku_id = ANY(%(skus)s) GROUP BY 1
        ) stocked USING (sku_id)
    """
    return int(watch.execute(query, {"skus": sku_ids}).fetchone()[0])


def _make_floor(url: str) -> None:
    """A row for each SKU of the largest profile."""
    with psycopg.connect(url, autocommit=True) as setup:
        setup.execute("CREATE SCHEMA floor")
        setup.execute("CREATE TABLE floor.hot (id int PRIMARY KEY, free numeric(24, 6) NOT NULL CHECK (free >= 0))")
        setup.execute("INSERT INTO floor.hot SELECT n, 1000000 FROM generate_series(0, 9999) n")
        setup.execute("ANALYZE floor.hot")


class FloorClient:
    """Conditional one-row UPDATEs: prepared, a transaction each, on plain psycopg."""

    connection: Any = None

    def __call__(self, number: int, profile: Profile, updates: int) -> int:
        if self.connection is None:
            self.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        random, weights, done = Random(number), _weights(profile), 0
        for _n in range(updates):
            chosen = random.choices(range(profile.skus), cum_weights=weights)[0]
            query = "UPDATE floor.hot SET free = free - 1 WHERE id = %s AND free >= 1"
            done += self.connection.execute(query, [chosen], prepare=True).rowcount
        return done
