"""Trying a channel's sourcing settings on its orders of the last days: what would ship from elsewhere. A question only."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from backoffice.core.db import database_now
from backoffice.core.money import ZERO
from inventory.models import SELLABLE_KINDS, Warehouse
from inventory.selectors import weights_kg
from orders.models import Channel
from orders.selectors.sites import Candidates, candidates_of, is_past
from orders.sourcing import Plan, Site, Want, source

MOST, MOST_ROWS = 2_000, 200
Stock = dict[tuple[int, int], Decimal]
_WANTS = """
SELECT o.id, 'SO-' || lpad(o.id::text, 6, '0'), o.placed_at, o.pinned_warehouse_id, d.id, d.sku_id, l.quantity
FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id JOIN inventory_demand d ON d.id = l.demand_id
WHERE o.id = ANY(%s) ORDER BY o.placed_at, o.id, l.position
"""
# What lay for sale at an instant: everything that moved into such places until then, less what moved out.
_MOVES = """
SELECT m.sku_id, p.warehouse_id, m.effective_at, m.quantity * s.sign
FROM inventory_stockmove m CROSS JOIN (VALUES (1), (-1)) s (sign)
JOIN inventory_location p ON p.id = CASE WHEN s.sign = 1 THEN m.to_location_id ELSE m.from_location_id END
WHERE m.company_id = %s AND m.sku_id = ANY(%s) AND m.owner_id IS NULL AND p.kind = ANY(%s) AND m.effective_at < %s
ORDER BY m.effective_at, m.id
"""


@dataclass(frozen=True, slots=True)
class SourcingSettings:
    """As on the channel. positions: place in the order of preference by warehouse; excluded: those that never ship."""

    objective: str
    max_parcels: int | None = None
    same_day: bool = False
    positions: Mapping[int, int] = field(default_factory=dict)
    excluded: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a way of sourcing comes to: of one order, or of all."""

    warehouses: tuple[str, ...]
    parcels: int
    cost: Decimal
    distance_km: int
    missing: Decimal


@dataclass(frozen=True, slots=True)
class TrialRow:
    order_id: int
    number: str
    placed_at: datetime.datetime
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class SourcingTrial:
    """before, after: sums of all orders that were looked at; rows: the newest 200 that would ship from elsewhere."""

    days: int
    looked_at: int
    is_cut: bool
    changed: int
    before: Outcome
    after: Outcome
    rows: tuple[TrialRow, ...]


def shipping_houses(channel: Channel) -> QuerySet[Warehouse]:
    """The warehouses that a channel's orders may ship from."""
    return Warehouse.objects.filter(company_id=channel.company_id, is_active=True, is_transit=False).order_by(
        "priority", "code"
    )


def settings_of(channel: Channel, **changes: Any) -> SourcingSettings:
    """The channel's settings, with `changes` in their place. Statements: 1."""
    rules = list(channel.sourcing_rules.all())
    now = SourcingSettings(
        channel.objective, channel.max_parcels, channel.same_day,
        {rule.warehouse_id: rule.position for rule in rules if rule.position is not None},
        frozenset(rule.warehouse_id for rule in rules if rule.is_excluded),
    )  # fmt: skip
    return replace(now, **changes)


