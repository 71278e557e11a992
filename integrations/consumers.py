"""Readers of the outbox: they only note what is to be pushed; pushers do the talking later."""

from collections.abc import Sequence

from django.db import connection as database

from backoffice.core.outbox import Delivered
from integrations.connectors.registry import CONNECTORS

STOCK_CONSUMER, TRACKING_CONSUMER = "stock_pushes", "tracking_pushes"
STOCK_TOPICS = frozenset({"StockChanged"})
TRACKING_TOPICS = frozenset({"ShipmentDispatched"})


def mark_listings_dirty(events: Sequence[Delivered]) -> None:
    """Every listing of a touched SKU, and of a kit that it is in, is to be pushed: many events, one mark.

    Statements: 1, or 0.
    """
    touched = {int(sku_id) for event in events for sku_id, _warehouse_id in event.payload["levels"]}
    if not touched:
        return
    with database.cursor() as cursor:
        cursor.execute(
            "WITH touched AS (SELECT id FROM integrations_listing WHERE sku_id = ANY(%s) OR sku_id = ANY(ARRAY("
            "   SELECT s.id FROM inventory_kitcomponent c JOIN inventory_sku s ON s.kit_id = c.kit_id"
            "   WHERE c.sku_id = ANY(%s))) ORDER BY id FOR NO KEY UPDATE)"
            " UPDATE integrations_listing l SET is_dirty = true, version = version + 1, due_at ="
            "   CASE WHEN l.is_dirty THEN l.due_at ELSE clock_timestamp() END,"
            "   dirty_since = coalesce(dirty_since, clock_timestamp())"
            " FROM touched WHERE touched.id = l.id",
            [sorted(touched), sorted(touched)],
        )


def note_dispatches(events: Sequence[Delivered]) -> None:
    """A row for each shipment of a channel that was connected by then and wants to know. Statements: 1, or 0."""
    dispatched = {int(event.payload["shipment_id"]): event.recorded_at for event in events}
    if not dispatched:
        return
    telling = [code for code, kind in CONNECTORS.items() if kind.capabilities.fulfilment]
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO integrations_trackingpush"
            " (company_id, connection_id, shipment_id, key, status, attempts, error, external_id)"
            " SELECT s.company_id, c.id, s.id, 'shipment-' || s.id, 'due', 0, '', ''"
            " FROM orders_shipment s JOIN orders_order o ON o.id = s.order_id"
            " JOIN integrations_connection c ON c.channel_id = o.channel_id AND c.connector = ANY(%s)"
            " JOIN unnest(%s::bigint[], %s::timestamptz[]) AS gone(shipment_id, at) ON gone.shipment_id = s.id"
            " WHERE c.status <> 'draft' AND coalesce(c.live_at, c.created_at) < gone.at ORDER BY s.id ON CONFLICT (shipment_id) DO NOTHING",
            [telling, list(dispatched), list(dispatched.values())],
        )
