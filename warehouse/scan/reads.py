"""What the handheld's pages show: work that waits in one warehouse, and one piece of work whole."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from inventory.models import AdvanceNotice, Barcode, Location, PurchaseOrder, PurchaseOrderStatus, Sku
from orders.models import Fulfilment, FulfilmentLine
from warehouse.models import FLOOR_OPEN, FloorTask, PickList, PickRound, PickTask, RoundTote
from warehouse.selectors import WALK
from warehouse.services.cross_docking import straight_tasks
from warehouse.services.scan.kinds.base import plain

LIMIT = 100
TASKS = 300
PICKED = "warehouse.picktask"  # whose goods are put back
UNFINISHED = ("open", "assigned", "in_progress")
TO_COME = (PurchaseOrderStatus.SENT, PurchaseOrderStatus.CONFIRMED, PurchaseOrderStatus.PARTLY_RECEIVED)


def open_lists(warehouse_id: int, user_id: int | None = None) -> QuerySet[PickList]:
    """Lists that are not finished: this person's first, then nobody's, each oldest first."""
    mine = Case(
        When(assigned_to_id=user_id, then=Value(0)), When(assigned_to=None, then=Value(1)), default=Value(2),
        output_field=IntegerField(),
    )  # fmt: skip
    return (
        PickList.objects.filter(warehouse_id=warehouse_id, status__in=("open", "in_progress"))
        .exclude(Exists(PickTask.objects.filter(pick_list=OuterRef("pk"), round__isnull=False, status__in=UNFINISHED)))
        .select_related("fulfilment__order", "assigned_to")
        .order_by(mine, "pk")
    )


def open_rounds(warehouse_id: int, user_id: int | None = None) -> QuerySet[PickRound]:
    """Rounds that are not finished: this person's first, then nobody's, each oldest first."""
    mine = Case(
        When(assigned_to_id=user_id, then=Value(0)), When(assigned_to=None, then=Value(1)), default=Value(2),
        output_field=IntegerField(),
    )  # fmt: skip
    rows = PickRound.objects.filter(warehouse_id=warehouse_id, status__in=("open", "in_progress"))
    left = Count("tasks", filter=Q(tasks__status__in=UNFINISHED))
    return rows.select_related("assigned_to", "wave").annotate(left=left).order_by(mine, "pk")


def lists_to_pick(warehouse_id: int) -> int:
    return open_lists(warehouse_id).count() + open_rounds(warehouse_id).count()


def stops_of_round(found: PickRound) -> list[dict[str, Any]]:
    """What a round does at each bin, in walking order: several orders' goods of one SKU and lot are taken at once, but
    into totes one order after the other.
    """
    tasks = list(
        PickTask.objects.filter(round=found)
        .exclude(status="cancelled")
        .select_related("sku", "lot", "from_location__stands_in", "to_location")
        .order_by(*WALK)
    )
    codes = codes_of({task.sku_id for task in tasks})
    stops: dict[tuple[Any, ...], dict[str, Any]] = {}
    for task in tasks:
        each = task.pick_list_id if found.method == "cluster" else None
        key = (task.from_location_id, task.sku_id, task.lot_id, task.status in UNFINISHED, each)
        stop = stops.get(key)
        if stop is None:
            stop = stops[key] = {
                "id": task.pk, "tasks": [], "list": task.pick_list_id, "sku": task.sku.code, "name": task.sku.name,
                "lot": task.lot.code if task.lot else "", "bin": task.from_location.code, "at": standing(task), "to": task.to_location.code,
                "quantity": Decimal(0), "picked": Decimal(0), "status": task.status,
                "codes": codes.get(task.sku_id, {}) | {task.sku.code.upper(): "1"},
            }  # fmt: skip
        stop["tasks"].append(task.pk)
        stop["quantity"] += task.quantity
        stop["picked"] += task.picked
    return [stop | {"quantity": plain(stop["quantity"]), "picked": plain(stop["picked"])} for stop in stops.values()]


def standing(task: PickTask) -> str:
    """Where the pallet or carton stands that it is picked from; empty: it is a bin."""
    place = task.from_location.stands_in
    return place.code if place else ""


def totes_of_round(found: PickRound) -> list[dict[str, Any]]:
    rows = RoundTote.objects.filter(round=found).select_related("location", "pick_list__fulfilment__order")
    return [
        {
            "list": row.pick_list_id, "position": row.position, "tote": row.location.code if row.location else "",
            "order": row.pick_list.fulfilment.order.number,
        }
        for row in rows.order_by("position")
    ]  # fmt: skip


def packable(warehouse_id: int) -> QuerySet[Fulfilment]:
    rows = Fulfilment.objects.filter(warehouse_id=warehouse_id, status__in=("picked", "packing"))
    return rows.select_related("order").order_by(F("ship_by").asc(nulls_last=True), "pk")


def parcels_to_pack(warehouse_id: int) -> int:
    return packable(warehouse_id).count()


def orders_to_come(warehouse_id: int) -> QuerySet[PurchaseOrder]:
    rows = PurchaseOrder.objects.filter(warehouse_id=warehouse_id, status__in=TO_COME)
    return rows.select_related("supplier").order_by("pk")


def notices_to_come(warehouse_id: int) -> QuerySet[AdvanceNotice]:
    rows = AdvanceNotice.objects.filter(purchase_order__warehouse_id=warehouse_id, status="expected")
    return rows.select_related("purchase_order__supplier").order_by("expected_date", "pk")


def deliveries_to_come(warehouse_id: int) -> int:
    return orders_to_come(warehouse_id).count()


def codes_of(sku_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """What may be scanned for each SKU, with the base units that one scan of it means. Statements: 1."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Barcode.objects.filter(sku_id__in=sku_ids).order_by("pk").values_list("sku_id", "code", "pack_quantity")
    for sku_id, code, quantity in rows:
        found[sku_id][code.upper()] = plain(quantity)
    return found


