"""Available to promise: what is free now and what will come, less what others wait for, by day."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backoffice.core.db import prepared_cursor
from inventory.atp import Part, Pool, Promise, Supply, Wish, serve
from inventory.selectors.inbound import Inbound, inbound_of

ZERO = Decimal(0)


@dataclass(slots=True)
class Atp:
    """What can be promised of one SKU, as of `today` in the company's zone.

    free: by warehouse, not claimed by anybody. waiting: what is wanted and not claimed. demands: the promise of
    each waiting demand by id, by goods alone: who sells may release them later. pool: what is left for the next who
    asks.
    lots: of a SKU with lots, what is free by warehouse and the day until which it keeps; shelf_life_days: how long
    coming goods are taken to keep (empty: long enough).
    channel_release: the day that a channel has of its own, where one was asked for; it counts instead of the SKU's.
    """

    sku_id: int
    code: str
    release_date: datetime.date | None
    today: datetime.date
    free: dict[int, Decimal] = field(default_factory=dict)
    inbound: list[Inbound] = field(default_factory=list)
    waiting: Decimal = ZERO
    demands: dict[int, Promise] = field(default_factory=dict)
    pool: Pool = field(default_factory=lambda: Pool(()))
    lots: dict[tuple[int, datetime.date | None], Decimal] = field(default_factory=dict)
    shelf_life_days: int | None = None
    channel_release: datetime.date | None = None

    @property
    def released_on(self) -> datetime.date | None:
        """From when on it goes to the warehouse, for whom it was asked."""
        return self.channel_release or self.release_date

    @property
    def is_pre_order(self) -> bool:
        return self.release_date is not None and self.release_date > self.today

    def available(self, warehouse_id: int | None = None) -> Decimal:
        """What can be claimed now, at one warehouse or all."""
        return sum(self.free.values(), ZERO) if warehouse_id is None else self.free.get(warehouse_id, ZERO)

    def ask(self, quantity: Decimal, warehouse_id: int | None = None, until: datetime.date | None = None) -> Promise:
        """When a new order of this quantity could be served, in parts, after all who wait already.

        until: only with what keeps until then.
        """
        return self.pool.ask(quantity, warehouse_id, until).not_before(self.released_on)

    def curve(self, warehouse_id: int | None = None) -> list[Part]:
        """What can be promised in all by each day on which it rises."""
        return self.pool.curve(warehouse_id)


_SKUS = """
SELECT s.id, s.code, s.release_date, (clock_timestamp() AT TIME ZONE c.time_zone)::date, s.lot_tracked,
    s.shelf_life_days, l.warehouses, l.available
FROM accounting_company c
CROSS JOIN unnest(%s::bigint[]) asked (id)
JOIN LATERAL (SELECT * FROM inventory_sku WHERE id = asked.id OFFSET 0) s ON s.company_id = c.id
CROSS JOIN LATERAL (
    SELECT array_agg(l.warehouse_id ORDER BY w.priority, w.code) AS warehouses,
        array_agg(l.available ORDER BY w.priority, w.code) AS available
    FROM inventory_stocklevel l JOIN inventory_warehouse w ON w.id = l.warehouse_id AND w.is_active AND NOT w.is_transit
    WHERE l.sku_id = s.id AND l.owner_id IS NULL AND l.available > 0
) l
WHERE c.id = %s ORDER BY s.id
"""
_WAITING = """
SELECT d.sku_id, d.id, d.unmet, d.warehouse_id, d.min_expiry_date FROM inventory_demand d
WHERE d.company_id = %s AND d.sku_id = ANY(%s) AND d.owner_id IS NULL AND d.quantity > d.claimed + d.used
    AND (d.expires_at IS NULL OR d.expires_at > clock_timestamp())
ORDER BY d.sku_id, d.priority, d.promise_date NULLS LAST, d.wanted_at, d.id
"""
# Lots by what expires first, and claims by how long they want it to keep: each takes the first that will do.
_LOTS = """
SELECT 'lot', q.sku_id, l.warehouse_id, o.expiry_date, sum(q.quantity) FROM inventory_stockquant q
JOIN inventory_location l ON l.id = q.location_id AND l.kind IN ('bin', 'dock', 'staging', 'tote')
JOIN inventory_warehouse w ON w.id = l.warehouse_id AND w.is_active
LEFT JOIN inventory_lot o ON o.id = q.lot_id
WHERE q.sku_id = ANY(%s) AND q.owner_id IS NULL AND q.quantity > 0
    AND NOT EXISTS (SELECT FROM inventory_lothold h WHERE h.lot_id = q.lot_id AND h.lifted_at IS NULL) GROUP BY 2, 3, 4
