"""Counting on a handheld: what lies in a bin, said blind, and the bin finished."""

from typing import Any

from django.utils.translation import gettext as _

from inventory.models import Lot
from warehouse.errors import ScanRefused
from warehouse.models import CountTask
from warehouse.services.counting import CountInput, finish_counts, record_counts
from warehouse.services.scan.kinds.base import Kind, Scan, item_of, plain

MOST_UNITS = 1000


def count(scan: Scan) -> dict[str, Any]:
    """body: task, bin (scanned), code (scanned article), quantity in base units, lot, serials. Counted again, it is
    corrected. The answer never says what the books have."""
    task = _task(scan)
    item = item_of(scan, scan.text("code"))
    lot = scan.text("lot", empty=True)
    found = Lot.objects.filter(sku=item.sku_id, code__iexact=lot).first() if lot else None
    if lot and found is None:
        raise ScanRefused("unknown_lot", _("%(sku)s has no lot %(lot)s.") % {"sku": item.sku, "lot": lot})
    quantity = scan.quantity()
    record_counts(
        [CountInput(task.pk, item.sku_id, quantity, found.pk if found else None, _serials(scan))],
        company_id=scan.company_id,
        counted_at=scan.effective_at,
        actor=scan.actor,
        device=scan.device,
    )
    return {"task": task.pk, "sku": item.sku, "quantity": plain(quantity)}


def count_done(scan: Scan) -> dict[str, Any]:
    """body: task, bin (scanned). What was not counted in the bin is none."""
    task = _task(scan)
    finish_counts([task.pk], company_id=scan.company_id, at=scan.effective_at, actor=scan.actor, device=scan.device)
    return {"task": task.pk}


def _task(scan: Scan) -> CountTask:
    task = (
        CountTask.objects.filter(
            pk=scan.key("task"), warehouse_id=scan.warehouse_id, stocktake__company_id=scan.company_id
        )
        .select_related("location")
        .first()
    )
    if task is None:
        raise ScanRefused("unknown_task", _("There is no such count: load the list again."))
    if scan.text("bin").upper() != task.location.code.upper():
        raise ScanRefused(
            "wrong_bin",
            _("This is %(given)s: go to %(wanted)s and count there.")
            % {"given": scan.text("bin"), "wanted": task.location.code},
        )
    return task


def _serials(scan: Scan) -> tuple[str, ...]:
    given = scan.body.get("serials") or []
    if not isinstance(given, list) or len(given) > MOST_UNITS or not all(isinstance(each, str) for each in given):
        raise ScanRefused(
            "bad_field", _("“%(name)s” is missing or cannot be read: scan it again.") % {"name": "serials"}
        )
    return tuple(each.strip()[:80] for each in given if each.strip())


KINDS = (Kind("count", "warehouse.add_countentry", count), Kind("count_done", "warehouse.add_countentry", count_done))
