"""What was counted beside what the ledger had at that instant."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounting.selectors import books_of
from backoffice.core.money import ZERO, round_money
from inventory.selectors.counting import (
    AskedPlace,
    LaidThere,
    laid_there,
    skus_ever_at,
    tracking_of,
    units_there,
)
from inventory.selectors.stock import last_costs, unit_costs
from warehouse.models import CountEntry, CountResult, CountTask, Stocktake
from warehouse.services.counting.rows import insert_counted

Key = tuple[int, int, int | None]  # task, SKU, lot (none of a SKU that is not tracked by lot)
_RESULT = {
    "task_id": "bigint", "stocktake_id": "bigint", "location_id": "bigint", "sku_id": "bigint", "lot_id": "bigint",
    "round": "bigint", "counted": "numeric", "counted_at": "timestamptz", "counter_id": "bigint",
    "counter_label": "text", "expected": "numeric", "variance": "numeric", "gone": "numeric", "value": "numeric",
    "beyond": "boolean", "posted": "numeric", "waits": "numeric", "superseded": "boolean", "serials": "text",
}  # fmt: skip
_KEPT = ("task_id", "stocktake_id", "location_id", "sku_id", "lot_id")


@dataclass(slots=True)
class Counted:
    """What somebody counted of one SKU, and lot, in a place. nil: nobody saw it there, so it is none."""

    task: CountTask
    sku_id: int
    lot_id: int | None
    quantity: Decimal
    serials: tuple[str, ...]
    at: datetime
    counter_id: int
    counter_label: str
    nil: bool = False
    round: int = 0  # 0: the task's

    @property
    def key(self) -> Key:
        return self.task.pk, self.sku_id, self.lot_id


@dataclass(slots=True)
class Reckoned:
    """A line of CountResult as it is written: see there."""

    task: CountTask
    task_id: int
    stocktake_id: int
    location_id: int
    sku_id: int
    lot_id: int | None
    round: int
    counted: Decimal
    counted_at: datetime
    counter_id: int
    counter_label: str
    expected: Decimal
    variance: Decimal
    beyond: bool
    serials: list[str]
    gone: Decimal = ZERO
    value: Decimal = ZERO
    posted: Decimal = ZERO
    waits: Decimal = ZERO
    superseded: bool = False


class Ledger:
    """What lay in each counted place at its instant, by key: the rows, and the units with serial numbers."""

    def __init__(self, counted: Sequence[Counted], lot_tracked: set[int], serial_tracked: set[int]) -> None:
        asked = [AskedPlace(each.task.location_id, each.sku_id, each.at) for each in counted]
        self.rows: dict[Key, list[LaidThere]] = defaultdict(list)
        self.units: dict[Key, dict[str, int | None]] = defaultdict(dict)
        for row in laid_there(asked):
            each = counted[row.n]
            if each.sku_id not in lot_tracked or row.lot_id == each.lot_id:
                self.rows[each.key].append(row)
        tracked = [(n, place) for n, place in enumerate(asked) if place.sku_id in serial_tracked]
        for unit in units_there([place for _n, place in tracked]):
            self.units[counted[tracked[unit.n][0]].key][unit.code] = unit.now

    def expected(self, key: Key) -> Decimal:
        return sum((row.expected for row in self.rows[key]), ZERO)


def evaluate(stocktake: Stocktake, tasks: Sequence[CountTask]) -> list[Reckoned]:
    """Write what the present round of these tasks found; what was not seen when they were finished counts as none.

    A count again covers what was beyond the tolerance, and whatever else it names. Statements: about 12, whatever
    the number.
    """
    return _reckon(stocktake, _counted(tasks) + _not_seen(tasks))


def refresh(stocktake: Stocktake) -> list[Reckoned]:
    """Reckon the lines of all counted places anew: bookings that came late change what lay there at their instants.

    Statements: about 12, whatever the number.
    """
    tasks = CountTask.objects.filter(stocktake=stocktake, status="counted").select_related("counter").order_by("pk")
    by_pk = {task.pk: task for task in tasks}
    columns = (
        "task_id",
        "sku_id",
        "lot_id",
        "counted",
        "serials",
        "counted_at",
        "counter_id",
        "counter_label",
        "round",
    )
    known = [
        Counted(by_pk[task], sku, lot, counted, tuple(serials), at, counter, label, round=number)
        for task, sku, lot, counted, serials, at, counter, label, number in CountResult.objects.filter(
            task__in=list(by_pk)
        )
        .order_by("pk")
        .values_list(*columns)
    ]
    return _reckon(stocktake, known + _not_seen(list(by_pk.values()), rounds=False))


def _reckon(stocktake: Stocktake, found: list[Counted]) -> list[Reckoned]:
    flags = tracking_of({each.sku_id for each in found})
    lot_tracked = {pk for pk, flag in flags.items() if flag.lot_tracked}
    serial_tracked = {pk for pk, flag in flags.items() if flag.serial_tracked}
    found = _by_lot(found, lot_tracked)
    ledger = Ledger(found, lot_tracked, serial_tracked)
    found = [
        each
        for each in found
        if not each.nil or each.task.sku_id is not None or ledger.expected(each.key) or ledger.units.get(each.key)
    ]
    return _write(stocktake, found, ledger, serial_tracked)


def _counted(tasks: Sequence[CountTask]) -> list[Counted]:
    """The last entry of each SKU and lot that the present counter gave in the present round. Statements: 1."""
    by_pk = {task.pk: task for task in tasks}
    latest: dict[Key, Counted] = {}
    columns = ("task_id", "round", "sku_id", "lot_id", "quantity", "serials", "counted_at", "actor_id", "actor_label")
    rows = CountEntry.objects.filter(task__in=list(by_pk)).order_by("pk").values_list(*columns)
    for task_id, number, sku, lot, quantity, serials, at, actor, label in rows:
        task = by_pk[task_id]
        if number == task.round and actor == task.counter_id:
            each = Counted(task, sku, lot, quantity, tuple(serials), at, actor, label)
            latest[each.key] = each
    return list(latest.values())


def _not_seen(tasks: Sequence[CountTask], *, rounds: bool = True) -> list[Counted]:
    """What lies there by the books, or was to be counted again, as none each. Statements: 2, or 1 without rounds."""
    whole = [task for task in tasks if task.sku_id is None and (task.round == 1 or not rounds)]
    there = skus_ever_at({task.location_id for task in whole})
    wanted = [(task, sku) for task in whole for sku in there[task.location_id]]
    wanted += [(task, task.sku_id) for task in tasks if task.sku_id is not None]
    again = {task.pk: task for task in tasks if rounds and task.sku_id is None and task.round > 1}
    for task_id, sku_id in CountResult.objects.filter(task__in=list(again), beyond=True).values_list(
        "task_id", "sku_id"
    ):
        wanted.append((again[task_id], sku_id))
    labels = {task.pk: str(task.counter) for task in tasks}
    return [
        Counted(
            task,
            sku,
            None,
            ZERO,
            (),
            task.finished_at or task.created_at,
            task.counter_id or 0,
            labels[task.pk],
            nil=True,
        )
        for task, sku in wanted
    ]


def _by_lot(found: Sequence[Counted], lot_tracked: set[int]) -> list[Counted]:
    """Of what was not seen one row for each lot that was there; nothing for what was counted."""
    seen = {each.key for each in found if not each.nil}
    named = {key[:2] for key in seen}
    nil = [each for each in found if each.nil]
    plain = [each for each in nil if each.sku_id not in lot_tracked and each.key[:2] not in named]
    tracked = [each for each in nil if each.sku_id in lot_tracked]
    # A SKU that was asked for by name has a line even where nothing of it was there.
    plain += [each for each in tracked if each.task.sku_id is not None and each.key[:2] not in named]
    lots = laid_there([AskedPlace(each.task.location_id, each.sku_id, each.at) for each in tracked])
    split = {
        (tracked[row.n].task.pk, tracked[row.n].sku_id, row.lot_id): tracked[row.n] for row in lots if row.expected
    }
    return [
        *(each for each in found if not each.nil),
        *plain,
        *(
            Counted(each.task, each.sku_id, lot, ZERO, (), each.at, each.counter_id, each.counter_label, nil=True)
            for (task, sku, lot), each in split.items()
            if (task, sku, lot) not in seen
        ),
    ]


def _write(stocktake: Stocktake, found: Sequence[Counted], ledger: Ledger, serial_tracked: set[int]) -> list[Reckoned]:
    results = [_result(stocktake, each, ledger, serial_tracked) for each in found]
    _lost(results)
    price(stocktake, results)
    insert_counted(
        "warehouse_countresult",
        _RESULT,
        [tuple(getattr(result, name) for name in _RESULT) for result in results],
        suffix="ON CONFLICT (task_id, sku_id, lot_id) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in _RESULT if name not in _KEPT),
    )
    return results


def _result(stocktake: Stocktake, each: Counted, ledger: Ledger, serial_tracked: set[int]) -> Reckoned:
    expected = ledger.expected(each.key)
    variance = each.quantity - expected
    others = each.sku_id in serial_tracked and set(each.serials) != set(ledger.units.get(each.key, {}))
    return Reckoned(
        task=each.task,
        task_id=each.task.pk,
        stocktake_id=stocktake.pk,
        location_id=each.task.location_id,
        sku_id=each.sku_id,
        lot_id=each.lot_id,
        round=each.round or each.task.round,
        counted=each.quantity,
        counted_at=each.at,
        counter_id=each.counter_id,
        counter_label=each.counter_label,
        expected=expected,
        variance=variance,
        beyond=others,
        serials=list(each.serials),
    )


def _lost(results: Sequence[Reckoned]) -> None:
    """What pickers had not found in these places and nobody found now: once for each task, on its first line."""
    lines: dict[int, list[Reckoned]] = defaultdict(list)
    for result in results:
        if result.task.not_found and result.sku_id == result.task.sku_id:
            lines[result.task_id].append(result)
    for own in lines.values():
        found = sum((max(line.variance, ZERO) for line in own), ZERO)
        own[0].gone = max(own[0].task.not_found - found, ZERO)


def price(stocktake: Stocktake, results: Sequence[Reckoned]) -> None:
    """Each difference at today's cost, and whether it is beyond the tolerance. Other units than expected always are.

    Statements: 3.
    """
    books = books_of(stocktake.company_id)
    exponent = books.exponents[books.base_currency]
    skus = {result.sku_id for result in results if result.variance or result.gone}
    costs = unit_costs(stocktake.company_id, sorted(skus)) if skus else {}
    costs |= last_costs(stocktake.company_id, sorted(skus - costs.keys()))
    for result in results:
        cost = costs.get(result.sku_id, ZERO)
        result.value = round_money((result.variance - result.gone) * cost, exponent)
        result.beyond = result.beyond or is_beyond(stocktake, result.expected, result.variance, result.value)


def is_beyond(stocktake: Stocktake, expected: Decimal, variance: Decimal, value: Decimal) -> bool:
    """Whether somebody else has to count again: beyond the share of what was expected, or beyond the value."""
    if not variance:
        return False
    if not stocktake.tolerance_percent and not stocktake.tolerance_value:
        return True
    by_share = abs(variance) * 100 > abs(expected) * stocktake.tolerance_percent
    by_value = abs(value) > stocktake.tolerance_value
    if not stocktake.tolerance_percent:
        return by_value
    return by_share or (bool(stocktake.tolerance_value) and by_value)
