"""What is due to be counted: classes by turnover, bins and SKUs by when they were counted last, requests of the floor."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from inventory.abc import classify
from warehouse.models import (
    COUNT_OPEN,
    CountClass,
    CountPlan,
    CountRequest,
    CountTask,
    Stocktake,
    StocktakeOrigin,
)
from warehouse.services.counting.creating import CountScope, Rules, create_stocktake

REQUESTED = 10  # before what a plan asks for, which comes at 100
_CLASS = {"plan_id": "bigint", "sku_id": "bigint", "abc": "text", "turnover": "numeric"}

# At cost: what left the warehouse for customers, and what lies there without having moved.
_TURNOVER = """
SELECT s.sku_id, coalesce(m.value, 0) FROM (
    SELECT DISTINCT q.sku_id FROM inventory_stockquant q JOIN inventory_location l ON l.id = q.location_id
    WHERE l.warehouse_id = %(warehouse)s AND q.quantity > 0
) s
LEFT JOIN (
    SELECT k.sku_id, -sum(k.value) AS value FROM inventory_stockmove k
    JOIN inventory_location f ON f.id = k.from_location_id AND f.warehouse_id = %(warehouse)s
    JOIN inventory_location t ON t.id = k.to_location_id AND t.kind = 'customer'
    WHERE k.company_id = %(company)s AND k.effective_at >= %(since)s GROUP BY k.sku_id
) m ON m.sku_id = s.sku_id
ORDER BY 2 DESC, 1
"""

# A place counts as counted when it was looked at whole, or the SKU in it; planned ones are left out.
_DUE = """
WITH lies AS (
    SELECT q.location_id, q.sku_id, coalesce(c.abc, 'C') AS abc, l.code, l.pick_sequence
    FROM inventory_stockquant q
    JOIN inventory_location l ON l.id = q.location_id AND l.warehouse_id = %(warehouse)s AND l.kind = 'bin' AND l.is_active
        AND (%(zone)s::bigint IS NULL OR l.zone_id = %(zone)s::bigint)
    LEFT JOIN warehouse_countclass c ON c.plan_id = %(plan)s AND c.sku_id = q.sku_id
    WHERE q.quantity > 0
    GROUP BY q.location_id, q.sku_id, c.abc, l.code, l.pick_sequence
), wanted AS (
    SELECT location_id, CASE WHEN %(by_sku)s THEN sku_id END AS sku_id, min(abc) AS abc, min(code) AS code,
        min(pick_sequence) AS pick_sequence
    FROM lies GROUP BY 1, 2
), dated AS (
    SELECT w.*, CASE w.abc WHEN 'A' THEN %(days_a)s WHEN 'B' THEN %(days_b)s ELSE %(days_c)s END AS days,
        (SELECT max(t.finished_at) FROM warehouse_counttask t WHERE t.location_id = w.location_id AND t.status = 'counted'
            AND (t.sku_id IS NULL OR t.sku_id = w.sku_id)) AS counted_at
    FROM wanted w
    WHERE NOT EXISTS (SELECT FROM warehouse_counttask o WHERE o.location_id = w.location_id
        AND o.status IN ('open', 'counting') AND (o.sku_id IS NULL OR w.sku_id IS NULL OR o.sku_id = w.sku_id))
)
SELECT location_id, sku_id, abc, code, days, counted_at FROM dated
WHERE counted_at IS NULL OR counted_at <= %(now)s::timestamptz - make_interval(days => days)
ORDER BY abc, counted_at NULLS FIRST, pick_sequence, code, sku_id
LIMIT %(limit)s
"""


class Due(NamedTuple):
    """A place, or a SKU in it, that is to be counted. counted_at: when it was last; empty: never."""

    location_id: int
    sku_id: int | None
    abc: str
    place: str
    days: int
    counted_at: datetime.datetime | None


def due(plan: CountPlan, *, now: datetime.datetime, limit: int) -> list[Due]:
    """What is due by the plan's classes, A before B before C, the longest not counted first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            {
                "plan": plan.pk, "warehouse": plan.warehouse_id, "zone": plan.zone_id, "by_sku": plan.unit == "sku",
                "days_a": plan.days_a, "days_b": plan.days_b, "days_c": plan.days_c, "now": now, "limit": limit,
            },
        )  # fmt: skip
        return [Due(*row) for row in cursor.fetchall()]


