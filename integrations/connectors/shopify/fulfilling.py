"""Telling Shopify of a shipment: read what is left to fulfil and what was told already, then write once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FulfilmentPush
from integrations.connectors.shopify import documents
from integrations.connectors.shopify.client import Shopify
from integrations.connectors.shopify.mapping import legacy_id
from integrations.errors import ChannelRejected

OURS = frozenset({"OPEN", "IN_PROGRESS"})  # orders on hold or closed cannot be fulfilled


def push_fulfilment(shop: Shopify, push: FulfilmentPush) -> str:
    """Shopify knows no key of ours: a fulfilment with the same tracking number and goods is the same one.

    Raises ChannelRejected where less is left to fulfil than is told of.
    """
    found = shop.ask(documents.FULFILMENT_ORDERS, {"id": f"gid://shopify/Order/{push.order_external_id}"}, cost=60.0)
    order = found["order"]
    if order is None:
        raise ChannelRejected(_("The channel has no order %(id)s.") % {"id": push.order_external_id})
    if known := _told(order["fulfillments"], push):
        return known
    if order["cancelledAt"] is not None:
        raise ChannelRejected(_("The order is cancelled at the channel."))
    tracking = {"company": push.carrier, "number": push.tracking_number, "url": push.tracking_url}
    fulfilment = {
        "lineItemsByFulfillmentOrder": _parts(order["fulfillmentOrders"]["nodes"], push),
        "notifyCustomer": shop.account.settings.get("notify_customer", "yes") == "yes",
        "trackingInfo": {name: value for name, value in tracking.items() if value},
    }
    made = shop.ask(documents.FULFIL, {"fulfillment": fulfilment})["fulfillmentCreate"]
    if made["userErrors"]:
        raise ChannelRejected("; ".join(str(error["message"]) for error in made["userErrors"])[:250])
    return legacy_id(str(made["fulfillment"]["id"]))


def _wanted(push: FulfilmentPush) -> dict[str, Decimal]:
    wanted: dict[str, Decimal] = {}
    for line in push.lines:
        wanted[line.external_id] = wanted.get(line.external_id, Decimal()) + line.quantity
    return wanted


def _told(fulfilments: Sequence[Mapping[str, Any]], push: FulfilmentPush) -> str:
    """The fulfilment that an earlier try made, whose answer was lost; "" if there is none."""
    for fulfilment in fulfilments:
        numbers = {str(info["number"] or "") for info in fulfilment["trackingInfo"]} or {""}
        lines: dict[str, Decimal] = {}
        for node in fulfilment["fulfillmentLineItems"]["nodes"]:
            id = legacy_id(str(node["lineItem"]["id"]))
            lines[id] = lines.get(id, Decimal()) + Decimal(str(node["quantity"]))
        same = push.tracking_number in numbers and (push.tracking_number or push.again)
        if fulfilment["status"] != "CANCELLED" and same and lines == _wanted(push):
            return legacy_id(str(fulfilment["id"]))
    return ""


def _parts(fulfilment_orders: Sequence[Mapping[str, Any]], push: FulfilmentPush) -> list[dict[str, Any]]:
    """The goods spread over the fulfilment orders that have something left of them."""
    wanted, parts = _wanted(push), []
    for order in fulfilment_orders:
        items = []
        for node in order["lineItems"]["nodes"] if order["status"] in OURS else ():
            id = legacy_id(str(node["lineItem"]["id"]))
            take = min(wanted.get(id, Decimal()), Decimal(str(node["remainingQuantity"])))
            if take > 0:
                wanted[id] -= take
                items.append({"id": node["id"], "quantity": int(take)})
        if items:
            parts.append({"fulfillmentOrderId": order["id"], "fulfillmentOrderLineItems": items})
    if any(wanted.values()):
        raise ChannelRejected(_("The channel has less of the order left to fulfil here than was shipped."))
    return parts
