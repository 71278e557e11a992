"""A reader of the outbox: it notes which mails are due; a worker writes and sends them later."""

from collections.abc import Sequence

from django.db import connection

from backoffice.core.outbox import Delivered

MAIL_CONSUMER = "document_mails"
MAIL_TOPICS = frozenset({"OrderPlaced", "ShipmentDispatched", "InvoiceIssued", "CreditNoteIssued", "ReturnApproved"})

# Nobody is told of what happened before the rule, nor of what is old news: a connected shop brings its past along.
_INSERT = """
INSERT INTO orders_documentmail (company_id, order_id, person_id, kind, object_id, key, asked_by, status, attempts, error)
SELECT d.company_id, d.order_id, d.person_id, %(kind)s, d.id, %(kind)s || ':' || d.id, 'job:document_mails', 'due', 0, ''
FROM unnest(%(ids)s::bigint[], %(times)s::timestamptz[]) AS event(id, at)
JOIN ({document}) AS d ON d.id = event.id
JOIN orders_mailrule r ON r.channel_id = d.channel_id AND r.kind = %(kind)s AND r.since <= event.at
WHERE d.happened_at > event.at - interval '2 days'
ORDER BY d.id ON CONFLICT (key) DO NOTHING
"""
_ORDER = """
SELECT o.id, o.company_id, o.id AS order_id, c.person_id, o.channel_id, o.placed_at AS happened_at
FROM orders_order o LEFT JOIN orders_contact c ON c.id = o.contact_id WHERE o.id = ANY(%(ids)s)
"""
_SHIPMENT = """
SELECT s.id, s.company_id, o.id AS order_id, c.person_id, o.channel_id, s.shipped_at AS happened_at
FROM orders_shipment s JOIN orders_order o ON o.id = s.order_id LEFT JOIN orders_contact c ON c.id = o.contact_id
WHERE s.id = ANY(%(ids)s)
"""
_INVOICE = """
SELECT i.id, i.company_id, o.id AS order_id, i.contact_id AS person_id, coalesce(r.channel_id, o.channel_id) AS channel_id,
    i.effective_at AS happened_at
FROM accounting_invoice i
LEFT JOIN orders_shipment s ON i.source_type = 'orders.shipment' AND s.id = i.source_id
LEFT JOIN orders_returnorder r ON i.source_type = 'orders.returnorder' AND r.id = i.source_id
LEFT JOIN orders_order o ON o.id = coalesce(s.order_id, r.order_id, CASE i.source_type WHEN 'orders.order' THEN i.source_id END)
WHERE i.id = ANY(%(ids)s)
"""
# However long ago it was asked for: news is the approval. At a counter the goods are in by then: no form.
_RETURN = """
SELECT r.id, r.company_id, r.order_id, c.person_id, r.channel_id, 'infinity'::timestamptz AS happened_at
FROM orders_returnorder r LEFT JOIN orders_contact c ON c.id = r.contact_id
WHERE r.id = ANY(%(ids)s) AND r.status IN ('approved', 'in_transit')
"""
# topic: (document, what the event's payload calls it, where its channel and buyer are found)
_SOURCES = {
    "OrderPlaced": ("order_confirmation", "order_id", _ORDER),
    "ShipmentDispatched": ("packing_slip", "shipment_id", _SHIPMENT),
    "InvoiceIssued": ("invoice", "invoice_id", _INVOICE),
    "CreditNoteIssued": ("credit_note", "invoice_id", _INVOICE),
    "ReturnApproved": ("return_form", "return_id", _RETURN),
}


def note_mails(events: Sequence[Delivered]) -> None:
    """A row for each mail that a channel's rules ask for; the same event again adds none. Statements: 1 a topic."""
    for topic, (kind, name, document) in _SOURCES.items():
        happened = {int(event.payload[name]): event.recorded_at for event in events if event.topic == topic}
        if happened:
            with connection.cursor() as cursor:
                cursor.execute(
                    _INSERT.format(document=document),
                    {"kind": kind, "ids": list(happened), "times": list(happened.values())},
                )
