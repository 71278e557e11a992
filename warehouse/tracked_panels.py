"""By which receipts goods came in, on the pages of lots and of units with serial numbers."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Panel, Row
from backoffice.core.show import show_quantity, show_time
from inventory.models import Lot, MoveSerial, StockMove
from warehouse.models import ReceiptLine

SHOWN = 100
_COLUMNS = (
    ("number", _("Receipt")),
    ("document", _("Document")),
    ("when", _("When")),
    ("place", _("Put into")),
    ("quantity", _("Quantity")),
)


def _of_lot(pk: int) -> list[Row]:
    lot = Lot.objects.get(pk=pk)
    return _rows(ReceiptLine.objects.filter(move__in=StockMove.objects.filter(sku_id=lot.sku_id, lot=lot)))


def _of_serial(pk: int) -> list[Row]:
    return _rows(ReceiptLine.objects.filter(move__in=MoveSerial.objects.filter(serial=pk).values("move")))


def _rows(lines: QuerySet[ReceiptLine]) -> list[Row]:
    found = lines.select_related("receipt__purchase_order", "receipt__return_order", "location").order_by("-pk")[:SHOWN]
    return [
        {
            "number": line.receipt.number,
            "document": str(line.receipt.purchase_order or line.receipt.return_order or ""),
            "when": show_time(line.receipt.finished_at),
            "place": line.location.code,
            "quantity": show_quantity(line.quantity),
            "url": reverse("admin:warehouse_receipt_change", args=[line.receipt_id]),
        }
        for line in found
    ]


TRACKED_PANELS = (
    Panel("inventory.lot", "receipts", _("Receipts"), _COLUMNS, _of_lot),
    Panel("inventory.serial", "receipts", _("Receipts"), _COLUMNS, _of_serial),
)
