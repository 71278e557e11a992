"""Receiving a delivery of a purchase order, announced or not."""

from typing import Any

from django.utils.translation import gettext as _

from inventory.errors import LotRefused, PurchaseRefused, StockRefused
from inventory.models import AdvanceNotice, PurchaseOrder
from warehouse.errors import ScanRefused
from warehouse.services.over_deliveries import receive_delivery
from warehouse.services.receiving import DeliveredLine
from warehouse.services.scan.kinds.base import Kind, Scan, as_quantity, place_of, refuse_blocked


def receive(scan: Scan) -> dict[str, Any]:
    """body: order, place (scanned), lines {purchase order line: quantity}, reference (delivery note), notice.

    What is beyond the order's tolerance waits for a lead and is not in stock until then.
    """
    order = PurchaseOrder.objects.filter(
        pk=scan.key("order"), company_id=scan.company_id, warehouse_id=scan.warehouse_id
    ).first()
    if order is None:
        raise ScanRefused("unknown_order", _("There is no such purchase order for this warehouse."))
    place = place_of(scan, scan.text("place"), "bin", "dock", "quarantine")
    refuse_blocked(place)
    lines = scan.body.get("lines")
    if not isinstance(lines, dict) or not lines or len(lines) > 500 or not all(key.isdecimal() for key in lines):
        raise ScanRefused("no_lines", _("Nothing was scanned: scan what has arrived."))
    try:
        receipt, over = receive_delivery(
            [DeliveredLine(int(key), as_quantity(value, "lines"), place.pk) for key, value in lines.items()],
            po_id=order.pk,
            company_id=scan.company_id,
            effective_at=scan.effective_at,
            actor=scan.actor,
            reference=scan.text("reference", empty=True)[:60],
            device=scan.device,
            notice_id=_notice(scan, order),
        )
    except (StockRefused, LotRefused, PurchaseRefused) as refusal:
        raise ScanRefused(refusal.code, refusal.detail, **refusal.context) from refusal
    if receipt is not None and receipt.state == "already":
        raise ScanRefused(
            "received_already",
            _("This delivery note was received already: %(number)s.") % {"number": f"GR-{receipt.receipt_id:06d}"},
        )
    return {"receipt": receipt.receipt_id if receipt else None, "waiting": len(over)}


def _notice(scan: Scan, order: PurchaseOrder) -> int | None:
    if not scan.body.get("notice"):
        return None
    found = AdvanceNotice.objects.filter(pk=scan.key("notice"), purchase_order=order, status="expected").first()
    if found is None:
        raise ScanRefused("notice_closed", _("This notice was received or cancelled already."))
    return found.pk


KINDS = (Kind("receive", "warehouse.add_receipt", receive),)
