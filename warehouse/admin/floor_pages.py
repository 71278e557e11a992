"""The floor's pages: all open work with its people, the wall board, and how the floor does."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import render_page, require, run_action
from backoffice.core.export import table_response
from backoffice.core.models import User
from backoffice.core.scopes import offered
from inventory.models import Warehouse, Zone
from warehouse.boards.board import board_of
from warehouse.boards.queue import KINDS, LIMIT, Asked, Work, counts_of_work, open_work
from warehouse.services.assigning import assign_work, is_own, set_priority

SEE, CHANGE = "warehouse.view_picklist", "warehouse.change_stocktake"
PERSON = pgettext_lazy("who works here", "Person")


def asked_warehouse(request: HttpRequest) -> Warehouse | None:
    """The one that the address names, else the first."""
    rows = (
        offered(Warehouse.objects.filter(is_active=True, is_transit=False))
        .select_related("company")
        .order_by("priority", "code")
    )
    code = request.GET.get("warehouse", "")
    return (rows.filter(code=code).first() if code else None) or rows.first()


def warehouses_shown() -> Any:
    return offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("priority", "code")


def work_queue(request: HttpRequest) -> HttpResponseBase:
    """?kind=&person=&zone=&late=1: open work, with assignment and priority; ?as=csv or xlsx gives a file."""
    require(request, SEE)
    warehouse = asked_warehouse(request)
    page = request.GET.get("page", "1")
    number = max(1, min(int(page), 10_000)) if page.isdecimal() and len(page) < 6 else 1
    asked = Asked(
        warehouse.pk if warehouse else 0,
        request.GET.get("kind", "") if request.GET.get("kind", "") in KINDS else "",
        request.GET.get("person", "")[:150],
        request.GET.get("zone", "")[:40],
        request.GET.get("late") == "1",
        (number - 1) * LIMIT,
    )
    rows = open_work(asked)
    if request.GET.get("as") in ("csv", "xlsx"):
        return table_response(request.GET["as"], "open-work", _work_columns(), (_work_cells(row) for row in rows))
    query = request.GET.copy()
    for name in ("as", "kind", "page"):
        query.pop(name, None)
    return render_page(
        request,
        admin.site,
        "warehouse/work_queue.html",
        title=_("Open work"),
        warehouse=warehouse,
        warehouses=warehouses_shown(),
        zones=Zone.objects.filter(warehouse=warehouse).order_by("position", "code") if warehouse else (),
        asked=asked,
        kinds=[
            (kind, name, count)
            for (kind, name), count in zip(KINDS.items(), counts_of_work(asked).values(), strict=True)
        ],
        rows=rows,
        page=number,
        more=len(rows) == LIMIT,
        people=User.objects.filter(is_active=True).order_by("username")[:500],
        now=timezone.now(),
        query=query.urlencode(),
        may=request.user.has_perm(CHANGE),
    )


def _work_columns() -> list[Any]:
    return [
        _("Kind"), _("Number"), _("Place"), _("Zone"), _("What"), _("Status"), PERSON, _("Priority"), _("Made"), _("Leaves by"),
    ]  # fmt: skip


def _work_cells(row: Work) -> list[Any]:
    return [
        row.kind_name, row.number, row.place or "", row.zone or "", row.what, row.status, row.person, row.priority,
        row.created_at, row.ship_by,
    ]  # fmt: skip


def assign_view(request: HttpRequest) -> HttpResponse:
    """What is ticked goes to somebody, or gets another priority."""
    work = [
        (kind, int(pk))
        for kind, _dot, pk in (value.partition(":") for value in request.POST.getlist("work"))
        if pk.isdecimal()
    ]
    warehouse = asked_warehouse(request)

    def act(actor: Actor) -> str:
        if not is_own(work, request.user):
            raise Http404
        common: dict[str, Any] = {"company_id": warehouse.company_id if warehouse else 0, "actor": actor}
        if request.POST.get("do") == "priority":
            given = request.POST.get("priority", "")
            done = set_priority(work, priority=int(given) if given.isdecimal() else -1, **common)
        else:
            user = request.POST.get("user", "")
            done = assign_work(work, user_id=int(user) if user.isdecimal() else None, **common)
        return gettext("%(count)s changed.") % {"count": done}

    return run_action(request, act, back=f"{reverse('work_queue')}?{request.GET.urlencode()}", permission=CHANGE)


def floor_board(request: HttpRequest) -> HttpResponse:
    """The wall board, for whoever is signed in; a screen without anybody shows it as an enrolled device."""
    require(request, SEE)
    warehouse = asked_warehouse(request)
    if warehouse is None:
        return HttpResponse(status=404)
    return show_board(request, warehouse, f"{reverse('floor_board')}data/?warehouse={warehouse.code}")


def floor_board_data(request: HttpRequest) -> HttpResponse:
    require(request, SEE)
    warehouse = asked_warehouse(request)
    return board_json(warehouse) if warehouse else HttpResponse(status=404)


def show_board(request: HttpRequest, warehouse: Warehouse, data_url: str) -> HttpResponse:
    board = board_of(warehouse, timezone.now())
    rows = f"{reverse('board_rows')}?warehouse={warehouse.code}"
    return render(
        request, "board/board.html", {"board": board, "config": {"url": data_url, "board": board, "rows": rows}}
    )


def board_json(warehouse: Warehouse) -> HttpResponse:
    answer = JsonResponse(board_of(warehouse, timezone.now()))
    answer.headers["Cache-Control"] = "no-store"
    return answer
