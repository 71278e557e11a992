"""Work that no warehouse has begun follows its claims."""

from collections.abc import Collection, Sequence

from django.db import connection

from backoffice.core.actor import Actor
from orders.models import FulfilmentStatus
from orders.services.changing import change_status

# Fulfilment lines not begun give back what their claim no longer covers, the newest first.
_SHRINK = """
WITH asked AS (
    SELECT fl.id, fl.quantity - fl.shipped AS open_quantity, f.status, a.open AS claimed,
        sum(fl.quantity - fl.shipped) OVER (PARTITION BY fl.allocation_id ORDER BY f.status IN ('pending', 'ready', 'on_hold'), fl.id)
            AS running
    FROM orders_fulfilmentline fl
    JOIN orders_fulfilment f ON f.id = fl.fulfilment_id AND f.status NOT IN ('shipped', 'cancelled')
    JOIN inventory_allocation a ON a.id = fl.allocation_id
    WHERE f.order_id = ANY(%s)
)
UPDATE orders_fulfilmentline fl SET quantity = fl.quantity - least(asked.open_quantity, asked.running - asked.claimed)
FROM asked WHERE fl.id = asked.id AND asked.running > asked.claimed AND asked.status IN ('pending', 'ready', 'on_hold')
"""
_WITHDRAW = """
UPDATE orders_fulfilmentline fl SET quantity = fl.shipped FROM orders_fulfilment f
WHERE f.id = fl.fulfilment_id AND f.order_id = ANY(%s) AND f.status IN ('pending', 'ready', 'on_hold')
"""
_EMPTY = """
SELECT f.id, f.status FROM orders_fulfilment f
WHERE f.order_id = ANY(%s) AND f.status IN ('pending', 'ready', 'on_hold')
    AND NOT EXISTS (SELECT 1 FROM orders_fulfilmentline fl WHERE fl.fulfilment_id = f.id AND fl.quantity > 0)
ORDER BY f.order_id, f.id
"""


def shrink_work(
    order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str, withdraw: Collection[int] = ()
) -> None:
    """Lower what fulfilments ask for to what is still claimed, and cancel those that ask for nothing any more.

    withdraw: orders whose work is taken back altogether, as long as nobody has begun it; their claims stay.
    The orders are locked. Statements: 2, 1 more to withdraw, 1 for cancelled fulfilments.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SHRINK, [list(order_ids)])
        if withdraw:
            cursor.execute(_WITHDRAW, [sorted(withdraw)])
        cursor.execute(_EMPTY, [list(order_ids)])
        empty = [(pk, status, FulfilmentStatus.CANCELLED.value) for pk, status in cursor.fetchall()]
    change_status("orders.fulfilment", empty, company_id=company_id, actor=actor, reason=reason)
