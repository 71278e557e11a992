"""How the floor does: dock to stock, pick accuracy, lines per hour, on time in full, count accuracy; each with its rows."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.models import Warehouse

PAUSE_MINUTES = 15  # a longer gap between two pieces of work is a break and counts as no work
MAX_ROWS = 50_000
MAX_DAYS = 800

_PARAMS = """
WITH span AS (SELECT %(start)s::date::timestamp AT TIME ZONE %(zone)s AS a, (%(end)s::date + 1)::timestamp AT TIME ZONE %(zone)s AS b)
"""
# One row for each fact: day, person, what it is about, figure (seconds, or 1 good and 0 not), number, page. On time in
# full: all of it left by the promised day, none came back, and where the carrier tells of the arrival and its service says
# how many days it takes, it took no more of them.
_FACTS = {
    "dock_to_stock": """
        SELECT (coalesce(r.put_away_at, r.finished_at) AT TIME ZONE %(zone)s)::date AS day, coalesce(u.username, '') AS person,
            extract(epoch FROM coalesce(r.put_away_at, r.finished_at) - coalesce(r.arrived_at, r.started_at))::numeric / 3600 AS figure,
            'GR-' || lpad(r.id::text, 6, '0') AS number, 'receipt' AS page, r.id AS page_id, coalesce(r.reference, '') AS what
        FROM span, warehouse_receipt r LEFT JOIN core_user u ON u.id = r.received_by_id
        WHERE r.warehouse_id = %(warehouse)s AND coalesce(r.put_away_at, r.finished_at) >= span.a
            AND coalesce(r.put_away_at, r.finished_at) < span.b AND r.status IN ('received', 'put_away')
            AND coalesce(r.arrived_at, r.started_at) IS NOT NULL""",
    "pick_accuracy": """
        SELECT (t.finished_at AT TIME ZONE %(zone)s)::date AS day, coalesce(u.username, '') AS person,
            CASE WHEN t.status = 'done' THEN 1 ELSE 0 END::numeric AS figure,
            'PL-' || lpad(t.pick_list_id::text, 6, '0') AS number, 'work' AS page, l.fulfilment_id AS page_id,
            trim_scale(t.picked)::text || ' / ' || trim_scale(t.quantity)::text || ' × ' || s.code || ' @ ' || b.code AS what
        FROM span, warehouse_picktask t JOIN warehouse_picklist l ON l.id = t.pick_list_id AND l.warehouse_id = %(warehouse)s
        JOIN inventory_sku s ON s.id = t.sku_id JOIN inventory_location b ON b.id = t.from_location_id
        LEFT JOIN core_user u ON u.id = t.picked_by_id
        WHERE t.status IN ('done', 'short') AND t.finished_at >= span.a AND t.finished_at < span.b""",
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
            FROM span, orders_order o JOIN orders_orderline l ON l.order_id = o.id
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
            WHERE o.status NOT IN ('draft', 'cancelled') AND o.placed_at >= span.a - interval '90 days' AND o.placed_at < span.b
                AND l.quantity > l.cancelled
            GROUP BY l.order_id
        ) q, span
        WHERE q.promised >= %(start)s::date AND q.promised <= %(end)s::date AND q.promised < (clock_timestamp() AT TIME ZONE %(zone)s)::date + 1
            AND (q.open <= 0 OR q.promised < (clock_timestamp() AT TIME ZONE %(zone)s)::date)""",
    "count_accuracy": """
        SELECT (r.counted_at AT TIME ZONE %(zone)s)::date AS day, r.counter_label AS person,
            CASE WHEN r.variance = 0 THEN 1 ELSE 0 END::numeric AS figure,
            'ST-' || lpad(r.stocktake_id::text, 6, '0') AS number, 'stocktake' AS page, r.stocktake_id AS page_id,
            trim_scale(r.counted)::text || ' / ' || trim_scale(r.expected)::text || ' × ' || s.code || ' @ ' || b.code AS what
        FROM span, warehouse_countresult r JOIN warehouse_stocktake k ON k.id = r.stocktake_id AND k.warehouse_id = %(warehouse)s
            AND k.status IN ('approved', 'posted')
        JOIN inventory_sku s ON s.id = r.sku_id JOIN inventory_location b ON b.id = r.location_id
        WHERE r.counted_at >= span.a AND r.counted_at < span.b AND NOT r.superseded""",
}
_DONE = """
, done AS (
    SELECT 'pick' AS kind, t.picked_by_id AS who, t.finished_at AS at, 'PL-' || lpad(t.pick_list_id::text, 6, '0') AS number,
        'work' AS page, l.fulfilment_id AS page_id
    FROM span, warehouse_picktask t JOIN warehouse_picklist l ON l.id = t.pick_list_id AND l.warehouse_id = %(warehouse)s
    WHERE t.status IN ('done', 'short') AND t.finished_at >= span.a AND t.finished_at < span.b AND t.picked_by_id IS NOT NULL
    UNION ALL
    SELECT t.kind, t.assigned_to_id, t.finished_at, 'FT-' || lpad(t.id::text, 6, '0'), '', t.id FROM span, warehouse_floortask t
    WHERE t.warehouse_id = %(warehouse)s AND t.status IN ('done', 'short') AND t.finished_at >= span.a
        AND t.finished_at < span.b AND t.assigned_to_id IS NOT NULL
    UNION ALL
    SELECT 'count', r.counter_id, r.counted_at, 'ST-' || lpad(r.stocktake_id::text, 6, '0'), 'stocktake', r.stocktake_id
    FROM span, warehouse_countresult r JOIN warehouse_stocktake k ON k.id = r.stocktake_id AND k.warehouse_id = %(warehouse)s
    WHERE r.counted_at >= span.a AND r.counted_at < span.b
), timed AS (
    SELECT d.*, u.username AS person, extract(epoch FROM d.at - lag(d.at) OVER (PARTITION BY d.who ORDER BY d.at)) AS gap
    FROM done d JOIN core_user u ON u.id = d.who
)
"""
FIGURES = {
    "dock_to_stock": _("Dock to stock, hours"),
    "pick_accuracy": _("Pick accuracy"),
    "lines_per_hour": _("Lines per hour"),
    "otif": _("On time in full"),
    "count_accuracy": _("Count accuracy"),
}
SHARES = ("pick_accuracy", "otif", "count_accuracy")


