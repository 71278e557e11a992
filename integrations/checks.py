"""This storey's sentences of the standing proof."""

from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Check

CHECKS = (
    Check(
        "dispatches_told",
        "integrations",
        _("Every shipment that left a connected channel's order, as far as the outbox was read, is to be told there"),
        sql="""
            SELECT s.id AS shipment, o.external_id AS order, c.connector, e.recorded_at AS dispatched_at
            FROM core_outboxcursor k
            JOIN core_outboxevent e ON e.topic = 'ShipmentDispatched' AND e.system_identifier = k.system_identifier
                                   AND (e.xid, e.id) <= (k.xid, k.event_id)
            JOIN orders_shipment s ON s.id = (e.payload ->> 'shipment_id')::bigint
            JOIN orders_order o ON o.id = s.order_id
            JOIN integrations_connection c ON c.channel_id = o.channel_id AND c.created_at < e.recorded_at
            LEFT JOIN integrations_trackingpush p ON p.shipment_id = s.id
            WHERE k.consumer = 'tracking_pushes' AND p.id IS NULL
            ORDER BY s.id""",
    ),
    Check(
        "dispatches_published",
        "integrations",
        _("Every shipment of a connected channel that left has its outbox event"),
        sql="""
            SELECT s.id AS shipment, o.external_id AS order, c.connector
            FROM integrations_connection c
            JOIN orders_order o ON o.channel_id = c.channel_id
            JOIN orders_shipment s ON s.order_id = o.id
            WHERE s.status IN ('in_transit', 'delivered', 'exception', 'returned_to_sender')
              AND NOT EXISTS (SELECT FROM core_outboxevent e WHERE e.topic = 'ShipmentDispatched'
                              AND (e.payload ->> 'shipment_id')::bigint = s.id)
            ORDER BY s.id""",
    ),
    Check(
        "told_once",
        "integrations",
        _("What a channel was told of has left the building, for an order of that channel"),
        sql="""
            SELECT p.id AS push, p.status, s.id AS shipment, s.status AS shipment_status
            FROM integrations_trackingpush p
            JOIN integrations_connection c ON c.id = p.connection_id
            JOIN orders_shipment s ON s.id = p.shipment_id
            JOIN orders_order o ON o.id = s.order_id
            WHERE s.shipped_at IS NULL OR o.channel_id <> c.channel_id OR (p.status = 'sent') <> (p.sent_at IS NOT NULL)
            ORDER BY p.id""",
    ),
    Check(
        "listings_pushed_or_due",
        "integrations",
        _("Every listing was pushed, is due, or says why not"),
        sql="""
            SELECT l.id AS listing, l.external_sku
            FROM integrations_listing l
            WHERE NOT l.is_dirty AND l.push_error = '' AND (l.pushed_at IS NULL OR l.pushed_quantity IS NULL)
            ORDER BY l.id""",
    ),
    Check(
        "imported_orders_exist",
        "integrations",
        _("Every message of an order that was dealt with led to an order of its channel"),
        sql="""
            SELECT m.id AS message, m.account, m.external_id
            FROM core_inboxmessage m
            JOIN core_inboxwork w ON w.message_id = m.id
            JOIN integrations_connection c ON m.account = 'connection:' || c.id
            LEFT JOIN orders_order o ON o.id = w.result_id AND o.channel_id = c.channel_id
                                    AND o.external_id = m.external_id
            WHERE m.topic = 'order' AND w.status = 'processed' AND o.id IS NULL
            ORDER BY m.id""",
    ),
    Check(
        "quarantine_whole",
        "integrations",
        _("Every message of an order that was given up is in quarantine"),
        sql="""
            SELECT m.id AS message, m.account, m.external_id, w.error_code
            FROM core_inboxmessage m
            JOIN core_inboxwork w ON w.message_id = m.id
            JOIN integrations_connection c ON m.account = 'connection:' || c.id
            WHERE m.topic = 'order' AND w.status = 'dead'
              AND NOT EXISTS (SELECT FROM integrations_quarantinedrow q
                              WHERE q.channel_id = c.channel_id AND q.external_id = left(m.external_id, 120))
            ORDER BY m.id""",
    ),
)
