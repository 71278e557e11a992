"""Walmart Marketplace (US): orders, acknowledgement, shipping, inventory, prices, items. Ours, from its documents."""

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qs

from tests.simulators.engine import (
    Line,
    Order,
    OverShipment,
    Refund,
    Refused,
    Reply,
    Request,
    Simulator,
    moment_of,
    utc,
)
from tests.simulators.walmart_feeds import WalmartFeeds
from tests.simulators.walmart_returns import WalmartReturns


class WalmartSimulator(WalmartFeeds, WalmartReturns, Simulator):
    code: ClassVar[str] = "walmart"
    orders_call: ClassVar[str] = "GET /v3/orders $"
    stock_call: ClassVar[str] = "PUT /v3/inventory"
    ship_call: ClassVar[str] = "POST /v3/orders/.*/shipping"
    tokens_expire: ClassVar[bool] = True
    logs_in: ClassVar[bool] = True
    cannot_show: ClassVar[frozenset[str]] = frozenset({"inclusive", "extra"})  # a refund hangs on a line there

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.size, self.returns = 100, []
        self.known_codes, self.offers, self.feeds, self.feed_status = (
            {"4000000000000", "4000000000001"},
            {},
            {},
            "PROCESSED",
        )

    def secrets(self, account: str = "a") -> dict[str, str]:
        return {"client_id": f"client-{account}", "client_secret": "secret"}

    def order_id(self, number: int) -> str:
        return str(1796277083000 + number)

    def listing_id(self, sku: str) -> str:
        return sku

    def webhook(self, order_id: str, secret: str) -> tuple[bytes, dict[str, str]]:
        told = {
            "source": {"eventType": "PO_CREATED", "eventTime": "2026-03-10T12:00:00Z"},
            "payload": {"purchaseOrderId": order_id},
        }
        body = json.dumps(told).encode()
        return body, {"X-Walmart-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}

    def answer(self, request: Request) -> Reply:
        assert request.headers["wm-svc.name"] and request.headers["wm-qos.correlation-id"]
        if request.path == "/v3/token":
            return self._login(request)
        if request.headers.get("wm-sec.access-token") not in self.valid_tokens:
            raise Refused(401, {"errors": [{"code": "UNAUTHORIZED.GMP_GATEWAY_API"}]})
        if request.path.startswith("/v3/feeds"):
            return self.feed_call(request)
        if request.path == "/v3/orders":
            return self._list(request.query)
        if (request.method, request.path) == ("GET", "/v3/returns"):
            return self.returns_page(request.query)
        if found := re.fullmatch(r"/v3/orders/(\d+)(/acknowledge|/shipping)?", request.path):
            return self._one(request, found[1], found[2] or "")
        if (request.method, request.path) == ("PUT", "/v3/inventory"):
            return self._stock(request)
        if (request.method, request.path) == ("PUT", "/v3/price"):
            body = request.json()
            self.state.prices[body["sku"]] = str(body["pricing"][0]["currentPrice"]["amount"])
            return Reply({"ItemPriceResponse": {}})
        if request.path == "/v3/items":
            return Reply({"ItemResponse": [{"sku": sku, "productName": f"A {sku}"} for sku in self.state.products]})
        raise Refused(404, {"error": [{"code": "CONTENT_NOT_FOUND"}]})

    def _login(self, request: Request) -> Reply:
        id, secret = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().split(":")
        assert parse_qs(request.body.decode()) == {"grant_type": ["client_credentials"]}
        if id not in ("client-a", "client-b") or secret != "secret":
            raise Refused(400, {"error": [{"code": "INVALID_TOKEN_REQUEST"}]})
        self.logins += 1
        self.valid_tokens.add(f"t{self.logins}")
        return Reply({"access_token": f"t{self.logins}", "token_type": "Bearer", "expires_in": 900})

    def _list(self, query: Any) -> Reply:
        if "createdStartDate" in query:
            rows = self.state.made(moment_of(query["createdStartDate"]), moment_of(query["createdEndDate"]))
        else:
            rows = self.state.changed(
                moment_of(query["lastModifiedStartDate"]), moment_of(query["lastModifiedEndDate"])
            )
        if "after" in query:
            if self.forget_tokens:
                raise Refused(400, {"error": [{"code": "INVALID_REQUEST_CURSOR"}]})
            at, id = query["after"].split("|")
            rows = [row for row in rows if (utc(row.updated_at), row.id) > (at, id)]
        self.page()
        if not rows:
            raise Refused(404, {"error": [{"code": "CONTENT_NOT_FOUND"}]})
        chosen, meta = rows[: self.size], {"totalCount": len(rows), "limit": self.size}
        if len(rows) > self.size:
            bounds = "&".join(f"{name}={value}" for name, value in query.items() if name != "after")
            meta["nextCursor"] = f"?{bounds}&after={utc(chosen[-1].updated_at)}%7C{chosen[-1].id}"
        return Reply({"list": {"meta": meta, "elements": {"order": [self._order(row) for row in chosen]}}})

    def _one(self, request: Request, id: str, part: str) -> Reply:
        if id not in self.state.orders:
            raise Refused(404, {"error": [{"code": "CONTENT_NOT_FOUND"}]})
        if part == "/acknowledge":
            self.state.acknowledged.add(id)
        if part == "/shipping":
            self._ship(id, request.json())
        return Reply({"order": self._order(self.state.orders[id])})

    def _ship(self, id: str, body: Any) -> None:
        lines, tracking = {}, ""
        for row in body["orderShipment"]["orderLines"]["orderLine"]:
            [status] = row["orderLineStatuses"]["orderLineStatus"]
            info = status["trackingInfo"]
            assert status["status"] == "Shipped" and isinstance(info["shipDateTime"], int) and info["methodCode"]
            assert info["carrierName"].get("carrier") or info["carrierName"]["otherCarrier"]
            lines[row["lineNumber"]] = int(status["statusQuantity"]["amount"])
            tracking = info["trackingNumber"]
        try:
            self.state.ship(id, lines, tracking)
        except OverShipment as error:
            raise Refused(400, {"error": [{"code": "INVALID_REQUEST_CONTENT"}]}) from error

    def _stock(self, request: Request) -> Reply:
        body = request.json()
        sku = body["sku"]
        assert (request.query["sku"], body["quantity"]["unit"]) == (sku, "EACH")
        id = str(50_000 + int(sku[1:])) if re.fullmatch(r"X\d+", sku) else sku
        if not self.state.set_stock(id, body["quantity"]["amount"]):
            raise Refused(404, {"error": [{"code": "CONTENT_NOT_FOUND", "description": "The SKU is not known"}]})
        return Reply(body)

    def _order(self, order: Order) -> dict[str, Any]:
        def money(amount: Decimal) -> dict[str, Any]:
            return {"currency": order.currency, "amount": float(amount)}

        def charge(kind: str, amount: Decimal, tax: Decimal) -> dict[str, Any]:
            return {
                "chargeType": kind,
                "chargeName": kind,
                "chargeAmount": money(amount),
                "tax": {"taxName": "Tax", "taxAmount": money(tax)},
            }

        def line(row: Line, first: bool) -> dict[str, Any]:
            left = order.left(row)
            charges = [
                charge("PRODUCT", left * row.unit_price - order.scaled(row, row.discount), order.scaled(row, row.tax))
            ]
            if first:
                charges.append(charge("SHIPPING", order.shipping, order.shipping_tax))
            found = {
                "lineNumber": row.id, "item": {"productName": f"A {row.sku}", "sku": row.sku},
                "charges": {"charge": [] if order.bare else charges},
                "orderLineQuantity": {"unitOfMeasurement": "EACH", "amount": str(left)},
                "statusDate": _ms(order.updated_at), "orderLineStatuses": {"orderLineStatus": self._statuses(order, row)},
            }  # fmt: skip
            for refund in order.refunds:
                for id, quantity, net, tax, _back in refund.lines:
                    if id == row.id:
                        found["refund"] = self._refund(refund, quantity, net, tax, charge)
            return found

        person = {
            "name": "Nino Abashidze", "address1": "Rustaveli 1", "address2": None, "city": "Tbilisi", "state": "TB",
            "postalCode": "0108", "country": "USA", "addressType": "RESIDENTIAL",
        }  # fmt: skip
        return {
            "purchaseOrderId": order.id, "customerOrderId": f"C{order.id}", "customerEmailId": "nino@shop.example",
            "orderDate": _ms(order.created_at), "shipNode": {"type": "SellerFulfilled"},
            "shippingInfo": {"phone": "+995 2", "methodCode": "Standard", **({} if order.bare else {"postalAddress": person})},
            "orderLines": {"orderLine": [line(row, place == 0) for place, row in enumerate(r for r in order.lines if order.left(r))]},
        }  # fmt: skip

    def _statuses(self, order: Order, line: Line) -> list[dict[str, Any]]:
        def row(status: str, quantity: int, tracking: str = "") -> dict[str, Any]:
            info = {"trackingNumber": tracking} if tracking else None
            return {
                "status": status,
                "statusQuantity": {"unitOfMeasurement": "EACH", "amount": str(quantity)},
                "trackingInfo": info,
            }

        if order.status == "cancelled":
            return [row("Cancelled", order.left(line))]
        rows = [
            row("Shipped", shipped.lines[line.id], shipped.tracking)
            for shipped in order.shipped
            if line.id in shipped.lines
        ]
        word = {"paid": "Acknowledged" if order.id in self.state.acknowledged else "Created", "unpaid": "Created"}.get(
            order.status, order.status
        )
        rest = order.left(line) - order.fulfilled(line.id)
        return rows + ([row(word, rest)] if rest else [])

    def _refund(self, refund: Refund, quantity: int, net: Decimal, tax: Decimal, charge: Any) -> dict[str, Any]:
        charges = [{"refundReason": "x", "charge": charge("PRODUCT", -net, -tax)}]
        if refund.shipping:
            charges.append({"refundReason": "x", "charge": charge("SHIPPING", -refund.shipping, -refund.shipping_tax)})
        return {
            "refundId": refund.id, "refundComments": "", "refundDate": _ms(refund.at),
            "refundQuantity": {"unitOfMeasurement": "EACH", "amount": str(quantity)}, "refundCharges": {"refundCharge": charges},
        }  # fmt: skip


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
