"""When and how much to order: reorder points and order-up-to levels from plain demand averages. No database, no clock.

Quantities are in base units, days are calendar days. The reorder point covers the demand until goods ordered now
are there, with safety on top; the order-up-to level lasts some days more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides of one SKU in one warehouse. point, up_to: fixed by a rule; None: from the demand."""

    lead_days: Decimal
    spread_days: Decimal
    safety_days: int
    cover_days: int
    point: Decimal | None = None
    up_to: Decimal | None = None
    source_id: int | None = None  # brought over from this warehouse


@dataclass(frozen=True, slots=True)
class Place:
    """One SKU in one warehouse. incoming: ordered, announced or drafted, and not here; waiting: wanted, not claimed.
    daily: the demand of a day."""

    warehouse_id: int
    available: Decimal
    incoming: Decimal
    waiting: Decimal
    daily: Decimal
    policy: Policy

    @property
    def position(self) -> Decimal:
        """What is there or coming and nobody's yet; below zero if more is wanted."""
        return self.available + self.incoming - self.waiting


@dataclass(frozen=True, slots=True)
class Levels:
    point: Decimal
    up_to: Decimal
    safety: Decimal


@dataclass(frozen=True, slots=True)
class Need:
    """What one warehouse lacks. quantity: up to its level, before the supplier's minimum and pack. passed_on: what
    other warehouses want from it. days_left: until what is there and coming is used up; None without demand."""

    place: Place
    levels: Levels
    quantity: Decimal
    passed_on: Decimal
    days_left: Decimal | None


def whole(quantity: Decimal) -> Decimal:
    """Rounded up to whole units."""
    return quantity.to_integral_value(ROUND_CEILING)


def levels(daily: Decimal, policy: Policy) -> Levels:
    """The reorder point and the order-up-to level; the second is always above the first."""
    safety = daily * (policy.safety_days + policy.spread_days)
    point = whole(daily * policy.lead_days + safety) if policy.point is None else policy.point
    up_to = policy.up_to
    if up_to is None or up_to <= point:
        up_to = point + max(whole(daily * policy.cover_days), ONE)
    return Levels(point, up_to, safety)


def is_low(position: Decimal, found: Levels) -> bool:
    """At or below the reorder point; without one only if more is wanted than there is and comes."""
    return position <= found.point if found.point else position < 0


def needs_of(places: Sequence[Place]) -> list[Need]:
    """What the warehouses of one SKU lack, those that are supplied by another before the one that supplies them,
    whose position they lower. Warehouses that supply each other in a circle are each looked at once.
    """
    by_id = {place.warehouse_id: place for place in places}
    passed_on: dict[int, Decimal] = {}
    needs = []
    for place in sorted(places, key=lambda place: (-_depth(place, by_id), place.warehouse_id)):
        taken = passed_on.get(place.warehouse_id, ZERO)
        position = place.position - taken
        found = levels(place.daily, place.policy)
        if not is_low(position, found):
            continue
        quantity = whole(found.up_to - position)
        days_left = max(place.position, ZERO) / place.daily if place.daily else None
        needs.append(Need(place, found, quantity, taken, days_left))
        source = place.policy.source_id
        if source is not None and source in by_id:
            passed_on[source] = passed_on.get(source, ZERO) + quantity
    return needs


def _depth(place: Place, by_id: Mapping[int, Place]) -> int:
    """How many warehouses stand behind this one; bounded, for rules may point in a circle."""
    depth, seen = 0, {place.warehouse_id}
    source = place.policy.source_id
    while source is not None and source in by_id and source not in seen:
        seen.add(source)
        depth += 1
        source = by_id[source].policy.source_id
    return depth


def transferable(source: Place, wanted: Decimal) -> Decimal:
    """What a warehouse can spare for another: never what it needs until its own goods come, never more than free."""
    spare = source.available - source.waiting - levels(source.daily, source.policy).point
    return max(ZERO, min(wanted, spare).to_integral_value("ROUND_FLOOR"))
