"""What this storey adds to the order's page: what the channel sent, and what it was told."""

from collections.abc import Sequence

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from backoffice.core.models import InboxMessage, InboxWork
from backoffice.core.registry import Panel, Row
from integrations.models import ImportedRefund, TrackingPush
from orders.models import Order

MAX_ROWS = 50


def received_rows(order_id: int) -> Sequence[Row]:
    """The messages about an order, newest first: of its channel's connection, or sent by API. Statements: 2."""
    order = (
        Order.objects.filter(pk=order_id)
        .values_list("external_id", "channel_id", "channel__connection__pk", "channel__name")
        .order_by("channel__connection__pk")
        .first()
    )
    if order is None:
        return []
    external_id, channel_id, connection_id, name = order
    accounts = {f"connection:{connection_id}": name, f"channel:{channel_id}": gettext("over the API")}
    messages = InboxMessage.objects.filter(topic="order", account__in=list(accounts), external_id=external_id)
    found = messages.order_by("-pk").values(
        "pk", "account", "received_at", "version", status=F("work__status"), error=F("work__error")
    )
    return [
        {
            **message,
            "account": accounts[message["account"]],
            "version": message["version"][:16],
            "status": InboxWork.Status(message["status"]).label if message["status"] else "",
            "url": reverse("admin:core_inboxmessage_change", args=[message["pk"]]),
        }
        for message in found[:MAX_ROWS]
    ]


def told_rows(order_id: int) -> Sequence[Row]:
    """What the channel was told of the order's shipments. Statements: 1."""
    return [
        {
            "shipment": push.shipment.number,
            "status": push.status,
            "attempts": push.attempts,
            "sent_at": push.sent_at,
            "error": push.error,
        }
        for push in TrackingPush.objects.filter(shipment__order_id=order_id).select_related("shipment").order_by("pk")
    ]


def refund_rows(order_id: int) -> Sequence[Row]:
    """What the channel gave back, and why it could not be taken over where it could not. Statements: 1."""
    rows = ImportedRefund.objects.filter(order_id=order_id).select_related("return_order").order_by("pk")
    return [
        {
            "external_id": row.external_id,
            "total": f"{row.total.normalize():f} {row.currency}",
            "refunded_at": row.refunded_at,
            "status": row.get_state_display(),
            "detail": row.detail,
            "url": reverse("admin:orders_returnorder_change", args=[row.return_order_id])
            if row.return_order_id
            else "",
        }
        for row in rows
    ]


PANELS = (
    Panel(
        "orders.order",
        "channel_messages",
        gettext_lazy("Received from the channel"),
        (
            ("received_at", gettext_lazy("Received")),
            ("account", gettext_lazy("Account")),
            ("version", gettext_lazy("Version")),
            ("status", gettext_lazy("Status")),
            ("error", gettext_lazy("Why")),
        ),
        received_rows,
        order=300,
    ),
    Panel(
        "orders.order",
        "tracking_pushes",
        gettext_lazy("Told to the channel"),
        (
            ("shipment", gettext_lazy("Shipment")),
            ("status", gettext_lazy("Status")),
            ("attempts", gettext_lazy("Tries")),
            ("sent_at", gettext_lazy("Sent")),
            ("error", gettext_lazy("Error")),
        ),
        told_rows,
        order=310,
    ),
    Panel(
        "orders.order",
        "channel_refunds",
        gettext_lazy("Refunded at the channel"),
        (
            ("external_id", gettext_lazy("Refund")),
            ("total", gettext_lazy("Total")),
            ("refunded_at", gettext_lazy("Refunded")),
            ("status", gettext_lazy("Status")),
            ("detail", gettext_lazy("Why")),
        ),
        refund_rows,
        order=320,
    ),
)
