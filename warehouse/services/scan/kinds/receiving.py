"""Receiving a delivery: of a purchase order, announced or not, or of goods that nobody ordered."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import InvalidInput
from inventory.errors import KitRefused, LotRefused, PurchaseRefused, StockRefused
from inventory.models import AdvanceNotice, Location, PurchaseOrder
from warehouse.errors import ReceiptRefused, ScanRefused
from warehouse.services.blind import receive_blind
from warehouse.services.over_deliveries import receive_delivery
from warehouse.services.receiving import BlindLine, DeliveredLine, ReceiptResult
from warehouse.services.scan.kinds.base import Kind, Scan, as_quantity, items_of, place_of, refuse_blocked, said_again

MOST_LINES, MOST_SERIALS = 500, 1000


def receive(scan: Scan) -> dict[str, Any]:
    """body: order, place (scanned), lines, reference (delivery note), notice, note, more (it is not all unloaded yet).

    lines: of each line, quantity, lot, expiry, serials, condition (damaged, quarantine) and note; or, of a page that is
    older, {purchase order line: quantity}. What is beyond the order's tolerance waits for a lead and is not in stock
    until then. photo_of: whose photos may follow: of each damaged line, then of the delivery.
    """
    order = PurchaseOrder.objects.filter(
        pk=scan.key("order"), company_id=scan.company_id, warehouse_id=scan.warehouse_id
    ).first()
    if order is None:
        raise ScanRefused("unknown_order", _("There is no such purchase order for this warehouse."))
    place = _place(scan)
    given = scan.body.get("lines")
    if isinstance(given, dict):
        given = [{"line": key, "quantity": value} for key, value in given.items()]
    rows = _rows(given, lambda row: str(row.get("line", "")).isdecimal())
    lines = [DeliveredLine(int(str(row["line"])[:18]), location_id=place.pk, **_values(row)) for row in rows]
    with _in_words():
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
            note=str(scan.body.get("note") or "")[:500],
        )
    return _result(receipt, lines) | {"waiting": len(over)}


def receive_unordered(scan: Scan) -> dict[str, Any]:
    """body: supplier, place (scanned), reference (delivery note), note, lines: as of receive, but each with the code that was
    scanned instead of an order's line. The cost is the one that receive_blind finds."""
    place = _place(scan)
    rows = _rows(scan.body.get("lines"), lambda row: bool(str(row.get("code") or "").strip()))
    items = items_of(scan, [str(row["code"])[:100] for row in rows])
    lines = [
        BlindLine(item.sku_id, location_id=place.pk, **_values(row)) for item, row in zip(items, rows, strict=True)
    ]
    with _in_words():
        receipt = receive_blind(
            lines,
            supplier_id=scan.key("supplier"),
            warehouse_id=scan.warehouse_id,
            company_id=scan.company_id,
            effective_at=scan.effective_at,
            actor=scan.actor,
            reference=scan.text("reference", empty=True)[:60],
            device=scan.device,
            note=str(scan.body.get("note") or "")[:500],
        )
    return _result(receipt, lines)


def _place(scan: Scan) -> Location:
    place = place_of(scan, scan.text("place"), "bin", "dock", "quarantine")
    refuse_blocked(place)
    return place


@contextmanager
def _in_words() -> Iterator[None]:
    """What a service refuses, said on the screen."""
    try:
        yield
    except (StockRefused, LotRefused, PurchaseRefused, ReceiptRefused, KitRefused) as refusal:
        raise said_again(refusal) from refusal
    except InvalidInput as refusal:  # of a lot, a date or a serial number: the first one is told
        errors = refusal.context.get("errors") or [{}]
        said = str(errors[0].get("message") or refusal.detail)
        raise ScanRefused(str(errors[0].get("code") or refusal.code), said) from refusal


def _result(receipt: ReceiptResult | None, lines: Sequence[DeliveredLine | BlindLine]) -> dict[str, Any]:
    """What the screen shows; a delivery note that came before is refused."""
    if receipt is not None and receipt.state == "already":
        raise ScanRefused(
            "received_already",
            _("This delivery note was received already: %(number)s.") % {"number": f"GR-{receipt.receipt_id:06d}"},
        )
    problems = receipt.problem_ids if receipt else ()
    damaged = sum(1 for line in lines if line.condition == "damaged" or (line.condition and line.note))
    return {
        "receipt": receipt.receipt_id if receipt else None,
        "photo_of": [{"problem": pk} for pk in problems[:damaged]]
        + ([{"receipt": receipt.receipt_id}] if receipt else []),
        "short": len(problems[damaged:]),
    }


def _rows(given: Any, is_one: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """The lines that were sent, set-aside ones first, in their order: so are their problems."""
    if (
        not isinstance(given, list)
        or not 0 < len(given) <= MOST_LINES
        or not all(isinstance(row, dict) and is_one(row) for row in given)
    ):
        raise ScanRefused("no_lines", _("Nothing was scanned: scan what has arrived."))
    return sorted(given, key=lambda row: not str(row.get("condition") or ""))


def _values(row: dict[str, Any]) -> dict[str, Any]:
    """What is said of any line that arrived."""
    return {
        "quantity": as_quantity(row.get("quantity"), "lines"),
        "lot": str(row.get("lot") or "").strip()[:60],
        "expiry_date": _date(row.get("expiry")),
        "serials": _serials(row.get("serials")),
        "condition": str(row.get("condition") or "")[:20],
        "note": str(row.get("note") or "").strip()[:500],
    }


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


KINDS = (
    Kind("receive", "warehouse.add_receipt", receive),
    Kind("receive_unordered", "warehouse.add_receipt", receive_unordered),
)
