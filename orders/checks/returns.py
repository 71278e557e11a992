"""What came back is what returns, moves and decisions say."""

from django.utils.translation import gettext_lazy as _

from orders.checks.making import check

CHECKS = (
    check(
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
    check(
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
    check(
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
)
