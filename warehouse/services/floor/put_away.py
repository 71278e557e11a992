"""From the dock to a bin: a task for all that lies on docks and that no task is for yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from warehouse.placing import Chooser
from warehouse.services.floor import reading

TASK = {
    "company_id": "bigint", "warehouse_id": "bigint", "kind": "text", "priority": "integer", "sku_id": "bigint",
    "lot_id": "bigint", "owner_id": "bigint", "quantity": "numeric", "from_location_id": "bigint",
    "to_location_id": "bigint", "reason": "text", "source_type": "text", "source_id": "bigint",
    "created_by_label": "text", "device": "text",
}  # fmt: skip

# What is free on docks, and the receipt that brought it last; less what open tasks are for.
_GOODS = """
SELECT q.sku_id, q.lot_id, q.owner_id, q.location_id, q.quantity - q.claimed - coalesce((
        SELECT sum(t.quantity - t.done) FROM warehouse_floortask t
        WHERE t.from_location_id = q.location_id AND t.sku_id = q.sku_id AND t.lot_id IS NOT DISTINCT FROM q.lot_id
            AND t.owner_id IS NOT DISTINCT FROM q.owner_id AND t.status IN ('open', 'assigned', 'in_progress')), 0),
    r.id, r.supplier_id
FROM inventory_location l
JOIN inventory_stockquant q ON q.location_id = l.id AND q.quantity > q.claimed
LEFT JOIN LATERAL (
    SELECT r.id, coalesce(p.supplier_id, r.supplier_id) AS supplier_id FROM warehouse_receipt r
    JOIN warehouse_receiptline n ON n.receipt_id = r.id AND n.sku_id = q.sku_id AND n.location_id = q.location_id
        AND n.lot_id IS NOT DISTINCT FROM q.lot_id
    LEFT JOIN inventory_purchaseorder p ON p.id = r.purchase_order_id
    WHERE r.warehouse_id = l.warehouse_id AND r.status IN ('expected', 'arrived', 'receiving', 'received')
    ORDER BY r.id DESC LIMIT 1
) r ON true
WHERE l.warehouse_id = %s AND l.kind = 'dock' AND (%s::bigint[] IS NULL OR r.id = ANY(%s::bigint[]))
ORDER BY q.location_id, q.sku_id, q.lot_id, q.owner_id
"""


class _Goods(NamedTuple):
    sku_id: int
    lot_id: int | None
    owner_id: int | None
    location_id: int
    quantity: Decimal
    receipt_id: int | None
    supplier_id: int | None


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """to_location_id None: no bin has room, as the reason says."""

    task_id: int
    sku_id: int
    quantity: Decimal
    from_location_id: int
    to_location_id: int | None
    reason: str


@transaction.atomic(savepoint=False)
def plan_put_aways(
    warehouse_id: int, *, company_id: int, actor: Actor, receipt_ids: Sequence[int] | None = None, device: str = ""
) -> list[PlannedTask]:
    """Tasks for what lies free on the docks and has none yet: by the warehouse's rules, into bins that are not
    blocked, fit for the goods and have room; what no bin takes gets a task without a target. Planned twice makes none.

    Where the warehouse cross-docks, what orders wait for and bins cannot give stays on the dock: it is picked there.
    receipt_ids: only what these receipts brought. Statements: 11, however much lies there.
    """
    reading.lock_warehouse(warehouse_id)
    with connection.cursor() as cursor:
        ids = None if receipt_ids is None else list(receipt_ids)
        cursor.execute(_GOODS, [warehouse_id, ids, ids])
        goods = [row for row in map(_Goods._make, cursor.fetchall()) if row.quantity > 0]
    goods = _without_waited_for(goods, warehouse_id)
    if not goods:
        return []
    articles = reading.articles_of({row.sku_id for row in goods})
    chooser = Chooser(reading.bins_of(warehouse_id=warehouse_id), reading.faces_of(warehouse_id))
    rules = reading.rules_of(warehouse_id)
    rows = []
    for row in goods:
        for part in chooser.place(articles[row.sku_id], row.lot_id, row.quantity, rules, row.supplier_id):
            reason = part.rule.name if part.rule else _("No bin that fits has room: find a place, or ask your lead")
            rows.append(
                (
                    company_id, warehouse_id, "put_away", 100, row.sku_id, row.lot_id, row.owner_id, part.quantity,
                    row.location_id, part.place.id if part.place else None, reason[:300],
                    "warehouse.receipt" if row.receipt_id else "", row.receipt_id, actor.label, device,
                )
            )  # fmt: skip
    return insert_tasks(rows)


# By SKU: claimed for orders and not yet found in a bin, beyond what bins could give.
_WAITED = """
SELECT k.sku, (
    SELECT coalesce(sum(a.open), 0) - coalesce(sum((
        SELECT sum(b.open) FROM inventory_binclaim b WHERE b.allocation_id = a.id AND b.open > 0)), 0)
    FROM inventory_allocation a
    WHERE a.sku_id = k.sku AND a.warehouse_id = w.id AND a.open > 0 AND a.owner_id IS NULL
) - (
    SELECT coalesce(sum(q.quantity - q.claimed), 0) FROM inventory_stockquant q
    JOIN inventory_location l ON l.id = q.location_id AND l.warehouse_id = w.id AND l.is_active AND l.blocked_at IS NULL
    LEFT JOIN inventory_location p ON p.id = l.stands_in_id AND p.is_active AND p.blocked_at IS NULL
    WHERE (l.kind = 'bin' OR p.kind = 'bin') AND q.sku_id = k.sku AND q.owner_id IS NULL
)
FROM inventory_warehouse w CROSS JOIN unnest(%s::bigint[]) k (sku) WHERE w.id = %s AND w.cross_docks
"""


def waited_for(sku_ids: Collection[int], warehouse_id: int) -> dict[int, Decimal]:
    """By SKU, what orders wait for and bins cannot give, where the warehouse cross-docks. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITED, [sorted(set(sku_ids)), warehouse_id])
        return dict(cursor.fetchall())


def _without_waited_for(goods: Sequence[_Goods], warehouse_id: int) -> list[_Goods]:
    """Where goods may go from the dock straight to orders, what orders wait for stays there. Statements: 1."""
    waited = waited_for({row.sku_id for row in goods}, warehouse_id)
    left = []
    for row in goods:
        kept = (
            min(max(waited.get(row.sku_id, Decimal(0)), Decimal(0)), row.quantity)
            if row.owner_id is None
            else Decimal(0)
        )
        if kept:
            waited[row.sku_id] -= kept
        if row.quantity > kept:
            left.append(row._replace(quantity=row.quantity - kept))
    return left


def insert_tasks(rows: Sequence[tuple[object, ...]]) -> list[PlannedTask]:
    """Statements: 1."""
    made = insert_rows(
        "warehouse_floortask",
        TASK,
        rows,
        suffix="RETURNING id, sku_id, quantity, from_location_id, to_location_id, reason",
    )
    return [PlannedTask(*row) for row in made]