def try_sourcing(channel: Channel, settings: SourcingSettings, *, days: int) -> SourcingTrial:
    """Each order of the last days by itself, with the stock as it lay when it was placed: now and with the settings.

    At most 2,000 orders, the newest. Pins stay. Statements: 8, whatever the number.
    """
    now = database_now()
    newest = channel.order_set.filter(placed_at__gte=now - datetime.timedelta(days=days)).order_by("-placed_at", "-pk")
    ids = list(newest.values_list("pk", flat=True)[: MOST + 1])
    orders = _wants(ids[:MOST])
    skus = sorted({want.sku_id for *_head, wants in orders for want in wants})
    pins = {pk: pinned for pk, _number, _placed, pinned, _wanted in orders}
    found = candidates_of(dict.fromkeys(pins, channel.ship_complete), pinned=pins) if pins else {}
    houses = {row.pk: row for row in Warehouse.objects.filter(company_id=channel.company_id)}
    weights = weights_kg(channel.company_id, skus)
    moves, at, stock = _moves(channel.company_id, skus, now), 0, Stock()
    befores, afters, rows = [], [], []
    for pk, number, placed, _pinned, wants in orders:
        while at < len(moves) and moves[at][2] <= placed:
            sku, warehouse, _when, quantity = moves[at]
            stock[sku, warehouse] = stock.get((sku, warehouse), ZERO) + quantity
            at += 1
        now_so = _at(found[pk], houses, channel.company.time_zone, placed)
        before = _outcome(
            source(wants, sites=now_so.sites, available=stock, rules=now_so.rules, weights_kg=weights), houses
        )
        then = _with(now_so, settings, houses)
        after = _outcome(source(wants, sites=then.sites, available=stock, rules=then.rules, weights_kg=weights), houses)
        befores.append(before)
        afters.append(after)
        if before.warehouses != after.warehouses:
            rows.append(TrialRow(pk, number, placed, before, after))
    rows.reverse()
    return SourcingTrial(
        days, len(orders), len(ids) > MOST, len(rows), _sum(befores), _sum(afters), tuple(rows[:MOST_ROWS])
    )


def _wants(ids: Sequence[int]) -> list[tuple[int, str, datetime.datetime, int | None, list[Want]]]:
    """The orders from the oldest on, with what was ordered. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_WANTS, [list(ids)])
        rows = cursor.fetchall()
    found: dict[int, tuple[int, str, datetime.datetime, int | None, list[Want]]] = {}
    for pk, number, placed, pinned, demand, sku, quantity in rows:
        found.setdefault(pk, (pk, number, placed, pinned, []))[4].append(Want(demand, sku, quantity))
    return list(found.values())


def _moves(
    company_id: int, skus: Sequence[int], until: datetime.datetime
) -> list[tuple[int, int, datetime.datetime, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, [company_id, list(skus), list(SELLABLE_KINDS), until])
        return cursor.fetchall()


def _at(found: Candidates, houses: Mapping[int, Warehouse], zone: str, placed: datetime.datetime) -> Candidates:
    """As it was when the order came: cut-offs of that moment."""
    sites = [
        replace(
            site, late=is_past(houses[site.warehouse_id].cut_off, houses[site.warehouse_id].time_zone or zone, placed)
        )
        for site in found.sites
    ]
    return Candidates(found.rules, sites)


def _with(found: Candidates, settings: SourcingSettings, houses: Mapping[int, Warehouse]) -> Candidates:
    """The same candidates under other settings; what is pinned elsewhere stays refused, and a pin beats an exclusion."""
    positions, last = settings.positions, 1 << 30
    pinned = any(site.refusal == "pinned_elsewhere" for site in found.sites)

    def place(site: Site) -> tuple[int, int, str]:
        house = houses[site.warehouse_id]
        return positions.get(site.warehouse_id, last), house.priority, house.code

    sites = [
        replace(
            site, rank=rank,
            refusal=site.refusal if pinned else "excluded" if site.warehouse_id in settings.excluded else "",
        )
        for rank, site in enumerate(sorted(found.sites, key=place))
    ]  # fmt: skip
    rules = replace(
        found.rules, objective=settings.objective, max_parcels=settings.max_parcels, same_day=settings.same_day
    )
    return Candidates(rules, sites)


def _outcome(plan: Plan, houses: Mapping[int, Warehouse]) -> Outcome:
    score = plan.score
    names = sorted({houses[choice.warehouse_id].code for choice in plan.choices})
    return Outcome(tuple(names), score.parcels, score.cost, score.distance_km, score.wanted - score.units)


def _sum(found: Sequence[Outcome]) -> Outcome:
    return Outcome(
        tuple(sorted({name for one in found for name in one.warehouses})),
        sum(one.parcels for one in found),
        sum((one.cost for one in found), ZERO),
        sum(one.distance_km for one in found),
        sum((one.missing for one in found), ZERO),
    )
