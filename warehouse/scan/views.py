"""The handheld's pages. What they need to work without Wi-Fi is in them; what was scanned goes to the API."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_GET

from inventory.models import AdvanceNotice, PurchaseOrder
from orders.models import Fulfilment
from warehouse.boards.board import board_of
from warehouse.models import PickList, PickRound
from warehouse.scan import reads
from warehouse.scan.counting import tasks_to_count
from warehouse.scan.finding import look_up
from warehouse.scan.guard import on_device, signed_in
from warehouse.scan.modules import MODULES
from warehouse.scan.pages import page
from warehouse.scan.texts import SHORT_REASONS
from warehouse.services import scan
from warehouse.services.scan.kinds.unpicking import REASONS
from warehouse.services.unpicking import PICKED as UNPICKABLE

PICK, PACK, RECEIVE = "warehouse.change_picktask", "warehouse.add_parcel", "warehouse.add_receipt"
FLOOR = "warehouse.change_floortask"


@require_GET
@signed_in()
def home(request: Any) -> HttpResponse:
    """Tiles with what waits, for what this person may do."""
    warehouse_id = request.scan_device.warehouse_id
    tiles = [
        {
            "title": module.title,
            "name": module.name,
            "url": reverse(f"scan:{module.name}"),
            "count": module.count(warehouse_id) if module.count else None,
        }
        for module in MODULES
        if request.user.has_perm(module.permission)
    ]
    title = request.user.get_full_name() or request.user.get_username()
    return page(request, "scan/home.html", title, tiles=tiles, warehouse=request.scan_device.warehouse)


@require_GET
@signed_in(PICK)
def pick(request: Any) -> HttpResponse:
    lists = reads.open_lists(request.scan_device.warehouse_id, request.user.pk)[: reads.LIMIT]
    rounds = reads.open_rounds(request.scan_device.warehouse_id, request.user.pk)[: reads.LIMIT]
    numbers = {each.number: reverse("scan:pick_list", args=[each.pk]) for each in lists}
    numbers |= {each.number: reverse("scan:pick_round", args=[each.pk]) for each in rounds}
    return page(
        request,
        "scan/pick.html",
        gettext("Pick"),
        {"numbers": numbers},
        lists=lists,
        rounds=rounds,
        back=_back(request),
    )


def _back(request: Any) -> int:
    """How much of what this person picked is to go back to a bin: an order was cancelled, or un-picked."""
    return reads.goods_to_put_back(request.scan_device.warehouse_id, request.user.pk)


@require_GET
@signed_in(PICK)
def pick_round(request: Any, pk: int) -> HttpResponse:
    """One walk over several orders, bin by bin."""
    rows = PickRound.objects.select_related("assigned_to")
    found = get_object_or_404(rows, pk=pk, warehouse_id=request.scan_device.warehouse_id)
    config = {
        "round": found.pk,
        "list": f"round-{found.pk}",
        "number": found.number,
        "open": found.status in ("open", "in_progress"),
        "taken_by": found.assigned_to.get_username() if found.assigned_to else "",
        "tasks": reads.stops_of_round(found),
        "totes": reads.totes_of_round(found),
        "back": reverse("scan:pick"),
    }
    return page(
        request, "scan/pick_list.html", found.number, config, round=found, reasons=SHORT_REASONS, back=_back(request)
    )


@require_GET
@signed_in(PICK)
def pick_list(request: Any, pk: int) -> HttpResponse:
    """One list in walking order."""
    rows = PickList.objects.select_related("fulfilment__order", "assigned_to")
    found = get_object_or_404(rows, pk=pk, warehouse_id=request.scan_device.warehouse_id)
    config = {
        "list": found.pk,
        "number": found.number,
        "open": found.status in ("open", "in_progress"),
        "taken_by": found.assigned_to.get_username() if found.assigned_to else "",
        "tasks": reads.tasks_of_list(found),
        **_unpicked(found.fulfilment_id, "scan:pick"),
    }
    return page(
        request,
        "scan/pick_list.html",
        found.number,
        config,
        pick_list=found,
        reasons=SHORT_REASONS,
        back=_back(request),
        **_may_unpick(request, found.fulfilment),
    )


@require_GET
@signed_in(PACK)
def pack(request: Any) -> HttpResponse:
    rows = reads.packable(request.scan_device.warehouse_id)[: reads.LIMIT]
    numbers: dict[str, str] = {}
    for each in rows:
        url = reverse("scan:pack_one", args=[each.pk])
        numbers |= {each.number: url, each.order.number: url, each.order.external_id.upper(): url}
    return page(request, "scan/pack.html", gettext("Pack"), {"numbers": numbers}, work=rows)


@require_GET
@signed_in(PACK)
def pack_one(request: Any, pk: int) -> HttpResponse:
    rows = Fulfilment.objects.select_related("order")
    found = get_object_or_404(rows, pk=pk, warehouse_id=request.scan_device.warehouse_id)
    config = {"lines": reads.lines_to_pack(found), **_unpicked(found.pk, "scan:pack")}
    return page(request, "scan/pack_one.html", found.number, config, fulfilment=found, **_may_unpick(request, found))


def _unpicked(fulfilment_id: int, back: str) -> dict[str, Any]:
    """What the script must know to un-pick, and where it goes then."""
    return {"fulfilment": fulfilment_id, "back": reverse(back), "put_back": reverse("scan:put_back")}


def _may_unpick(request: Any, work: Fulfilment) -> dict[str, Any]:
    """The work, where it can be un-picked by who is signed in."""
    may = request.user.has_perm("warehouse.change_picklist") and work.status in UNPICKABLE
    return {"work": work if may else None, "unpick_reasons": REASONS.items()}


@require_GET
@signed_in(RECEIVE)
def receive(request: Any) -> HttpResponse:
    warehouse_id = request.scan_device.warehouse_id
    notices, orders = reads.notices_to_come(warehouse_id), reads.orders_to_come(warehouse_id)
    notices, orders = notices[: reads.LIMIT], orders[: reads.LIMIT]
    numbers: dict[str, str] = {}
    for order in orders:
        numbers[order.number] = reverse("scan:receive_one", args=[order.pk])
    for notice in notices:
        url = f"{reverse('scan:receive_one', args=[notice.purchase_order_id])}?notice={notice.pk}"
        numbers |= {notice.number: url, notice.reference.upper(): url}
    return page(request, "scan/receive.html", gettext("Receive"), {"numbers": numbers}, orders=orders, notices=notices)


@require_GET
@signed_in(RECEIVE)
def receive_one(request: Any, pk: int) -> HttpResponse:
    warehouse_id = request.scan_device.warehouse_id
    order = get_object_or_404(PurchaseOrder.objects.select_related("supplier"), pk=pk, warehouse_id=warehouse_id)
    given = request.GET.get("notice", "")
    notice = None
    if given.isdecimal():
        notice = AdvanceNotice.objects.filter(pk=int(given[:18]), purchase_order=order, status="expected").first()
    blind = request.GET.get("blind") == "1"
    config = {
        "order": order.pk,
        "notice": notice.pk if notice else None,
        "reference": notice.reference if notice else "",
        **reads.places_to_receive(warehouse_id),
        "lines": reads.lines_to_receive(order, notice, blind=blind),
        "blind": blind,
        "cross_docks": request.scan_device.warehouse.cross_docks,
        "put_away": reverse("scan:put_away"),
        "back": reverse("scan:receive"),
    }
    title = notice.number if notice else order.number
    return page(request, "scan/receive_one.html", title, config, order=order, notice=notice, blind=blind)


@require_GET
@signed_in(FLOOR)
def put_away(request: Any) -> HttpResponse:
    """What lies on the docks, and where it goes."""
    return _floor(request, "put_away", pgettext("work", "Put away"))


@require_GET
@signed_in(FLOOR)
def put_back(request: Any) -> HttpResponse:
    """What was picked and is not wanted any more, and the bins that it goes back to."""
    return _floor(request, "put_back", gettext("Put back"))


@require_GET
@signed_in(FLOOR)
def refill(request: Any) -> HttpResponse:
    """What is fetched from the reserve, in walking order."""
    return _floor(request, "refill", gettext("Refill"))


def _floor(request: Any, kind: str, title: str) -> HttpResponse:
    tasks = reads.floor_tasks(request.scan_device.warehouse_id, kind, request.user.pk)
    if kind == "put_away" and request.user.has_perm(PICK):
        tasks = [*reads.straight_from_docks(request.scan_device.warehouse_id, request.user.pk), *tasks]
    return page(request, "scan/floor.html", title, {"kind": kind, "tasks": tasks}, reasons=SHORT_REASONS)


@require_GET
@signed_in(PICK)
def move(request: Any) -> HttpResponse:
    config = {"find": reverse("scan:find")}
    ships = request.user.has_perm("warehouse.change_handlingunit")
    return page(request, "scan/move.html", gettext("Move goods"), config, ships=ships)


@require_GET
@signed_in("warehouse.add_countentry")
def count(request: Any) -> HttpResponse:
    """Bins to be counted, with what lies in them and never how much."""
    tasks = tasks_to_count(request.scan_device.warehouse_id, request.user.pk)
    return page(request, "scan/count.html", gettext("Count"), {"tasks": tasks, "find": reverse("scan:find")})


@require_GET
@signed_in("inventory.view_sku")
def lookup(request: Any) -> HttpResponse:
    return page(request, "scan/lookup.html", gettext("Look up"), {"find": reverse("scan:find")})


@require_GET
@signed_in("inventory.view_sku")
def find(request: Any) -> HttpResponse:
    """What a code means, as JSON."""
    device = request.scan_device
    rows = look_up(request.GET.get("q", "")[:100], company_id=device.company_id, warehouse_id=device.warehouse_id)
    return JsonResponse({"found": rows})


@require_GET
@signed_in()
def queue(request: Any) -> HttpResponse:
    """What waits on the handheld (its script knows), and what the server refused and nobody settled."""
    refused = [
        {
            "id": str(command.client_id),
            "kind": command.kind,
            "body": command.body,
            "user": command.actor_label,
            "detail": command.detail,
            "scanned_at": command.scanned_at.isoformat(),
        }
        for command in scan.open_refusals(request.scan_device.pk)
    ]
    return page(request, "scan/queue.html", gettext("What waits"), {"refused": refused})


@require_GET
@on_device
def board(request: Any) -> HttpResponse:
    """The wall board on an enrolled screen: nobody signs in there, so it never asks anybody to."""
    data = board_of(request.scan_device.warehouse, timezone.now())
    config = {"url": reverse("scan:board_data"), "board": data}
    return render(request, "board/board.html", {"board": data, "config": config})


@require_GET
@on_device
def board_data(request: Any) -> HttpResponse:
    answer = JsonResponse(board_of(request.scan_device.warehouse, timezone.now()))
    answer.headers["Cache-Control"] = "no-store"
    return answer
