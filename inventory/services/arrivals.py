"""Goods that come into a warehouse go to those who wait for them, in the transaction that brings them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import connection

from backoffice.core.actor import Actor
from inventory.models import Location
from inventory.selectors.waiting import Waiting, waiting_demands, waiting_kits
from inventory.services.allocation import ClaimResult, allocate, claims_in_turn
from inventory.services.checking import SELLABLE
from inventory.services.events import publish_demands_served
from inventory.services.locking import lock_levels

Lacking = dict[int, list[Waiting]]


def lock_lacking(
    goods: Iterable[tuple[int, Decimal, int | None, int]], *, places: Mapping[int, Location], company_id: int
) -> Lacking:
    """Who can be served when (SKU, quantity, owner, place) are in, by warehouse; locked, for demands come before levels.

    Of kits the levels of all components are locked too, with those of everything that moves: the goods' own would
    otherwise come first.
    Another owner's goods serve those who want them; kits of them wait until they are claimed again.
    Statements: 2 for each warehouse, 1 for each of another owner's goods, 1, and 1 where kits wait.
    """
    arriving: defaultdict[int, defaultdict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    theirs: defaultdict[tuple[int, int], defaultdict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    moving: set[tuple[int, int]] = set()
    for sku_id, quantity, owner_id, location_id in goods:
        place = places[location_id]
        if owner_id is None and place.warehouse_id:
            moving.add((sku_id, place.warehouse_id))
        if owner_id is None and place.kind in SELLABLE and place.warehouse_id:
            arriving[place.warehouse_id][sku_id] += quantity
        if owner_id is not None and place.kind in SELLABLE and place.warehouse_id:
            theirs[place.warehouse_id, owner_id][sku_id] += quantity
    waiting = {
        warehouse: [
            *waiting_demands(company_id, list(skus), warehouse, arriving=skus),
            *waiting_kits(company_id, list(skus), warehouse, arriving=skus),
        ]
        for warehouse, skus in sorted(arriving.items())
    }
    for (warehouse, owner_id), skus in sorted(theirs.items()):
        found = waiting_demands(company_id, list(skus), warehouse, arriving=skus, owner_id=owner_id)
        waiting.setdefault(warehouse, []).extend(found)
    ids = sorted({demand.demand_id for demands in waiting.values() for demand in demands})
    if ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM inventory_demand WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    in_kits = {(d.sku_id, place) for place, demands in waiting.items() for d in demands if d.kit_group is not None}
    if in_kits:
        lock_levels(sorted(in_kits | moving), company_id=company_id)
    return waiting


def serve_lacking(waiting: Lacking, *, company_id: int, actor: Actor) -> list[ClaimResult]:
    """Claim what has come in for them, by priority, promise date and age. Topic published: DemandsServed."""
    claims = [claim for warehouse, demands in waiting.items() for claim in claims_in_turn(demands, warehouse)]
    served = allocate(claims, company_id=company_id, actor=actor)
    publish_demands_served({result.demand_id for result in served if result.claimed}, company_id=company_id)
    return served