@dataclass(frozen=True, slots=True)
class Span:
    """Days by the warehouse's clock, both included."""

    warehouse_id: int
    zone: str
    start: datetime.date
    end: datetime.date

    @property
    def params(self) -> dict[str, Any]:
        return {"warehouse": self.warehouse_id, "zone": self.zone, "start": self.start, "end": self.end}


def span_of(warehouse: Warehouse | None, start: datetime.date | None, end: datetime.date | None) -> Span:
    """These days by the warehouse's clock: the last 30 where none are named, or none that make sense."""
    zone = (warehouse.time_zone or warehouse.company.time_zone) if warehouse else "UTC"
    end = end or timezone.now().astimezone(ZoneInfo(zone)).date()
    start = start or end - datetime.timedelta(days=29)
    if start > end or (end - start).days > MAX_DAYS:
        start = end - datetime.timedelta(days=29)
    return Span(warehouse.pk if warehouse else 0, zone, start, end)


class Summary(NamedTuple):
    """facts: what it is of. value: a share in per cent, or hours, or lines an hour; None without facts."""

    figure: str
    facts: int
    value: Decimal | None


class Fact(NamedTuple):
    """What a figure is made of. figure: hours, seconds, or 1 for right and 0 for not. page, page_id: where it is shown."""

    day: datetime.date
    person: str
    figure: Decimal
    number: str
    page: str
    page_id: int
    what: str