UNION ALL
SELECT 'claim', a.sku_id, a.warehouse_id, d.min_expiry_date, sum(a.open) FROM inventory_allocation a
JOIN inventory_demand d ON d.id = a.demand_id
WHERE a.sku_id = ANY(%s) AND a.owner_id IS NULL AND a.open > 0 GROUP BY 2, 3, 4
ORDER BY 1 DESC, 4 NULLS LAST
"""


def atp(company_id: int, sku_ids: Sequence[int], releases: Mapping[int, datetime.date] | None = None) -> dict[int, Atp]:
    """What can be promised of each of these SKUs (unknown ones are left out), own goods of active warehouses.

    releases: a channel's own release dates by SKU.

    Coming goods count from the day that the inbound rules allow (see inbound_of). Not locked: what is promised
    to two at the same instant is put right when promises are next counted. Statements: 3, however many SKUs; 1 more
    where SKUs have lots, of which nothing counts that has expired.
    """
    ids = sorted(set(sku_ids))
    found: dict[int, Atp] = {}
    wishes: defaultdict[int, list[Wish]] = defaultdict(list)
    with prepared_cursor() as cursor:
        cursor.execute(_SKUS, [ids, company_id])
        with_lots = set()
        for sku_id, code, release_date, today, has_lots, shelf_life, warehouses, available in cursor.fetchall():
            entry = found[sku_id] = Atp(
                sku_id,
                code,
                release_date,
                today,
                shelf_life_days=shelf_life,
                channel_release=(releases or {}).get(sku_id),
            )
            if has_lots:
                with_lots.add(sku_id)
            elif warehouses is not None:
                entry.free = dict(zip(warehouses, available, strict=True))
        if with_lots:
            cursor.execute(_LOTS, [sorted(with_lots)] * 2)
            _count_lots(cursor.fetchall(), found)
        cursor.execute(_WAITING, [company_id, ids])
        for sku_id, demand_id, unmet, warehouse_id, until in cursor.fetchall():
            wishes[sku_id].append(Wish(demand_id, unmet, warehouse_id, until))
    for coming in inbound_of(company_id, ids):
        if coming.sku_id in found:
            found[coming.sku_id].inbound.append(coming)
    for entry in found.values():
        entry.demands, entry.pool = serve(wishes[entry.sku_id], _supplies(entry))
        entry.waiting = sum((wish.quantity for wish in wishes[entry.sku_id]), ZERO)
    return found


def _count_lots(rows: Iterable[tuple[Any, ...]], found: dict[int, Atp]) -> None:
    """What is free of each lot that has not expired: each claim takes what expires first of what will do for it."""
    for kind, sku_id, warehouse_id, day, quantity in rows:
        entry = found[sku_id]
        if kind == "lot":
            if day is None or day >= entry.today:
                entry.lots[warehouse_id, day] = quantity
            continue
        for (place, keeps), there in entry.lots.items():  # what expires first stands first
            if place == warehouse_id and (day is None or keeps is None or keeps >= day):
                part = min(there, quantity)
                entry.lots[place, keeps] = there - part
                quantity -= part
    for entry in found.values():
        entry.lots = {key: there for key, there in entry.lots.items() if there > 0}
        for (warehouse_id, _day), there in entry.lots.items():
            entry.free[warehouse_id] = entry.free.get(warehouse_id, ZERO) + there


def _supplies(entry: Atp) -> list[Supply]:
    now = [
        Supply(entry.today, warehouse_id, quantity, keeps) for (warehouse_id, keeps), quantity in entry.lots.items()
    ] or [Supply(entry.today, warehouse_id, quantity) for warehouse_id, quantity in entry.free.items()]
    life = None if entry.shelf_life_days is None else datetime.timedelta(days=entry.shelf_life_days)
    coming = [
        Supply(line.date, line.warehouse_id, line.quantity, line.date + life if life else None)
        for line in entry.inbound
        if line.date is not None and not line.distrust
    ]
    return [*now, *coming]
