"""How many orders came and how many figures and shipments were told, in equal stretches up to now: for charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection as database

SPANS = {"day": 14, "hour": 24}  # how many of them are told


@dataclass(frozen=True, slots=True)
class Activity:
    """begins: of the stretch. orders: recorded here in it. pushes: figures and shipments told by runs that began in it."""

    begins: datetime
    orders: int
    pushes: int


_SQL = """
SELECT s, coalesce(o.came, 0), coalesce(r.told, 0)
FROM generate_series(date_trunc(%s, now()) - make_interval(secs => %s), now(), make_interval(secs => %s)) s
LEFT JOIN (SELECT date_trunc(%s, o.recorded_at) AS at, count(*) AS came FROM orders_order o
           WHERE o.channel_id IN (SELECT channel_id FROM integrations_connection WHERE id = ANY(%s))
             AND o.recorded_at >= date_trunc(%s, now()) - make_interval(secs => %s) GROUP BY 1) o ON o.at = s
LEFT JOIN (SELECT date_trunc(%s, r.started_at) AS at, sum(r.done) AS told FROM integrations_syncrun r
           WHERE r.connection_id = ANY(%s) AND r.job IN ('push_stock', 'push_tracking')
             AND r.started_at >= date_trunc(%s, now()) - make_interval(secs => %s) GROUP BY 1) r ON r.at = s
ORDER BY s
"""


def activity(connection_ids: Sequence[int], *, by: str) -> list[Activity]:
    """By "day" or "hour" (of UTC), the oldest first, those without anything too; today and this hour count. Statements: 1."""
    step = {"day": 86400, "hour": 3600}[by]
    back, ids = step * (SPANS[by] - 1), list(connection_ids)
    with database.cursor() as cursor:
        cursor.execute(_SQL, [by, back, step, by, ids, by, back, by, ids, by, back])
        return [Activity(begins, int(orders), int(pushes)) for begins, orders, pushes in cursor.fetchall()]
