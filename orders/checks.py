"""The orders' sentences of the standing proof: promise, claim, dispatch, cost and bill say the same."""

from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Check, Text

# A shipment's goods are out of the building.
GONE = "('in_transit', 'delivered', 'exception', 'returned_to_sender')"


def _check(name: str, title: Text, sql: str) -> Check:
    return Check(name, "orders", title, sql=sql)


CHECKS = (
    _check(
        "order_lines_shipped",
        _("Every order line has shipped what its shipments say"),
        f"""
        SELECT l.id AS order_line, l.order_id AS "order", l.shipped, coalesce(s.quantity, 0) AS in_shipments
        FROM orders_orderline l
        LEFT JOIN (
            SELECT p.order_line_id, p.in_kit, sum(p.quantity) AS quantity FROM (
                SELECT shipment_id, order_line_id, quantity, false AS in_kit FROM orders_shipmentline
                UNION ALL SELECT shipment_id, order_line_id, quantity, true FROM orders_shipmentkit
            ) p JOIN orders_shipment s ON s.id = p.shipment_id WHERE s.status IN {GONE} GROUP BY 1, 2
        ) s ON s.order_line_id = l.id AND s.in_kit = (l.kit_id IS NOT NULL)
        WHERE l.shipped <> coalesce(s.quantity, 0)""",
    ),
    _check(
        "fulfilment_lines_shipped",
        _("Every fulfilment line has shipped what its shipments say"),
        f"""
        SELECT fl.id AS fulfilment_line, fl.shipped, coalesce(s.quantity, 0) AS in_shipments
        FROM orders_fulfilmentline fl
        LEFT JOIN (
            SELECT sl.fulfilment_line_id, sum(sl.quantity) AS quantity FROM orders_shipmentline sl
            JOIN orders_shipment s ON s.id = sl.shipment_id WHERE s.status IN {GONE} GROUP BY 1
        ) s ON s.fulfilment_line_id = fl.id
        WHERE fl.shipped <> coalesce(s.quantity, 0)""",
    ),
    _check(
        "shipped_goods_moved",
        _("Every shipped quantity left the stock, of the same SKU, under its shipment's cost entry"),
        f"""
        SELECT sl.id AS shipment_line, sl.shipment_id AS shipment, sl.quantity, s.status, m.quantity AS moved,
            m.foreign_moves
        FROM orders_shipmentline sl
        JOIN orders_shipment s ON s.id = sl.shipment_id
        JOIN orders_orderline l ON l.id = sl.order_line_id
        LEFT JOIN orders_fulfilmentline fl ON fl.id = sl.fulfilment_line_id
        LEFT JOIN inventory_allocation a ON a.id = fl.allocation_id
        LEFT JOIN (
            SELECT m.source_id, m.sku_id, sum(m.quantity) AS quantity, count(*) FILTER (WHERE
                t.kind <> 'customer' OR (m.value <> 0 AND e.source_type <> 'orders.shipment')) AS foreign_moves
            FROM inventory_stockmove m JOIN inventory_location t ON t.id = m.to_location_id
            LEFT JOIN accounting_journalentry e ON e.id = m.entry_id
            WHERE m.source_type = 'orders.shipmentline' GROUP BY 1, 2
        ) m ON m.source_id = sl.id
        WHERE coalesce(m.quantity, 0) <> CASE WHEN s.status IN {GONE} THEN sl.quantity ELSE 0 END
            OR m.foreign_moves > 0 OR m.sku_id <> coalesce(a.sku_id, l.sku_id)""",
    ),
    _check(
        "moves_are_shipped",
        _("Every move of a shipment belongs to a line of one"),
        """
        SELECT m.id AS move, m.source_id AS shipment_line FROM inventory_stockmove m
        LEFT JOIN orders_shipmentline sl ON sl.id = m.source_id
        WHERE m.source_type = 'orders.shipmentline' AND sl.id IS NULL""",
    ),
    _check(
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
    _check(
        "drop_ships_agree",
        _("What suppliers ship to buyers is the same on the order, on its shipments and on the purchase order"),
        f"""
        SELECT d.id AS drop_ship_line, d.quantity, d.shipped, d.cancelled, p.quantity AS ordered, p.received,
            p.cancelled AS called_off, coalesce(s.quantity, 0) AS in_shipments
        FROM orders_dropshipline d
        JOIN orders_orderline l ON l.id = d.order_line_id
        JOIN inventory_purchaseorderline p ON p.id = d.po_line_id
        JOIN inventory_purchaseorder o ON o.id = p.purchase_order_id
        LEFT JOIN (
            SELECT sl.drop_ship_line_id, sum(sl.quantity) AS quantity FROM orders_shipmentline sl
            JOIN orders_shipment x ON x.id = sl.shipment_id WHERE x.status IN {GONE} GROUP BY 1
        ) s ON s.drop_ship_line_id = d.id
        WHERE (d.quantity, d.shipped, d.cancelled) IS DISTINCT FROM (p.quantity, p.received, p.cancelled)
            OR d.shipped <> coalesce(s.quantity, 0) OR p.sku_id <> l.sku_id OR o.ship_to_id IS NULL""",
    ),
    _check(
        "kits_are_their_components",
        _("Every kit counts as shipped, and is billed, when all its components have left, and not before"),
        """
        SELECT l.id AS order_line, l.shipped, k.policy, c.id AS component, c.per_kit, d.used, c.given_up
        FROM orders_orderlinecomponent c
        JOIN orders_orderline l ON l.id = c.order_line_id
        JOIN inventory_kit k ON k.id = l.kit_id
        JOIN inventory_demand d ON d.id = c.demand_id
        JOIN (
            SELECT x.order_line_id, floor(min((y.used - x.given_up) / x.per_kit)) AS complete
            FROM orders_orderlinecomponent x JOIN inventory_demand y ON y.id = x.demand_id GROUP BY 1
        ) w ON w.order_line_id = l.id
        WHERE l.shipped <> w.complete OR (k.policy = 'whole' AND d.used <> l.shipped * c.per_kit)""",
    ),
    _check(
        "kits_own_demands",
        _(
            "Every component wants what its kits take, is claimed in whole kits where they leave whole, and has left as its shipments say"
        ),
        f"""
        SELECT c.id AS component, c.order_line_id AS order_line, d.id AS demand, d.quantity AS wanted, d.used,
            coalesce(s.quantity, 0) AS in_shipments, d.kit_group, d.claimed, w.claimed AS kits_claimed
        FROM orders_orderlinecomponent c
        JOIN orders_orderline l ON l.id = c.order_line_id
        JOIN inventory_demand d ON d.id = c.demand_id
        JOIN (
            SELECT x.order_line_id, min(y.claimed / x.per_kit) AS claimed
            FROM orders_orderlinecomponent x JOIN inventory_demand y ON y.id = x.demand_id GROUP BY 1
        ) w ON w.order_line_id = l.id
        LEFT JOIN (
            SELECT a.demand_id, sum(sl.quantity) AS quantity FROM orders_shipmentline sl
            JOIN orders_shipment s ON s.id = sl.shipment_id AND s.status IN {GONE}
            JOIN orders_fulfilmentline fl ON fl.id = sl.fulfilment_line_id
            JOIN inventory_allocation a ON a.id = fl.allocation_id GROUP BY 1
        ) s ON s.demand_id = d.id
        WHERE d.quantity <> c.per_kit * (l.quantity - l.cancelled) + c.given_up OR d.used <> coalesce(s.quantity, 0)
            OR (d.kind, d.source_type, d.source_id) IS DISTINCT FROM ('component', 'orders.orderline', l.id)
            OR d.sku_id <> c.sku_id OR (d.kit_group IS NOT NULL AND d.claimed <> w.claimed * c.per_kit
                AND NOT EXISTS (SELECT 1 FROM orders_fulfilment f WHERE f.order_id = l.order_id
                    AND f.status = 'picking'))""",
    ),
    _check(
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
    _check(
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
    _check(
        "captures_are_deposits",
        _("Every captured payment was posted as a deposit of its order, of the same amount"),
        """
        SELECT e.id AS event, e.payment_id AS payment, e.amount, v.amount AS deposit, v.source_id AS "order"
        FROM orders_orderpaymentevent e JOIN orders_orderpayment p ON p.id = e.payment_id
        LEFT JOIN accounting_storedvalue v ON v.id = e.deposit_id
        WHERE e.kind = 'capture' AND (v.amount, v.currency, v.kind, v.source_type, v.source_id, v.entry_id)
            IS DISTINCT FROM (e.amount, p.currency, 'deposit', 'orders.order', p.order_id, e.entry_id)""",
    ),
    _check(
        "order_lines_returned",
        _("Every order line has back what its returns say"),
        """
        SELECT l.id AS order_line, l.returned, coalesce(r.received, 0) AS received FROM orders_orderline l
        LEFT JOIN (
            SELECT order_line_id, sum(received) AS received FROM orders_returnline
            WHERE order_line_id IS NOT NULL GROUP BY 1
        ) r ON l.kit_id IS NULL AND r.order_line_id = l.id
        LEFT JOIN LATERAL (
            SELECT floor(min(coalesce(rl.received, 0) / c.per_kit)) AS received FROM orders_orderlinecomponent c
            LEFT JOIN (SELECT sku_id, sum(received) AS received FROM orders_returnline
                WHERE order_line_id = l.id GROUP BY 1) rl ON rl.sku_id = c.sku_id
            WHERE c.order_line_id = l.id
        ) k ON l.kit_id IS NOT NULL
        WHERE l.returned <> coalesce(r.received, k.received, 0)""",
    ),
    _check(
        "returned_goods_moved",
        _("Every returned quantity came into the stock, of the same SKU"),
        """
        SELECT rl.id AS return_line, rl.received, m.quantity AS moved, rl.sku_id AS sku, m.sku_id AS moved_sku
        FROM orders_returnline rl
        FULL JOIN (
            SELECT source_id, sku_id, sum(quantity) AS quantity FROM inventory_stockmove
            WHERE source_type = 'orders.returnline' GROUP BY 1, 2
        ) m ON m.source_id = rl.id
        WHERE coalesce(rl.received, 0) <> coalesce(m.quantity, 0) OR (m.sku_id IS NOT NULL AND m.sku_id <> rl.sku_id)""",
    ),
    _check(
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
    _check(
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
    _check(
        "returned_goods_decided",
        _("Every quantity that came back has one place or end, and none was decided on twice"),
        """
        SELECT rl.id AS return_line, rl.received, g.came, g.over FROM orders_returnline rl
        JOIN (
            SELECT x.return_line_id, sum(x.quantity) FILTER (WHERE x.parent_id IS NULL) AS came,
                count(*) FILTER (WHERE x.quantity < coalesce((SELECT sum(c.quantity) FROM orders_returnedgoods c
                    WHERE c.parent_id = x.id), 0)) AS over
            FROM orders_returnedgoods x GROUP BY 1
        ) g ON g.return_line_id = rl.id
        WHERE rl.received <> g.came OR g.over > 0""",
    ),
    _check(
        "order_lines_own_demands",
        _("Every demand of an order line is its line's: what is not cancelled is wanted, what has shipped is used"),
        """
        SELECT d.id AS demand, l.id AS order_line, d.quantity AS wanted, l.quantity - l.cancelled AS ordered, d.used,
            l.shipped, d.sku_id AS sku, l.sku_id AS line_sku, p.quantity AS with_suppliers
        FROM inventory_demand d
        LEFT JOIN orders_orderline l ON l.demand_id = d.id AND d.source_id = l.id
        LEFT JOIN (
            SELECT order_line_id, sum(quantity - cancelled) AS quantity, sum(shipped) AS shipped
            FROM orders_dropshipline GROUP BY 1
        ) p ON p.order_line_id = l.id
        WHERE d.kind = 'order_line' AND d.source_type = 'orders.orderline' AND (l.id IS NULL
            OR d.quantity <> l.quantity - l.cancelled - coalesce(p.quantity, 0)
            OR d.used <> l.shipped - coalesce(p.shipped, 0) OR d.sku_id IS DISTINCT FROM l.sku_id)""",
    ),
    _check(
        "order_lines_have_demands",
        _("Every order line wants its goods, unless its order has an SKU that nobody knows"),
        """
        SELECT l.id AS order_line, l.order_id AS "order" FROM orders_orderline l
        WHERE l.demand_id IS NULL AND l.quantity > l.cancelled
            AND NOT EXISTS (SELECT 1 FROM orders_orderlinecomponent c WHERE c.order_line_id = l.id)
            AND NOT EXISTS (SELECT 1 FROM orders_orderline x WHERE x.order_id = l.order_id AND x.sku_id IS NULL)""",
    ),
    _check(
        "work_is_claimed",
        _("What warehouses are asked to ship is claimed, and no claim is asked for twice"),
        """
        SELECT a.id AS allocation, a.open AS claimed, w.quantity AS asked FROM inventory_allocation a
        JOIN (
            SELECT fl.allocation_id, sum(fl.quantity - fl.shipped) AS quantity FROM orders_fulfilmentline fl
            JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
            WHERE f.status NOT IN ('shipped', 'cancelled') GROUP BY 1
        ) w ON w.allocation_id = a.id
        WHERE w.quantity > a.open""",
    ),
    _check(
        "order_status_agrees",
        _("Every order's status agrees with its lines"),
        """
        SELECT o.id AS "order", o.status, sum(l.gone) AS gone,
            sum(l.quantity - l.cancelled - l.shipped) AS open_quantity
        FROM orders_order o JOIN (
            SELECT x.*, CASE WHEN x.kit_id IS NULL THEN x.shipped ELSE (SELECT coalesce(sum(d.used), 0)
                FROM orders_orderlinecomponent c JOIN inventory_demand d ON d.id = c.demand_id
                WHERE c.order_line_id = x.id) END AS gone
            FROM orders_orderline x
        ) l ON l.order_id = o.id
        GROUP BY o.id, o.status
        HAVING CASE o.status
            WHEN 'partly_shipped' THEN sum(l.gone) = 0 OR sum(l.quantity - l.cancelled - l.shipped) = 0
            WHEN 'shipped' THEN sum(l.gone) = 0 OR sum(l.quantity - l.cancelled - l.shipped) > 0
            WHEN 'completed' THEN sum(l.gone) = 0 OR sum(l.quantity - l.cancelled - l.shipped) > 0
            WHEN 'cancelled' THEN sum(l.gone) > 0 OR sum(l.quantity - l.cancelled - l.shipped) > 0
            ELSE sum(l.gone) > 0 END""",
    ),
    _check(
        "fulfilment_status_agrees",
        _("Every fulfilment that has left has shipped all that was picked, and no other has shipped any"),
        """
        SELECT f.id AS fulfilment, f.status, sum(fl.picked) AS picked, sum(fl.shipped) AS shipped
        FROM orders_fulfilment f JOIN orders_fulfilmentline fl ON fl.fulfilment_id = f.id
        GROUP BY f.id, f.status
        HAVING CASE WHEN f.status = 'shipped' THEN sum(fl.shipped) <> sum(fl.picked) OR sum(fl.shipped) = 0
            ELSE sum(fl.shipped) > 0 END""",
    ),
    _check(
        "blanket_lines_not_overcalled",
        _("No blanket order has more called off than was agreed, and every call is of its goods and buyer"),
        """
        SELECT l.id AS blanket_line, l.quantity, sum(o.quantity - o.cancelled) AS called_off
        FROM orders_blanketcall c
        JOIN orders_blanketline l ON l.id = c.blanket_line_id
        JOIN orders_blanketorder b ON b.id = l.blanket_id
        JOIN orders_orderline o ON o.id = c.order_line_id
        JOIN orders_order d ON d.id = o.order_id
        GROUP BY l.id, l.quantity, l.sku_id, b.contact_id
        HAVING sum(o.quantity - o.cancelled) > l.quantity OR bool_or(d.contact_id IS DISTINCT FROM b.contact_id)
            OR bool_or(o.sku_id IS DISTINCT FROM l.sku_id)""",
    ),
    _check(
        "carts_own_demands",
        _("Every cart's demand is its reservation's, and one that has ended holds nothing"),
        """
        SELECT d.id AS demand, d.source_id AS reservation_line, d.quantity AS wanted, d.claimed, r.status
        FROM inventory_demand d
        LEFT JOIN orders_reservationline l ON l.id = d.source_id
        LEFT JOIN orders_reservation r ON r.id = l.reservation_id
        WHERE d.source_type = 'orders.reservationline' AND (r.id IS NULL OR d.kind <> 'cart'
            OR (r.status IN ('ordered', 'released') AND d.quantity > 0))""",
    ),
)
