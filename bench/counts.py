"""A stocktake of many lines, every one of them different from the books: counted, counted again, approved, posted."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from backoffice.core.actor import Actor
from backoffice.core.models import User
from bench import house as our
from bench.statements import counted
from inventory.models import Location, StockMove, StockQuant, Warehouse
from inventory.services import add_bins
from warehouse.models import Stocktake
from warehouse.services import counting
from warehouse.services.counting import Choice, CountInput, Rules

BINS = 100
EACH = Decimal(20)


def measure(progress: Any, *, rows: int) -> dict[str, Any]:
    """s: the slowest of some stocktakes from the approval to its commit: variances reckoned anew from the ledger, moves
    with cost, layers and journal. count_s: writing all the counts down. Every line is one short or one over."""
    house = our.build(progress, products=rows, stock=EACH)
    warehouse = Warehouse.objects.get(company_id=house.company_id, code="MAIN")
    _spread(house, warehouse, rows)
    people = [Actor.of(User.objects.create_user(f"bench-{name}")) for name in ("anna", "ben", "carla")]
    bar = progress.add_task("counting", total=3)
    taken, writing, statements = [], [], 0
    for turn in range(3):
        made = _plan(house, warehouse)
        started = time.perf_counter()
        for counter in people[:2]:
            _count(made, house, counter, turn)
        writing.append(time.perf_counter() - started)
        version = Stocktake.objects.get(pk=made.pk).version
        before = StockMove.objects.count()
        started = time.perf_counter()
        with counted() as count:
            counting.approve_stocktake(
                made.pk, company_id=house.company_id, at=datetime.now(UTC), actor=people[2], version=version
            )
        taken.append(time.perf_counter() - started)
        statements = count.statements
        moved = StockMove.objects.count() - before
        progress.advance(bar)
    return {
        "s": round(max(taken), 3),
        "median_s": round(sorted(taken)[1], 3),
        "count_s": round(max(writing), 3),
        "rows": rows,
        "moves": moved,
        "statements": statements,
    }


def _spread(house: our.House, warehouse: Warehouse, rows: int) -> None:
    """The goods lie in many bins, as in a warehouse."""
    bins = add_bins([f"B-{n:03d}" for n in range(BINS)], warehouse=warehouse)
    size = -(-rows // BINS)
    for place, start in zip(bins, range(0, rows, size), strict=False):
        our.stock(house, house.sku_ids[start : start + size], place.pk, EACH)
    our.analyse()


def _plan(house: our.House, warehouse: Warehouse) -> Stocktake:
    codes = Location.objects.filter(warehouse=warehouse, code__startswith="B-").values_list("code", flat=True)
    made = counting.create_stocktake(
        counting.scopes_of(Choice(bins=list(codes)), warehouse_id=warehouse.pk),
        company_id=house.company_id, warehouse_id=warehouse.pk, actor=our.ACTOR, rules=Rules(),
    )  # fmt: skip
    assert made is not None
    return made


def _count(made: Stocktake, house: our.House, counter: Actor, turn: int) -> None:
    """Everything in every bin, in batches as a program would send them."""
    now = datetime.now(UTC)
    inputs = _inputs(made, turn)
    for start in range(0, len(inputs), 1_000):
        counting.record_counts(
            inputs[start : start + 1_000], company_id=house.company_id, counted_at=now, actor=counter
        )
    tasks = sorted({each.task_id for each in inputs})
    counting.finish_counts(tasks, company_id=house.company_id, at=now, actor=counter)


def _inputs(made: Stocktake, turn: int) -> Sequence[CountInput]:
    """What lies there, one more or less: the bench knows, a counter would not."""
    tasks = dict(made.tasks.values_list("location_id", "pk"))
    quants = StockQuant.objects.filter(location__in=tasks, quantity__gt=0).order_by("pk")
    return [
        CountInput(tasks[place], sku, quantity + (1 if (sku + turn) % 2 else -1))
        for place, sku, quantity in quants.values_list("location_id", "sku_id", "quantity")
    ]
