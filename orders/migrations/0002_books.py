"""What was promised, decided, paid, sent and taken back is never rewritten, and totals are kept from it."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

EVENT_TOTALS = """
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE recorded_at <> statement_timestamp()) THEN
        RAISE EXCEPTION 'orderpaymentevent_recorded_now: recorded_at is set by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orderpaymentevent_recorded_now';
    END IF;
    PERFORM FROM orders_orderpayment p
        WHERE p.id = ANY (ARRAY(SELECT payment_id FROM new_rows)) ORDER BY p.id FOR NO KEY UPDATE;
    UPDATE orders_orderpayment p SET authorised = p.authorised + t.authorised, captured = p.captured + t.captured,
            voided = p.voided + t.voided, refunded = p.refunded + t.refunded
        FROM (SELECT payment_id,
                coalesce(sum(amount) FILTER (WHERE kind = 'authorise'), 0) AS authorised,
                coalesce(sum(amount) FILTER (WHERE kind = 'capture'), 0) AS captured,
                coalesce(sum(amount) FILTER (WHERE kind = 'void'), 0) AS voided,
                coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded
            FROM new_rows GROUP BY payment_id) t
        WHERE p.id = t.payment_id;
    RETURN NULL;
END
"""

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

NEW = "NEW TABLE AS new_rows"

FULFILMENT_LINE_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT order_id, warehouse_id, company_id FROM orders_fulfilment WHERE id = n.fulfilment_id OFFSET 0) f ON true
        LEFT JOIN LATERAL (SELECT order_id FROM orders_orderline WHERE id = n.order_line_id OFFSET 0) l ON true
        LEFT JOIN LATERAL (
            SELECT warehouse_id, company_id FROM inventory_allocation WHERE id = n.allocation_id OFFSET 0) a ON true
        WHERE NOT coalesce(l.order_id = f.order_id AND a.warehouse_id = f.warehouse_id
            AND a.company_id = f.company_id, false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'fulfilmentline_of_its_order_and_warehouse: fulfilment line % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fulfilmentline_of_its_order_and_warehouse';
    END IF;
    RETURN NULL;
END
"""

SHIPMENT_LINE_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT order_id, fulfilment_id, purchase_order_id FROM orders_shipment
            WHERE id = n.shipment_id OFFSET 0) s ON true
        LEFT JOIN LATERAL (
            SELECT order_line_id, fulfilment_id FROM orders_fulfilmentline
            WHERE id = n.fulfilment_line_id OFFSET 0) f ON true
        WHERE NOT coalesce(
            CASE WHEN n.fulfilment_line_id IS NOT NULL
                THEN f.order_line_id = n.order_line_id AND f.fulfilment_id = s.fulfilment_id
                ELSE EXISTS (
                    SELECT FROM orders_dropshipline d
                    JOIN orders_orderline l ON l.id = d.order_line_id
                    JOIN inventory_purchaseorderline p ON p.id = d.po_line_id
                    WHERE d.id = n.drop_ship_line_id AND d.order_line_id = n.order_line_id
                        AND l.order_id = s.order_id AND p.purchase_order_id = s.purchase_order_id) END, false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'shipmentline_of_its_fulfilment: shipment line % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipmentline_of_its_fulfilment';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("inventory", "0009_kinds_of_stock")]

    operations = [
        AppendOnly("orders_shipmentline"),
        AppendOnly("orders_orderdiscount"),
        AppendOnly("orders_ordertax"),
        BookFunction("orders_payment_event_totals", EVENT_TOTALS),
        BookTrigger(
            "orders_orderpaymentevent",
            "orders_payment_event_totals",
            "orders_payment_event_totals",
            referencing="NEW TABLE AS new_rows",
        ),
        AppendOnly("orders_orderpaymentevent"),
        BookFunction("orders_fulfilment_line_rules", FULFILMENT_LINE_RULES, settings=NESTED),
        BookTrigger(
            "orders_fulfilmentline", "orders_fulfilment_line_rules", "orders_fulfilment_line_rules", referencing=NEW
        ),
        BookFunction("orders_shipment_line_rules", SHIPMENT_LINE_RULES, settings=NESTED),
        BookTrigger("orders_shipmentline", "orders_shipment_line_rules", "orders_shipment_line_rules", referencing=NEW),
        AppendOnly("orders_sourcingdecision"),
        AppendOnly("orders_shipmentkit"),
        AppendOnly("orders_promisechange"),
        AppendOnly("orders_blanketcall"),
        AppendOnly("orders_orderrevision"),
        AppendOnly("orders_returnedgoods"),
    ]
