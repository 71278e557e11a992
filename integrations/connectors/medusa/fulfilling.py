"""Telling Medusa of a shipment: a fulfilment is made under our key, then shipped with its label. Either step may be the
one whose answer was lost, so what is there is read first.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FulfilmentPush
from integrations.connectors.rest import RestShop
from integrations.errors import ChannelRejected

KEY = "backoffice_key"
FIELDS = "id,canceled_at,*items,*items.detail,*fulfillments,*fulfillments.items"


def push_fulfilment(shop: RestShop, push: FulfilmentPush) -> str:
    """Raises ChannelRejected where less is left to fulfil than is told of."""
    order = _order(shop, push)
    made = _told(order["fulfillments"], push)
    if made is None:
        if order["canceled_at"] is not None:
            raise ChannelRejected(_("The order is cancelled at the channel."))
        items = _items(order["items"], push)
        body: dict[str, Any] = {"items": items, "metadata": {KEY: push.key}}
        if location := str(shop.account.settings.get("location_id", "")):
            body["location_id"] = location
        shop.ask("POST", f"/orders/{push.order_external_id}/fulfillments", body=body)
        made = _told(_order(shop, push)["fulfillments"], push)
        if made is None:
            raise ChannelRejected(_("The channel's answer does not mention it."))
    if made["shipped_at"] is None:
        label = {
            "tracking_number": push.tracking_number or "-", "tracking_url": push.tracking_url or "#", "label_url": "#",
        }  # fmt: skip
        items = [{"id": row["line_item_id"], "quantity": row["quantity"]} for row in made["items"]]
        body = {"items": items, "labels": [label] if push.tracking_number else []}
        shop.ask("POST", f"/orders/{push.order_external_id}/fulfillments/{made['id']}/shipments", body=body)
    return str(made["id"])


def _order(shop: RestShop, push: FulfilmentPush) -> dict[str, Any]:
    found: dict[str, Any] = shop.ask(
        "GET", f"/orders/{push.order_external_id}", params={"fields": FIELDS}
    ).json()["order"]  # fmt: skip
    return found


def _told(fulfilments: Sequence[Mapping[str, Any]], push: FulfilmentPush) -> Mapping[str, Any] | None:
    for fulfilment in fulfilments:
        if fulfilment["canceled_at"] is None and (fulfilment.get("metadata") or {}).get(KEY) == push.key:
            return fulfilment
    return None


def _items(rows: Sequence[Mapping[str, Any]], push: FulfilmentPush) -> list[dict[str, Any]]:
    left = {
        str(row["id"]): Decimal(str(row["quantity"])) - Decimal(str(row["detail"]["fulfilled_quantity"]))
        for row in rows
    }
    wanted: dict[str, Decimal] = {}
    for line in push.lines:
        wanted[line.external_id] = wanted.get(line.external_id, Decimal()) + line.quantity
    if any(quantity > left.get(id, Decimal()) for id, quantity in wanted.items()):
        raise ChannelRejected(_("The channel has less of the order left to fulfil here than was shipped."))
    return [{"id": id, "quantity": int(quantity)} for id, quantity in wanted.items()]
