"""What the layout knows of its bins: what lies there, how full they are, how often they are picked from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from inventory.models import Location, StockQuant

PICK_DAYS = 30
MAP_BINS = 6_000

# Of each bin: its own limits before its type's, and what lies there. A SKU without size or weight counts as nothing;
# what has no pallet pack counts as one pallet for each row of stock.
LOADS = """
SELECT l.id,
    coalesce(l.max_volume_l, t.max_volume_l, t.length_mm::numeric * t.width_mm * t.height_mm / 1000000) AS max_volume,
    coalesce(l.max_weight_g, t.max_weight_g) AS max_weight, coalesce(l.max_pallets, t.max_pallets) AS max_pallets,
    coalesce(q.volume, 0) AS volume, coalesce(q.weight, 0) AS weight, coalesce(q.pallets, 0) AS pallets,
    coalesce(q.rows, 0) AS rows
FROM inventory_location l
LEFT JOIN inventory_bintype t ON t.id = l.bin_type_id
LEFT JOIN LATERAL (
    SELECT sum(k.quantity * s.length_mm * s.width_mm * s.height_mm / 1000000) AS volume,
        sum(k.quantity * s.weight_g) AS weight, count(*) AS rows,
        sum(ceil(k.quantity / coalesce(
            (SELECT max(p.quantity) FROM inventory_pack p WHERE p.sku_id = s.id AND p.kind = 'pallet'), k.quantity)
        )) AS pallets
    FROM inventory_stockquant k JOIN inventory_sku s ON s.id = k.sku_id
    WHERE k.location_id = l.id AND k.quantity > 0
) q ON true
WHERE l.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Load:
    """How much a bin holds of what it can; None where it has no such limit. rows: of stock, 0 if it is empty."""

    max_volume_l: Decimal | None
    max_weight_g: int | None
    max_pallets: int | None
    volume_l: Decimal
    weight_g: Decimal
    pallets: Decimal
    rows: int

    @property
    def fill(self) -> Decimal | None:
        """The fullest of its limits, 1 = full; None without any limit."""
        parts = [
            used / limit
            for used, limit in (
                (self.volume_l, self.max_volume_l),
                (self.weight_g, self.max_weight_g),
                (self.pallets, self.max_pallets),
            )
            if limit
        ]
        return max(parts) if parts else None


def loads_of(location_ids: Sequence[int]) -> Mapping[int, Load]:
    """Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(LOADS, [list(location_ids)])
        return {pk: Load(*rest) for pk, *rest in cursor.fetchall()}


def picks_of(location_ids: Sequence[int], *, days: int = PICK_DAYS) -> Mapping[int, int]:
    """How often each place was picked from in the last days. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT from_location_id, count(*) FROM inventory_stockmove WHERE bin_claim_id IS NOT NULL"
            " AND recorded_at >= clock_timestamp() - make_interval(days => %s) AND from_location_id = ANY(%s) GROUP BY 1",
            [days, list(location_ids)],
        )
        return dict(cursor.fetchall())


def stock_in(location_id: int) -> QuerySet[StockQuant]:
    """What lies in a place now, by SKU and lot."""
    rows = StockQuant.objects.filter(location_id=location_id, quantity__gt=0)
    return rows.select_related("sku", "lot", "owner__person").order_by("sku__code", "lot__code", "pk")


def places_on_map(warehouse_id: int, *, zone: str = "") -> list[Location]:
    """The active places of a warehouse, or of one of its zones, at most MAP_BINS + 1. Statements: 1."""
    rows = Location.objects.filter(warehouse_id=warehouse_id, is_active=True).select_related("zone")
    if zone:
        rows = rows.filter(zone__code=zone)
    return list(rows.order_by("zone__position", "zone__code", "aisle", "pick_sequence", "code")[: MAP_BINS + 1])
