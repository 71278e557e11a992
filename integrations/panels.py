"""What this storey adds to the order's page: what the channel sent, and what it was told."""

from collections.abc import Sequence

from django.db.models import F, Subquery, TextField, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy

from backoffice.core.models import InboxMessage
from backoffice.core.registry import Panel, Row
from integrations.models import TrackingPush
from orders.models import Order

MAX_ROWS = 50


def received_rows(order_id: int) -> Sequence[Row]:
    """The messages about an order, newest first. Statements: 1."""
    order = Order.objects.filter(pk=order_id)
    return list(
        InboxMessage.objects.filter(
            topic="order",
            account=Subquery(
                order.values(
                    account=Concat(Value("connection:"), F("channel__connection__pk"), output_field=TextField())
                )
            ),
            external_id=Subquery(order.values("external_id")),
        )
        .order_by("-pk")
        .values("received_at", "version", status=F("work__status"), error=F("work__error"))[:MAX_ROWS]
    )


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


PANELS = (
    Panel(
        "orders.order",
        "channel_messages",
        gettext_lazy("Received from the channel"),
        (
            ("received_at", gettext_lazy("Received")),
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
)
