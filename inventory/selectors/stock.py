"""What there is now."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection


class Level(NamedTuple):
    """What a warehouse holds of a SKU of ours. available = sellable - reserved."""

    sku_id: int
    warehouse_id: int
    on_hand: Decimal
    sellable: Decimal
    reserved: Decimal
    available: Decimal


def levels(company_id: int, sku_ids: Sequence[int] | None = None) -> list[Level]:
    """Own goods by SKU and warehouse; SKUs never stocked have no row. Statements: 1."""
    sql = (
        "SELECT sku_id, warehouse_id, on_hand, sellable, reserved, available FROM inventory_stocklevel"
        " WHERE company_id = %s AND owner_id IS NULL"
    )
    params: list[Any] = [company_id]
    if sku_ids is not None:
        sql += " AND sku_id = ANY(%s)"
        params.append(list(sku_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY sku_id, warehouse_id", params)
        return [Level(*row) for row in cursor.fetchall()]


# Of goods with lots only what keeps long enough, and leaves enough for those who want it fresh.
_AVAILABLE = """
SELECT l.sku_id, l.warehouse_id, CASE WHEN s.lot_tracked AND l.available > 0
        THEN greatest(least(l.available, inventory_keeping(l.sku_id, l.warehouse_id, l.owner_id, %s::date)), 0)
        ELSE l.available END
FROM inventory_stocklevel l JOIN inventory_sku s ON s.id = l.sku_id
WHERE l.company_id = %s AND l.sku_id = ANY(%s) AND {owner}
ORDER BY l.sku_id, l.warehouse_id
"""
_OURS = """(l.owner_id IS NULL OR EXISTS (
    SELECT FROM inventory_consignmentterm t JOIN inventory_stockowner o ON o.id = t.owner_id
    WHERE t.sku_id = l.sku_id AND t.is_active AND o.party_id = l.owner_id AND o.is_active AND o.kind = 'consignment'))"""


def available(
    company_id: int, sku_ids: Sequence[int], *, until: datetime.date | None = None, owner_id: int | None = None
) -> dict[tuple[int, int], Decimal]:
    """What can be claimed by (SKU, warehouse), consignors' goods that we may sell included; a pair that is missing
    has nothing. Not locked. until: of SKUs with lots only what keeps until then. owner_id: a party's goods, for those
    who want them and no others. Statements: 1.
    """
    found: dict[tuple[int, int], Decimal] = {}
    with connection.cursor() as cursor:
        owner = _OURS if owner_id is None else f"l.owner_id = {int(owner_id)}"
        cursor.execute(_AVAILABLE.format(owner=owner), [until, company_id, list(sku_ids)])
        for sku_id, warehouse_id, free in cursor.fetchall():
            found[sku_id, warehouse_id] = found.get((sku_id, warehouse_id), Decimal(0)) + free
    return found


def unit_costs(company_id: int, sku_ids: Sequence[int]) -> dict[int, Decimal]:
    """The present average cost of one unit in the base currency, 6 decimals; SKUs without stock are left out.

    Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sku_id, round(value / quantity, 6) FROM inventory_skucost"
            " WHERE company_id = %s AND sku_id = ANY(%s) AND quantity > 0",
            [company_id, list(sku_ids)],
        )
        return dict(cursor.fetchall())


def last_costs(company_id: int, sku_ids: Sequence[int]) -> dict[int, Decimal]:
    """What one unit of the newest arrival cost, 6 decimals: for SKUs of which there are none now. Statements: 1, or 0."""
    if not sku_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, round(l.value / l.quantity, 6) FROM unnest(%s::bigint[]) s (id) CROSS JOIN LATERAL ("
            "SELECT c.quantity, c.value FROM inventory_costlayer c WHERE c.sku_id = s.id AND c.company_id = %s"
            " ORDER BY c.move_id DESC LIMIT 1) l",
            [list(sku_ids), company_id],
        )
        return dict(cursor.fetchall())


def weights_kg(company_id: int, sku_ids: Sequence[int]) -> dict[int, Decimal]:
    """What one unit weighs, in kilograms; SKUs whose weight nobody gave are left out. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, weight_g / 1000.0 FROM inventory_sku"
            " WHERE company_id = %s AND id = ANY(%s) AND weight_g IS NOT NULL",
            [company_id, list(sku_ids)],
        )
        return dict(cursor.fetchall())


def skus_by_code(company_id: int, codes: Sequence[str]) -> dict[str, int]:
    """SKU id by code as given; codes that differ only by letter case are one SKU. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.code, s.id FROM unnest(%s::text[]) w (code)"
            " JOIN inventory_sku s ON s.company_id = %s AND upper(s.code) = upper(w.code)",
            [sorted(set(codes)), company_id],
        )
        return dict(cursor.fetchall())
