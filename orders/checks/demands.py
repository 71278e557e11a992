"""Who wants goods owns a demand, what is worked on is claimed, and states follow from lines."""

from django.utils.translation import gettext_lazy as _

from orders.checks.making import check

CHECKS = (
    check(
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
    check(
        "order_lines_have_demands",
        _("Every order line wants its goods, unless its order has an SKU that nobody knows"),
        """
        SELECT l.id AS order_line, l.order_id AS "order" FROM orders_orderline l
        WHERE l.demand_id IS NULL AND l.quantity > l.cancelled
            AND NOT EXISTS (SELECT 1 FROM orders_orderlinecomponent c WHERE c.order_line_id = l.id)
            AND NOT EXISTS (SELECT 1 FROM orders_orderline x WHERE x.order_id = l.order_id AND x.sku_id IS NULL)""",
    ),
    check(
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
    check(
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
    check(
        "fulfilment_status_agrees",
        _("Every fulfilment that has left has shipped all that was picked, and no other has shipped any"),
        """
        SELECT f.id AS fulfilment, f.status, sum(fl.picked) AS picked, sum(fl.shipped) AS shipped
        FROM orders_fulfilment f JOIN orders_fulfilmentline fl ON fl.fulfilment_id = f.id
        GROUP BY f.id, f.status
        HAVING CASE WHEN f.status = 'shipped' THEN sum(fl.shipped) <> sum(fl.picked) OR sum(fl.shipped) = 0
            ELSE sum(fl.shipped) > 0 END""",
    ),
    check(
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
    check(
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
