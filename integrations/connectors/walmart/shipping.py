"""Telling Walmart of a shipment: that is what charges the buyer."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FulfilmentPush
from integrations.connectors.http import Http
from integrations.errors import ChannelRejected

CARRIERS = {"ups": "UPS", "usps": "USPS", "fedex": "FedEx", "dhl": "DHL"}


def ship(http: Http, push: FulfilmentPush, *, method_code: str) -> str:
    """Walmart knows no key of ours: units that it has under this tracking number were told before."""
    order = http.request("GET", f"/v3/orders/{push.order_external_id}", operation="orders").json()["order"]
    rows = {str(row["lineNumber"]): row for row in order["orderLines"]["orderLine"]}
    wanted: dict[str, Decimal] = {}
    for line in push.lines:
        wanted[line.external_id] = wanted.get(line.external_id, Decimal()) + line.quantity
    if push.tracking_number and all(
        _told(rows.get(id), push.tracking_number) >= quantity for id, quantity in wanted.items()
    ):
        return push.tracking_number
    for id, quantity in wanted.items():
        if id not in rows or _open(rows[id]) < quantity:
            raise ChannelRejected(_("The channel has less of the order left to fulfil here than was shipped."))
    body = {
        "orderShipment": {
            "orderLines": {"orderLine": [_shipped(id, quantity, push, method_code) for id, quantity in wanted.items()]}
        }
    }
    http.request("POST", f"/v3/orders/{push.order_external_id}/shipping", body=body, operation="fulfilment")
    return push.tracking_number or push.key


def _shipped(id: str, quantity: Decimal, push: FulfilmentPush, method_code: str) -> dict[str, Any]:
    known = CARRIERS.get(push.carrier.lower())
    carrier = {"carrier": known} if known else {"otherCarrier": push.carrier or _("Unknown")}
    return {
        "lineNumber": id,
        "orderLineStatuses": {"orderLineStatus": [{
            "status": "Shipped",
            "statusQuantity": {"unitOfMeasurement": "EACH", "amount": f"{int(quantity)}"},
            "trackingInfo": {
                "shipDateTime": int(push.shipped_at.timestamp() * 1000),
                "carrierName": carrier,
                "methodCode": method_code,
                "trackingNumber": push.tracking_number,
                "trackingURL": push.tracking_url,
            },
        }]},
    }  # fmt: skip


def _statuses(row: Any) -> list[Any]:
    return list((row or {}).get("orderLineStatuses", {}).get("orderLineStatus", ()))


def _told(row: Any, tracking: str) -> Decimal:
    return sum(
        (Decimal(str(status["statusQuantity"]["amount"])) for status in _statuses(row)
         if (status.get("trackingInfo") or {}).get("trackingNumber") == tracking),
        Decimal(),
    )  # fmt: skip


def _open(row: Any) -> Decimal:
    waiting = {"Created", "Acknowledged"}
    return sum(
        (Decimal(str(status["statusQuantity"]["amount"])) for status in _statuses(row) if status["status"] in waiting),
        Decimal(),
    )
