"""Which goods move so that the books say what was counted. Arithmetic only: no database, no clock."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Heap:
    """Goods of one lot and owner in one place. expected: at the instant of the count; free: now, not claimed for a
    pick. not_found: of what lay there, moved to a place for missing goods since."""

    location_id: int
    lot_id: int | None
    owner_id: int | None
    expected: Decimal
    free: Decimal
    not_found: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with a serial number. place: where it is now in this warehouse; outside: it is not in our books."""

    code: str
    place: int | None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One counted line. units: None of a SKU without serial numbers; else what was counted (`seen`) and what was
    expected (`were`)."""

    key: int
    sku_id: int
    lot_id: int | None
    location_id: int
    is_sellable: bool
    counted: Decimal
    at: datetime
    heaps: Sequence[Heap]
    gone: Decimal = ZERO
    seen: Sequence[Unit] | None = None
    were: Sequence[Unit] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """More (+) or less (-) in a place, against the adjustment account. late: found out now, not at the count."""

    sku_id: int
    location_id: int
    quantity: Decimal
    lot_id: int | None
    owner_id: int | None
    at: datetime | None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """Goods that the books have elsewhere in the warehouse, and that were found here."""

    key: int
    sku_id: int
    from_id: int
    to_id: int
    quantity: Decimal
    lot_id: int | None
    owner_id: int | None
    at: datetime
    serials: tuple[str, ...] = ()


@dataclass(slots=True)
class _Left:
    """What is left of goods in a place for missing goods while the lines are worked through."""

    heap: Heap
    free: Decimal


@dataclass(slots=True)
class Plan:
    """posted, waits: by the line's key."""

    differences: list[Difference] = field(default_factory=list)
    brought: list[Brought] = field(default_factory=list)
    posted: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    waits: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


class Planner:
    """Works through the lines of one posting: gains first, for they free what losses may take.

    missing: what lies in the places for missing goods, by SKU. available: sellable and not promised, by SKU and owner.
    """

    def __init__(
        self, missing: Mapping[int, Sequence[Heap]], available: Mapping[tuple[int, int | None], Decimal]
    ) -> None:
        self.plan = Plan()
        self._missing = {sku: [_Left(heap, heap.free) for heap in heaps] for sku, heaps in missing.items()}
        self._available: defaultdict[tuple[int, int | None], Decimal] = defaultdict(Decimal, available)
        self._came: set[tuple[int, str]] = set()

    def work(self, lines: Sequence[Line]) -> Plan:
        gains = [line for line in lines if self._variance(line) > 0 and line.seen is None]
        units = [line for line in lines if line.seen is not None]
        losses = [line for line in lines if self._variance(line) < 0 and line.seen is None]
        for line in gains:
            self._gain(line)
        for line in units:
            self._found_units(line)
        for line in losses:
            self._loss(line)
        for line in units:
            self._lost_units(line)
        for line in lines:
            if line.gone:
                self._from_missing(line, line.gone, any_lot=True)
        return self.plan

    @staticmethod
    def _variance(line: Line) -> Decimal:
        return line.counted - sum((heap.expected for heap in line.heaps), ZERO)

    def _gain(self, line: Line) -> None:
        """What a picker had not found comes out of the place for missing goods; the rest is found."""
        left = self._variance(line)
        for row in self._missing.get(line.sku_id, ()):
            heap = row.heap
            taken = min(left, row.free)
            if taken > 0 and heap.owner_id is None and (line.lot_id is None or heap.lot_id == line.lot_id):
                row.free -= taken
                left -= taken
                self.plan.brought.append(
                    Brought(
                        line.key, line.sku_id, heap.location_id, line.location_id, taken, heap.lot_id, None, line.at
                    )
                )
        if left > 0:
            self.plan.differences.append(Difference(line.sku_id, line.location_id, left, line.lot_id, None, line.at))
        self._free(line, self._variance(line))
        self.plan.posted[line.key] += self._variance(line)

    def _free(self, line: Line, quantity: Decimal) -> None:
        if line.is_sellable:
            self._available[line.sku_id, None] += quantity

    def _loss(self, line: Line) -> None:
        """Pickers who found less since have moved it to the place for missing goods: there it is lost. The rest is
        lost here, as far as it is not promised."""
        need = -self._variance(line)
        told = sum((heap.not_found for heap in line.heaps), ZERO)
        need -= self._from_missing(line, min(need, told))
        for heap in line.heaps:
            free = min(need, heap.free)
            if line.is_sellable:
                free = min(free, self._available[line.sku_id, heap.owner_id])
            if free <= 0:
                continue
            self.plan.differences.append(
                Difference(line.sku_id, line.location_id, -free, heap.lot_id, heap.owner_id, line.at)
            )
            if line.is_sellable:
                self._available[line.sku_id, heap.owner_id] -= free
            self.plan.posted[line.key] -= free
            need -= free
        if need > 0:
            self.plan.waits[line.key] += need

    def _from_missing(self, line: Line, wanted: Decimal, *, any_lot: bool = False) -> Decimal:
        """Lost from the place for missing goods, now; how much of it."""
        left = wanted
        for row in self._missing.get(line.sku_id, ()):
            heap = row.heap
            taken = min(left, row.free)
            if taken > 0 and heap.owner_id is None and (any_lot or line.lot_id is None or heap.lot_id == line.lot_id):
                row.free -= taken
                left -= taken
                self.plan.differences.append(Difference(line.sku_id, heap.location_id, -taken, heap.lot_id, None, None))
        if not any_lot:
            self.plan.posted[line.key] -= wanted - left
        return wanted - left

    def _found_units(self, line: Line) -> None:
        were = {unit.code for unit in line.were}
        new: list[str] = []
        elsewhere: dict[int, list[str]] = defaultdict(list)
        for unit in line.seen or ():
            if unit.code in were or unit.place == line.location_id or (line.sku_id, unit.code) in self._came:
                continue
            self._came.add((line.sku_id, unit.code))
            if unit.place is not None:
                elsewhere[unit.place].append(unit.code)
            elif not unit.outside:
                new.append(unit.code)
        for place, codes in elsewhere.items():
            self.plan.brought.append(
                Brought(
                    line.key, line.sku_id, place, line.location_id, Decimal(len(codes)), line.lot_id, None, line.at,
                    tuple(codes),
                )
            )  # fmt: skip
        if new:
            count = Decimal(len(new))
            self.plan.differences.append(
                Difference(line.sku_id, line.location_id, count, line.lot_id, None, line.at, tuple(new))
            )
            self._free(line, count)
        self.plan.posted[line.key] += len(new) + sum(map(len, elsewhere.values()))

    def _lost_units(self, line: Line) -> None:
        seen = {unit.code for unit in line.seen or ()}
        lost = [
            unit.code
            for unit in line.were
            if unit.code not in seen and unit.place == line.location_id and (line.sku_id, unit.code) not in self._came
        ]
        for heap in line.heaps:
            free = min(Decimal(len(lost)), heap.free)
            if line.is_sellable:
                free = min(free, self._available[line.sku_id, heap.owner_id])
            count = int(max(free, ZERO))
            if not count:
                continue
            codes, lost = lost[:count], lost[count:]
            self.plan.differences.append(
                Difference(
                    line.sku_id, line.location_id, -Decimal(count), heap.lot_id, heap.owner_id, line.at, tuple(codes)
                )
            )
            if line.is_sellable:
                self._available[line.sku_id, heap.owner_id] -= count
            self.plan.posted[line.key] -= count
        if lost:
            self.plan.waits[line.key] += len(lost)
