"""Choosing among warehouses for a batch of orders, and writing down why."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from inventory.selectors import available as available_now
from inventory.selectors import weights_kg
from inventory.services import bar_demands, lock_supply
from orders.selectors.sites import Candidates, candidates_of
from orders.sourcing import Kit, Plan, Score, Want, source, take

Free = dict[tuple[int, int], Decimal]


@dataclass(frozen=True, slots=True)
class OrderWants:
    """What an order's lines still lack. pinned: the one warehouse that may serve it. Want.key: the demand.

    kits: which of the wants are parts of kits, whole kits only or in parts. keeps_until: of SKUs with lots only what
    keeps until then will do; owner_id: the party whose goods they are, None: ours. The demands say the same.
    """

    order_id: int
    pinned: int | None
    ship_complete: bool
    wants: Sequence[Want]
    kits: Sequence[Kit] = ()
    keeps_until: datetime.date | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """An order's best plan, and what it was chosen by."""

    order_id: int
    objective: str
    pinned: int | None
    plan: Plan


def decide(
    orders: Sequence[OrderWants], *, company_id: int, given_back: Mapping[tuple[int, int, int], Decimal] | None = None
) -> dict[int, Decided]:
    """The best plan of each order, one after another as given; every level that a plan uses is locked.

    given_back: what an order holds already and may have again, by (order, SKU, warehouse).

    Plans are made before the locks are taken and once more under them if somebody was quicker meanwhile, so a
    plan is never short of what it promises and nobody waits for arithmetic. What the rules exclude is barred for goods that come later, too.
    Statements: 4, 1 each more where kilograms cost, where warehouses are excluded and for each day until which goods
    must keep; so many for each owner of goods.
    """
    owners = sorted({order.owner_id or 0 for order in orders})
    decided: dict[int, Decided] = {}
    for owner_id in owners:
        part = [order for order in orders if (order.owner_id or 0) == owner_id]
        decided |= _decide(part, owner_id or None, company_id, given_back)
    return decided


def _decide(
    orders: Sequence[OrderWants],
    owner_id: int | None,
    company_id: int,
    given_back: Mapping[tuple[int, int, int], Decimal] | None,
) -> dict[int, Decided]:
    skus = sorted({want.sku_id for order in orders for want in order.wants})
    candidates = candidates_of(
        {order.order_id: order.ship_complete for order in orders},
        pinned={order.order_id: order.pinned for order in orders},
    )
    bar_demands(_barred(orders, candidates, anew=given_back is not None), company_id=company_id)
    free = available_now(company_id, skus, owner_id=owner_id)
    costs_kg = any(site.kg_cost for found in candidates.values() for site in found.sites)
    weights = weights_kg(company_id, skus) if costs_kg else {}
    returned = given_back or {}
    fresh = _fresh(orders, skus, company_id, owner_id)
    plans = _plan(orders, candidates, free, fresh, weights, returned)
    places: dict[int, list[int]] = {sku: [] for sku in skus}
    for sku, warehouse in sorted({*(pair for pair, there in free.items() if there > 0), *_held(orders, returned)}):
        places[sku].append(warehouse)
    demands = {want.key: want.sku_id for order in orders for want in order.wants}
    locked = lock_supply(demands, warehouses=places, company_id=company_id, owner_id=owner_id)
    if any(there != free.get(pair, 0) for pair, there in locked.items()):
        fresh = _fresh(orders, skus, company_id, owner_id)
        plans = _plan(orders, candidates, locked, fresh, weights, returned)
    return plans


def _fresh(
    orders: Sequence[OrderWants], skus: Sequence[int], company_id: int, owner_id: int | None
) -> dict[datetime.date, Free]:
    """What there is that keeps until each day that an order asks for. Statements: 1 for each."""
    days = {order.keeps_until for order in orders if order.keeps_until is not None}
    return {day: available_now(company_id, skus, until=day, owner_id=owner_id) for day in sorted(days)}


