"""Pick faces are refilled from the reserve: for what is released to be picked, and below their minimum."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from warehouse.placing import ZERO, Chooser, Rule
from warehouse.services.floor import reading
from warehouse.services.floor.put_away import PlannedTask, insert_tasks

URGENT, USUAL = 50, 100

# By SKU: claimed for work that is released or may be, and not yet found in a bin.
_WANTED = """
SELECT a.sku_id, sum(a.open - coalesce(c.open, 0))
FROM orders_fulfilment f
JOIN orders_fulfilmentline l ON l.fulfilment_id = f.id
JOIN inventory_allocation a ON a.id = l.allocation_id AND a.open > 0 AND a.owner_id IS NULL
LEFT JOIN LATERAL (
    SELECT sum(b.open) AS open FROM inventory_binclaim b WHERE b.allocation_id = a.id AND b.open > 0
) c ON true
WHERE f.warehouse_id = %s AND f.status IN ('ready', 'in_wave', 'picking')
    AND (%s::bigint[] IS NULL OR a.sku_id = ANY(%s::bigint[]))
GROUP BY 1
"""
# What lies in bins of the SKUs, free of claims and of what open tasks take away; what open tasks bring.
_STOCK = """
SELECT q.sku_id, q.location_id, q.lot_id, o.expiry_date, q.quantity,
    q.quantity - q.claimed - coalesce((
        SELECT sum(t.quantity - t.done) FROM warehouse_floortask t
        WHERE t.from_location_id = q.location_id AND t.sku_id = q.sku_id AND t.lot_id IS NOT DISTINCT FROM q.lot_id
            AND t.status IN ('open', 'assigned', 'in_progress')), 0),
    coalesce(z.use = 'reserve', false), l.is_pick_face, l.blocked_at IS NULL AND l.is_active
        AND coalesce(p.blocked_at IS NULL AND p.is_active, true),
    o.expiry_date IS NOT NULL AND o.expiry_date < (
        SELECT (clock_timestamp() AT TIME ZONE c.time_zone)::date FROM accounting_company c WHERE c.id = q.company_id)
        OR EXISTS (SELECT FROM inventory_lothold h WHERE h.lot_id = q.lot_id AND h.lifted_at IS NULL),
    l.pick_sequence, l.code
FROM inventory_stockquant q
JOIN inventory_location l ON l.id = q.location_id AND l.warehouse_id = %s
LEFT JOIN inventory_location p ON p.id = l.stands_in_id
LEFT JOIN inventory_zone z ON z.id = l.zone_id
LEFT JOIN inventory_lot o ON o.id = q.lot_id
WHERE q.sku_id = ANY(%s) AND q.owner_id IS NULL AND q.quantity > 0 AND (l.kind = 'bin' OR p.kind = 'bin')
"""
_FACES = """
SELECT f.sku_id, f.location_id, f.minimum, f.maximum, coalesce((
        SELECT sum(t.quantity - t.done) FROM warehouse_floortask t
        WHERE t.to_location_id = f.location_id AND t.sku_id = f.sku_id
            AND t.status IN ('open', 'assigned', 'in_progress')), 0)
FROM inventory_pickface f JOIN inventory_location l ON l.id = f.location_id
WHERE l.warehouse_id = %s AND l.is_active AND l.blocked_at IS NULL
    AND (%s::bigint[] IS NULL OR f.sku_id = ANY(%s::bigint[]))
