"""Claims that no warehouse has begun, planned and made anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.selectors import available as available_now
from inventory.services import Claim, Release, allocate, lock_supply, release
from orders.models import Order, SourcingCause
from orders.services.deciding import OrderWants, decide, record_decisions
from orders.sourcing import Kit, Want

ZERO = Decimal(0)


@dataclass(slots=True)
class Held:
    """What one demand wants and holds that no warehouse has begun: (allocation, free quantity) by warehouse.

    kit_group, per_kit: of a component of kits that leave whole.
    """

    sku_id: int
    unmet: Decimal
    kit_group: int | None = None
    per_kit: Decimal | None = None
    keeps_until: date | None = None
    owner_id: int | None = None
    held: dict[int, list[tuple[int, Decimal]]] = field(default_factory=dict)

    def free(self, warehouse_id: int) -> Decimal:
        return sum((quantity for _allocation, quantity in self.held.get(warehouse_id, [])), ZERO)

    @property
    def wanted(self) -> Decimal:
        return self.unmet + sum((self.free(warehouse) for warehouse in self.held), ZERO)


_DEMANDS = """
SELECT d.id, d.sku_id FROM orders_orderline l
JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id WHERE l.order_id = ANY(%s)
"""
_HELD = """
SELECT l.order_id, d.id, d.sku_id, d.unmet, d.kit_group, d.kit_ratio, d.min_expiry_date, d.owner_id,
    a.id, a.warehouse_id, a.open - coalesce(begun.quantity, 0)
FROM orders_orderline l JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id
LEFT JOIN inventory_allocation a ON a.demand_id = d.id AND a.open > 0
LEFT JOIN LATERAL (
    SELECT sum(fl.quantity - fl.shipped) AS quantity
    FROM orders_fulfilmentline fl JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
    WHERE fl.allocation_id = a.id AND f.status IN ('in_wave', 'picking', 'picked', 'packing', 'packed')
) begun ON true
WHERE l.order_id = ANY(%s) ORDER BY l.order_id, l.position, d.id, a.id
"""


def look(orders: Mapping[int, Order], pins: Mapping[int, int | None], company_id: int) -> dict[int, dict[int, Held]]:
    """Lock the orders' demands with every level they might use, then read what they hold; by order and demand."""
    with prepared_cursor() as cursor:
        cursor.execute(_DEMANDS, [list(orders)])
        demands = dict(cursor.fetchall())
    places: dict[int, set[int]] = {sku: {pin for pin in pins.values() if pin} for sku in demands.values()}
    for sku, warehouse in available_now(company_id, sorted(places)):
        places[sku].add(warehouse)
    lock_supply(demands, warehouses={sku: sorted(found) for sku, found in places.items()}, company_id=company_id)
    work: dict[int, dict[int, Held]] = {}
    with prepared_cursor() as cursor:
        cursor.execute(_HELD, [list(orders)])
        for order_id, demand_id, *wanted, allocation_id, warehouse_id, free in cursor.fetchall():
            line = work.setdefault(order_id, {}).setdefault(demand_id, Held(*wanted))
            if allocation_id is not None and free > 0:
                line.held.setdefault(warehouse_id, []).append((allocation_id, free))
    return work


def claim_anew(
    orders: Mapping[int, Order],
    work: Mapping[int, Mapping[int, Held]],
    pins: Mapping[int, int | None],
    cause: SourcingCause,
    company_id: int,
    actor: Actor,
    reason: str,
) -> None:
    """Plan over what is free and what is held, give back what the plan does not use, claim what it adds."""
    asked = []
    given_back: dict[tuple[int, int, int], Decimal] = {}
    for pk, lines in work.items():
        for line in lines.values():
            for warehouse in line.held:
                key = (pk, line.sku_id, warehouse)
                given_back[key] = given_back.get(key, ZERO) + line.free(warehouse)
        wants = [Want(demand_id, line.sku_id, line.wanted) for demand_id, line in lines.items() if line.wanted > 0]
        if wants:
            days = [line.keeps_until for line in lines.values() if line.keeps_until is not None]
            asked.append(
                OrderWants(
                    pk,
                    pins[pk],
                    orders[pk].ship_complete,
                    wants,
                    _kits(lines),
                    max(days, default=None),
                    next(iter(lines.values())).owner_id,
                )
            )
    if not asked:
        return
    plans = decide(asked, company_id=company_id, given_back=given_back)
    record_decisions(list(plans.values()), company_id=company_id, cause=cause, actor=actor, reason=reason[:300])
    releases, claims = [], []
    for pk, decided in plans.items():
        chosen = {(choice.key, choice.warehouse_id): choice.quantity for choice in decided.plan.choices}
        for demand_id, line in work[pk].items():
            releases += _surplus(line, {place: chosen.get((demand_id, place), ZERO) for place in line.held})
        for (demand_id, place), quantity in chosen.items():
            line = work[pk][demand_id]
            if quantity > line.free(place):
                claims.append(
                    Claim(
                        demand_id,
                        line.sku_id,
                        place,
                        quantity - line.free(place),
                        kit_group=line.kit_group,
                        per_kit=line.per_kit,
                    )
                )
    claims.sort(key=lambda claim: (claim.kit_group or 0, claim.warehouse_id))  # a kit's components side by side
    release(releases, company_id=company_id, actor=actor)
    allocate(claims, company_id=company_id, actor=actor)


def _kits(lines: Mapping[int, Held]) -> list[Kit]:
    """The kits that leave whole: as many as every component is still wanted for."""
    parts: dict[int, dict[int, Decimal]] = {}
    for demand_id, line in lines.items():
        if line.kit_group is not None and line.per_kit is not None and line.wanted > 0:
            parts.setdefault(line.kit_group, {})[demand_id] = line.per_kit
    return [Kit(min(int(lines[key].wanted / per_kit) for key, per_kit in kit.items()), kit) for kit in parts.values()]


def _surplus(line: Held, kept: Mapping[int, Decimal]) -> list[Release]:
    """What is held beyond what is kept, from the newest claim back."""
    releases = []
    for place, quantity in kept.items():
        over = line.free(place) - quantity
        for allocation_id, free in reversed(line.held[place]):
            if (part := min(over, free)) > 0:
                releases.append(Release(allocation_id, part))
                over -= part
    return releases
