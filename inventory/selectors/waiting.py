"""Unmet demands in the order in which they are served."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

_SQL = """
SELECT w.id, w.sku_id, w.unmet FROM (
    SELECT d.id, d.sku_id, d.unmet, s.free,
        sum(d.unmet) OVER (PARTITION BY d.sku_id ORDER BY d.priority, d.promise_date NULLS LAST, d.wanted_at, d.id)
            - d.unmet AS before
    FROM (
        SELECT k.sku, coalesce(l.available, 0) + k.more AS free
        FROM unnest(%s::bigint[], %s::numeric[]) k (sku, more)
        LEFT JOIN inventory_stocklevel l ON l.sku_id = k.sku AND l.warehouse_id = %s AND l.owner_id IS NULL
    ) s
    JOIN inventory_demand d ON d.sku_id = s.sku AND d.quantity > d.claimed + d.used
    WHERE s.free > 0 AND d.company_id = %s AND d.owner_id IS NULL
        AND (d.warehouse_id IS NULL OR d.warehouse_id = %s)
        AND (d.expires_at IS NULL OR d.expires_at > clock_timestamp())
) w WHERE w.before < w.free ORDER BY w.sku_id, w.before
"""


class Waiting(NamedTuple):
    """A demand that could be met, and how much it lacks."""

    demand_id: int
    sku_id: int
    unmet: Decimal


def waiting_demands(
    company_id: int, sku_ids: Sequence[int], warehouse_id: int, *, arriving: Mapping[int, Decimal] | None = None
) -> list[Waiting]:
    """Demands that what is available (and arriving) can meet at least in part, by SKU, best first. Statements: 1.

    Order: priority (lower first), promise date, age. Own goods; pins to other warehouses are respected.
    """
    skus = sorted(set(sku_ids))
    if not skus:
        return []
    more = [(arriving or {}).get(sku, Decimal(0)) for sku in skus]
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [skus, more, warehouse_id, company_id, warehouse_id])
        return [Waiting(*row) for row in cursor.fetchall()]
