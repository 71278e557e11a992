"""Which documents an order has, and whom they are for."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """One document. id: of the draft, order, shipment, invoice, return or purchase
    order, as its kind says. person_id: who would be mailed."""

    kind: str
    id: int
    number: str
    order_id: int | None
    company_id: int
    person_id: int | None


# What was rejected, voided or cancelled has no paper any more.
_SQL = """
WITH wanted AS (
    SELECT o.id, o.company_id, o.status, c.person_id FROM orders_order o LEFT JOIN orders_contact c ON c.id = o.contact_id
    WHERE o.id = ANY(%s)
), invoices AS (
    SELECT i.id, i.kind, i.number, i.contact_id, s.order_id FROM wanted w JOIN orders_shipment s ON s.order_id = w.id
        JOIN accounting_invoice i ON i.source_type = 'orders.shipment' AND i.source_id = s.id
    UNION ALL SELECT i.id, i.kind, i.number, i.contact_id, w.id FROM wanted w
        JOIN accounting_invoice i ON i.source_type = 'orders.order' AND i.source_id = w.id
    UNION ALL SELECT i.id, i.kind, i.number, i.contact_id, r.order_id FROM wanted w
        JOIN orders_returnorder r ON r.order_id = w.id
        JOIN accounting_invoice i ON i.source_type = 'orders.returnorder' AND i.source_id = r.id
)
SELECT 1 AS rank, 'order_confirmation' AS kind, w.id AS id,
    'SO-' || lpad(w.id::text, greatest(6, length(w.id::text)), '0') AS number, w.id AS order_id, w.company_id, w.person_id FROM wanted w
UNION ALL SELECT 0, 'quote', d.id, 'DR-' || lpad(d.id::text, greatest(6, length(d.id::text)), '0'), w.id, w.company_id, w.person_id
    FROM wanted w JOIN orders_draftorder d ON d.order_id = w.id WHERE d.valid_until IS NOT NULL
UNION ALL SELECT 2, 'packing_slip', s.id, 'SH-' || lpad(s.id::text, greatest(6, length(s.id::text)), '0'), w.id, w.company_id, w.person_id
    FROM wanted w JOIN orders_shipment s ON s.order_id = w.id WHERE s.status <> 'voided'
UNION ALL SELECT 3, i.kind, i.id, i.number, w.id, w.company_id, coalesce(i.contact_id, w.person_id)
    FROM wanted w JOIN invoices i ON i.order_id = w.id
UNION ALL SELECT 4, 'return_form', r.id, 'RMA-' || lpad(r.id::text, greatest(6, length(r.id::text)), '0'), w.id, w.company_id, w.person_id
    FROM wanted w JOIN orders_returnorder r ON r.order_id = w.id WHERE r.status NOT IN ('rejected', 'cancelled')
ORDER BY rank, id
"""


def documents_of(order_ids: Sequence[int]) -> list[DocumentRef]:
    """All documents of the orders that exist by now, in the order in which they come to be. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(order_ids)])
        return [DocumentRef(*row[1:]) for row in cursor.fetchall()]


# Rows that are documents by themselves, by their type.
_ON = {
    "orders.draftorder": """
        SELECT 'quote', d.id, 'DR-' || lpad(d.id::text, greatest(6, length(d.id::text)), '0'), d.order_id, d.company_id,
            c.person_id
        FROM orders_draftorder d LEFT JOIN orders_contact c ON c.id = d.contact_id
        WHERE d.id = ANY(%s) AND d.status IN ('quoted', 'placed') AND d.valid_until IS NOT NULL ORDER BY d.id
    """,
    "orders.order": """
        SELECT 'order_confirmation', o.id,
            'SO-' || lpad(o.id::text, greatest(6, length(o.id::text)), '0'), o.id, o.company_id, c.person_id
        FROM orders_order o LEFT JOIN orders_contact c ON c.id = o.contact_id WHERE o.id = ANY(%s) ORDER BY o.id
    """,
    "orders.shipment": """
        SELECT 'packing_slip', s.id, 'SH-' || lpad(s.id::text, greatest(6, length(s.id::text)), '0'), o.id,
            s.company_id, c.person_id
        FROM orders_shipment s JOIN orders_order o ON o.id = s.order_id LEFT JOIN orders_contact c ON c.id = o.contact_id
        WHERE s.id = ANY(%s) AND s.status <> 'voided' ORDER BY s.id
    """,
    "orders.returnorder": """
        SELECT 'return_form', r.id, 'RMA-' || lpad(r.id::text, greatest(6, length(r.id::text)), '0'), r.order_id,
            r.company_id, c.person_id
        FROM orders_returnorder r LEFT JOIN orders_contact c ON c.id = r.contact_id
        WHERE r.id = ANY(%s) AND r.status NOT IN ('rejected', 'cancelled') ORDER BY r.id
    """,
    "accounting.invoice": """
        SELECT i.kind, i.id, i.number, coalesce(s.order_id, r.order_id,
            CASE i.source_type WHEN 'orders.order' THEN i.source_id END), i.company_id, i.contact_id
        FROM accounting_invoice i
        LEFT JOIN orders_shipment s ON i.source_type = 'orders.shipment' AND s.id = i.source_id
        LEFT JOIN orders_returnorder r ON i.source_type = 'orders.returnorder' AND r.id = i.source_id
        WHERE i.id = ANY(%s) ORDER BY i.id
    """,
    "inventory.purchaseorder": """
        SELECT 'purchase_order', o.id, 'PO-' || lpad(o.id::text, greatest(6, length(o.id::text)), '0'), NULL::bigint,
            o.company_id, p.person_id
        FROM inventory_purchaseorder o JOIN accounting_party p ON p.id = o.supplier_id WHERE o.id = ANY(%s) ORDER BY o.id
    """,
}
OBJECT_TYPES = {
    "quote": "orders.draftorder",
    "order_confirmation": "orders.order",
    "packing_slip": "orders.shipment",
    "invoice": "accounting.invoice",
    "credit_note": "accounting.invoice",
    "return_form": "orders.returnorder",
    "purchase_order": "inventory.purchaseorder",
}


def documents_on(object_type: str, ids: Sequence[int]) -> list[DocumentRef]:
    """The documents that rows of a type are, by id; those without one are left out. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_ON[object_type], [list(ids)])
        return [DocumentRef(*row) for row in cursor.fetchall()]
