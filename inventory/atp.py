"""When goods can be promised: what is free and what is coming, less what others wait for. Pure: no database, no clock.

Goods are given out as a receipt gives them out: whoever stands first in the order of serving takes the earliest
supply, so a promise made to one is never broken by a promise made to the next.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from inventory.kits import whole_kits

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Supply:
    """A quantity > 0 that can be claimed at a warehouse from a day on; empty: at any. keeps: until then; empty: for good."""

    date: datetime.date
    warehouse_id: int | None
    quantity: Decimal
    keeps: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A quantity > 0 that somebody waits for. warehouse_id: the only one that may serve; empty: any.

    until: it must keep until then; empty: no matter. key: the caller's own, such as a demand id.
    """

    key: int
    quantity: Decimal
    warehouse_id: int | None = None
    until: datetime.date | None = None


class Part(NamedTuple):
    """A quantity and the day on which it is there."""

    date: datetime.date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Promise:
    """Parts by day, the earliest first; short: what nothing known will bring."""

    parts: tuple[Part, ...]
    short: Decimal = ZERO

    @property
    def date(self) -> datetime.date | None:
        """The day on which all of it is there; empty if that is not known."""
        return None if self.short or not self.parts else self.parts[-1].date

    def not_before(self, day: datetime.date | None) -> "Promise":
        """The same with no part before a day, such as a release date."""
        if day is None or not self.parts or self.parts[0].date >= day:
            return self
        early = sum((part.quantity for part in self.parts if part.date <= day), ZERO)
        return Promise((Part(day, early), *(part for part in self.parts if part.date > day)), self.short)


class Pool:
    """Supplies of one SKU that are given out; the earliest first, of one day what expires first, then in the order
    they were given in."""

    def __init__(self, supplies: Iterable[Supply]) -> None:
        self._left = sorted(supplies, key=lambda supply: (supply.date, supply.keeps or datetime.date.max))

    def take(self, quantity: Decimal, warehouse_id: int | None = None, until: datetime.date | None = None) -> Promise:
        """Give out what there is of a quantity; nobody else is promised the same goods."""
        promise = self.ask(quantity, warehouse_id, until, take=True)
        self._left = [supply for supply in self._left if supply.quantity > 0]
        return promise

    def ask(
        self,
        quantity: Decimal,
        warehouse_id: int | None = None,
        until: datetime.date | None = None,
        *,
        take: bool = False,
    ) -> Promise:
        """When a quantity could be had that keeps until a day; nothing is given out unless `take`."""
        parts: dict[datetime.date, Decimal] = {}
        missing = quantity
        for place, supply in enumerate(self._left):
            if missing <= 0:
                break
            if (warehouse_id is None or supply.warehouse_id in (warehouse_id, None)) and _keeps(supply, until):
                part = min(missing, supply.quantity)
                parts[supply.date] = parts.get(supply.date, ZERO) + part
                missing -= part
                if take:
                    self._left[place] = replace(supply, quantity=supply.quantity - part)
        return Promise(tuple(Part(date, part) for date, part in parts.items()), max(missing, ZERO))

    def curve(self, warehouse_id: int | None = None) -> list[Part]:
        """What can be promised in all by each day on which it rises."""
        by_day: dict[datetime.date, Decimal] = {}
        for supply in self._left:
            if warehouse_id is None or supply.warehouse_id in (warehouse_id, None):
                by_day[supply.date] = by_day.get(supply.date, ZERO) + supply.quantity
        total, curve = ZERO, []
        for date, quantity in by_day.items():
            total += quantity
            curve.append(Part(date, total))
        return curve


def kit_supplies(curves: Sequence[tuple[Sequence[Part], Decimal]]) -> list[Part]:
    """Whole kits by the day on which they become complete, from (a component's curve, how many one kit takes)."""
    days = sorted({part.date for curve, _per_kit in curves for part in curve})
    made, supplies = ZERO, []
    for day in days:
        kits = whole_kits((_by(curve, day), per_kit) for curve, per_kit in curves)
        if kits > made:
            supplies.append(Part(day, kits - made))
            made = kits
    return supplies


def _by(curve: Sequence[Part], day: datetime.date) -> Decimal:
    """What a curve, which only rises, says of a day."""
    return max((part.quantity for part in curve if part.date <= day), default=ZERO)


def serve(wishes: Sequence[Wish], supplies: Iterable[Supply]) -> tuple[dict[int, Promise], Pool]:
    """Serve wishes, given in the order of serving, from the supplies of one SKU.

    Returns each wish's promise by key, and the pool of what nobody waits for.
    """
    pool = Pool(supplies)
    return {wish.key: pool.take(wish.quantity, wish.warehouse_id, wish.until) for wish in wishes}, pool


def _keeps(supply: Supply, until: datetime.date | None) -> bool:
    return until is None or supply.keeps is None or supply.keeps >= until