def articles(skus: Iterable[Sku]) -> list[dict[str, Any]]:
    """What a handheld must know of SKUs to take them in. Statements: 2."""
    found = list(skus)
    codes = codes_of({sku.pk for sku in found})
    return [article(sku, codes.get(sku.pk, {})) for sku in found]


def article(sku: Sku, codes: dict[str, str]) -> dict[str, Any]:
    """id: the SKU's own code. codes: what may be scanned for it, with the base units of one scan."""
    return {"id": sku.code, "quantity": "", **tracked(sku), "codes": codes | {sku.code.upper(): "1"}}


def tracked(sku: Sku) -> dict[str, Any]:
    """What is to be asked of each unit or lot that arrives; days: its shelf life."""
    return {
        "sku": sku.code,
        "name": sku.name,
        "lotted": sku.lot_tracked,
        "serial": sku.serial_tracked,
        "dated": sku.lot_tracked and sku.expiry_required,
        "days": sku.shelf_life_days or 0,
    }


def places_to_receive(warehouse_id: int) -> dict[str, Any]:
    """Where goods may be put that arrive, and where they are put if nobody says else: a dock. Statements: 2."""
    rows = Location.objects.filter(warehouse_id=warehouse_id, is_active=True, kind__in=("bin", "dock", "quarantine"))
    dock = rows.filter(kind="dock").order_by("pk").first()
    codes = [code.upper() for code in rows.values_list("code", flat=True)[:5000]]
    return {"place": dock.code if dock else "", "places": codes}


def tasks_of_list(pick_list: PickList) -> list[dict[str, Any]]:
    """The tasks in walking order, with all that the handheld must know to judge a scan without Wi-Fi."""
    tasks = list(
        PickTask.objects.filter(pick_list=pick_list)
        .select_related("sku", "lot", "from_location__stands_in", "to_location")
        .order_by(*WALK)
    )
    codes = codes_of({task.sku_id for task in tasks})
    return [
        {
            "id": task.pk,
            "sku": task.sku.code,
            "name": task.sku.name,
            "lot": task.lot.code if task.lot else "",
            "bin": task.from_location.code,
            "at": standing(task),
            "to": task.to_location.code,
            "quantity": plain(task.quantity),
            "picked": plain(task.picked),
            "status": task.status,
            "codes": codes.get(task.sku_id, {}) | {task.sku.code.upper(): "1"},
        }
        for task in tasks
    ]


def open_floor_tasks(warehouse_id: int, kind: str) -> QuerySet[FloorTask]:
    return FloorTask.objects.filter(warehouse_id=warehouse_id, kind=kind, status__in=FLOOR_OPEN)


def goods_to_put_away(warehouse_id: int) -> int:
    dock = open_floor_tasks(warehouse_id, "put_away").exclude(source_type=PICKED).count()
    return dock + len(straight_tasks(warehouse_id))


