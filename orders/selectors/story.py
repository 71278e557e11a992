"""An order's life in time: what happened to it and to all that hangs on it."""

import datetime
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. object_type and object_id: the document, for the registry's source links."""

    at: datetime.datetime
    object_type: str
    object_id: int
    action: str
    who: str
    old: str
    new: str
    reason: str


_SQL = """
WITH parts AS (
    SELECT 'orders.order' AS object_type, %(order)s::bigint AS id
    UNION ALL SELECT 'orders.fulfilment', id FROM orders_fulfilment WHERE order_id = %(order)s
    UNION ALL SELECT 'orders.shipment', id FROM orders_shipment WHERE order_id = %(order)s
    UNION ALL SELECT 'orders.returnorder', id FROM orders_returnorder WHERE order_id = %(order)s
), documents AS (
    SELECT i.* FROM accounting_invoice i JOIN parts p ON p.object_type = i.source_type AND p.id = i.source_id
)
SELECT a.recorded_at, a.object_type, a.object_id, a.action, a.actor_label, a.old_value, a.new_value, a.reason, a.id
    FROM core_auditevent a JOIN parts p ON p.object_type = a.object_type AND p.id = a.object_id
UNION ALL SELECT d.recorded_at, 'accounting.invoice', d.id, d.kind, d.actor_label, '', d.number, '', 0 FROM documents d
UNION ALL SELECT e.recorded_at, 'accounting.journalentry', e.id, 'posted', e.actor_label, '', e.source_key, '', 0
    FROM accounting_journalentry e
    WHERE e.id IN (SELECT entry_id FROM documents)
        OR EXISTS (SELECT 1 FROM parts p WHERE p.object_type = e.source_type AND p.id = e.source_id)
ORDER BY 1, 9, 2, 3
"""


def order_story(order_id: int) -> list[Event]:
    """Everything recorded about an order, its fulfilments, shipments, returns, invoices and journal entries,
    in the order of recording. Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"order": order_id})
        return [Event(*row[:8]) for row in cursor.fetchall()]
