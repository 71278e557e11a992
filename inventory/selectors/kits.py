"""What kits are made of, and how many of them there are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from backoffice.core.db import prepared_cursor
from inventory.kits import kits_over_places, whole_kits
from inventory.models import KitPolicy

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class KitParts:
    """A composition: how many of each SKU one kit takes, in the kit's own order. policy: a KitPolicy."""

    kit_id: int
    sku_id: int
    policy: str
    parts: dict[int, Decimal] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return self.policy == KitPolicy.WHOLE


def kit_parts(kit_ids: Collection[int]) -> dict[int, KitParts]:
    """Compositions by their ids. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT k.id, k.sku_id, k.policy, c.sku_id, c.quantity FROM inventory_kit k"
            " JOIN inventory_kitcomponent c ON c.kit_id = k.id WHERE k.id = ANY(%s) ORDER BY k.id, c.position",
            [sorted(set(kit_ids))],
        )
        return _grouped(cursor.fetchall())


def kits_of(company_id: int, sku_ids: Collection[int]) -> dict[int, KitParts]:
    """The present compositions of those SKUs that are kits, by SKU. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.id, k.sku_id, k.policy, c.sku_id, c.quantity FROM inventory_sku s"
            " JOIN inventory_kit k ON k.id = s.kit_id JOIN inventory_kitcomponent c ON c.kit_id = k.id"
            " WHERE s.company_id = %s AND s.id = ANY(%s) ORDER BY k.id, c.position",
            [company_id, sorted(set(sku_ids))],
        )
        return {kit.sku_id: kit for kit in _grouped(cursor.fetchall()).values()}


def _grouped(rows: list[tuple[int, int, str, int, Decimal]]) -> dict[int, KitParts]:
    found: dict[int, KitParts] = {}
    for kit_id, sku_id, policy, part_id, quantity in rows:
        found.setdefault(kit_id, KitParts(kit_id, sku_id, policy)).parts[part_id] = quantity
    return found


_PLACES = """
SELECT l.sku_id, l.warehouse_id, l.available FROM inventory_stocklevel l JOIN inventory_warehouse w ON w.id = l.warehouse_id
WHERE l.company_id = %s AND l.owner_id IS NULL AND l.sku_id = ANY(%s) AND w.is_active AND NOT w.is_transit
    AND (%s::bigint IS NULL OR w.id = %s)
"""


def _available(
    company_id: int, kits: Mapping[int, KitParts], warehouse_id: int | None
) -> dict[int, dict[int, Decimal]]:
    """What active warehouses have of the kits' components, by warehouse and SKU. Statements: 1, or 0 without kits."""
    skus = sorted({sku for kit in kits.values() for sku in kit.parts})
    if not skus:
        return {}
    places: dict[int, dict[int, Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [company_id, skus, warehouse_id, warehouse_id])
        for sku_id, place, quantity in cursor.fetchall():
            places.setdefault(place, {})[sku_id] = quantity
    return places


def kits_available(company_id: int, sku_ids: Collection[int], *, warehouse_id: int | None = None) -> dict[int, Decimal]:
    """How many of each kit can be promised; SKUs that are no kits are left out. Statements: 1, 2 with kits.

    The scarcest component decides. A kit that leaves whole is made in one warehouse; one that may leave in
    parts takes what all of them have together. warehouse_id: count this one alone.
    """
    kits = kits_of(company_id, sku_ids)
    places = _available(company_id, kits, warehouse_id)
    together: dict[int, Decimal] = {}
    for there in places.values():
        for sku_id, quantity in there.items():
            together[sku_id] = together.get(sku_id, ZERO) + quantity
    return {
        sku_id: kits_over_places(kit.parts, places)
        if kit.whole
        else whole_kits((together.get(part, ZERO), per_kit) for part, per_kit in kit.parts.items())
        for sku_id, kit in kits.items()
    }


def kits_by_warehouse(company_id: int, sku_id: int) -> dict[int, Decimal]:
    """How many of one kit each active warehouse can make by itself. Statements: 1, 2 for a kit."""
    kits = kits_of(company_id, [sku_id])
    places = _available(company_id, kits, None)
    return {
        place: whole_kits((there.get(part, ZERO), per_kit) for part, per_kit in kits[sku_id].parts.items())
        for place, there in sorted(places.items())
    }