ORDER BY l.pick_sequence, f.id
"""


@dataclass(slots=True)
class _Stock:
    location_id: int
    lot_id: int | None
    free: Decimal
    order: tuple[Any, ...]


@dataclass(slots=True)
class _Face:
    location_id: int
    minimum: Decimal
    maximum: Decimal
    coming: Decimal
    there: Decimal = ZERO
    free: Decimal = ZERO
    asked: Decimal = ZERO

    @property
    def room(self) -> Decimal:
        return max(self.maximum - self.there - self.coming - self.asked, ZERO)


@dataclass(slots=True)
class _Sku:
    wanted: Decimal = ZERO
    pickable: Decimal = ZERO
    faces: list[_Face] = field(default_factory=list)
    reserve: list[_Stock] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def plan_refills(
    warehouse_id: int, *, company_id: int, actor: Actor, sku_ids: Sequence[int] | None = None
) -> list[PlannedTask]:
    """Tasks that bring goods from the reserve to where they are picked.

    A pick face is filled up to its maximum when it is below its minimum, and before that, urgently, as far as what is
    released wants more than can be picked now. Released goods that lie in reserve only, of a SKU without a pick face,
    go to a bin with room. What expires first is brought first; expired and blocked lots, blocked bins and claimed goods are left.
    Planned twice makes none. sku_ids: only these. Statements: 12, however many SKUs.
    """
    reading.lock_warehouse(warehouse_id)
    only = None if sku_ids is None else list(sku_ids)
    skus = _read(warehouse_id, only)
    rows: list[tuple[object, ...]] = []

    def task(sku_id: int, part: Decimal, stock: _Stock, target: int, urgent: bool, reason: str) -> None:
        rows.append(
            (
                company_id, warehouse_id, "refill", URGENT if urgent else USUAL, sku_id, stock.lot_id, None, part,
                stock.location_id, target, reason, "", None, actor.label, "",
            )
        )  # fmt: skip

    homeless: list[tuple[int, Decimal]] = []
    for sku_id, sku in skus.items():
        lacking = max(sku.wanted - sku.pickable - sum(face.coming for face in sku.faces), ZERO)
        if lacking and not sku.faces:
            homeless.append((sku_id, lacking))
        for face in sku.faces:
            urgent = min(lacking, face.room)
            low = face.free + face.coming < face.minimum
            part = face.room if low else urgent
            for stock, some in _take(sku.reserve, part):
                reason = _("Released orders want it") if urgent else _("Below the minimum of the pick face")
                task(sku_id, some, stock, face.location_id, urgent > 0, reason)
                face.asked += some
            lacking = max(lacking - face.asked, ZERO)
    if homeless:
        _place_homeless(homeless, skus, warehouse_id, task)
    return insert_tasks(rows) if rows else []


def _read(warehouse_id: int, only: list[int] | None) -> dict[int, _Sku]:
    skus: defaultdict[int, _Sku] = defaultdict(_Sku)
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, [warehouse_id, only, only])
        for sku_id, wanted in cursor.fetchall():
            skus[sku_id].wanted = max(wanted, ZERO)
        cursor.execute(_FACES, [warehouse_id, only, only])
        for sku_id, *rest in cursor.fetchall():
            skus[sku_id].faces.append(_Face(*rest))
        cursor.execute(_STOCK, [warehouse_id, list(skus)])
        for row in cursor.fetchall():
            _add_stock(skus[row[0]], row)
    for sku in skus.values():
        sku.reserve.sort(key=lambda stock: stock.order)
    return skus


def _add_stock(sku: _Sku, row: Sequence[Any]) -> None:
    _id, place, lot, expiry, quantity, free, reserve, is_face, usable, expired, sequence, code = row
    free = max(free, ZERO)
    face = next((face for face in sku.faces if face.location_id == place), None)
    if face is not None:
        face.there += quantity
        if not expired:
            face.free += free
    if not usable or expired:
        return
    if not reserve:
        sku.pickable += free
    if face is None and not is_face and free > 0:
        sku.reserve.append(_Stock(place, lot, free, (expiry is None, str(expiry or ""), not reserve, sequence, code)))


def _take(reserve: list[_Stock], wanted: Decimal) -> list[tuple[_Stock, Decimal]]:
    parts = []
    for stock in reserve:
        part = min(wanted, stock.free)
        if part > 0:
            stock.free -= part
            wanted -= part
            parts.append((stock, part))
    return parts


def _place_homeless(
    homeless: list[tuple[int, Decimal]], skus: dict[int, _Sku], warehouse_id: int, task: Callable[..., None]
) -> None:
    """Goods in reserve of a SKU that has no face: to a bin that is picked from, has room, and holds it if one does."""
    articles = reading.articles_of({sku_id for sku_id, _lacking in homeless})
    bins = [place for place in reading.bins_of(warehouse_id=warehouse_id) if not place.is_reserve]
    chooser = Chooser(bins, {})
    rules = [Rule("", strategy) for strategy in ("same_sku", "empty", "nearest")]
    for sku_id, lacking in homeless:
        only_reserve = [stock for stock in skus[sku_id].reserve if stock.order[2] is False]
        for stock, part in _take(only_reserve, Decimal(math.ceil(lacking)) if lacking % 1 == 0 else lacking):
            for placed in chooser.place(articles[sku_id], stock.lot_id, part, rules, None):
                if placed.place is not None:
                    reason = _("Released orders want it, and it lies in reserve only")
                    task(sku_id, placed.quantity, stock, placed.place.id, True, reason)
