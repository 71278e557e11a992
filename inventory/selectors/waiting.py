"""Unmet demands in the order in which they are served."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

_SQL = """
SELECT w.id, w.sku_id, w.unmet, w.priority, w.promise_date, w.wanted_at FROM (
    SELECT d.id, d.sku_id, d.unmet, d.priority, d.promise_date, d.wanted_at, s.free,
        sum(d.unmet) OVER (PARTITION BY d.sku_id{by_day} ORDER BY d.priority, d.promise_date NULLS LAST, d.wanted_at, d.id)
            - d.unmet AS before
    FROM (
        SELECT k.sku, coalesce(l.available, 0) + k.more AS free
        FROM unnest(%s::bigint[], %s::numeric[]) k (sku, more)
        LEFT JOIN inventory_stocklevel l ON l.sku_id = k.sku AND l.warehouse_id = %s AND l.owner_id {{owner}}
    ) s
    JOIN inventory_demand d ON d.sku_id = s.sku AND d.quantity > d.claimed + d.used AND d.kit_group IS NULL
    WHERE s.free > 0 AND d.company_id = %s AND d.owner_id {{owner}} AND d.min_expiry_date IS {fresh}
        AND (d.warehouse_id = %s OR d.warehouse_id IS NULL AND NOT coalesce(d.barred @> to_jsonb(%s::bigint), false))
        AND (d.expires_at IS NULL OR d.expires_at > clock_timestamp())
) w WHERE w.before < w.free
"""
# Who wants goods that keep long is looked at apart, for what there is may do for others only.
_WAITING = f"""
{_SQL.format(fresh="NULL", by_day="")}
UNION ALL
{_SQL.format(fresh="NOT NULL", by_day=", d.min_expiry_date")}
ORDER BY 2, 4, 5 NULLS LAST, 6, 1
"""
# A kit is served whole or not at all, so its other components are looked at too; 500 of the most urgent at once.
_KITS = """
WITH groups AS (
    SELECT d.kit_group, min(d.priority) AS priority, min(d.promise_date) AS promise_date, min(d.wanted_at) AS wanted_at
    FROM inventory_demand d
    WHERE d.sku_id = ANY(%s) AND d.quantity > d.claimed + d.used AND d.kit_group IS NOT NULL AND d.company_id = %s
        AND d.owner_id IS NULL
        AND (d.warehouse_id = %s OR d.warehouse_id IS NULL AND NOT coalesce(d.barred @> to_jsonb(%s::bigint), false))
        AND (d.expires_at IS NULL OR d.expires_at > clock_timestamp())
    GROUP BY d.kit_group ORDER BY 2, 3 NULLS LAST, 4, 1 LIMIT 500
)
SELECT d.id, d.sku_id, d.unmet, g.priority, g.promise_date, g.wanted_at, d.kit_group, d.kit_ratio,
    coalesce(l.available, 0)
FROM groups g
JOIN inventory_demand d ON d.kit_group = g.kit_group AND d.company_id = %s
LEFT JOIN inventory_stocklevel l ON l.sku_id = d.sku_id AND l.warehouse_id = %s AND l.owner_id IS NULL
ORDER BY d.kit_group, d.id
"""


class Waiting(NamedTuple):
    """A demand that could be met, and how much it lacks. kit_group: it is a component of a kit that leaves whole."""

    demand_id: int
    sku_id: int
    unmet: Decimal
    priority: int
    promise_date: datetime.date | None
    wanted_at: datetime.datetime
    kit_group: int | None = None
    per_kit: Decimal | None = None


def waiting_demands(
    company_id: int,
    sku_ids: Sequence[int],
    warehouse_id: int,
    *,
    arriving: Mapping[int, Decimal] | None = None,
    owner_id: int | None = None,
) -> list[Waiting]:
    """Demands that what is available (and arriving) can meet at least in part, by SKU, best first. Statements: 1.

    Order: priority (lower first), promise date, age. Own goods, or those of the owner named; pins to other warehouses and barred ones are respected.
    Components of kits that leave whole are not among them: see waiting_kits.
    """
    skus = sorted(set(sku_ids))
    if not skus:
        return []
    more = [(arriving or {}).get(sku, Decimal(0)) for sku in skus]
    with connection.cursor() as cursor:
        asked: list[Any] = [skus, more, warehouse_id, company_id, warehouse_id, warehouse_id]
        owner = "IS NULL" if owner_id is None else f"= {int(owner_id)}"
        cursor.execute(_WAITING.format(owner=owner), [*asked, *asked])
        return [Waiting(*row) for row in cursor.fetchall()]


def waiting_kits(
    company_id: int, sku_ids: Sequence[int], warehouse_id: int, *, arriving: Mapping[int, Decimal] | None = None
) -> list[Waiting]:
    """All components of the kits that lack one of these SKUs and of which a whole one could be made here.

    The components of a kit stand side by side. Statements: 1.
    """
    skus = sorted(set(sku_ids))
    if not skus:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_KITS, [skus, company_id, warehouse_id, warehouse_id, company_id, warehouse_id])
        rows = cursor.fetchall()
    groups: dict[int, list[tuple[Waiting, Decimal]]] = {}
    for *row, there in rows:
        found = Waiting(*row)
        assert found.kit_group is not None
        more = (arriving or {}).get(found.sku_id, Decimal(0))
        groups.setdefault(found.kit_group, []).append((found, there + more))
    return [
        part
        for parts in groups.values()
        if all(part.unmet > 0 and part.per_kit and there >= part.per_kit for part, there in parts)
        for part, _there in parts
    ]


def in_turn(waiting: Sequence[Waiting]) -> list[Waiting]:
    """By priority, promise date and age; the components of a kit stay side by side."""
    return sorted(
        waiting,
        key=lambda w: (
            w.priority,
            w.promise_date or datetime.date.max,
            w.wanted_at,
            w.kit_group is not None,
            w.kit_group or w.demand_id,
            w.demand_id,
        ),
    )
