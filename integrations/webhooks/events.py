"""What programs outside may be told of: the outbox's topics under public names.

A message holds ids and codes only, never personal data: whoever may, reads the rest over the API.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PING = "WebhookPinged"


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """path: where the API shows what it is about, with the payload's ids. in_order: one at a time for each thing.

    audience: "channel", of an order: its channel's endpoints and the company's own hear of it; "company": only those
    that no channel binds; "all": every endpoint of the company.
    """

    type: str
    title: str | Promise
    path: str = ""
    audience: str = "channel"
    in_order: bool = True


EVENTS: dict[str, PublicEvent] = {
    "OrderPlaced": PublicEvent("order.placed", _("An order was placed"), "/api/v1/orders/{order_id}/"),
    "OrderChanged": PublicEvent("order.changed", _("An order was edited"), "/api/v1/orders/{order_id}/"),
    "OrderCancelled": PublicEvent(
        "order.cancelled", _("An order was cancelled, in part or whole"), "/api/v1/orders/{order_id}/"
    ),
    "OrderPaymentChanged": PublicEvent(
        "order.payment_changed", _("An order's payment state changed"), "/api/v1/orders/{order_id}/payments/"
    ),
    "CancelRequested": PublicEvent(
        "order.cancel_requested", _("A cancellation waits for the warehouse"), "/api/v1/orders/{order_id}/"
    ),
    "PromiseMoved": PublicEvent(
        "order.promise_moved", _("The date promised for a line moved"), "/api/v1/promises/{order_line_id}/"
    ),
    "ShipmentDispatched": PublicEvent(
        "shipment.dispatched", _("A shipment left the building"), "/api/v1/shipments/{shipment_id}/"
    ),
    "ReturnApproved": PublicEvent("return.approved", _("A return was approved"), "/api/v1/returns/{return_id}/"),
    "PickupReady": PublicEvent("pickup.ready", _("Goods wait to be collected"), "/api/v1/pickups/{pickup_id}/"),
    "StockChanged": PublicEvent(
        "stock.changed", _("What is available changed"), "/api/v1/stock/", audience="all", in_order=False
    ),
    "AlarmRaised": PublicEvent("alarm.raised", _("Something needs a person"), audience="company"),
    "AlarmCleared": PublicEvent("alarm.cleared", _("An alarm is over"), audience="company"),
    "RuleFired": PublicEvent("rule.fired", _("A rule acted"), audience="company"),
    PING: PublicEvent("ping", _("A test message"), audience="all"),
}
TYPES: dict[str, PublicEvent] = {event.type: event for event in EVENTS.values()}
CHOOSABLE: tuple[str, ...] = tuple(event.type for event in EVENTS.values() if event.type != "ping")
TOPICS: frozenset[str] = frozenset(EVENTS)


def message_id(event_id: int) -> str:
    """The same on every try and for every endpoint: receivers drop what they have had."""
    return f"msg_{event_id}"


def body_of(
    *, event_id: int, topic: str, recorded_at: datetime, payload: Mapping[str, Any], more: Mapping[str, Any]
) -> bytes:
    """The message, byte for byte the same whenever it is made. more: what never changes of what it is about."""
    public = EVENTS[topic]
    data = {**payload, **more}
    if public.path:
        data["path"] = public.path.format_map(data)
    message = {
        "id": message_id(event_id),
        "type": public.type,
        "timestamp": recorded_at.isoformat().replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(message, separators=(",", ":"), sort_keys=True).encode()
