"""Goods that become free go to those who wait before anybody new can ask for them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.selectors.waiting import Waiting, waiting_demands, waiting_kits
from inventory.services.allocation import Claim, Release, allocate, claims_in_turn, release
from inventory.services.events import publish_demands_served
from inventory.services.locking import lock_levels

_HELD = """
SELECT a.warehouse_id, a.sku_id, sum(a.open) FROM inventory_allocation a
WHERE a.company_id = %s AND a.demand_id = ANY(%s) AND a.open > 0 AND a.owner_id IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
_LOCK = "SELECT id FROM inventory_demand WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def lock_waiting(demand_ids: Collection[int], *, company_id: int, skip_locked: bool = False) -> list[Claim]:
    """Who could be served by what these demands hold, if they gave all of it back; best first.

    All are locked, these demands too, for demands come before stock levels. skip_locked: those that somebody
    else holds are left out (these demands are locked already).
    Statements: 1, 2 more for each warehouse, 1, and 1 where kits wait.
    """
    own = set(demand_ids)
    held: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    with prepared_cursor() as cursor:
        cursor.execute(_HELD, [company_id, sorted(own)])
        for warehouse_id, sku_id, quantity in cursor.fetchall():
            held[warehouse_id][sku_id] = quantity
    waiting = {
        warehouse_id: [
            demand
            for demand in (
                *waiting_demands(company_id, list(skus), warehouse_id, arriving=skus),
                *waiting_kits(company_id, list(skus), warehouse_id, arriving=skus),
            )
            if demand.demand_id not in own
        ]
        for warehouse_id, skus in held.items()
    }
    wanted = {demand.demand_id for demands in waiting.values() for demand in demands}
    if not skip_locked:
        wanted |= own
    if not wanted:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(f"{_LOCK} SKIP LOCKED" if skip_locked else _LOCK, [company_id, sorted(wanted)])
        locked = {demand_id for (demand_id,) in cursor.fetchall()}
    _lock_kits(waiting, held, company_id)
    return [
        claim
        for warehouse_id, demands in waiting.items()
        for claim in claims_in_turn(_whole(demands, locked), warehouse_id)
    ]


def _whole(demands: Sequence[Waiting], locked: Collection[int]) -> list[Waiting]:
    """Those that are locked; of a kit all components or none."""
    broken = {d.kit_group for d in demands if d.demand_id not in locked and d.kit_group is not None}
    return [d for d in demands if d.demand_id in locked and d.kit_group not in broken]


def _lock_kits(
    waiting: Mapping[int, Sequence[Waiting]], held: Mapping[int, Mapping[int, Decimal]], company_id: int
) -> None:
    """Of kits the levels of all components are locked with those of the goods given back, in one order."""
    in_kits = {(d.sku_id, place) for place, demands in waiting.items() for d in demands if d.kit_group is not None}
    if in_kits:
        both = sorted(in_kits | {(sku, place) for place, skus in held.items() for sku in skus})
        lock_levels(both, company_id=company_id)


def serve_waiting(claims: Sequence[Claim], *, company_id: int, actor: Actor) -> None:
    """Claim what has become free for those who waited (see lock_waiting). Topic published: DemandsServed.

    Statements: those of allocate and 1, or 0 without claims.
    """
    results = allocate(claims, company_id=company_id, actor=actor)
    publish_demands_served({result.demand_id for result in results if result.claimed}, company_id=company_id)


@transaction.atomic(savepoint=False)
def release_to_waiting(releases: Sequence[Release], *, company_id: int, actor: Actor) -> None:
    """Give claims back, to those who wait before anybody new can ask for the goods; see release and serve_waiting.

    Raises ClaimRefused, nothing written. Statements: 3 and 1 for each warehouse, those of release and of allocate.
    """
    if not releases:
        return
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT demand_id FROM inventory_allocation WHERE id = ANY(%s)", [[item.allocation_id for item in releases]]
        )
        demand_ids = {demand_id for (demand_id,) in cursor.fetchall()}
    waiting = lock_waiting(demand_ids, company_id=company_id)
    release(releases, company_id=company_id, actor=actor)
    serve_waiting(waiting, company_id=company_id, actor=actor)
