"""Floor tasks on the handheld: putting away, refilling, moving."""

from typing import Any

from django.utils.translation import gettext as _

from inventory.errors import StockRefused
from warehouse.errors import ScanRefused
from warehouse.models import FloorTask
from warehouse.services.floor import Put, do_tasks
from warehouse.services.scan.kinds.base import Kind, Scan, check_at, check_item, place_of, plain, said_again


def do_task(scan: Scan) -> dict[str, Any]:
    """body: task, from (scanned, may be empty at the dock), code (scanned article), quantity, to (scanned), other (it
    goes into another bin than the task says), short (the rest is not there) with its reason, lot, serials."""
    task = (
        FloorTask.objects.select_related("sku", "lot", "from_location", "to_location")
        .filter(pk=scan.key("task"), company_id=scan.company_id, warehouse_id=scan.warehouse_id)
        .first()
    )
    if task is None:
        raise ScanRefused("unknown_task", _("This task does not exist in this warehouse: load the list again."))
    quantity, short = scan.quantity(), bool(scan.body.get("short"))
    if source := scan.text("from", empty=True):
        check_at(source, task.from_location.code)
    if quantity > 0:
        check_item(scan, task.sku)
        _check_lot(scan, task)
    reason = scan.text("reason", empty=True)
    if short and not reason:
        raise ScanRefused("no_reason", _("Less than asked: say why."))
    target = _target(scan, task) if quantity > 0 else None
    serials = scan.body.get("serials") or []
    if not isinstance(serials, list) or len(serials) > 1000 or not all(isinstance(code, str) for code in serials):
        raise ScanRefused(
            "bad_field", _("“%(name)s” is missing or cannot be read: scan it again.") % {"name": "serials"}
        )
    put = Put(task.pk, quantity, target, f"scan:{scan.client_id}", short, reason, tuple(serials))
    try:
        [result] = do_tasks(
            [put], company_id=scan.company_id, effective_at=scan.effective_at, actor=scan.actor, device=scan.device
        )
    except StockRefused as refusal:
        raise said_again(refusal) from refusal
    if result.state == "refused":
        raise ScanRefused(result.code, result.detail)
    return {"task": task.pk, "state": result.state, "move": result.move_id, "quantity": plain(quantity)}


def _check_lot(scan: Scan, task: FloorTask) -> None:
    lot = scan.text("lot", empty=True)
    if lot and (task.lot is None or lot.upper() != task.lot.code.upper()):
        raise ScanRefused("wrong_lot", _("Wrong lot: take lot %(lot)s.") % {"lot": task.lot.code if task.lot else "–"})


def _target(scan: Scan, task: FloorTask) -> int:
    place = place_of(scan, scan.text("to"))
    meant = task.to_location
    if meant is not None and place.pk != meant.pk and not scan.body.get("other"):
        raise ScanRefused(
            "other_bin",
            _("%(given)s is not the bin of this task: go to %(wanted)s, or choose “Another bin” first.")
            % {"given": place.code, "wanted": meant.code},
        )
    return place.pk


KINDS = (Kind("floor", "warehouse.change_floortask", do_task),)
