"""What was shipped, charged, paid and given back is billed and booked once."""

from django.utils.translation import gettext_lazy as _

from orders.checks.making import GONE, check

CHECKS = (
    check(
        "shipped_billed_once",
        _("Every shipped quantity is billed exactly once, or its shipment says why not"),
        f"""
        SELECT p.source, p.id, p.shipment_id AS shipment, p.quantity, s.status, s.not_billable_reason,
            coalesce(i.times, 0) AS times, i.quantity AS billed
        FROM (
            SELECT 'orders.shipmentline' AS source, sl.id, sl.shipment_id, sl.quantity, l.kit_id IS NOT NULL AS in_kit
            FROM orders_shipmentline sl JOIN orders_orderline l ON l.id = sl.order_line_id
            UNION ALL SELECT 'orders.shipmentkit', id, shipment_id, quantity, false FROM orders_shipmentkit
        ) p JOIN orders_shipment s ON s.id = p.shipment_id
        LEFT JOIN (
            SELECT il.source_type, il.source_id, count(*) AS times, sum(il.quantity) AS quantity
            FROM accounting_invoiceline il JOIN accounting_invoice i ON i.id = il.invoice_id AND i.kind = 'invoice'
            WHERE il.source_type IN ('orders.shipmentline', 'orders.shipmentkit') GROUP BY 1, 2
        ) i ON i.source_type = p.source AND i.source_id = p.id
        WHERE CASE WHEN s.status IN {GONE} AND s.not_billable_reason = '' AND NOT p.in_kit
            THEN coalesce(i.times, 0) <> 1 OR i.quantity <> p.quantity ELSE i.times > 0 END""",
    ),
    check(
        "charges_billed_once",
        _("Every charge marked as billed stands on exactly one document, the others on none"),
        """
        SELECT c.id AS charge, c.order_id AS "order", c.billed, coalesce(i.times, 0) AS times
        FROM orders_ordercharge c
        LEFT JOIN (
            SELECT source_id, count(*) AS times FROM accounting_invoiceline
            WHERE source_type = 'orders.ordercharge' GROUP BY 1
        ) i ON i.source_id = c.id
        WHERE coalesce(i.times, 0) <> c.billed::int""",
    ),
    check(
        "payments_are_their_events",
        _("Every payment of an order has authorised, captured, voided and refunded what its events say"),
        """
        SELECT p.id AS payment, p.order_id AS "order", p.authorised, p.captured, p.voided, p.refunded
        FROM orders_orderpayment p
        LEFT JOIN (
            SELECT payment_id, sum(amount) FILTER (WHERE kind = 'authorise') AS authorised,
                sum(amount) FILTER (WHERE kind = 'capture') AS captured,
                sum(amount) FILTER (WHERE kind = 'void') AS voided,
                sum(amount) FILTER (WHERE kind = 'refund') AS refunded
            FROM orders_orderpaymentevent GROUP BY 1
        ) e ON e.payment_id = p.id
        WHERE (p.authorised, p.captured, p.voided, p.refunded) IS DISTINCT FROM
            (coalesce(e.authorised, 0), coalesce(e.captured, 0), coalesce(e.voided, 0), coalesce(e.refunded, 0))""",
    ),
    check(
        "captures_are_deposits",
        _("Every captured payment was posted as a deposit of its order, of the same amount"),
        """
        SELECT e.id AS event, e.payment_id AS payment, e.amount, v.amount AS deposit, v.source_id AS "order"
        FROM orders_orderpaymentevent e JOIN orders_orderpayment p ON p.id = e.payment_id
        LEFT JOIN accounting_storedvalue v ON v.id = e.deposit_id
        WHERE e.kind = 'capture' AND (v.amount, v.currency, v.kind, v.source_type, v.source_id, v.entry_id)
            IS DISTINCT FROM (e.amount, p.currency, 'deposit', 'orders.order', p.order_id, e.entry_id)""",
    ),
    check(
        "returns_credited_once",
        _("Every resolved return has one credit note, the others none"),
        """
        SELECT r.id AS "return", r.status, r.credit_note_id AS credit_note, i.id AS found FROM orders_returnorder r
        LEFT JOIN accounting_invoice i ON i.source_type = 'orders.returnorder' AND i.source_id = r.id
            AND i.kind = 'credit_note'
        WHERE (r.status = 'resolved' AND r.refunds AND r.credit_note_id IS NULL AND EXISTS (
                SELECT 1 FROM orders_returnline rl WHERE rl.return_order_id = r.id AND rl.net > 0
                    AND (rl.received > 0 OR rl.disposition = 'no_goods')))
            OR (NOT r.refunds AND r.credit_note_id IS NOT NULL) OR r.credit_note_id IS DISTINCT FROM i.id""",
    ),
    check(
        "refunded_within_billed",
        _("No order line or charge was credited for more than it was billed"),
        """
        SELECT b.kind, b.id, b.billed, c.credited FROM (
            SELECT 'line' AS kind, d.order_line_id AS id, sum(il.net + il.tax) AS billed FROM (
                SELECT 'orders.shipmentline' AS source_type, id, order_line_id FROM orders_shipmentline
                UNION ALL SELECT 'orders.shipmentkit', id, order_line_id FROM orders_shipmentkit
            ) d JOIN accounting_invoiceline il ON il.source_type = d.source_type AND il.source_id = d.id GROUP BY 2
            UNION ALL SELECT 'charge', il.source_id, sum(il.net + il.tax) FROM accounting_invoiceline il
            WHERE il.source_type = 'orders.ordercharge' AND il.net > 0 GROUP BY 2
        ) b JOIN (
            SELECT CASE WHEN rl.charge_id IS NULL THEN 'line' ELSE 'charge' END AS kind,
                coalesce(rl.charge_id, rl.order_line_id) AS id, sum(il.net + il.tax) AS credited
            FROM accounting_invoiceline il JOIN orders_returnline rl ON rl.id = il.source_id
            JOIN orders_returnorder r ON r.id = rl.return_order_id AND r.order_id IS NOT NULL
            WHERE il.source_type = 'orders.returnline' GROUP BY 1, 2
        ) c ON c.kind = b.kind AND c.id = b.id
        WHERE c.credited > b.billed""",
    ),
)
