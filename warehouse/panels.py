"""Sections that the warehouse puts on other storeys' pages."""

from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Panel
from inventory.models import PurchaseOrder, Transfer
from inventory.states import RECEIVABLE, TRANSFER_ARRIVES, TRANSFER_SHIPS
from orders.models import Fulfilment, ReturnOrder
from orders.selectors.returned import goods_left
from warehouse.models import OverDelivery, Parcel, PickTask, Pickup, Receipt, TillReceipt
from warehouse.services.regrading import WAITING

EXPECTED = ("approved", "in_transit", "received")


def _work(order_id: int) -> list[dict[str, Any]]:
    return [_work_row(fulfilment) for fulfilment in Fulfilment.objects.filter(order_id=order_id).order_by("id")]


def _work_of_fulfilment(fulfilment_id: int) -> list[dict[str, Any]]:
    return [_work_row(fulfilment) for fulfilment in Fulfilment.objects.filter(pk=fulfilment_id)]


def _work_row(fulfilment: Fulfilment) -> dict[str, Any]:
    return {
        "number": _("Pick, pack, ship %(number)s") % {"number": fulfilment.number},
        "status": fulfilment.get_status_display(),
        "url": reverse("admin:warehouse_work", args=[fulfilment.pk]),
    }


def _transfer_work(transfer_id: int) -> list[dict[str, Any]]:
    transfer = Transfer.objects.filter(pk=transfer_id).first()
    rows: list[dict[str, Any]] = []
    if transfer is not None and transfer.status in TRANSFER_SHIPS:
        rows.append(
            {"number": _("Ship the goods"), "url": reverse("admin:warehouse_transfer_ship", args=[transfer_id])}
        )
    if transfer is not None and transfer.status in TRANSFER_ARRIVES:
        rows.append(
            {"number": _("Receive the goods"), "url": reverse("admin:warehouse_transfer_receive", args=[transfer_id])}
        )
    return rows


def _return_receipts(return_order_id: int) -> list[dict[str, Any]]:
    found = [
        _receipt_row(receipt) for receipt in Receipt.objects.filter(return_order_id=return_order_id).order_by("id")
    ]
    if ReturnOrder.objects.filter(pk=return_order_id, status__in=EXPECTED).exists():
        url = reverse("admin:warehouse_receive_return", args=[return_order_id])
        found.append({"number": _("Book the goods in"), "url": url})
    elif any(
        row.left > 0 and row.disposition in WAITING for row in goods_left(return_order_ids=[return_order_id]).values()
    ):
        url = reverse("admin:warehouse_receive_return", args=[return_order_id])
        found.append({"number": _("Decide on goods that wait"), "url": url})
    return found


def _receipt_row(receipt: Receipt) -> dict[str, Any]:
    return {
        "number": receipt.number,
        "status": receipt.get_status_display(),
        "reference": receipt.reference,
        "who": receipt.received_by.username if receipt.received_by else "",
        "finished_at": receipt.finished_at,
        "url": reverse("admin:warehouse_receipt_change", args=[receipt.pk]),
    }


def _pickups(order_id: int) -> list[dict[str, Any]]:
    """The code is for the customer: whoever helps them finds it here."""
    rows = Pickup.objects.filter(order_id=order_id).select_related("warehouse")
    return [
        {
            "warehouse": row.warehouse.name,
            "status": row.get_status_display(),
            "code": row.code,
            "ready_at": row.ready_at,
        }
        for row in rows
    ]


def _till_receipts(order_id: int) -> list[dict[str, Any]]:
    rows = TillReceipt.objects.filter(order_id=order_id).select_related("shift__till").order_by("pk")
    return [
        {
            "number": row.number,
            "kind": row.get_kind_display(),
            "till": row.shift.till.name,
            "total": f"{row.total:.2f} {row.currency}",
            "url": reverse("till:receipt", args=[row.pk]),
        }
        for row in rows
    ]


def _picks(order_id: int) -> list[Any]:
    return list(
        PickTask.objects.filter(pick_list__fulfilment__order_id=order_id)
        .order_by("pick_list_id", "id")
        .values("status", "quantity", "picked", "device", "started_at", "finished_at")
        .annotate(
            list_id=F("pick_list_id"),
            sku_code=F("sku__code"),
            bin=F("from_location__code"),
            who=F("picked_by__username"),
        )[:200]
    )


def _parcels(order_id: int) -> list[Any]:
    return list(
        Parcel.objects.filter(shipment__order_id=order_id)
        .order_by("shipment_id", "position")
        .values("shipment_id", "position", "weight_g", "tracking_number", "packed_at")
        .annotate(who=F("packed_by__username"))[:200]
    )


