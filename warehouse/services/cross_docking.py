"""Cross-docking: what orders wait for goes from the dock straight to them, and whoever stands there is told why."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from inventory.models import Warehouse
from orders.services import fulfil_allocated
from warehouse.models import PickTask
from warehouse.services.floor.put_away import waited_for
from warehouse.services.waves import create_pick_lists

UNFINISHED = ("open", "assigned", "in_progress")
MOST = 500


@dataclass(frozen=True, slots=True)
class Straight:
    """A pick from the dock. order: its number; to: staging, or the order's tote."""

    task_id: int
    sku_id: int
    sku: str
    name: str
    lot: str
    quantity: Decimal
    from_code: str
    to_code: str
    order: str
    user_id: int | None

    @property
    def reason(self) -> str:
        return _("Order %(order)s waits for it: bring it straight to %(to)s.") % {
            "order": self.order,
            "to": self.to_code,
        }


_ON_DOCKS = """
SELECT DISTINCT q.sku_id FROM inventory_location l
JOIN inventory_stockquant q ON q.location_id = l.id AND q.quantity > q.claimed AND q.owner_id IS NULL
WHERE l.warehouse_id = %s AND l.kind = 'dock' AND l.is_active AND l.blocked_at IS NULL
"""
_ORDERS = """
SELECT DISTINCT ol.order_id FROM inventory_allocation a
JOIN inventory_demand d ON d.id = a.demand_id AND d.source_type = 'orders.orderline'
JOIN orders_orderline ol ON ol.id = d.source_id
WHERE a.warehouse_id = %s AND a.sku_id = ANY(%s) AND a.open > 0 ORDER BY 1 LIMIT %s
"""
_READY = """
SELECT f.id FROM orders_fulfilment f WHERE f.warehouse_id = %s AND f.company_id = %s AND f.status = 'ready' AND EXISTS (
    SELECT FROM orders_fulfilmentline fl JOIN inventory_allocation a ON a.id = fl.allocation_id
    WHERE fl.fulfilment_id = f.id AND a.sku_id = ANY(%s) AND a.open > 0)
ORDER BY f.ship_by NULLS LAST, f.id LIMIT %s
"""


@transaction.atomic(savepoint=False)
def direct_to_orders(warehouse_id: int, *, company_id: int, actor: Actor) -> list[int]:
    """Pick lists for orders that wait for what lies on the docks, where the warehouse cross-docks and its bins cannot
    give it: the goods are picked on the dock, the rest of the order in its bins. The new lists; done again makes none.

    Statements: 1 where it does not cross-dock, else at most 6 and those of fulfil_allocated and create_pick_lists.
    """
    if not Warehouse.objects.filter(pk=warehouse_id, company_id=company_id, cross_docks=True).exists():
        return []
    wanted = [sku for sku, quantity in waited_for(_skus_on_docks(warehouse_id), warehouse_id).items() if quantity > 0]
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, [warehouse_id, wanted, MOST])
        orders = [pk for (pk,) in cursor.fetchall()]
    fulfil_allocated(company_id=company_id, actor=actor, order_ids=orders)
    with connection.cursor() as cursor:
        cursor.execute(_READY, [warehouse_id, company_id, wanted, MOST])
        ready = [pk for (pk,) in cursor.fetchall()]
    made = create_pick_lists(ready, company_id=company_id, actor=actor) if ready else []
    return [result.pick_list_id for result in made if result.state == "created" and result.pick_list_id]


def _skus_on_docks(warehouse_id: int) -> Sequence[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ON_DOCKS, [warehouse_id])
        return [sku for (sku,) in cursor.fetchall()]


def straight_tasks(warehouse_id: int, *, limit: int = 100) -> list[Straight]:
    """What is to be brought from the docks straight to orders, oldest first. Statements: 1."""
    rows = (
        PickTask.objects.filter(
            pick_list__warehouse_id=warehouse_id, from_location__kind="dock", status__in=UNFINISHED, round__isnull=True
        )
        .select_related("sku", "lot", "from_location", "to_location", "pick_list__fulfilment__order")
        .order_by("pk")
    )
    return [
        Straight(
            task.pk,
            task.sku_id,
            task.sku.code,
            task.sku.name,
            task.lot.code if task.lot else "",
            task.quantity,
            task.from_location.code,
            task.to_location.code,
            task.pick_list.fulfilment.order.number,
            task.pick_list.assigned_to_id,
        )
        for task in rows[:limit]
    ]
