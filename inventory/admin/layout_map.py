"""What the map of a warehouse shows."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.scopes import offered
from inventory.models import Location, Warehouse, Zone
from inventory.selectors.layout import MAP_BINS, PICK_DAYS, loads_of, picks_of, places_on_map, stock_in
from inventory.warehouse_map import (
    BLOCKED,
    OVERFULL,
    SHADES,
    UNKNOWN,
    blocks_of,
    draw_walk,
    fill_colour,
    picks_colour,
    walk_colour,
)

BY = (("fill", _("How full")), ("picks", _("How often picked")), ("walk", _("Walking order")))
STOCK_SHOWN = 100


def map_context(request: HttpRequest) -> dict[str, Any]:
    """Statements: 7, however many places."""
    warehouses = list(offered(Warehouse.objects.filter(is_transit=False, is_active=True)))
    asked = request.GET.get("warehouse", "")
    warehouse = next((w for w in warehouses if w.code == asked), None) or next(iter(warehouses), None)
    if warehouse is None:
        return {"warehouses": []}
    zone, by = request.GET.get("zone", ""), request.GET.get("by", "")
    by = by if by in dict(BY) else "fill"
    places = places_on_map(warehouse.pk, zone=zone)
    more, places = len(places) > MAP_BINS, places[:MAP_BINS]
    ids = [place.pk for place in places]
    loads, picks = loads_of(ids), picks_of(ids)
    most = max(picks.values(), default=0)
    walked = _walked(places) if by == "walk" else {}
    if by == "picks":
        colours = {pk: picks_colour(picks.get(pk, 0), most) for pk in ids}
    elif by == "walk":
        colours = {pk: walk_colour(walked.get(pk), len(walked)) for pk in ids}
    else:
        colours = {pk: fill_colour(loads[pk].fill, loads[pk].rows) for pk in ids}
    tips = {place.pk: _tip(place, loads[place.pk], picks.get(place.pk, 0)) for place in places}
    blocks = blocks_of(places, colours, tips)
    query = request.GET.copy()
    query.pop("bin", None)
    return {
        "warehouse": warehouse,
        "warehouses": warehouses,
        "zones": Zone.objects.filter(warehouse=warehouse),
        "zone": zone,
        "by": by,
        "ways": BY,
        "blocks": draw_walk(blocks, {pk: number + 1 for pk, number in walked.items()}) if walked else blocks,
        "count": len(places),
        "more": more,
        "blocked": sum(place.blocked_at is not None for place in places),
        "legend": _legend(by),
        "query": query.urlencode(),
        "back": request.GET.urlencode(),
        "days": PICK_DAYS,
        **_chosen(request, warehouse),
    }


def _walked(places: Sequence[Location]) -> dict[int, int]:
    """Which bins are walked to first: zones in their order, in each its pick sequence, as pick lists are."""
    bins = [place for place in places if place.kind == "bin"]
    end = (1, 0, "")
    order = sorted(
        bins,
        key=lambda p: ((0, p.zone.position, p.zone.code) if p.zone else end, p.pick_sequence, p.code, p.pk),
    )
    return {place.pk: number for number, place in enumerate(order)}


def _tip(place: Location, load: Any, picks: int) -> str:
    parts = [place.code]
    if load.fill is not None:
        parts.append(gettext("%(percent)s%% full") % {"percent": round(load.fill * 100)})
    elif load.rows:
        parts.append(gettext("not empty"))
    else:
        parts.append(gettext("empty"))
    if picks:
        parts.append(gettext("%(count)s picks") % {"count": picks})
    if place.blocked_at:
        parts.append(gettext("blocked: %(reason)s") % {"reason": place.blocked_reason})
    return " · ".join(parts)


def _legend(by: str) -> list[tuple[str, str]]:
    if by == "walk":
        return [(SHADES[1], gettext("walked to first")), (SHADES[4], gettext("walked to last"))]
    if by == "picks":
        words = [_("none"), _("few"), _("some"), _("many"), _("most")]
        return [*zip(SHADES, map(str, words), strict=True), (BLOCKED, gettext("blocked"))]
    return [
        (SHADES[0], gettext("empty")), (SHADES[1], "< 25 %"), (SHADES[2], "< 50 %"), (SHADES[3], "< 75 %"),
        (SHADES[4], "≤ 100 %"), (OVERFULL, gettext("overfull")), (UNKNOWN, gettext("not empty, no limits")),
        (BLOCKED, gettext("blocked")),
    ]  # fmt: skip


def _chosen(request: HttpRequest, warehouse: Warehouse) -> dict[str, Any]:
    """The place that was clicked, with its stock."""
    pk = request.GET.get("bin", "")
    rows = Location.objects.filter(warehouse=warehouse).select_related("zone", "bin_type", "storage_class")
    place = rows.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    if place is None:
        return {"place": None}
    load = loads_of([place.pk])[place.pk]
    return {
        "place": place,
        "load": load,
        "percent": None if load.fill is None else round(load.fill * 100),
        "stock": list(stock_in(place.pk)[:STOCK_SHOWN]),
        "place_picks": picks_of([place.pk]).get(place.pk, 0),
        "may_block": request.user.has_perm("inventory.change_location"),
    }
