"""What picking and packing an order took and cost, on the order's page."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Panel
from backoffice.core.show import show_money
from orders.models import Order
from warehouse.boards.labour_kinds import LABOUR_KINDS
from warehouse.boards.order_labour import order_labour

SHOWN = 200


def _of_order(order_id: int) -> list[dict[str, Any]]:
    """Each piece of work, and the whole below."""
    done = order_labour(order_id)
    if not done.pieces:
        return []
    currency = Order.objects.values_list("company__base_currency_id", flat=True).get(pk=order_id)

    def money(amount: Decimal | None) -> str:
        return gettext("no rate") if amount is None else show_money(amount, currency)

    rows: list[dict[str, Any]] = [
        {
            "number": piece.number,
            "kind": LABOUR_KINDS[piece.kind],
            "person": piece.person,
            "at": piece.at,
            "seconds": piece.seconds,
            "cost": "" if piece.seconds is None else money(piece.cost),
            "url": reverse("admin:warehouse_work", args=[piece.page_id]),
        }
        for piece in done.pieces[:SHOWN]
    ]
    return [*rows, {"number": gettext("Total"), "seconds": done.seconds, "cost": money(done.cost)}]


LABOUR_PANELS = (
    Panel(
        "orders.order",
        "warehouse_labour",
        _("Labour"),
        (
            ("number", _("work")),
            ("kind", _("kind")),
            ("person", _("who")),
            ("at", _("when")),
            ("seconds", _("seconds")),
            ("cost", _("cost")),
        ),
        _of_order,
        60,
        "warehouse.view_wagerate",
    ),
)
