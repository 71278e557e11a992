"""A pick list or a round as a way through the warehouse: its stops in order, drawn on the map."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext

from backoffice.core.admin.pages import render_page, require
from inventory.models import Location, Warehouse
from inventory.selectors.layout import MAP_BINS, places_on_map
from inventory.warehouse_map import SHADES, Block, blocks_of, draw_walk
from orders.models import Fulfilment
from warehouse.models import PickRound, PickTask
from warehouse.selectors import WALK

OPEN = ("open", "assigned", "in_progress")
TO_COME, DONE = SHADES[2], "#86efac"


def walk_urls(site: AdminSite) -> list[Any]:
    def of_list(request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "warehouse.view_picklist")
        work = get_object_or_404(Fulfilment.objects.select_related("warehouse"), pk=pk)
        tasks = PickTask.objects.filter(pick_list__fulfilment=work)
        return _page(request, site, work.number, reverse("admin:warehouse_work", args=[pk]), work.warehouse, tasks)

    def of_round(request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "warehouse.view_picklist")
        found = get_object_or_404(PickRound.objects.select_related("warehouse"), pk=pk)
        back = reverse("admin:warehouse_wave_change", args=[found.wave_id])
        return _page(request, site, found.number, back, found.warehouse, PickTask.objects.filter(round=found))

    return [
        path("work/<int:pk>/walk/", site.admin_view(of_list), name="warehouse_walk"),
        path("rounds/<int:pk>/walk/", site.admin_view(of_round), name="warehouse_round_walk"),
    ]


def _page(
    request: HttpRequest, site: AdminSite, number: str, back: str, warehouse: Warehouse, tasks: Any
) -> HttpResponse:
    rows = tasks.exclude(status="cancelled").select_related("sku", "lot", "from_location__zone", "pick_list")
    walked = list(rows.order_by(*WALK)[:1000])
    stops = {pk: n for n, pk in enumerate(dict.fromkeys(task.from_location_id for task in walked), 1)}
    return render_page(
        request,
        site,
        "warehouse/walk.html",
        title=gettext("Walk of %(number)s") % {"number": number},
        number=number,
        back=back,
        warehouse=warehouse,
        stops=[(stops[task.from_location_id], task) for task in walked],
        blocks=walk_blocks(warehouse.pk, walked, stops),
        legend=[(TO_COME, gettext("to come")), (DONE, gettext("done"))],
        query="",
    )


def walk_blocks(warehouse_id: int, tasks: Sequence[PickTask], stops: dict[int, int]) -> list[Block]:
    """The aisles that the walk passes through, its stops numbered. Statements: 1."""
    left = {task.from_location_id for task in tasks if task.status in OPEN}
    passed = {_aisle(task.from_location) for task in tasks}
    places = [place for place in places_on_map(warehouse_id)[:MAP_BINS] if place.kind == "bin"]
    near = [place for place in places if place.pk in stops or (place.aisle and _aisle(place) in passed)]
    colours = {place.pk: SHADES[0] for place in near} | {pk: TO_COME if pk in left else DONE for pk in stops}
    return draw_walk(blocks_of(near, colours, {place.pk: place.code for place in near}), stops)


def _aisle(place: Location) -> tuple[int | None, str]:
    return place.zone_id, place.aisle
