"""The page of the walking order: looked at, numbered anew aisle by aisle, or typed place by place."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import render_page, require
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.scopes import offered
from inventory import services
from inventory.models import Location, LocationKind, Warehouse, Zone

ROWS = 100
SHOWN = 60


def walk_view(request: HttpRequest, site: admin.AdminSite, opts: Any) -> HttpResponse:
    """?warehouse=, ?zone=, ?page=. POST do=look shows a plan, do=apply numbers so, do=save keeps what was typed."""
    require(request, "inventory.view_location" if request.method == "GET" else "inventory.change_location")
    given = request.POST if request.method == "POST" else request.GET
    warehouses = list(offered(Warehouse.objects.filter(is_transit=False, is_active=True)))
    warehouse = next((w for w in warehouses if w.code == given.get("warehouse")), None) or next(iter(warehouses), None)
    zones = list(Zone.objects.filter(warehouse=warehouse)) if warehouse else []
    zone = next((z for z in zones if z.code == given.get("zone")), None)
    planned: list[services.NumberedPlace] = []
    if request.method == "POST" and warehouse is not None:
        try:
            if said := _act(request, warehouse, zone):
                messages.success(request, said)
                asked = urlencode({"warehouse": warehouse.code, "zone": zone.code if zone else ""})
                return HttpResponseRedirect(f"{reverse('admin:inventory_location_walk')}?{asked}")
            planned = services.plan_walk(_plan(request, zone), warehouse=warehouse)
        except DomainError as refusal:
            messages.error(request, refusal.detail)
    rows = Location.objects.filter(warehouse=warehouse, kind=LocationKind.BIN, is_active=True).select_related("zone")
    rows = rows.filter(zone=zone) if zone else rows
    walked = rows.order_by(F("zone__position").asc(nulls_last=True), "zone__code", "pick_sequence", "code", "pk")
    return render_page(
        request,
        site,
        "inventory/walk.html",
        title=_("Walking order"),
        opts=opts,
        given=given,
        warehouse=warehouse,
        warehouses=warehouses,
        zone=zone,
        zones=zones,
        places=Paginator(walked, ROWS).get_page(request.GET.get("page")),
        planned=planned[:SHOWN],
        more=max(0, len(planned) - SHOWN),
        count=len(planned),
        changed=sum(row.old != row.new for row in planned),
        may=request.user.has_perm("inventory.change_location"),
    )


def _act(request: HttpRequest, warehouse: Warehouse, zone: Zone | None) -> str:
    """What was done; empty where it is only looked at. Raises DomainError."""
    actor, do = Actor.of_request(request), request.POST.get("do")
    if do == "apply":
        with transaction.atomic():
            done = services.set_walk(_plan(request, zone), warehouse=warehouse, actor=actor)
        n = len(done)
        return ngettext("%(n)s bin numbered.", "%(n)s bins numbered.", n) % {"n": n}
    if do == "save":
        with transaction.atomic():
            n = services.set_sequences(_typed(request), warehouse=warehouse, actor=actor, reason=gettext("By hand"))
        return ngettext("%(n)s bin has another place in the walk.", "%(n)s bins have another place in the walk.", n) % {
            "n": n
        }
    return ""


def _plan(request: HttpRequest, zone: Zone | None) -> services.WalkPlan:
    start = request.POST.get("start", "").strip()
    return services.WalkPlan(
        zone.pk if zone else None,
        request.POST.get("serpentine") == "1",
        request.POST.get("from_far") == "1",
        _number(start, "start") if start else 10,
    )


def _typed(request: HttpRequest) -> dict[int, int]:
    found = {}
    for name, value in request.POST.items():
        if name.startswith("sequence-") and name[9:].isdecimal():
            found[int(name[9:27])] = _number(str(value).strip(), name)
    return found


def _number(text: str, field: str) -> int:
    if not text.isdecimal() or len(text) > 10:
        message = gettext("The pick sequence is a whole number from 0 up.")
        raise InvalidInput(message, errors=[{"field": field, "message": message, "code": "invalid"}])
    return int(text)