def _receipts(purchase_order_id: int) -> list[dict[str, Any]]:
    receipts = Receipt.objects.filter(purchase_order_id=purchase_order_id).select_related("received_by")
    found = [_receipt_row(receipt) for receipt in receipts.order_by("id")[:200]]
    ours = PurchaseOrder.objects.filter(pk=purchase_order_id, ship_to__isnull=True)  # others go to the customer
    if ours.filter(status__in=RECEIVABLE).exists():
        url = reverse("admin:warehouse_receive", args=[purchase_order_id])
        found.append({"number": _("Book a delivery in"), "url": url})
    return found


def _over_deliveries(purchase_order_id: int) -> list[dict[str, Any]]:
    rows = OverDelivery.objects.filter(purchase_order_line__purchase_order_id=purchase_order_id)
    return _over_rows(rows.order_by("-id")[:50])


def _over_waiting(_none: int) -> list[dict[str, Any]]:
    return _over_rows(OverDelivery.objects.filter(status="waiting").order_by("id")[:50])


def _over_rows(rows: Any) -> list[dict[str, Any]]:
    return [
        {
            "order": row.purchase_order_line.purchase_order.number,
            "sku": row.purchase_order_line.sku.code,
            "quantity": row.quantity,
            "status": row.status,
            "reference": row.reference,
            "who": row.asked_by_label,
            "url": reverse("admin:warehouse_overdelivery_change", args=[row.pk]),
        }
        for row in rows.select_related("purchase_order_line__sku", "purchase_order_line__purchase_order")
    ]


_WORK_COLUMNS = (("number", _("work")), ("status", _("status")))
_RECEIPT_COLUMNS = (
    ("number", _("receipt")),
    ("status", _("status")),
    ("reference", _("delivery note")),
    ("who", _("received by")),
    ("finished_at", _("finished at")),
)

_OVER_COLUMNS = (
    ("sku", _("SKU")),
    ("quantity", _("more than ordered")),
    ("status", _("status")),
    ("reference", _("delivery note")),
    ("who", _("received by")),
)

PANELS = (
    Panel(
        "inventory.purchasing_desk",
        "warehouse_over_deliveries",
        _("Delivered beyond the order"),
        (("order", _("purchase order")), *_OVER_COLUMNS),
        _over_waiting,
    ),
    Panel(
        "inventory.purchaseorder",
        "warehouse_over_deliveries",
        _("Delivered beyond the order"),
        _OVER_COLUMNS,
        _over_deliveries,
        45,
    ),
    Panel(
        "orders.order",
        "warehouse_pickup",
        _("Pickup in a shop"),
        (("warehouse", _("shop")), ("status", _("status")), ("code", _("code")), ("ready_at", _("ready at"))),
        _pickups,
        20,
    ),
    Panel(
        "orders.order",
        "warehouse_till_receipts",
        _("Receipts of tills"),
        (("number", _("receipt")), ("kind", _("kind")), ("till", _("till")), ("total", _("total"))),
        _till_receipts,
        25,
    ),
    Panel("inventory.transfer", "warehouse_work", _("Work"), _WORK_COLUMNS, _transfer_work, 10),
    Panel("orders.order", "warehouse_work", _("Work"), _WORK_COLUMNS, _work, 30),
    Panel("orders.fulfilment", "warehouse_work", _("Work"), _WORK_COLUMNS, _work_of_fulfilment, 30),
    Panel("orders.returnorder", "warehouse_receipts", _("Receipts"), _RECEIPT_COLUMNS, _return_receipts, 40),
    Panel(
        "orders.order",
        "warehouse_picks",
        _("Picks"),
        (
            ("list_id", _("pick list")),
            ("sku_code", _("SKU")),
            ("bin", _("bin")),
            ("quantity", _("asked")),
            ("picked", _("picked")),
            ("status", _("status")),
            ("who", _("who")),
            ("device", _("device")),
            ("finished_at", _("finished at")),
        ),
        _picks,
        40,
    ),
    Panel(
        "orders.order",
        "warehouse_parcels",
        _("Parcels"),
        (
            ("shipment_id", _("shipment")),
            ("position", _("parcel")),
            ("weight_g", _("grams")),
            ("tracking_number", _("tracking")),
            ("who", _("packed by")),
            ("packed_at", _("packed at")),
        ),
        _parcels,
        50,
    ),
    Panel("inventory.purchaseorder", "warehouse_receipts", _("Receipts"), _RECEIPT_COLUMNS, _receipts, 40),
)
