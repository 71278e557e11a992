"""Kits and their components say the same."""

from django.utils.translation import gettext_lazy as _

from orders.checks.making import GONE, check

CHECKS = (
    check(
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
    check(
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
)
