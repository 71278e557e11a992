"""All open work of a warehouse as one list: picks, rounds, packing, putting away, refilling, moving, counting."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KINDS = {
    "pick": _("Pick"),
    "round": _("Pick round"),
    "pack": _("Pack"),
    "put_away": pgettext_lazy("work", "Put away"),
    "refill": _("Refill"),
    "move": _("Move"),
    "count": _("Count"),
}
LIMIT = 200

# Each branch reads open rows only, by a partial index: what is finished grows without end.
_WORK = """
WITH work AS (
    SELECT 'pick' AS kind, l.id, 'PL-' || lpad(l.id::text, 6, '0') AS number, o.id AS order_id, l.status, l.assigned_to_id,
        100 AS priority, l.created_at, f.ship_by, l.fulfilment_id AS page,
        (SELECT min(b.code) FROM warehouse_picktask t JOIN inventory_location b ON b.id = t.from_location_id
            WHERE t.pick_list_id = l.id AND t.status IN ('open', 'assigned', 'in_progress')) AS place,
        (SELECT min(z.code) FROM warehouse_picktask t JOIN inventory_location b ON b.id = t.from_location_id
            JOIN inventory_zone z ON z.id = b.zone_id
            WHERE t.pick_list_id = l.id AND t.status IN ('open', 'assigned', 'in_progress')) AS zone,
        (SELECT count(*) FROM warehouse_picktask t
            WHERE t.pick_list_id = l.id AND t.status IN ('open', 'assigned', 'in_progress'))::text AS what
    FROM warehouse_picklist l JOIN orders_fulfilment f ON f.id = l.fulfilment_id JOIN orders_order o ON o.id = f.order_id
    WHERE l.warehouse_id = %(warehouse)s AND l.status IN ('open', 'in_progress') AND l.wave_id IS NULL
    UNION ALL
    SELECT 'round', r.id, 'PR-' || lpad(r.id::text, 6, '0'), NULL, r.status, r.assigned_to_id, 100, r.created_at,
        w.cut_off_at, r.wave_id, NULL, nullif(r.zone, ''),
        (SELECT count(*) FROM warehouse_picktask t
            WHERE t.round_id = r.id AND t.status IN ('open', 'assigned', 'in_progress'))::text
    FROM warehouse_pickround r JOIN warehouse_wave w ON w.id = r.wave_id
    WHERE r.warehouse_id = %(warehouse)s AND r.status IN ('open', 'in_progress')
    UNION ALL
    SELECT 'pack', f.id, 'FO-' || lpad(f.id::text, 6, '0'), f.order_id, f.status, NULL, 100, f.created_at, f.ship_by, f.id,
        NULL, NULL, (SELECT count(*) FROM orders_fulfilmentline n WHERE n.fulfilment_id = f.id)::text
    FROM orders_fulfilment f WHERE f.warehouse_id = %(warehouse)s AND f.status IN ('picked', 'packing')
    UNION ALL
    SELECT t.kind, t.id, 'FT-' || lpad(t.id::text, 6, '0'), NULL, t.status, t.assigned_to_id, t.priority, t.created_at,
        NULL, t.id, b.code, z.code, trim_scale(t.quantity - t.done)::text || ' × ' || s.code
    FROM warehouse_floortask t JOIN inventory_location b ON b.id = t.from_location_id
        LEFT JOIN inventory_zone z ON z.id = b.zone_id JOIN inventory_sku s ON s.id = t.sku_id
    WHERE t.warehouse_id = %(warehouse)s AND t.status IN ('open', 'assigned', 'in_progress')
    UNION ALL
    SELECT 'count', c.id, 'CT-' || lpad(c.id::text, 6, '0'), NULL, c.status, coalesce(c.counter_id, c.assigned_to_id),
        c.priority, c.created_at, NULL, c.stocktake_id, b.code, z.code, coalesce(s.code, '')
    FROM warehouse_counttask c JOIN inventory_location b ON b.id = c.location_id
        LEFT JOIN inventory_zone z ON z.id = b.zone_id LEFT JOIN inventory_sku s ON s.id = c.sku_id
    WHERE c.warehouse_id = %(warehouse)s AND c.status IN ('open', 'counting')
), chosen AS (
    SELECT k.*, coalesce(u.username, '') AS person FROM work k LEFT JOIN core_user u ON u.id = k.assigned_to_id
    WHERE (%(zone)s::text = '' OR k.zone = %(zone)s::text)
        AND (%(person)s::text = '' OR (%(person)s::text = '-' AND k.assigned_to_id IS NULL) OR u.username = %(person)s::text)
        AND (NOT %(late)s OR k.ship_by < clock_timestamp())
)
"""
_ROWS = """
SELECT kind, id, number, place, zone, what, status, person, priority, created_at, ship_by, page, order_id FROM chosen
WHERE (%(kind)s::text = '' OR kind = %(kind)s::text)
ORDER BY ship_by < clock_timestamp() DESC NULLS LAST, priority, ship_by NULLS LAST, created_at, kind, id
LIMIT %(limit)s OFFSET %(offset)s
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """person: a username, "-" for what nobody has, empty for all. late: only what should have left already."""

    warehouse_id: int
    kind: str = ""
    person: str = ""
    zone: str = ""
    late: bool = False
    offset: int = 0

    @property
    def params(self) -> dict[str, Any]:
        return {
            "warehouse": self.warehouse_id, "kind": self.kind, "person": self.person, "zone": self.zone,
            "late": self.late, "limit": LIMIT, "offset": self.offset,
        }  # fmt: skip


class Work(NamedTuple):
    """One piece of open work. what: how many lines are open, or which goods. page: the id of the page that shows it."""

    kind: str
    id: int
    number: str
    place: str | None
    zone: str | None
    what: str
    status: str
    person: str
    priority: int
    created_at: datetime
    ship_by: datetime | None
    page: int
    order_id: int | None

    @property
    def url(self) -> str:
        if self.kind in ("pick", "pack"):
            return reverse("admin:warehouse_work", args=[self.page])
        if self.kind == "round":
            return reverse("admin:warehouse_wave_change", args=[self.page])
        if self.kind == "count":
            return reverse("admin:warehouse_stocktake_change", args=[self.page])
        return reverse("admin:warehouse_floortask_change", args=[self.page])

    @property
    def kind_name(self) -> str:
        return str(KINDS[self.kind])


def open_work(asked: Asked) -> list[Work]:
    """What is to be done next, late first, then by priority and by when it has to leave. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_WORK + _ROWS, asked.params)
        return [Work(*row) for row in cursor.fetchall()]


def counts_of_work(asked: Asked) -> dict[str, int]:
    """How much of each kind, under the same filters. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_WORK + "SELECT kind, count(*) FROM chosen GROUP BY kind", asked.params)
        found = dict(cursor.fetchall())
    return {kind: found.get(kind, 0) for kind in KINDS}
