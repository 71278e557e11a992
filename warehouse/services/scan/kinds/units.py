"""Handling units on handhelds: a pallet moved, stood in another unit, or handed over, in one scan of its plate."""

from typing import Any

from inventory.models import Location
from warehouse.errors import ScanRefused, UnitRefused
from warehouse.models import PickTask
from warehouse.services.pallet_picks import pick_unit
from warehouse.services.scan.kinds.base import Kind, Scan, place_of
from warehouse.services.scan.kinds.picking import check_cancel, refusal_of
from warehouse.services.shipping_units import ship_unit
from warehouse.services.units import find_unit, move_unit, nest_unit


def move(scan: Scan) -> dict[str, Any]:
    """body: unit (its plate), to (a place, or the plate of another unit)."""
    target = scan.text("to")
    try:
        unit = find_unit(scan.text("unit"), company_id=scan.company_id, warehouse_id=scan.warehouse_id)
        if _is_place(scan, target):
            place = place_of(scan, target, "bin", "dock", "staging")
            move_unit(unit.pk, to_location_id=place.pk, company_id=scan.company_id, actor=scan.actor)
            return {"unit": unit.code, "to": place.code}
        parent = find_unit(target, company_id=scan.company_id, warehouse_id=scan.warehouse_id)
        nest_unit(unit.pk, parent_id=parent.pk, company_id=scan.company_id, actor=scan.actor)
    except UnitRefused as refusal:
        raise ScanRefused(refusal.code, refusal.detail) from refusal
    return {"unit": unit.code, "to": parent.code}


def pick(scan: Scan) -> dict[str, Any]:
    """body: unit (its plate, scanned twice), list, tasks (those that it is for, for the screen). All of it, in one scan."""
    try:
        unit = find_unit(scan.text("unit"), company_id=scan.company_id, warehouse_id=scan.warehouse_id)
        asked = PickTask.objects.filter(pick_list_id=scan.key("list"), from_location_id=unit.location_id)
        for task in asked.select_related("from_location"):
            check_cancel(task)
        results = pick_unit(
            unit.pk,
            pick_list_id=scan.key("list"),
            company_id=scan.company_id,
            effective_at=scan.effective_at,
            actor=scan.actor,
            device=scan.device,
        )
    except UnitRefused as refusal:
        raise ScanRefused(refusal.code, refusal.detail) from refusal
    for result in results:
        if result.state == "refused":
            task = PickTask.objects.select_related("from_location", "sku", "lot", "picked_by").get(pk=result.task_id)
            raise refusal_of(task, result.code)
    return {"unit": unit.code, "tasks": [result.task_id for result in results]}


def ship(scan: Scan) -> dict[str, Any]:
    """body: unit (its plate), carrier and tracking (for what has no label of its own; may be empty). All that is packed
    in it leaves, or nothing."""
    try:
        unit = find_unit(scan.text("unit"), company_id=scan.company_id, warehouse_id=scan.warehouse_id)
        done = ship_unit(
            unit.pk,
            company_id=scan.company_id,
            at=scan.effective_at,
            actor=scan.actor,
            carrier=scan.text("carrier", empty=True)[:60],
            tracking_number=scan.text("tracking", empty=True)[:80],
        )
    except UnitRefused as refusal:
        raise ScanRefused(refusal.code, refusal.detail) from refusal
    return {"unit": unit.code, "shipments": len(done.results)}


def _is_place(scan: Scan, code: str) -> bool:
    rows = Location.objects.filter(warehouse_id=scan.warehouse_id, code__iexact=code)
    return rows.exclude(handling_unit__isnull=False).exists()


KINDS = (
    Kind("move_unit", "warehouse.change_picktask", move),
    Kind("pick_unit", "warehouse.change_picktask", pick),
    Kind("ship_unit", "warehouse.change_handlingunit", ship),
)
