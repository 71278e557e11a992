"""What the figures of the floor are made of, as SQL: one row for each fact."""

# Parameters: as in labour_sql; start, end are days.
# One row for each fact: day, person, what it is about, figure (seconds, or 1 good and 0 not), number, page. On time in
# full: all of it left by the promised day, none came back, and where the carrier tells of the arrival and its service says
# how many days it takes, it took no more of them.
FACTS = {
    "dock_to_stock": """
        SELECT (coalesce(r.put_away_at, r.finished_at) AT TIME ZONE %(zone)s)::date AS day, coalesce(u.username, '') AS person,
            extract(epoch FROM coalesce(r.put_away_at, r.finished_at) - coalesce(r.arrived_at, r.started_at))::numeric / 3600 AS figure,
            'GR-' || lpad(r.id::text, 6, '0') AS number, 'receipt' AS page, r.id AS page_id, coalesce(r.reference, '') AS what
        FROM warehouse_receipt r LEFT JOIN core_user u ON u.id = r.received_by_id
        WHERE r.warehouse_id = %(warehouse)s AND coalesce(r.put_away_at, r.finished_at) >= %(a)s
            AND coalesce(r.put_away_at, r.finished_at) < %(b)s AND r.status IN ('received', 'put_away')
            AND coalesce(r.arrived_at, r.started_at) IS NOT NULL AND (%(place_zone)s::text = '' OR EXISTS (
                SELECT FROM warehouse_floortask k JOIN inventory_location x ON x.id = k.to_location_id
                JOIN inventory_zone y ON y.id = x.zone_id AND y.code = %(place_zone)s
                WHERE k.source_type = 'warehouse.receipt' AND k.source_id = r.id))""",
    "pick_accuracy": """
        SELECT (t.finished_at AT TIME ZONE %(zone)s)::date AS day, coalesce(u.username, '') AS person,
            CASE WHEN t.status = 'done' THEN 1 ELSE 0 END::numeric AS figure,
            'PL-' || lpad(t.pick_list_id::text, 6, '0') AS number, 'work' AS page, l.fulfilment_id AS page_id,
            trim_scale(t.picked)::text || ' / ' || trim_scale(t.quantity)::text || ' × ' || s.code || ' @ ' || b.code AS what
        FROM warehouse_picktask t JOIN warehouse_picklist l ON l.id = t.pick_list_id AND l.warehouse_id = %(warehouse)s
        JOIN inventory_sku s ON s.id = t.sku_id JOIN inventory_location b ON b.id = t.from_location_id
        LEFT JOIN inventory_zone y ON y.id = b.zone_id LEFT JOIN core_user u ON u.id = t.picked_by_id
        WHERE t.status IN ('done', 'short') AND t.finished_at >= %(a)s AND t.finished_at < %(b)s
            AND (%(place_zone)s::text = '' OR y.code = %(place_zone)s)""",
    "otif": """
        SELECT q.promised AS day, '' AS person,
            CASE WHEN q.open <= 0 AND (q.left_at AT TIME ZONE %(zone)s)::date <= q.promised AND NOT q.came_back
                AND coalesce(q.arrived <= q.promised, true) THEN 1 ELSE 0 END::numeric AS figure,
            'SO-' || lpad(q.order_id::text, 6, '0') AS number, 'order' AS page, q.order_id AS page_id,
            CASE WHEN q.left_at IS NULL THEN '' ELSE to_char(q.left_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD HH24:MI') END AS what
        FROM (
            SELECT l.order_id, max(coalesce(l.promise_date, o.promise_date, (f.ship_by AT TIME ZONE %(zone)s)::date)) AS promised,
                sum(l.quantity - l.cancelled - l.shipped) AS open, max(f.left_at) AS left_at,
                bool_or(f.came_back) AS came_back, max(f.arrived) AS arrived
            FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
            JOIN LATERAL (
                SELECT min(x.ship_by) AS ship_by, max(s.shipped_at) AS left_at,
                    coalesce(bool_or(s.status = 'returned_to_sender'), false) AS came_back,
                    max((s.delivered_at AT TIME ZONE %(zone)s)::date - t.days) AS arrived
                FROM orders_fulfilment x LEFT JOIN orders_shipment s ON s.fulfilment_id = x.id AND s.status <> 'voided'
                LEFT JOIN LATERAL (
                    SELECT max(v.transit_days) AS days FROM warehouse_parcel p
                    JOIN warehouse_parcellabel b ON b.parcel_id = p.id AND b.voided_at IS NULL
                    JOIN warehouse_carrierservice v ON v.id = b.service_id
                    WHERE p.shipment_id = s.id AND s.delivered_at IS NOT NULL) t ON true
                WHERE x.order_id = o.id AND x.warehouse_id = %(warehouse)s AND x.status <> 'cancelled' HAVING count(*) > 0) f ON true
            WHERE o.status NOT IN ('draft', 'cancelled') AND o.placed_at >= %(a)s::timestamptz - interval '90 days' AND o.placed_at < %(b)s
                AND l.quantity > l.cancelled AND (%(place_zone)s::text = '' OR EXISTS (
                    SELECT FROM orders_fulfilment e JOIN warehouse_picklist g ON g.fulfilment_id = e.id
                    JOIN warehouse_picktask k ON k.pick_list_id = g.id JOIN inventory_location b ON b.id = k.from_location_id
                    JOIN inventory_zone y ON y.id = b.zone_id AND y.code = %(place_zone)s WHERE e.order_id = o.id))
            GROUP BY l.order_id
        ) q
        WHERE q.promised >= %(start)s::date AND q.promised <= %(end)s::date AND q.promised < (clock_timestamp() AT TIME ZONE %(zone)s)::date + 1
            AND (q.open <= 0 OR q.promised < (clock_timestamp() AT TIME ZONE %(zone)s)::date)""",
    "count_accuracy": """
        SELECT (r.counted_at AT TIME ZONE %(zone)s)::date AS day, r.counter_label AS person,
            CASE WHEN r.variance = 0 THEN 1 ELSE 0 END::numeric AS figure,
            'ST-' || lpad(r.stocktake_id::text, 6, '0') AS number, 'stocktake' AS page, r.stocktake_id AS page_id,
            trim_scale(r.counted)::text || ' / ' || trim_scale(r.expected)::text || ' × ' || s.code || ' @ ' || b.code AS what
        FROM warehouse_countresult r JOIN warehouse_stocktake k ON k.id = r.stocktake_id AND k.warehouse_id = %(warehouse)s
            AND k.status IN ('approved', 'posted')
        JOIN inventory_sku s ON s.id = r.sku_id JOIN inventory_location b ON b.id = r.location_id
        LEFT JOIN inventory_zone y ON y.id = b.zone_id
        WHERE r.counted_at >= %(a)s AND r.counted_at < %(b)s AND NOT r.superseded
            AND (%(place_zone)s::text = '' OR y.code = %(place_zone)s)""",
}

# Of the work that people did (labour_sql): the same columns.
_PIECE = """
    SELECT day, person, round(seconds::numeric, 1) AS figure, number, page, page_id, kind AS what FROM priced"""
LABOUR_FACTS = {
    "lines_per_hour": _PIECE,
    "seconds_per_task": _PIECE + " WHERE seconds IS NOT NULL",
    # without a rate for all of its work an order has no cost
    "cost_per_order": """
    SELECT max(day) AS day, string_agg(DISTINCT person, ', ') AS person,
        CASE WHEN bool_and(cost IS NOT NULL OR seconds IS NULL) THEN sum(cost) END AS figure,
        'SO-' || lpad(order_id::text, 6, '0') AS number, 'order' AS page, order_id AS page_id,
        count(*) || ' · ' || round(coalesce(sum(seconds), 0)) || ' s' AS what
    FROM priced WHERE order_id IS NOT NULL GROUP BY order_id""",
}