class Labour(NamedTuple):
    """What a person did of one kind. hours: between one piece of work and the next, pauses left out."""

    person: str
    kind: str
    lines: int
    hours: Decimal
    per_hour: Decimal | None
    seconds: Decimal | None


def summaries(span: Span) -> list[Summary]:
    """Every figure of the span. Statements: 5."""
    found = []
    with connection.cursor() as cursor:
        for name in FIGURES:
            if name == "lines_per_hour":
                rows = labour(span)
                hours, lines = sum((row.hours for row in rows), Decimal(0)), sum(row.lines for row in rows)
                found.append(Summary(name, lines, round(lines / hours, 1) if hours else None))
                continue
            middle = (
                "percentile_cont(0.5) WITHIN GROUP (ORDER BY f.figure)::numeric"
                if name == "dock_to_stock"
                else "100 * avg(f.figure)"
            )
            cursor.execute(f"{_PARAMS} SELECT count(*), {middle} FROM ({_FACTS[name]}) f", span.params)
            count, value = cursor.fetchone()
            found.append(Summary(name, count, None if value is None else round(value, 1)))
    return found


def by_day(name: str, span: Span) -> list[tuple[datetime.date, Decimal]]:
    """The figure of each day that has facts. Statements: 1."""
    if name == "lines_per_hour":
        sql = f"""{_PARAMS} {_DONE} SELECT (at AT TIME ZONE %(zone)s)::date, round(count(*) / nullif(sum(
            CASE WHEN gap <= {PAUSE_MINUTES * 60} THEN gap END), 0) * 3600, 1) FROM timed GROUP BY 1
            HAVING sum(CASE WHEN gap <= {PAUSE_MINUTES * 60} THEN gap END) > 0 ORDER BY 1"""
    else:
        value = (
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY f.figure)::numeric"
            if name == "dock_to_stock"
            else "100 * avg(f.figure)"
        )
        sql = f"{_PARAMS} SELECT f.day, round({value}, 1) FROM ({_FACTS[name]}) f GROUP BY 1 ORDER BY 1"
    with connection.cursor() as cursor:
        cursor.execute(sql, span.params)
        return cursor.fetchall()


def labour(span: Span) -> list[Labour]:
    """Lines and hours of each person and kind of work, the busiest first. Statements: 1."""
    pause = PAUSE_MINUTES * 60
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_PARAMS} {_DONE} SELECT person, kind, count(*), round(coalesce(sum(gap) FILTER (WHERE gap <= {pause}), 0)::numeric / 3600, 3),
                round(count(*) / nullif(sum(gap) FILTER (WHERE gap <= {pause}), 0)::numeric * 3600, 1),
                round((percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE gap <= {pause}))::numeric, 1)
            FROM timed GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2""",
            span.params,
        )
        return [Labour(*row) for row in cursor.fetchall()]


def facts(name: str, span: Span, *, person: str = "", wrong: bool = False, limit: int = MAX_ROWS) -> Iterator[Fact]:
    """What a figure is made of, newest first; of one person, or only what was not right. Statements: 1."""
    if name == "lines_per_hour":
        source = """SELECT (at AT TIME ZONE %(zone)s)::date AS day, person, round(gap::numeric, 1) AS figure, number, page, page_id,
            kind AS what FROM timed"""
        sql = f"{_PARAMS} {_DONE} SELECT f.* FROM ({source}) f"
    else:
        sql = f"{_PARAMS} SELECT f.* FROM ({_FACTS[name]}) f"
    sql += " WHERE (%(person)s::text = '' OR f.person = %(person)s::text)"
    if wrong and name in SHARES:
        sql += " AND f.figure = 0"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} ORDER BY f.day DESC, f.number DESC LIMIT %(limit)s",
            span.params | {"person": person, "limit": limit},
        )
        while rows := cursor.fetchmany(1000):
            for row in rows:
                yield Fact(*row)


COLUMNS: Sequence[Any] = (_("Day"), _("Person"), _("Figure"), _("Number"), _("What"))
