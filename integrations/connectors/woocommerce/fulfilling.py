"""Telling WooCommerce of a shipment. Its core knows no shipments: what we told stands in the order's own data under our
key, the buyer is told by a note, and the order is completed with its last goods."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FulfilmentPush
from integrations.connectors.rest import RestShop
from integrations.errors import ChannelRejected

META = "_backoffice_shipments"
PLUGIN_META = "_wc_shipment_tracking_items"  # of WooCommerce Shipment Tracking, and of those that took it over


def push_fulfilment(shop: RestShop, push: FulfilmentPush) -> str:
    """Read what was told before: a try whose answer was lost is not told twice. Raises ChannelRejected for too much."""
    order = shop.ask("GET", f"/orders/{push.order_external_id}").json()
    told = _told(order)
    if push.key not in told:
        if order["status"] in ("cancelled", "trash"):
            raise ChannelRejected(_("The order is cancelled at the channel."))
        told[push.key] = {line.external_id: f"{line.quantity.normalize():f}" for line in push.lines}
        left = _left(order, told)
        change: dict[str, Any] = {"meta_data": [{"key": META, "value": json.dumps(told, sort_keys=True)}]}
        if shop.account.settings.get("tracking_plugin") == "yes" and push.tracking_number:
            change["meta_data"].append({"key": PLUGIN_META, "value": [*_of_plugin(order), _for_plugin(push)]})
        if not left:
            change["status"] = "completed"
        shop.ask("PUT", f"/orders/{push.order_external_id}", body=change)
    _note(shop, push)
    return push.key


def _told(order: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    for meta in order["meta_data"]:
        if meta["key"] == META:
            value = meta["value"]
            return dict(json.loads(value) if isinstance(value, str) else value)
    return {}


def _of_plugin(order: Mapping[str, Any]) -> list[Any]:
    """What the shop's plugin has, people's own entries included."""
    values = [meta["value"] for meta in order["meta_data"] if meta["key"] == PLUGIN_META]
    return list(values[0]) if values and isinstance(values[0], list) else []


def _for_plugin(push: FulfilmentPush) -> dict[str, str]:
    return {
        "tracking_provider": "",
        "custom_tracking_provider": push.carrier,
        "custom_tracking_link": push.tracking_url,
        "tracking_number": push.tracking_number,
        "date_shipped": str(int(push.shipped_at.timestamp())),
        "tracking_id": hashlib.md5(push.key.encode(), usedforsecurity=False).hexdigest(),
    }


def _left(order: Mapping[str, Any], told: Mapping[str, Mapping[str, str]]) -> Decimal:
    """How many units are still to leave."""
    left = {str(item["id"]): Decimal(str(item["quantity"])) for item in order["line_items"]}
    for lines in told.values():
        for id, quantity in lines.items():
            left[id] = left.get(id, Decimal()) - Decimal(quantity)
            if left[id] < 0:
                raise ChannelRejected(_("The channel has less of the order left to fulfil here than was shipped."))
    return sum(left.values(), Decimal())


def _note(shop: RestShop, push: FulfilmentPush) -> None:
    text = _("Shipped with %(carrier)s, tracking number %(number)s.") % {
        "carrier": push.carrier or "–",
        "number": push.tracking_number or "–",
    }
    text = f"{text} {push.tracking_url}".strip() + f" [{push.key}]"
    path = f"/orders/{push.order_external_id}/notes"
    if any(f"[{push.key}]" in note["note"] for note in shop.ask("GET", path).json()):
        return
    buyer = shop.account.settings.get("tell_buyer", "yes") == "yes"
    shop.ask("POST", path, body={"note": text, "customer_note": buyer})
