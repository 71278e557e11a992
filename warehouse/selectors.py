"""Named reads of the warehouse."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from backoffice.core.db import prepared_cursor
from orders.models import Fulfilment, FulfilmentStatus


def fulfilments_ready_to_pick(*, company_id: int, warehouse_id: int | None = None, limit: int = 500) -> list[int]:
    """Ids of what may be put on pick lists: earliest ship-by first, then oldest."""
    ready = Fulfilment.objects.filter(company_id=company_id, status=FulfilmentStatus.READY)
    if warehouse_id is not None:
        ready = ready.filter(warehouse_id=warehouse_id)
    return list(ready.order_by("ship_by", "id").values_list("id", flat=True)[:limit])


class OpenTask(NamedTuple):
    """A task as a picker needs it; quantity in the SKU's base unit."""

    task_id: int
    pick_list_id: int
    fulfilment_id: int
    sku_id: int
    sku_code: str
    sku_name: str
    lot_code: str | None
    bin_code: str
    to_code: str
    quantity: Decimal
    status: str
    started_at: datetime | None


_OPEN_TASKS = """
    SELECT t.id, t.pick_list_id, l.fulfilment_id, t.sku_id, s.code, s.name, lot.code, b.code, z.code,
           t.quantity, t.status, t.started_at
    FROM warehouse_picklist l
    JOIN warehouse_picktask t ON t.pick_list_id = l.id AND t.status IN ('open', 'assigned', 'in_progress')
    JOIN inventory_sku s ON s.id = t.sku_id
    LEFT JOIN inventory_lot lot ON lot.id = t.lot_id
    JOIN inventory_location b ON b.id = t.from_location_id
    JOIN inventory_location z ON z.id = t.to_location_id
    WHERE l.company_id = %s AND l.warehouse_id = %s AND l.status IN ('open', 'in_progress')
    ORDER BY l.id, b.pick_sequence, b.code, t.id
    LIMIT %s
"""


def open_tasks(*, company_id: int, warehouse_id: int, limit: int = 500) -> list[OpenTask]:
    """What is still to be picked, list by list, in walking order. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(_OPEN_TASKS, [company_id, warehouse_id, limit])
        return [OpenTask(*row) for row in cursor.fetchall()]


def tasks_of(fulfilment_ids: Collection[int]) -> dict[int, tuple[int, tuple[tuple[int, Decimal], ...]]]:
    """The open list of each fulfilment with its unfinished tasks, (id, quantity) in walking order. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT l.fulfilment_id, l.id, t.id, t.quantity FROM warehouse_picklist l LEFT JOIN warehouse_picktask t"
            " ON t.pick_list_id = l.id AND t.status IN ('open', 'assigned', 'in_progress')"
            " WHERE l.fulfilment_id = ANY(%s) AND l.status IN ('open', 'in_progress') ORDER BY l.id, t.id",
            [list(fulfilment_ids)],
        )
        found: dict[int, tuple[int, tuple[tuple[int, Decimal], ...]]] = {}
        for fulfilment_id, list_id, task_id, quantity in cursor.fetchall():
            before = found.get(fulfilment_id, (list_id, ()))[1]
            found[fulfilment_id] = (list_id, (*before, (task_id, quantity)) if task_id else before)
        return found
