"""The work that people did, piece by piece, with its time and its price: common table expressions of the labour reports.

A piece takes as long as since the person's last piece; after a break (longer than PAUSE_MINUTES) what it took itself, if
that is known. Its hour costs what the rate of its day says: the person's, else that of a role, else everybody's.
"""

PAUSE_MINUTES = 15
PAUSE_S = PAUSE_MINUTES * 60

# Parameters: company, warehouse, zone (time zone), a and b (instants), who (ids of people, or NULL for all).
DONE = """
WITH done AS (
    SELECT 'pick' AS kind, t.picked_by_id AS who, t.finished_at AS at, t.started_at,
        'PL-' || lpad(t.pick_list_id::text, 6, '0') AS number, 'work' AS page, l.fulfilment_id AS page_id,
        f.order_id, coalesce(z.code, '') AS place_zone, t.id AS tie
    FROM warehouse_picktask t JOIN warehouse_picklist l ON l.id = t.pick_list_id AND l.warehouse_id = %(warehouse)s
    JOIN orders_fulfilment f ON f.id = l.fulfilment_id
    JOIN inventory_location b ON b.id = t.from_location_id LEFT JOIN inventory_zone z ON z.id = b.zone_id
    WHERE t.status IN ('done', 'short') AND t.finished_at >= %(a)s AND t.finished_at < %(b)s AND t.picked_by_id IS NOT NULL
    UNION ALL
    SELECT 'pack', p.packed_by_id, p.packed_at, NULL, 'SH-' || lpad(s.id::text, 6, '0'), 'work', s.fulfilment_id,
        s.order_id, '', p.id
    FROM warehouse_parcel p JOIN orders_shipment s ON s.id = p.shipment_id AND s.warehouse_id = %(warehouse)s
    WHERE p.packed_at >= %(a)s AND p.packed_at < %(b)s AND p.packed_by_id IS NOT NULL
    UNION ALL
    SELECT t.kind, t.assigned_to_id, t.finished_at, t.started_at, 'FT-' || lpad(t.id::text, 6, '0'), 'floor_task', t.id,
        NULL, coalesce(z.code, ''), t.id
    FROM warehouse_floortask t JOIN inventory_location b ON b.id = t.from_location_id LEFT JOIN inventory_zone z ON z.id = b.zone_id
    WHERE t.warehouse_id = %(warehouse)s AND t.status IN ('done', 'short') AND t.finished_at >= %(a)s
        AND t.finished_at < %(b)s AND t.assigned_to_id IS NOT NULL
    UNION ALL
    SELECT 'count', r.counter_id, r.counted_at, NULL, 'ST-' || lpad(r.stocktake_id::text, 6, '0'), 'stocktake', r.stocktake_id,
        NULL, coalesce(z.code, ''), r.id
    FROM warehouse_countresult r JOIN warehouse_stocktake k ON k.id = r.stocktake_id AND k.warehouse_id = %(warehouse)s
    JOIN inventory_location b ON b.id = r.location_id LEFT JOIN inventory_zone z ON z.id = b.zone_id
    WHERE r.counted_at >= %(a)s AND r.counted_at < %(b)s AND r.counter_id IS NOT NULL
    UNION ALL
    SELECT 'receive', r.received_by_id, r.finished_at, r.started_at, 'GR-' || lpad(r.id::text, 6, '0'), 'receipt', r.id,
        NULL, '', r.id
    FROM warehouse_receipt r
    WHERE r.warehouse_id = %(warehouse)s AND r.finished_at >= %(a)s AND r.finished_at < %(b)s AND r.received_by_id IS NOT NULL
), since AS (
    SELECT d.*, extract(epoch FROM d.at - lag(d.at) OVER (PARTITION BY d.who ORDER BY d.at, d.kind, d.tie)) AS gap,
        extract(epoch FROM d.at - d.started_at) AS own
    FROM done d WHERE %(who)s::bigint[] IS NULL OR d.who = ANY(%(who)s::bigint[])
), timed AS (
    SELECT s.*, u.username AS person, (s.at AT TIME ZONE %(zone)s)::date AS day,
        CASE WHEN s.gap <= {pause} THEN s.gap WHEN s.own BETWEEN 0 AND {pause} THEN s.own END AS seconds
    FROM since s JOIN core_user u ON u.id = s.who
), wages AS (
    SELECT k.who, k.day, w.hourly FROM (SELECT DISTINCT who, day FROM timed) k
    CROSS JOIN LATERAL (
        SELECT r.hourly FROM warehouse_wagerate r
        WHERE r.company_id = %(company)s AND r.from_date <= k.day AND (
            r.person_id = k.who OR (r.person_id IS NULL AND (r.role = '' OR EXISTS (
                SELECT FROM core_user_groups m JOIN auth_group g ON g.id = m.group_id
                WHERE m.user_id = k.who AND g.name = r.role))))
        ORDER BY r.person_id IS NULL, r.role = '', r.from_date DESC, r.hourly DESC LIMIT 1
    ) w
), priced AS (
    SELECT t.*, round(w.hourly * t.seconds / 3600, 6) AS cost, w.hourly
    FROM timed t LEFT JOIN wages w ON w.who = t.who AND w.day = t.day
    WHERE %(place_zone)s::text = '' OR t.place_zone = %(place_zone)s::text
)
""".replace("{pause}", str(PAUSE_S))
