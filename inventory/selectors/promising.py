"""Available to promise: what is free now and what will come, less what others wait for, by day."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from backoffice.core.db import prepared_cursor
from inventory.atp import Part, Pool, Promise, Supply, Wish, serve
from inventory.selectors.inbound import Inbound, inbound_of

ZERO = Decimal(0)


@dataclass(slots=True)
class Atp:
    """What can be promised of one SKU, as of `today` in the company's zone.

    free: by warehouse, not claimed by anybody. waiting: what is wanted and not claimed. demands: the promise of
    each waiting demand by id, no part before the release date. pool: what is left for the next who asks.
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

    @property
    def is_pre_order(self) -> bool:
        return self.release_date is not None and self.release_date > self.today

    def available(self, warehouse_id: int | None = None) -> Decimal:
        """What can be claimed now, at one warehouse or all."""
        return sum(self.free.values(), ZERO) if warehouse_id is None else self.free.get(warehouse_id, ZERO)

    def ask(self, quantity: Decimal, warehouse_id: int | None = None) -> Promise:
        """When a new order of this quantity could be served, in parts, after all who wait already."""
        return self.pool.ask(quantity, warehouse_id).not_before(self.release_date)

    def curve(self, warehouse_id: int | None = None) -> list[Part]:
        """What can be promised in all by each day on which it rises."""
        return self.pool.curve(warehouse_id)


_SKUS = """
SELECT s.id, s.code, s.release_date, (clock_timestamp() AT TIME ZONE c.time_zone)::date, l.warehouse_id, l.available
FROM inventory_sku s JOIN accounting_company c ON c.id = s.company_id
LEFT JOIN (
    SELECT l.sku_id, l.warehouse_id, l.available, w.priority, w.code FROM inventory_stocklevel l
    JOIN inventory_warehouse w ON w.id = l.warehouse_id AND w.is_active AND NOT w.is_transit
    WHERE l.owner_id IS NULL AND l.available > 0
) l ON l.sku_id = s.id
WHERE s.company_id = %s AND s.id = ANY(%s) ORDER BY s.id, l.priority, l.code
"""
_WAITING = """
SELECT d.sku_id, d.id, d.unmet, d.warehouse_id FROM inventory_demand d
WHERE d.company_id = %s AND d.sku_id = ANY(%s) AND d.owner_id IS NULL AND d.quantity > d.claimed + d.used
    AND (d.expires_at IS NULL OR d.expires_at > clock_timestamp())
ORDER BY d.sku_id, d.priority, d.promise_date NULLS LAST, d.wanted_at, d.id
"""


def atp(company_id: int, sku_ids: Sequence[int]) -> dict[int, Atp]:
    """What can be promised of each of these SKUs (unknown ones are left out), own goods of active warehouses.

    Coming goods count from the day that the inbound rules allow (see inbound_of). Not locked: what is promised
    to two at the same instant is put right when promises are next counted. Statements: 3, however many SKUs.
    """
    ids = sorted(set(sku_ids))
    found: dict[int, Atp] = {}
    wishes: defaultdict[int, list[Wish]] = defaultdict(list)
    with prepared_cursor() as cursor:
        cursor.execute(_SKUS, [company_id, ids])
        for sku_id, code, release_date, today, warehouse_id, available in cursor.fetchall():
            entry = found.setdefault(sku_id, Atp(sku_id, code, release_date, today))
            if warehouse_id is not None:
                entry.free[warehouse_id] = available
        cursor.execute(_WAITING, [company_id, ids])
        for sku_id, demand_id, unmet, warehouse_id in cursor.fetchall():
            wishes[sku_id].append(Wish(demand_id, unmet, warehouse_id))
    for coming in inbound_of(company_id, ids):
        if coming.sku_id in found:
            found[coming.sku_id].inbound.append(coming)
    for entry in found.values():
        promises, entry.pool = serve(wishes[entry.sku_id], _supplies(entry))
        entry.demands = {key: promise.not_before(entry.release_date) for key, promise in promises.items()}
        entry.waiting = sum((wish.quantity for wish in wishes[entry.sku_id]), ZERO)
    return found


def _supplies(entry: Atp) -> list[Supply]:
    now = [Supply(entry.today, warehouse_id, quantity) for warehouse_id, quantity in entry.free.items()]
    coming = [
        Supply(line.date, line.warehouse_id, line.quantity)
        for line in entry.inbound
        if line.date is not None and not line.distrust
    ]
    return [*now, *coming]
