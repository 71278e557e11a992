"""Telling Vendure of a shipment: a fulfilment is made, then it is said to have left. Either step may be the one whose
answer was lost, so what is there is read first.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FulfilmentPush
from integrations.connectors.vendure import documents
from integrations.connectors.vendure.client import Vendure
from integrations.errors import ChannelRejected

LEFT = frozenset({"Shipped", "Delivered"})


def push_fulfilment(shop: Vendure, push: FulfilmentPush) -> str:
    """Vendure knows no key of ours: a fulfilment with the same tracking number and goods is the same one.

    Raises ChannelRejected where less is left to fulfil than is told of.
    """
    order = shop.ask(documents.FULFILMENTS, {"id": push.order_external_id})["order"]
    if order is None:
        raise ChannelRejected(_("The channel has no order %(id)s.") % {"id": push.order_external_id})
    fulfilments = order["fulfillments"] or []
    made = _told(fulfilments, push)
    if made is None:
        if order["state"] == "Cancelled":
            raise ChannelRejected(_("The order is cancelled at the channel."))
        _refuse_too_much(order["lines"], fulfilments, push)
        made = shop.act(documents.FULFIL, "addFulfillmentToOrder", {"input": _fulfilment(push)})
    if made["state"] not in LEFT:
        shop.act(documents.SHIP, "transitionFulfillmentToState", {"id": made["id"]})
    return str(made["id"])


def _wanted(push: FulfilmentPush) -> dict[str, Decimal]:
    wanted: dict[str, Decimal] = {}
    for line in push.lines:
        wanted[line.external_id] = wanted.get(line.external_id, Decimal()) + line.quantity
    return wanted


def _fulfilment(push: FulfilmentPush) -> dict[str, Any]:
    arguments = {"method": " ".join(filter(None, (push.carrier, push.service))), "trackingCode": push.tracking_number}
    return {
        "lines": [{"orderLineId": id, "quantity": int(quantity)} for id, quantity in _wanted(push).items()],
        "handler": {
            "code": "manual-fulfillment",
            "arguments": [{"name": name, "value": value} for name, value in arguments.items()],
        },
    }


def _told(fulfilments: Sequence[Mapping[str, Any]], push: FulfilmentPush) -> Mapping[str, Any] | None:
    """The fulfilment that an earlier try made, whose answer was lost."""
    for fulfilment in fulfilments:
        same = (fulfilment["trackingCode"] or "") == push.tracking_number and (push.tracking_number or push.again)
        if fulfilment["state"] != "Cancelled" and same and _lines(fulfilment) == _wanted(push):
            return fulfilment
    return None


def _lines(fulfilment: Mapping[str, Any]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in fulfilment["lines"]:
        id = str(line["orderLineId"])
        found[id] = found.get(id, Decimal()) + Decimal(str(line["quantity"]))
    return found


def _refuse_too_much(
    lines: Sequence[Mapping[str, Any]], fulfilments: Sequence[Mapping[str, Any]], push: FulfilmentPush
) -> None:
    left = {str(line["id"]): Decimal(str(line["quantity"])) for line in lines}
    for fulfilment in fulfilments:
        if fulfilment["state"] != "Cancelled":
            for id, quantity in _lines(fulfilment).items():
                left[id] = left.get(id, Decimal()) - quantity
    if any(quantity > left.get(id, Decimal()) for id, quantity in _wanted(push).items()):
        raise ChannelRejected(_("The channel has less of the order left to fulfil here than was shipped."))
