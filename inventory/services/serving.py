"""Goods that become free go to those who wait before anybody new can ask for them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.selectors.waiting import waiting_demands
from inventory.services.allocation import Claim, allocate
from inventory.services.events import publish_demands_served

_HELD = """
SELECT a.warehouse_id, a.sku_id, sum(a.open) FROM inventory_allocation a
WHERE a.company_id = %s AND a.demand_id = ANY(%s) AND a.open > 0 AND a.owner_id IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
_LOCK = "SELECT id FROM inventory_demand WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def lock_waiting(demand_ids: Collection[int], *, company_id: int, skip_locked: bool = False) -> list[Claim]:
    """Who could be served by what these demands hold, if they gave all of it back; best first.

    All are locked, these demands too, for demands come before stock levels. skip_locked: those that somebody
    else holds are left out (these demands are locked already). Statements: 1, 1 more for each warehouse and 1.
    """
    own = set(demand_ids)
    held: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    with prepared_cursor() as cursor:
        cursor.execute(_HELD, [company_id, sorted(own)])
        for warehouse_id, sku_id, quantity in cursor.fetchall():
            held[warehouse_id][sku_id] = quantity
    claims = [
        Claim(demand.demand_id, demand.sku_id, warehouse_id, demand.unmet)
        for warehouse_id, skus in held.items()
        for demand in waiting_demands(company_id, list(skus), warehouse_id, arriving=skus)
        if demand.demand_id not in own
    ]
    wanted = {claim.demand_id for claim in claims} | (set() if skip_locked else own)
    if not wanted:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(f"{_LOCK} SKIP LOCKED" if skip_locked else _LOCK, [company_id, sorted(wanted)])
        locked = {demand_id for (demand_id,) in cursor.fetchall()}
    return [claim for claim in claims if claim.demand_id in locked]


def serve_waiting(claims: Sequence[Claim], *, company_id: int, actor: Actor) -> None:
    """Claim what has become free for those who waited (see lock_waiting). Topic published: DemandsServed.

    Statements: those of allocate and 1, or 0 without claims.
    """
    results = allocate(claims, company_id=company_id, actor=actor)
    publish_demands_served({result.demand_id for result in results if result.claimed}, company_id=company_id)
