"""What carriers say of an order's parcels, on the pages of the order and of the shipment."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Panel
from orders.models import TrackingEvent
from warehouse.models import TrackingWatch

SHOWN = 100


def _rows(**of: Any) -> list[dict[str, Any]]:
    events = TrackingEvent.objects.filter(**of).select_related("shipment").order_by("-occurred_at", "-pk")[:SHOWN]
    return [
        {
            "number": event.shipment.number,
            "at": event.occurred_at,
            "status": event.status,
            "place": event.place,
            "note": event.note,
            "tracking": event.tracking_number,
            "url": reverse("admin:orders_shipment_change", args=[event.shipment_id]),
        }
        for event in events
    ]


def _of_order(order_id: int) -> list[dict[str, Any]]:
    return _rows(shipment__order_id=order_id)


def _of_shipment(shipment_id: int) -> list[dict[str, Any]]:
    """What was said; before it, what went wrong in asking."""
    watch = TrackingWatch.objects.filter(shipment_id=shipment_id, ended_at__isnull=True).exclude(error="").first()
    failed = [] if watch is None else [_failure(watch)]
    return [*failed, *_rows(shipment_id=shipment_id)]


def _failure(watch: TrackingWatch) -> dict[str, Any]:
    said = gettext("The carrier is asked no more: %(why)s") if watch.given_up_at else gettext("No answer: %(why)s")
    return {"at": watch.checked_at, "note": said % {"why": watch.error}}


_COLUMNS = (
    ("at", _("when")),
    ("status", _("status")),
    ("place", _("place")),
    ("note", _("note")),
    ("tracking", _("tracking")),
)
TRACKING_PANELS = (
    Panel("orders.order", "warehouse_tracking", _("Tracking"), (("number", _("shipment")), *_COLUMNS), _of_order, 55),
    Panel("orders.shipment", "warehouse_tracking", _("Tracking"), _COLUMNS, _of_shipment, 20),
)
