"""A return parcel at the dock: each unit was scanned, graded, and said what becomes of it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.errors import StockRefused
from orders.models import ReturnOrder
from warehouse.errors import ReturnRefused, ScanRefused
from warehouse.services.return_inputs import ReturnedLine, ReturnReceipt, UnexpectedGoods
from warehouse.services.returns import receive_returns
from warehouse.services.scan.kinds.base import Kind, Scan, as_quantity, item_of, said_again

MOST = 500
SAID = {
    "more_than_expected": gettext_lazy(
        "More came than is expected of this return: scan what is too many as something else."
    ),
    "bad_grade": gettext_lazy("This grade is not known: A, B, C or D."),
    "bad_disposition": gettext_lazy(
        "Say what becomes of the goods: back on sale, quarantine, refurbish, scrap or inspect."
    ),
    "no_place": gettext_lazy("The warehouse has no place for such goods: ask your lead."),
}


def receive(scan: Scan) -> dict[str, Any]:
    """body: return, lines: of each line (or code, of what nobody expected), quantity, grade, disposition, note, serials.

    The money goes back when the order desk says so. photo_of: for each line, whose photos may follow.
    """
    found = ReturnOrder.objects.filter(pk=scan.key("return"), company_id=scan.company_id).first()
    if found is None:
        raise ScanRefused("unknown_return", _("There is no such return: scan its label, or the order's."))
    rows = _rows(scan)
    came = [
        ReturnedLine(
            int(str(row["line"])[:18]), as_quantity(row.get("quantity"), "lines"), _text(row, "disposition", 20), None,
            _text(row, "grade", 2), _text(row, "note", 300), tuple(str(code)[:80] for code in row.get("serials") or ()),
        )
        for row in rows
        if row.get("line")
    ]  # fmt: skip
    other = [
        UnexpectedGoods(
            item_of(scan, _text(row, "code", 100)).sku_id, as_quantity(row.get("quantity"), "lines"),
            _text(row, "disposition", 20), _text(row, "grade", 2), _text(row, "note", 300),
        )
        for row in rows
        if not row.get("line")
    ]  # fmt: skip
    try:
        [result] = receive_returns(
            [ReturnReceipt(found.pk, came, other, scan.warehouse_id)],
            company_id=scan.company_id,
            effective_at=scan.effective_at,
            actor=scan.actor,
            refund=False,
            device=scan.device,
        )
    except ReturnRefused as refusal:
        lines = refusal.context.get("lines") or [{}]
        code = str(lines[0].get("code") or refusal.code)
        raise ScanRefused(code, str(SAID.get(code, refusal.detail))) from refusal
    except StockRefused as refusal:
        raise said_again(refusal) from refusal
    return {
        "return": found.pk,
        "state": result.state,
        "photo_of": [{"return": found.pk, "line": line.return_line_id} for line in came],
    }


def _rows(scan: Scan) -> list[dict[str, Any]]:
    given = scan.body.get("lines")
    if not isinstance(given, list) or not 0 < len(given) <= MOST or not all(isinstance(row, dict) for row in given):
        raise ScanRefused("no_lines", _("Nothing was scanned: scan what has arrived."))
    rows = [row for row in given if not row.get("line") or str(row["line"]).isdecimal()]
    if len(rows) < len(given):
        raise ScanRefused("no_lines", _("Nothing was scanned: scan what has arrived."))
    return sorted(rows, key=lambda row: not row.get("line"))  # what is expected first, in its order


def _text(row: dict[str, Any], name: str, most: int) -> str:
    return str(row.get(name) or "").strip()[:most]


KINDS = (Kind("return", "warehouse.add_receipt", receive),)
