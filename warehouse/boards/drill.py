"""What the numbers of the wall board are made of: the same rows, one by one."""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.show import in_words
from inventory.models import Warehouse
from warehouse.boards.board import LIVE, STAGES

LIMIT = 500
WORK = ("pick", "stock", "count")
WORDS = {"pick": _("Picks"), "stock": _("Put away and refill"), "count": _("Counts")}

_ORDERS = """
SELECT 'FO-' || lpad(f.id::text, 6, '0'), f.id, 'work', f.status, 'SO-' || lpad(f.order_id::text, 6, '0'), f.ship_by,
    (SELECT count(*) FROM orders_fulfilmentline n WHERE n.fulfilment_id = f.id)::text
FROM orders_fulfilment f
WHERE f.warehouse_id = %(warehouse)s AND f.status = ANY(%(statuses)s)
    AND (NOT %(late)s OR (f.ship_by < clock_timestamp() AND f.status <> 'on_hold'))
    AND (%(until)s::timestamptz IS NULL OR f.ship_by IS NULL OR f.ship_by < %(until)s::timestamptz)
ORDER BY f.ship_by NULLS LAST, f.id LIMIT %(limit)s
"""
_LEFT = """
SELECT 'SH-' || lpad(s.id::text, 6, '0'), s.id, 'shipment', s.status, 'SO-' || lpad(s.order_id::text, 6, '0'), s.shipped_at,
    s.carrier || ' ' || s.tracking_number
FROM orders_shipment s
WHERE s.warehouse_id = %(warehouse)s AND s.shipped_at >= %(midnight)s AND s.status <> 'voided'
ORDER BY s.shipped_at DESC, s.id DESC LIMIT %(limit)s
"""
_TASKS = {
    "pick": """
        SELECT 'PL-' || lpad(l.id::text, 6, '0') AS number, l.fulfilment_id AS page_id, 'work' AS page, t.status, b.code AS place,
            f.ship_by AS at, trim_scale(t.quantity)::text || ' × ' || s.code AS what, b.zone_id, t.id
        FROM warehouse_picktask t JOIN warehouse_picklist l ON l.id = t.pick_list_id AND l.warehouse_id = %(warehouse)s
            AND l.status IN ('open', 'in_progress')
        JOIN orders_fulfilment f ON f.id = l.fulfilment_id JOIN inventory_sku s ON s.id = t.sku_id
        JOIN inventory_location b ON b.id = t.from_location_id
        WHERE t.status IN ('open', 'assigned', 'in_progress')""",
    "stock": """
        SELECT 'FT-' || lpad(t.id::text, 6, '0') AS number, t.id AS page_id, 'floor_task' AS page, t.status, b.code AS place,
            t.created_at AS at, trim_scale(t.quantity - t.done)::text || ' × ' || s.code AS what, b.zone_id, t.id
        FROM warehouse_floortask t JOIN inventory_sku s ON s.id = t.sku_id JOIN inventory_location b ON b.id = t.from_location_id
        WHERE t.warehouse_id = %(warehouse)s AND t.status IN ('open', 'assigned', 'in_progress')""",
    "count": """
        SELECT 'CT-' || lpad(t.id::text, 6, '0') AS number, t.stocktake_id AS page_id, 'stocktake' AS page, t.status,
            b.code AS place, t.created_at AS at, coalesce(s.code, '') AS what, b.zone_id, t.id
        FROM warehouse_counttask t LEFT JOIN inventory_sku s ON s.id = t.sku_id JOIN inventory_location b ON b.id = t.location_id
        WHERE t.warehouse_id = %(warehouse)s AND t.status IN ('open', 'counting')""",
}


class BoardRow(NamedTuple):
    """An order's work, a shipment or a task. where: its order, or its bin. at: when it leaves, left, or was made."""

    number: str
    page_id: int
    page: str
    status: str
    where: str
    at: datetime | None
    what: str

    @property
    def status_words(self) -> str:
        return in_words(self.status)


def stage_rows(
    warehouse_id: int, *, midnight: datetime, stage: str = "", late: bool = False, until: datetime | None = None
) -> list[BoardRow]:
    """The orders of a stage, empty for all that have not left; only late ones, or what a cut-off wants. Statements: 1."""
    given: dict[str, Any] = {
        "warehouse": warehouse_id, "midnight": midnight, "late": late, "until": until, "limit": LIMIT,
        "statuses": [stage] if stage in dict(STAGES) else list(LIVE if until else (*LIVE, "on_hold")),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LEFT if stage == "shipped" else _ORDERS, given)
        return [BoardRow(*row) for row in cursor.fetchall()]


def zone_rows(warehouse_id: int, *, zone: str, work: str) -> list[BoardRow]:
    """The open tasks of a kind in a zone; empty: in none. Statements: 1. Raises KeyError for another kind of work."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT k.number, k.page_id, k.page, k.status, k.place, k.at, k.what FROM ({_TASKS[work]}) k"
            " LEFT JOIN inventory_zone z ON z.id = k.zone_id WHERE coalesce(z.code, '') = %(zone)s"
            " ORDER BY k.at NULLS LAST, k.place, k.id LIMIT %(limit)s",
            {"warehouse": warehouse_id, "zone": zone, "limit": LIMIT},
        )
        return [BoardRow(*row) for row in cursor.fetchall()]


def midnight_of(warehouse: Warehouse) -> datetime:
    zone = ZoneInfo(warehouse.time_zone or warehouse.company.time_zone)
    return timezone.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def asked_rows(warehouse: Warehouse, given: Any) -> tuple[str, list[BoardRow]]:
    """?zone=&work=pick|stock|count, else ?stage=, ?late=1, ?until=: what is shown, and its rows."""
    work = given.get("work", "")
    if work in WORK:
        zone = given.get("zone", "")[:20]
        name = zone or gettext("without zone")
        return f"{WORDS[work]} · {name}", zone_rows(warehouse.pk, zone=zone, work=work)
    stage, late = given.get("stage", ""), given.get("late") == "1"
    until = _moment(given.get("until", ""))
    rows = stage_rows(warehouse.pk, midnight=midnight_of(warehouse), stage=stage, late=late, until=until)
    title = str(dict(STAGES).get(stage, _("Orders that have not left")))
    return (f"{title} · {gettext('late')}" if late else title), rows


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None
