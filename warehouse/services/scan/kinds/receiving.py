"""Receiving a delivery of a purchase order, announced or not."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import InvalidInput
from inventory.errors import LotRefused, PurchaseRefused, StockRefused
from inventory.models import AdvanceNotice, PurchaseOrder
from warehouse.errors import ReceiptRefused, ScanRefused
from warehouse.services.over_deliveries import receive_delivery
from warehouse.services.receiving import DeliveredLine
from warehouse.services.scan.kinds.base import Kind, Scan, as_quantity, place_of, refuse_blocked, said_again

MOST_LINES, MOST_SERIALS = 500, 1000


def receive(scan: Scan) -> dict[str, Any]:
    """body: order, place (scanned), lines, reference (delivery note), notice, more (it is not all unloaded yet).

    lines: of each line, quantity, lot, expiry, serials, condition (damaged, quarantine) and note; or, of a page that is
    older, {purchase order line: quantity}. What is beyond the order's tolerance waits for a lead and is not in stock
    until then. photo_of: for each damaged line, whose photos may follow.
    """
    order = PurchaseOrder.objects.filter(
        pk=scan.key("order"), company_id=scan.company_id, warehouse_id=scan.warehouse_id
    ).first()
    if order is None:
        raise ScanRefused("unknown_order", _("There is no such purchase order for this warehouse."))
    place = place_of(scan, scan.text("place"), "bin", "dock", "quarantine")
    refuse_blocked(place)
    lines = _lines(scan, place.pk)
    try:
        receipt, over = receive_delivery(
            lines,
            po_id=order.pk,
            company_id=scan.company_id,
            effective_at=scan.effective_at,
            actor=scan.actor,
            reference=scan.text("reference", empty=True)[:60],
            device=scan.device,
            notice_id=_notice(scan, order),
            finish=not scan.body.get("more"),
        )
    except (StockRefused, LotRefused, PurchaseRefused, ReceiptRefused) as refusal:
        raise said_again(refusal) from refusal
    except InvalidInput as refusal:  # of a lot, a date or a serial number: the first one is told
        errors = refusal.context.get("errors") or [{}]
        said = str(errors[0].get("message") or refusal.detail)
        raise ScanRefused(str(errors[0].get("code") or refusal.code), said) from refusal
    if receipt is not None and receipt.state == "already":
        raise ScanRefused(
            "received_already",
            _("This delivery note was received already: %(number)s.") % {"number": f"GR-{receipt.receipt_id:06d}"},
        )
    told = receipt.problem_ids if receipt else ()
    damaged = sum(1 for line in lines if line.condition == "damaged" or (line.condition and line.note))
    return {
        "receipt": receipt.receipt_id if receipt else None,
        "waiting": len(over),
        "photo_of": [{"problem": pk} for pk in told[:damaged]],
        "short": len(told[damaged:]),
    }


def _lines(scan: Scan, place_id: int) -> list[DeliveredLine]:
    given = scan.body.get("lines")
    if isinstance(given, dict):
        given = [{"line": key, "quantity": value} for key, value in given.items()]
    if not isinstance(given, list) or not given or len(given) > MOST_LINES:
        raise ScanRefused("no_lines", _("Nothing was scanned: scan what has arrived."))
    found = []
    for row in given:
        if not isinstance(row, dict) or not str(row.get("line", "")).isdecimal():
            raise ScanRefused("no_lines", _("Nothing was scanned: scan what has arrived."))
        found.append(
            DeliveredLine(
                int(str(row["line"])[:18]),
                as_quantity(row.get("quantity"), "lines"),
                place_id,
                lot=str(row.get("lot") or "").strip()[:60],
                expiry_date=_date(row.get("expiry")),
                serials=_serials(row.get("serials")),
                condition=str(row.get("condition") or "")[:20],
                note=str(row.get("note") or "").strip()[:500],
            )
        )
    return sorted(found, key=lambda line: not line.condition)  # damaged ones first, in their order


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        raise ScanRefused("bad_field", _("“%(value)s” is not a date.") % {"value": str(value)[:20]}) from None


def _serials(value: Any) -> tuple[str, ...]:
    given = value or []
    if not isinstance(given, list) or len(given) > MOST_SERIALS or not all(isinstance(code, str) for code in given):
        raise ScanRefused(
            "bad_field", _("“%(name)s” is missing or cannot be read: scan it again.") % {"name": "serials"}
        )
    return tuple(code.strip()[:80] for code in given if code.strip())


def _notice(scan: Scan, order: PurchaseOrder) -> int | None:
    if not scan.body.get("notice"):
        return None
    found = AdvanceNotice.objects.filter(pk=scan.key("notice"), purchase_order=order, status="expected").first()
    if found is None:
        raise ScanRefused("notice_closed", _("This notice was received or cancelled already."))
    return found.pk


KINDS = (Kind("receive", "warehouse.add_receipt", receive),)
