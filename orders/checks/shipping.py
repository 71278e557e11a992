"""What left the building is what lines, moves and suppliers' parts say."""

from django.utils.translation import gettext_lazy as _

from orders.checks.making import GONE, check

CHECKS = (
    check(
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
    check(
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
    check(
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
    check(
        "moves_are_shipped",
        _("Every move of a shipment belongs to a line of one"),
        """
        SELECT m.id AS move, m.source_id AS shipment_line FROM inventory_stockmove m
        LEFT JOIN orders_shipmentline sl ON sl.id = m.source_id
        WHERE m.source_type = 'orders.shipmentline' AND sl.id IS NULL""",
    ),
    check(
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
)