def _barred(orders: Sequence[OrderWants], candidates: Mapping[int, Candidates], *, anew: bool) -> dict[int, list[int]]:
    """The warehouses that the channel's rules exclude, by demand; anew: also where there are none any more."""
    found = {}
    for order in orders:
        excluded = [site.warehouse_id for site in candidates[order.order_id].sites if site.refusal == "excluded"]
        if excluded or anew:
            found.update({want.key: excluded for want in order.wants})
    return found


def _held(orders: Sequence[OrderWants], returned: Mapping[tuple[int, int, int], Decimal]) -> set[tuple[int, int]]:
    """Levels that are used unseen: where something is given back, and the warehouses of pins."""
    pinned = {(want.sku_id, order.pinned) for order in orders if order.pinned is not None for want in order.wants}
    return pinned | {(sku, warehouse) for _order, sku, warehouse in returned}


def _plan(
    orders: Sequence[OrderWants],
    candidates: Mapping[int, Candidates],
    free: Mapping[tuple[int, int], Decimal],
    fresh: Mapping[datetime.date, Mapping[tuple[int, int], Decimal]],
    weights: Mapping[int, Decimal],
    returned: Mapping[tuple[int, int, int], Decimal],
) -> dict[int, Decided]:
    left: Free = dict(free)
    keeping: dict[datetime.date, Free] = {day: dict(there) for day, there in fresh.items()}
    decided = {}
    for order in orders:
        for (order_id, sku, warehouse), quantity in returned.items():
            if order_id == order.order_id:
                for there in (left, *keeping.values()):  # what it holds keeps long enough for it
                    there[sku, warehouse] = there.get((sku, warehouse), Decimal(0)) + quantity
        found = candidates[order.order_id]
        plan = source(
            order.wants,
            sites=found.sites,
            available=_for(order, left, keeping),
            rules=found.rules,
            kits=order.kits,
            weights_kg=weights,
        )
        for there in (left, *keeping.values()):
            take(there, plan.choices)
        decided[order.order_id] = Decided(order.order_id, found.rules.objective, order.pinned, plan)
    return decided


def _for(order: OrderWants, left: Free, keeping: Mapping[datetime.date, Free]) -> Free:
    """What there is for an order: of what must keep, the lesser of what keeps and what is left at all."""
    if order.keeps_until is None:
        return left
    fresh = keeping[order.keeps_until]
    return {pair: max(min(there, fresh.get(pair, there)), Decimal(0)) for pair, there in left.items()}


_COLUMNS = {
    "company_id": "bigint",
    "order_id": "bigint",
    "cause": "text",
    "objective": "text",
    "pinned_warehouse_id": "bigint",
    "is_exact": "boolean",
    "candidates": "jsonb",
    "plan": "jsonb",
    "reason": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}


def record_decisions(
    decided: Sequence[Decided], *, company_id: int, cause: str, actor: Actor, reason: str = ""
) -> None:
    """Write decisions down as they were made. Statements: 1, or 0 without decisions."""
    insert_rows(
        "orders_sourcingdecision",
        _COLUMNS,
        [
            (
                company_id,
                item.order_id,
                str(cause),
                item.objective,
                item.pinned,
                item.plan.exact,
                json.dumps([_candidate(found) for found in item.plan.candidates]),
                json.dumps(_plan_row(item.plan)),
                reason,
                actor.user_id,
                actor.label,
            )
            for item in decided
        ],
    )


def _candidate(found: Any) -> dict[str, Any]:
    row = {"warehouse": found.warehouse_id, "verdict": found.verdict}
    return row | _score(found.alone) if found.alone else row


def _score(score: Score) -> dict[str, Any]:
    return {
        "wanted": f"{score.wanted.normalize():f}",
        "units": f"{score.units.normalize():f}",
        "parcels": score.parcels,
        "cost": f"{score.cost.normalize():f}",
        "km": score.distance_km,
        "late": score.late,
    }


def _plan_row(plan: Plan) -> dict[str, Any]:
    lines = [
        {"demand": choice.key, "warehouse": choice.warehouse_id, "quantity": f"{choice.quantity.normalize():f}"}
        for choice in plan.choices
    ]
    return _score(plan.score) | {"lines": lines}
