"""Sections that the warehouse puts on other storeys' pages."""

from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Panel
from warehouse.models import Parcel, PickTask, Receipt


def _picks(order_id: int) -> list[dict[str, Any]]:
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


def _parcels(order_id: int) -> list[dict[str, Any]]:
    return list(
        Parcel.objects.filter(shipment__order_id=order_id)
        .order_by("shipment_id", "position")
        .values("shipment_id", "position", "weight_g", "tracking_number", "packed_at")
        .annotate(who=F("packed_by__username"))[:200]
    )


def _receipts(purchase_order_id: int) -> list[dict[str, Any]]:
    return list(
        Receipt.objects.filter(purchase_order_id=purchase_order_id)
        .order_by("id")
        .values("id", "status", "reference", "started_at", "finished_at")
        .annotate(who=F("received_by__username"))[:200]
    )


PANELS = (
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
    Panel(
        "inventory.purchaseorder",
        "warehouse_receipts",
        _("Receipts"),
        (
            ("id", _("receipt")),
            ("status", _("status")),
            ("reference", _("delivery note")),
            ("who", _("received by")),
            ("finished_at", _("finished at")),
        ),
        _receipts,
        40,
    ),
)
