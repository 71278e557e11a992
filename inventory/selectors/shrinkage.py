"""What went missing and what was found: quantity and value by reason, person, place, SKU, hour or weekday.

The facts are the moves between our places and the adjustment counterpart: adjustments, counts and write-offs of
transfers. Reasons that do not count as shrinkage (samples, expired goods …) are left out unless they are asked for.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from inventory.suspicion import Fact, Suspicion, suspicions

MAX_FACTS = 50_000
GROUPS = {
    "reason": _("Reason"),
    "user": _("User"),
    "place": _("Place"),
    "sku": _("SKU"),
    "hour": _("Hour of the day"),
    "weekday": _("Weekday"),
    "week": _("Week"),
}
_KEYS = {
    "reason": ("f.reason", "coalesce(r.name, f.reason)"),
    "user": ("f.actor_label", "f.actor_label"),
    "place": ("f.place_id::text", "w.code || ' · ' || p.code"),
    "sku": ("f.sku_id::text", "s.code || ' · ' || s.name"),
    "hour": ("extract(hour FROM f.at)::int::text", "lpad(extract(hour FROM f.at)::int::text, 2, '0') || ':00'"),
    "weekday": ("extract(isodow FROM f.at)::int::text", "extract(isodow FROM f.at)::int::text"),
    "week": ("date_trunc('week', f.at)::date::text", "date_trunc('week', f.at)::date::text"),
}
_ORDERED_BY_KEY = ("hour", "weekday", "week")

# A loss leaves one of our places, a find comes into one; a mirror of a loss is a find and takes it back.
_FACTS = """
SELECT m.id, m.sku_id, m.lot_id, m.quantity, m.value, m.reason, m.actor_id, m.actor_label, m.effective_at,
    m.recorded_at, m.source_type, m.source_id, m.owner_id, m.entry_id,
    m.effective_at AT TIME ZONE c.time_zone AS at, t.kind = 'adjustment' AS is_loss,
    CASE WHEN t.kind = 'adjustment' THEN m.from_location_id ELSE m.to_location_id END AS place_id
FROM inventory_stockmove m
JOIN accounting_company c ON c.id = m.company_id
JOIN inventory_location o ON o.id = m.from_location_id
JOIN inventory_location t ON t.id = m.to_location_id
WHERE m.company_id = %(company)s AND (o.kind = 'adjustment') <> (t.kind = 'adjustment')
    AND (%(start)s::date IS NULL OR m.effective_at >= %(start)s::date::timestamp AT TIME ZONE c.time_zone)
    AND (%(end)s::date IS NULL OR m.effective_at < (%(end)s::date + 1)::timestamp AT TIME ZONE c.time_zone)
"""
_JOINS = """
FROM facts f
JOIN inventory_location p ON p.id = f.place_id
JOIN inventory_warehouse w ON w.id = p.warehouse_id
JOIN inventory_sku s ON s.id = f.sku_id
LEFT JOIN inventory_adjustmentreason r ON r.company_id = %(company)s AND r.code = f.reason
WHERE (%(all)s OR r.id IS NULL AND f.reason NOT LIKE 'scrap%%' OR r.is_shrinkage)
    AND (%(warehouse)s::bigint IS NULL OR p.warehouse_id = %(warehouse)s::bigint)
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Which losses and finds are meant; dates by the company's clock, both included, empty: no limit."""

    company_id: int
    start: datetime.date | None = None
    end: datetime.date | None = None
    warehouse_id: int | None = None
    everything: bool = False

    @property
    def params(self) -> dict[str, Any]:
        return {
            "company": self.company_id,
            "start": self.start,
            "end": self.end,
            "warehouse": self.warehouse_id,
            "all": self.everything,
        }


class Shrunk(NamedTuple):
    """Losses and finds of one group, at cost; net: losses less finds."""

    key: str
    label: str
    moves: int
    lost: Decimal
    lost_value: Decimal
    found: Decimal
    found_value: Decimal
    net: Decimal
    net_value: Decimal


class Loss(NamedTuple):
    """One move: a loss (quantity and value below zero) or a find."""

    move_id: int
    effective_at: datetime.datetime
    sku: str
    name: str
    warehouse: str
    place: str
    reason: str
    user: str
    quantity: Decimal
    value: Decimal
    source_type: str
    source_id: int | None
    entry_id: int | None


def shrinkage_by(group: str, period: Period) -> list[Shrunk]:
    """One row for each key of the group, the dearest net loss first; hours, weekdays and weeks in their order.

    group: one of GROUPS; ValueError otherwise. Statements: 1.
    """
    if group not in GROUPS:
        raise ValueError(f"{group!r} is no group of the shrinkage report")
    key, label = _KEYS[group]
    order = "1" if group in _ORDERED_BY_KEY else "9 DESC, 1"
    if group == "hour":
        order = "min(extract(hour FROM f.at))"
    sql = f"""
        WITH facts AS MATERIALIZED ({_FACTS})
        SELECT {key}, {label}, count(*),
            coalesce(sum(f.quantity) FILTER (WHERE f.is_loss), 0), coalesce(-sum(f.value) FILTER (WHERE f.is_loss), 0),
            coalesce(sum(f.quantity) FILTER (WHERE NOT f.is_loss), 0), coalesce(sum(f.value) FILTER (WHERE NOT f.is_loss), 0),
            sum(CASE WHEN f.is_loss THEN f.quantity ELSE -f.quantity END), -sum(f.value)
        {_JOINS} GROUP BY 1, 2 ORDER BY {order} LIMIT 5000
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, period.params)
        return [Shrunk(*row) for row in cursor.fetchall()]


def losses(period: Period, *, group: str = "", key: str = "", limit: int | None = None) -> Iterator[Loss]:
    """The moves themselves, newest first; those of one key of a group, if one is given. Read as they are wanted.

    Statements: 1, a server-side cursor without a limit.
    """
    narrowed = f"AND {_KEYS[group][0]} = %(key)s" if group in _KEYS else ""
    sql = f"""
        WITH facts AS ({_FACTS})
        SELECT f.id, f.effective_at, s.code, s.name, w.code, p.code, coalesce(r.name, f.reason), f.actor_label,
            CASE WHEN f.is_loss THEN -f.quantity ELSE f.quantity END, f.value, f.source_type, f.source_id, f.entry_id
        {_JOINS} {narrowed} ORDER BY f.id DESC {"LIMIT %(limit)s" if limit is not None else ""}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, period.params | {"key": key, "limit": limit})
        while rows := cursor.fetchmany(1000):
            for row in rows:
                yield Loss(*row)


def suspicious(period: Period) -> list[Suspicion]:
    """What looks like theft or error in a period, the dearest first; from its newest moves, MAX_FACTS at most.

    Statements: 1.
    """
    sql = f"""
        WITH facts AS ({_FACTS})
        SELECT f.id, f.at, f.is_loss, f.source_type ~ 'stocktake|count' OR f.reason IN ('count', 'stocktake'),
            f.sku_id, s.code, f.place_id, w.code || ' · ' || p.code, f.actor_label, f.quantity, abs(f.value)
        {_JOINS} AND f.owner_id IS NULL ORDER BY f.id DESC LIMIT {MAX_FACTS}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, period.params)
        rows = [Fact(*row) for row in cursor.fetchall()]
    return suspicions(sorted(rows, key=lambda fact: (fact.at, fact.move_id)))