def goods_to_put_back(warehouse_id: int, user_id: int | None = None) -> int:
    """What was picked and is to go back to a bin; of one person, if given."""
    rows = open_floor_tasks(warehouse_id, "put_away").filter(source_type=PICKED)
    return (rows if user_id is None else rows.filter(assigned_to_id=user_id)).count()


def faces_to_refill(warehouse_id: int) -> int:
    return open_floor_tasks(warehouse_id, "refill").count()


def floor_tasks(warehouse_id: int, kind: str, user_id: int) -> list[dict[str, Any]]:
    """This person's and nobody's tasks: the urgent first, then in walking order. Statements: 2.

    kind put_back: what was picked and goes back to its bin, also of who went home; this person's first.
    """
    mine = Q(assigned_to=None) | Q(assigned_to_id=user_id)
    if kind == "put_back":
        rows = open_floor_tasks(warehouse_id, "put_away").filter(source_type=PICKED)
        rows = rows.order_by(Case(When(assigned_to_id=user_id, then=Value(0)), default=Value(1)))
    else:
        rows = open_floor_tasks(warehouse_id, kind).filter(mine).exclude(kind="put_away", source_type=PICKED)
    tasks = list(
        rows.select_related("sku", "lot", "from_location", "to_location", "assigned_to").order_by(
            *rows.query.order_by, "priority", "from_location__pick_sequence", "to_location__pick_sequence", "pk"
        )[:TASKS]
    )
    codes = codes_of({task.sku_id for task in tasks})
    return [
        {
            "id": task.pk,
            "sku": task.sku.code,
            "name": task.sku.name,
            "lot": task.lot.code if task.lot else "",
            "from": task.from_location.code,
            "to": task.to_location.code if task.to_location else "",
            "left": plain(task.quantity - task.done),
            "reason": task.reason,
            "user": task.assigned_to.get_username() if task.assigned_to and task.assigned_to_id != user_id else "",
            "codes": codes.get(task.sku_id, {}) | {task.sku.code.upper(): "1"},
        }
        for task in tasks
    ]


def straight_from_docks(warehouse_id: int, user_id: int) -> list[dict[str, Any]]:
    """What goes from the docks straight to orders, in the shape of floor tasks; `pick` says that it is one. Statements: 2."""
    tasks = [task for task in straight_tasks(warehouse_id) if task.user_id in (None, user_id)]
    codes = codes_of({task.sku_id for task in tasks})
    return [
        {
            "id": task.task_id, "pick": True, "sku": task.sku, "name": task.name, "lot": task.lot, "from": task.from_code,
            "to": task.to_code, "left": plain(task.quantity), "reason": task.reason, "user": "",
            "codes": codes.get(task.sku_id, {}) | {task.sku.upper(): "1"},
        }
        for task in tasks
    ]  # fmt: skip


def lines_to_pack(fulfilment: Fulfilment) -> list[dict[str, Any]]:
    rows = list(
        FulfilmentLine.objects.filter(fulfilment=fulfilment, picked__gt=0)
        .select_related("allocation__sku")
        .order_by("pk")
    )
    codes = codes_of({row.allocation.sku_id for row in rows})
    return [
        {
            "id": row.pk,
            "sku": row.allocation.sku.code,
            "name": row.allocation.sku.name,
            "quantity": plain(row.picked),
            "codes": codes.get(row.allocation.sku_id, {}) | {row.allocation.sku.code.upper(): "1"},
        }
        for row in rows
    ]


def lines_to_receive(
    order: PurchaseOrder, notice: AdvanceNotice | None, *, blind: bool = False
) -> list[dict[str, Any]]:
    """What is still to come of each line; of a notice, what it announces. blind: how many is not told."""
    lines = list(order.lines.select_related("sku").order_by("position"))
    announced: dict[int, Decimal] = defaultdict(Decimal)
    if notice is not None:
        for po_line_id, quantity in notice.lines.values_list("po_line_id", "quantity"):
            announced[po_line_id] += quantity
    codes = codes_of({line.sku_id for line in lines})
    return [
        {
            "id": line.pk,
            **tracked(line.sku),
            "quantity": ""
            if blind
            else plain(
                announced[line.pk] if notice else max(line.quantity - line.cancelled - line.received, Decimal(0))
            ),
            "codes": codes.get(line.sku_id, {}) | {line.sku.code.upper(): "1"},
        }
        for line in lines
        if notice is None or announced[line.pk]
    ]
