"""Taking a pick list, and picking its tasks."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.audit import Change, record
from inventory.models import Lot
from orders.models import CancelRequest
from warehouse.errors import ScanRefused
from warehouse.models import PickList, PickTask
from warehouse.services.picking import Pick, confirm_picks
from warehouse.services.scan.kinds.base import Kind, Scan, check_at, check_item, plain

SHORT_REASONS = ("not_there", "damaged", "cannot_reach", "other")


def pick(scan: Scan) -> dict[str, Any]:
    """body: task, bin (scanned), code (scanned; may be empty if nothing was there), quantity, lot, reason if short."""
    task = (
        PickTask.objects.select_related("from_location", "sku", "lot", "pick_list", "picked_by")
        .filter(pk=scan.key("task"), pick_list__company_id=scan.company_id, pick_list__warehouse_id=scan.warehouse_id)
        .first()
    )
    if task is None:
        raise ScanRefused("unknown_task", _("This pick does not exist in this warehouse: load the list again."))
    quantity = scan.quantity()
    check_cancel(task)
    check_at(scan.text("bin"), task.from_location.code)
    if quantity > 0:
        check_item(scan, task.sku)
    reason = scan.text("reason", empty=True)
    if quantity < task.quantity and reason not in SHORT_REASONS:
        raise ScanRefused("no_reason", _("Less than asked: say why."))
    lot_id = lot_of(scan, task)
    [result] = confirm_picks(
        [Pick(task.pk, quantity, lot_id)],
        company_id=scan.company_id,
        effective_at=scan.effective_at,
        actor=scan.actor,
        device=scan.device,
    )
    if result.state in ("already", "refused"):
        raise refusal_of(task, result.code or "already")
    if result.state == "short":
        short = Change(
            "warehouse.picktask", task.pk, "short", new=plain(result.short), reason=reason, company_id=scan.company_id
        )
        record([short], actor=scan.actor)
    return {
        "task": task.pk,
        "state": result.state,
        "picked": plain(quantity),
        "short": plain(result.short),
        "again": plain(result.again),
    }


def check_cancel(task: PickTask) -> None:
    """Goods that their order wants no more are not picked while the request waits for its answer."""
    if CancelRequest.objects.filter(fulfilment_line_id=task.fulfilment_line_id, status="open").exists():
        raise ScanRefused(
            "cancel_requested",
            _("The order is being cancelled: leave it, or put what you took back into %(bin)s.")
            % {"bin": task.from_location.code},
        )


def lot_of(scan: Scan, task: PickTask) -> int | None:
    """The lot as scanned; it must be the task's."""
    code = scan.text("lot", empty=True)
    if not code:
        return task.lot_id
    lot = Lot.objects.filter(sku_id=task.sku_id, code__iexact=code).first()
    if lot is None:
        raise ScanRefused("unknown_lot", _("%(sku)s has no lot %(lot)s.") % {"sku": task.sku.code, "lot": code})
    return lot.pk


def refusal_of(task: PickTask, code: str) -> ScanRefused:
    """What to do with the goods in hand."""
    task.refresh_from_db()
    bin_code, words = task.from_location.code, {"bin": task.from_location.code, "task": task.pk}
    if code in ("already", "picked_otherwise"):
        who = task.picked_by.get_username() if task.picked_by else "–"
        said = _("%(user)s has picked this already: put what you took back into %(bin)s.") % (words | {"user": who})
        return ScanRefused("picked_by_another", said, bin=bin_code)
    if code == "cancelled":
        said = _("The order was cancelled: put what you took back into %(bin)s.") % words
    elif code == "more_than_asked":
        said = _("More than asked: take %(quantity)s, put the rest back into %(bin)s.") % (
            words | {"quantity": plain(task.quantity)}
        )
    elif code == "wrong_lot":
        said = _("Wrong lot: take lot %(lot)s.") % {"lot": task.lot.code if task.lot else "–"}
    elif code == "held_lot":
        said = _("The lot is blocked: put it back into %(bin)s and pick none of it.") % words
    elif code == "expired_lot":
        said = _("The lot has expired: put it back into %(bin)s and pick none of it.") % words
    else:
        said = _("This pick does not exist any more: put what you took back into %(bin)s.") % words
    return ScanRefused(code, said, bin=bin_code)


def take(scan: Scan) -> dict[str, Any]:
    """body: list, over (take it over from another picker). Whose list it is stands on it and in the trail."""
    found = (
        PickList.objects.select_for_update(of=("self",), no_key=True)
        .select_related("assigned_to")
        .filter(pk=scan.key("list"), company_id=scan.company_id, warehouse_id=scan.warehouse_id)
        .first()
    )
    if found is None or found.status not in ("open", "in_progress"):
        raise ScanRefused("list_closed", _("This list is finished or cancelled: take another."))
    before = found.assigned_to
    if before is not None and before.pk != scan.actor.user_id and not scan.body.get("over"):
        raise ScanRefused("list_taken", _("%(user)s has this list: take another, or take it over.") % {"user": before})
    if before is None or before.pk != scan.actor.user_id:
        PickList.objects.filter(pk=found.pk).update(assigned_to_id=scan.actor.user_id)
        old = before.get_username() if before else ""
        change = Change(
            "warehouse.picklist", found.pk, "assigned", "assigned_to", old, scan.actor.label, company_id=scan.company_id
        )
        record([change], actor=scan.actor)
    return {"list": found.pk}


KINDS = (
    Kind("pick", "warehouse.change_picktask", pick),
    Kind("take", "warehouse.change_picklist", take),
)
