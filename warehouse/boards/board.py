"""What hangs on the wall: how far the day's orders are, when the next carrier comes, what is late, zone by zone."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext_lazy as _

from inventory.models import Warehouse
from warehouse.models import WaveTemplate

STAGES = (
    ("ready", _("To be picked")),
    ("in_wave", _("In waves")),
    ("picking", _("Being picked")),
    ("picked", _("To be packed")),
    ("packing", _("Being packed")),
    ("packed", _("To be handed over")),
    ("shipped", _("Left today")),
    ("on_hold", _("Held")),
)
LIVE = ("ready", "in_wave", "picking", "picked", "packing", "packed")  # what has to leave
_STAGES = """
SELECT f.status, count(*), count(*) FILTER (WHERE f.ship_by < clock_timestamp() AND f.status <> 'on_hold')
FROM orders_fulfilment f
WHERE f.warehouse_id = %(warehouse)s AND f.status NOT IN ('shipped', 'cancelled', 'pending') GROUP BY 1
UNION ALL
SELECT 'shipped', count(*), 0 FROM orders_shipment s
WHERE s.warehouse_id = %(warehouse)s AND s.shipped_at >= %(midnight)s AND s.status <> 'voided'
"""
_DUE = """
SELECT count(*) FROM orders_fulfilment f
WHERE f.warehouse_id = %(warehouse)s AND f.status NOT IN ('shipped', 'cancelled', 'pending', 'on_hold')
    AND (f.ship_by IS NULL OR f.ship_by < %(until)s)
"""
_ZONES = """
SELECT coalesce(z.code, ''), sum(k.pick), sum(k.stock), sum(k.count) FROM (
    SELECT t.from_location_id AS place, 1 AS pick, 0 AS stock, 0 AS count FROM warehouse_picktask t
        JOIN warehouse_picklist l ON l.id = t.pick_list_id AND l.warehouse_id = %(warehouse)s
            AND l.status IN ('open', 'in_progress')
        WHERE t.status IN ('open', 'assigned', 'in_progress')
    UNION ALL SELECT from_location_id, 0, 1, 0 FROM warehouse_floortask
        WHERE warehouse_id = %(warehouse)s AND status IN ('open', 'assigned', 'in_progress')
    UNION ALL SELECT location_id, 0, 0, 1 FROM warehouse_counttask
        WHERE warehouse_id = %(warehouse)s AND status IN ('open', 'counting')
) k JOIN inventory_location b ON b.id = k.place LEFT JOIN inventory_zone z ON z.id = b.zone_id
GROUP BY 1 ORDER BY 1 LIMIT 12
"""


def board_of(warehouse: Warehouse, now: datetime) -> dict[str, Any]:
    """Figures alone, no names of people or buyers: it may hang where anybody passes. Statements: 3, 1 for each cut-off."""
    zone = ZoneInfo(warehouse.time_zone or warehouse.company.time_zone)
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    common: dict[str, Any] = {"warehouse": warehouse.pk, "midnight": midnight}
    with connection.cursor() as cursor:
        cursor.execute(_STAGES, common)
        rows = {status: (count, late) for status, count, late in cursor.fetchall()}
        cursor.execute(_ZONES, common)
        zones = [
            {"zone": code, "pick": int(pick), "stock": int(stock), "count": int(count)}
            for code, pick, stock, count in cursor.fetchall()
        ]
        cut_offs = []
        for at, name in _cut_offs(warehouse, local):
            cursor.execute(_DUE, common | {"until": at + timedelta(minutes=1)})
            cut_offs.append({"at": at.isoformat(), "clock": f"{at:%H:%M}", "name": name, "open": cursor.fetchone()[0]})
    return {
        "warehouse": warehouse.code,
        "name": warehouse.name,
        "now": local.isoformat(),
        "clock": f"{local:%H:%M}",
        "stages": [
            {"stage": stage, "name": str(name), "count": rows.get(stage, (0, 0))[0]}
            for stage, name in STAGES
            if stage != "on_hold" or rows.get(stage)
        ],
        "late": sum(late for _count, late in rows.values()),
        "cut_offs": cut_offs,
        "zones": zones,
    }


def _cut_offs(warehouse: Warehouse, local: datetime) -> list[tuple[datetime, str]]:
    """Today's that are still to come, the soonest first. Statements: 1."""
    found: list[tuple[time | None, str]] = [(warehouse.cut_off, "")] if warehouse.cut_off else []
    templates = WaveTemplate.objects.filter(warehouse=warehouse, is_active=True, cut_off__isnull=False)
    for cut_off, name, weekdays in templates.values_list("cut_off", "name", "weekdays"):
        if str(local.isoweekday()) in weekdays:
            found.append((cut_off, name))
    times = sorted({(datetime.combine(local.date(), at, tzinfo=local.tzinfo), name) for at, name in found if at})
    return [(at, name) for at, name in times if at > local][:4]