@transaction.atomic(savepoint=False)
def classify_plan(plan: CountPlan, *, now: datetime.datetime) -> None:
    """Reckon the classes of what lies in the warehouse anew. Statements: 4."""
    since = now - datetime.timedelta(days=plan.period_days)
    with connection.cursor() as cursor:
        cursor.execute(_TURNOVER, {"warehouse": plan.warehouse_id, "company": plan.company_id, "since": since})
        rows: list[tuple[int, Decimal]] = cursor.fetchall()
    ranked = classify([value for _sku, value in rows], (plan.share_a, plan.share_b))
    CountClass.objects.filter(plan=plan).delete()
    insert_rows(
        "warehouse_countclass",
        _CLASS,
        [(plan.pk, sku, rank.abc, max(value, Decimal(0))) for (sku, value), rank in zip(rows, ranked, strict=True)],
    )
    plan.classified_at = now
    plan.save(update_fields=["classified_at"])


@transaction.atomic(savepoint=False)
def run_plan(
    plan_id: int, *, company_id: int, now: datetime.datetime, today: datetime.date, actor: Actor
) -> Stocktake | None:
    """Plan what is due: one stocktake of at most the day's limit, less what earlier runs left open.

    Two at once plan it once: the plan is locked. None where nothing is due. Statements: about 16.
    """
    plan = CountPlan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan_id, company_id=company_id)
    classify_plan(plan, now=now)
    left = CountTask.objects.filter(
        warehouse=plan.warehouse_id, status__in=COUNT_OPEN, stocktake__origin="plan"
    ).count()
    room = plan.daily_limit - left
    found = due(plan, now=now, limit=room) if room > 0 else []
    made = None
    if found:
        made = create_stocktake(
            [CountScope(each.location_id, each.sku_id, reason=_why(each)) for each in found],
            company_id=company_id,
            warehouse_id=plan.warehouse_id,
            actor=actor,
            rules=Rules(plan.tolerance_percent, plan.tolerance_value, plan.one_person),
            note=plan.name,
            due_date=today,
            origin=StocktakeOrigin.PLAN,
            skip_open=True,
        )
    plan.planned_on = today
    plan.save(update_fields=["planned_on"])
    return made


def _why(each: Due) -> str:
    words: dict[str, Any] = {"abc": each.abc, "days": each.days}
    return _("Class %(abc)s: every %(days)s days") % words


@transaction.atomic(savepoint=False)
def plan_requests(*, company_id: int, actor: Actor) -> list[Stocktake]:
    """Make stocktakes of what the floor asked to have counted: one for each warehouse. Two at once do no harm.

    What a picker did not find is written off with the count that does not find it either. Statements: about 12 for
    each warehouse, and 2.
    """
    asked = list(
        CountRequest.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(company_id=company_id, status="open")
        .select_related("location")
        .order_by("pk")[:2000]
    )
    missed = _missed([request for request in asked if request.source_type == "warehouse.picktask"])
    made = []
    for warehouse_id in sorted({request.location.warehouse_id for request in asked if request.location.warehouse_id}):
        own = [request for request in asked if request.location.warehouse_id == warehouse_id]
        stocktake = create_stocktake(
            [
                CountScope(
                    request.location_id,
                    request.sku_id,
                    priority=REQUESTED,
                    reason=_request_words(request.reason),
                    not_found=missed.get(request.source_id or 0, Decimal(0)),
                )
                for request in own
            ],
            company_id=company_id,
            warehouse_id=warehouse_id,
            actor=actor,
            note=_("Asked for by the floor"),
            origin=StocktakeOrigin.REQUEST,
            skip_open=True,
        )
        made += _answer(own, stocktake)
    return made


def _answer(own: Sequence[CountRequest], stocktake: Stocktake | None) -> list[Stocktake]:
    """Those that are being counted already wait for their turn: their pickers found less since."""
    if stocktake is None:
        return []
    places = set(CountTask.objects.filter(stocktake=stocktake).values_list("location_id", "sku_id"))
    ids = [request.pk for request in own if (request.location_id, request.sku_id) in places]
    CountRequest.objects.filter(pk__in=ids).update(status="planned", stocktake=stocktake)
    return [stocktake]


def _missed(requests: Sequence[CountRequest]) -> dict[int, Decimal]:
    """By pick task, what was asked for and not found there. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_id, sum(quantity) FROM inventory_stockmove WHERE source_type = 'warehouse.picktask'"
            " AND source_id = ANY(%s) AND reason = 'short' GROUP BY source_id",
            [[request.source_id for request in requests]],
        )
        return dict(cursor.fetchall())


def _request_words(reason: str) -> str:
    return {
        "short_pick": _("A picker found less here."),
        "late_booking": _("Something was booked late for an instant before its count."),
    }.get(reason, reason)


@transaction.atomic(savepoint=False)
def close_requests(*, company_id: int) -> int:
    """Requests whose stocktake is over are closed. Statements: 1."""
    rows = CountRequest.objects.filter(company_id=company_id, status="planned")
    return rows.filter(stocktake__status__in=["posted", "cancelled"]).update(status="closed")
