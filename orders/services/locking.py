"""Locks of this app's rank: returns, purchase orders of what suppliers ship to buyers, then orders each followed by
its fulfilments, by key.

Every holder of a fulfilment's lock holds its order's lock first, so fulfilments are never fought over.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core.db import ask, prepared_cursor
from inventory.services import lock_waiting
from orders.errors import NotFound
from orders.models import Order, ReturnOrder


@dataclass(frozen=True, slots=True)
class LockedWork:
    """A fulfilment and its order's status, as they stand under the lock."""

    fulfilment_id: int
    order_id: int
    warehouse_id: int
    status: str
    order_status: str
    merge_group_id: int | None = None  # what shares its parcel


def lock_orders(order_ids: Collection[int], *, company_id: int) -> dict[int, Order]:
    """The orders, locked in key order. Statements: 1. Raises NotFound."""
    locked = {
        order.pk: order
        for order in Order.objects.filter(pk__in=order_ids, company_id=company_id)
        .select_related("channel")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    for order_id in order_ids:
        if order_id not in locked:
            raise NotFound(_("There is no order %(id)s in this company.") % {"id": order_id}, order_id=order_id)
    return locked


_SUPPLYING = """
SELECT po.id FROM inventory_purchaseorder po WHERE po.company_id = %s AND po.id IN (
    SELECT pl.purchase_order_id FROM orders_orderline l
    JOIN orders_dropshipline d ON d.order_line_id = l.id JOIN inventory_purchaseorderline pl ON pl.id = d.po_line_id
    WHERE l.order_id = ANY(%s))
ORDER BY po.id FOR NO KEY UPDATE OF po
"""


def lock_supplying(order_ids: Collection[int], *, company_id: int) -> list[int]:
    """Purchase orders of what suppliers ship for these orders, locked in key order; their ids. Statements: 1.

    Whoever may call off or add to what a supplier ships takes them before the orders: the supplier's own shipment
    locks its purchase order and then the order, and the two would wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SUPPLYING, [company_id, list(order_ids)])
        return [pk for (pk,) in cursor.fetchall()]


def lock_returns(return_order_ids: Collection[int], *, company_id: int) -> dict[int, ReturnOrder]:
    """Returns locked in key order, then their orders and the orders exchanged for. Raises NotFound.

    An exchange that is called off takes its supplier's part with it, so those are locked between. Statements: 2, 1
    more with exchanges.
    """
    locked = {
        found.pk: found
        for found in ReturnOrder.objects.filter(pk__in=return_order_ids, company_id=company_id)
        .select_related("channel")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    for pk in return_order_ids:
        if pk not in locked:
            raise NotFound(_("There is no return %(id)s in this company.") % {"id": pk}, return_order_id=pk)
    exchanged = [found.exchange_order_id for found in locked.values() if found.exchange_order_id]
    if exchanged:
        lock_supplying(exchanged, company_id=company_id)
    orders = {order_id for found in locked.values() for order_id in (found.order_id, found.exchange_order_id)}
    lock_orders(sorted(order_id for order_id in orders if order_id), company_id=company_id)
    return locked


_DEMANDS = """
SELECT d.id FROM orders_orderline l
JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id WHERE l.order_id = ANY(%s)
"""


def lock_wants(order_ids: Collection[int], *, company_id: int) -> None:
    """Lock the demands of locked orders with all that could be served by what they hold, before any level is locked.

    For whoever raises, frees and claims for them in one transaction: each step by itself would lock demands after the
    levels of the step before. Statements: 3, 2 more for each warehouse, and 1 where kits wait.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_DEMANDS, [sorted(order_ids)])
        demands = [pk for (pk,) in cursor.fetchall()]
    if demands:
        lock_waiting(demands, company_id=company_id)


_LOCK = """
SELECT f.id, f.order_id, f.warehouse_id, f.status, o.status, f.merge_group_id
FROM orders_fulfilment f JOIN orders_order o ON o.id = f.order_id
WHERE f.company_id = %s AND f.id = ANY(%s) ORDER BY o.id, f.id FOR NO KEY UPDATE OF o, f
"""


def lock_fulfilments(fulfilment_ids: Collection[int], *, company_id: int) -> dict[int, LockedWork]:
    """The fulfilments, locked with their orders. Statements: 1. Raises NotFound."""
    return ask_fulfilments(fulfilment_ids, company_id=company_id)()


def ask_fulfilments(fulfilment_ids: Collection[int], *, company_id: int) -> Callable[[], dict[int, LockedWork]]:
    """The same, answered when it is called for: what is asked next is read under the locks."""
    wanted = sorted(set(fulfilment_ids))
    rows = ask(_LOCK, [company_id, wanted])

    def answer() -> dict[int, LockedWork]:
        locked = {row[0]: LockedWork(*row) for row in rows()}
        for fulfilment_id in wanted:
            if fulfilment_id not in locked:
                raise NotFound(
                    _("There is no fulfilment %(id)s in this company.") % {"id": fulfilment_id},
                    fulfilment_id=fulfilment_id,
                )
        return locked

    return answer
