"""What the page of a SKU shows: levels, bins, claims, cost, value over time and moves."""

import json
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from backoffice.core.admin.pages import events_of, filled_panels
from backoffice.core.models import AccessKind
from backoffice.core.registry import Link, links_of
from backoffice.core.scopes import limits_of, visible
from inventory.admin.kits import kit_context
from inventory.admin.packs import pack_context
from inventory.admin.promising import promising
from inventory.admin.sku_costs import cost_context
from inventory.models import Allocation, Sku, SkuCost, StockMove, StockQuant, ValueChange
from inventory.selectors.stock_kinds import stock_kinds

CHART_DAYS = 60
SEES_STOCK, SEES_COST = "inventory.view_stocklevel", "inventory.view_skucost"


def stock_seen(user: Any) -> frozenset[int] | None:
    """The warehouses whose stock the person may see; None: all."""
    if not user.has_perm(SEES_STOCK):
        return frozenset()
    return limits_of(user).get(AccessKind.WAREHOUSE)


def _seen(rows: Any, user: Any) -> Any:
    return visible(rows, user) if user.has_perm(SEES_STOCK) else rows.none()


def sku_page(sku: Sku, user: Any) -> dict[str, Any]:
    """The template's context for one SKU; a fixed number of queries.

    How much there is where, and what becomes of it, is for who may see stock, of the warehouses they work with.
    """
    cost = SkuCost.objects.filter(sku=sku).first()
    own = stock_seen(user)
    return {
        "sku": sku,
        "picture": _picture(sku.image),
        "currency": sku.company.base_currency_id,
        "kinds": [row for row in stock_kinds(sku.company_id, [sku.pk]) if own is None or row.warehouse_id in own],
        "quants": list(
            _seen(StockQuant.objects.filter(sku=sku, quantity__gt=0), user)
            .select_related("location__warehouse", "lot")
            .order_by("location__warehouse", "location__pick_sequence")[:100]
        ),
        "claims": list(
            _seen(Allocation.objects.filter(sku=sku, open__gt=0), user)
            .select_related("warehouse", "demand")
            .order_by("id")[:50]
        ),
        "cost": cost,
        "unit_cost": cost.value / cost.quantity if cost and cost.quantity else None,
        **cost_context(sku),
        "moves": _with_sources(
            _seen(StockMove.objects.filter(sku=sku), user)
            .select_related("from_location", "to_location", "lot")
            .order_by("-effective_at", "-id")[:50]
        ),
        "chart": _value_chart(sku, cost) if user.has_perm(SEES_COST) else "",
        **promising(sku, own),
        **kit_context(sku),
        **pack_context(sku),
        "panels": filled_panels("inventory.sku", sku.pk),
        "events": events_of("inventory.sku", sku.pk),
    }


def _with_sources(moves: Iterable[StockMove]) -> list[tuple[StockMove, Link | None]]:
    """Each move with the page of the document it was made for, where it has one."""
    rows = list(moves)
    links = links_of([(move.source_type, move.source_id) for move in rows])
    return [(move, links.get((move.source_type, move.source_id or 0))) for move in rows]


def _picture(path: str) -> str:
    """The address of a picture among the static files; empty if it is not there."""
    try:
        return static(path) if path else ""
    except ValueError:
        return ""


def _value_chart(sku: Sku, cost: SkuCost | None) -> str:
    """Value at the end of each of the last days, walked back from today's by moves and changes of value."""
    today = timezone.localdate()
    since = timezone.now() - timedelta(days=CHART_DAYS)
    changes = dict(
        StockMove.objects.filter(sku=sku, effective_at__gte=since, owner__isnull=True)
        .exclude(reason="drop_ship")  # never in stock
        .annotate(day=TruncDate("effective_at"))
        .values("day")
        .annotate(change=Sum("value"))
        .values_list("day", "change")
    )
    revalued = (
        ValueChange.objects.filter(sku=sku, recorded_at__gte=since)
        .annotate(day=TruncDate("recorded_at"))
        .values("day")
        .annotate(change=Sum("value"))
    )
    for day, change in revalued.values_list("day", "change"):
        changes[day] = changes.get(day, Decimal(0)) + change
    value = cost.value if cost else Decimal(0)
    days, values = [], []
    for back in range(CHART_DAYS):
        day = today - timedelta(days=back)
        days.append(date_format(day, "j M"))
        values.append(float(value))  # for drawing only
        value -= changes.get(day, Decimal(0))
    return json.dumps(
        {
            "labels": days[::-1],
            "datasets": [
                {
                    "label": gettext("Value"),
                    "data": values[::-1],
                    "borderColor": "var(--color-primary-500)",
                    "backgroundColor": "rgba(14, 116, 144, 0.12)",
                    "fill": True,
                }
            ],
        }
    )
