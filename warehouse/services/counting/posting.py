"""What was counted goes into the books: the differences, at the instants at which they were found."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from backoffice.core.money import ZERO
from inventory.models import SELLABLE_KINDS, Location, StockQuant
from inventory.selectors.counting import UnitNow, available_by_owner, tracking_of, units_now
from inventory.services import AdjustmentLineInput, MoveRequest, lock_lacking, post_moves
from inventory.services.counted import REASON, post_counted
from inventory.services.locking import lock_owned_levels
from warehouse.models import CountResult, CountTask, Stocktake
from warehouse.services.counting.common import set_status
from warehouse.services.counting.planning_moves import Heap, Line, Plan, Planner, Unit
from warehouse.services.counting.results import Counted, Ledger

_SUPERSEDED = """
SELECT r.id FROM warehouse_countresult r
WHERE r.id = ANY(%s) AND EXISTS (
    SELECT FROM warehouse_countresult n JOIN warehouse_stocktake s ON s.id = n.stocktake_id
    WHERE n.location_id = r.location_id AND n.sku_id = r.sku_id AND n.counted_at > r.counted_at
        AND n.lot_id IS NOT DISTINCT FROM r.lot_id AND s.status IN ('approved', 'posted') AND n.stocktake_id <> r.stocktake_id)
"""
_BOOKED = """
UPDATE warehouse_countresult r SET posted = r.posted + n.posted, waits = n.waits, superseded = n.superseded
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::boolean[]) n (id, posted, waits, superseded)
WHERE r.id = n.id
"""


def post_results(stocktake: Stocktake, *, at: datetime, actor: Actor) -> None:
    """Book what differs and is not booked yet; the stocktake, locked and approved, is posted when nothing waits.

    What lay there then is read after the levels are locked: nothing of these goods moves between that and the
    booking. A place of which a later count is approved is left to that count. Statements: about 45, whatever the
    number of lines.
    """
    open_lines = CountResult.objects.filter(stocktake=stocktake, superseded=False)
    if stocktake.adjustments.exists():
        open_lines = open_lines.exclude(waits=0)  # all else was booked before
    results = list(open_lines.order_by("pk"))
    late = _superseded(results)
    lines = [result for result in results if result.pk not in late]
    plan = _book(stocktake, lines, at, actor) if lines else Plan()
    with prepared_cursor() as cursor:
        cursor.execute(
            _BOOKED,
            [
                [result.pk for result in results],
                [plan.posted[result.pk] for result in results],
                [plan.waits[result.pk] for result in results],
                [result.pk in late for result in results],
            ],
        )
    if not any(plan.waits.values()):
        stocktake.posted_at = at
        set_status(stocktake, "posted", actor=actor, fields=("posted_at",))


def _superseded(results: Sequence[CountResult]) -> set[int]:
    with prepared_cursor() as cursor:
        cursor.execute(_SUPERSEDED, [[result.pk for result in results]])
        return {pk for (pk,) in cursor.fetchall()}


def _book(stocktake: Stocktake, results: Sequence[CountResult], at: datetime, actor: Actor) -> Plan:
    company_id, warehouse_id = stocktake.company_id, stocktake.warehouse_id
    places = Location.objects.in_bulk({result.location_id for result in results})
    lock_lacking(  # demands come before levels
        [(r.sku_id, r.variance, None, r.location_id) for r in results if r.variance > 0],
        places=places,
        company_id=company_id,
    )
    skus = sorted({result.sku_id for result in results})
    levels = {(sku, warehouse_id, owner) for sku, owner in available_by_owner(warehouse_id, skus)}
    lock_owned_levels(sorted(levels | {(sku, warehouse_id, None) for sku in skus}, key=str), company_id=company_id)
    plan = _plan(stocktake, results, skus, places)
    _write(plan, stocktake, at, actor)
    return plan


def _plan(
    stocktake: Stocktake, results: Sequence[CountResult], skus: Sequence[int], places: Mapping[int, Location]
) -> Plan:
    flags = tracking_of(skus)
    numbered = {pk for pk, flag in flags.items() if flag.serial_tracked}
    tasks = CountTask.objects.in_bulk({result.task_id for result in results})
    counted = [
        Counted(
            tasks[result.task_id], result.sku_id, result.lot_id, result.counted, tuple(result.serials), result.counted_at,
            result.counter_id, result.counter_label,
        )
        for result in results
    ]  # fmt: skip
    ledger = Ledger(counted, {pk for pk, flag in flags.items() if flag.lot_tracked}, numbered)
    where = units_now({(r.sku_id, code) for r in results if r.sku_id in numbered for code in r.serials})
    free = available_by_owner(stocktake.warehouse_id, skus)
    missing: dict[int, list[Heap]] = defaultdict(list)
    for quant in StockQuant.objects.filter(
        location__warehouse=stocktake.warehouse_id, location__kind="missing", quantity__gt=0
    ).order_by("pk"):
        missing[quant.sku_id].append(
            Heap(quant.location_id, quant.lot_id, quant.owner_id, ZERO, quant.quantity - quant.claimed)
        )
    lines = []
    for result, each in zip(results, counted, strict=True):
        heaps = [
            Heap(result.location_id, row.lot_id, row.owner_id, row.expected, row.now - row.claimed, row.not_found)
            for row in ledger.rows[each.key]
        ]
        line = Line(
            result.pk, result.sku_id, result.lot_id, result.location_id, places[result.location_id].kind in SELLABLE_KINDS,
            result.counted, result.counted_at, heaps, gone=ZERO if result.posted or result.waits else result.gone,
        )  # fmt: skip
        if result.sku_id in numbered:
            seen = [_unit(result.sku_id, code, where, stocktake.warehouse_id) for code in result.serials]
            were = [Unit(code, place) for code, place in ledger.units[each.key].items()]
            line = replace(line, seen=seen, were=were)
        lines.append(line)
    return Planner(missing, free).work(lines)


def _unit(sku_id: int, code: str, where: Mapping[tuple[int, str], UnitNow], warehouse_id: int) -> Unit:
    now = where.get((sku_id, code))
    if now is None or now.kind in ("", "adjustment"):
        return Unit(code, None)
    if now.warehouse_id != warehouse_id:
        return Unit(code, None, outside=True)
    return Unit(code, now.location_id)


def _write(plan: Plan, stocktake: Stocktake, at: datetime, actor: Actor) -> None:
    company_id = stocktake.company_id
    post_moves(
        [
            MoveRequest(
                sku_id=move.sku_id,
                quantity=move.quantity,
                from_location_id=move.from_id,
                to_location_id=move.to_id,
                effective_at=move.at,
                source_type="warehouse.countresult",
                source_id=move.key,
                lot_id=move.lot_id,
                owner_id=move.owner_id,
                reason=REASON,
                serials=move.serials,
            )
            for move in plan.brought
        ],
        company_id=company_id,
        actor=actor,
    )
    gains_first = sorted(plan.differences, key=lambda each: each.quantity < 0)
    if not gains_first:
        return
    adjustment = post_counted(
        [
            AdjustmentLineInput(
                each.sku_id, each.location_id, each.quantity, each.lot_id, each.owner_id, serials=each.serials
            )
            for each in gains_first
        ],
        instants=[each.at or at for each in gains_first],
        company_id=company_id,
        warehouse_id=stocktake.warehouse_id,
        effective_at=at,
        actor=actor,
        note=stocktake.number,
    )
    stocktake.adjustments.add(adjustment)
