"""Vendure's admin GraphQL API, as its documentation shows it: sessions, whole minor units, two-step fulfilments, and
cancelled units that are off the order at once. `tests/peers/` has the real one.
"""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from tests.simulators.engine import Line, Order, OverShipment, Refund, Refused, Reply, Request, Simulator, moment_of

STATES = {"unpaid": "ArrangingPayment", "cancelled": "Cancelled"}
PRECISION = 3  # of every currency
PROMISED = 4  # units of each variant that the shop has promised to its own orders
LOCATION = "7"


@cache
def schema() -> GraphQLSchema:
    return build_schema((Path(__file__).parent / "vendure.graphql").read_text())


@dataclass
class _Fulfilment:
    order_id: str
    state: str
    tracking: str


class VendureSimulator(Simulator):
    code: ClassVar[str] = "vendure"
    orders_call: ClassVar[str] = "POST /admin-api .*query Orders"
    stock_call: ClassVar[str] = "POST /admin-api .*mutation SetVariants"
    ship_call: ClassVar[str] = "POST /admin-api .*mutation Fulfil"
    login_call: ClassVar[str] = "POST /admin-api .*mutation Login"
    logs_in: ClassVar[bool] = True
    takes_off: ClassVar[bool] = True
    cannot_show: ClassVar[frozenset[str]] = frozenset({"facilitated"})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        schema()
        self.fulfilments: dict[str, _Fulfilment] = {}
        self.names: dict[str, str] = {}
        self.hidden: set[str] = set()

    def secrets(self, account: str = "a") -> dict[str, str]:
        return {"username": f"user-{account}", "password": "secret"}

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"location_id": LOCATION}

    def webhook(self, order_id: str, secret: str) -> tuple[bytes, dict[str, str]]:
        body = json.dumps({"type": "order.state", "data": {"orderId": order_id, "code": "X", "state": "Y"}}).encode()
        stamp = str(int(time.time()))
        signed = hmac.new(secret.encode(), f"msg_{order_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return body, {
            "webhook-id": f"msg_{order_id}", "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }  # fmt: skip

    def answer(self, request: Request) -> Reply:
        if request.path != "/admin-api":
            raise Refused(404, {"message": "Cannot POST"})
        asked = request.json()
        headers: dict[str, str] = {}
        if "mutation Login" not in asked["query"] and not self._known(request):
            error = {"message": "You are not currently authorized to perform this action"}
            return Reply({"errors": [error | {"extensions": {"code": "FORBIDDEN"}}], "data": None})
        result = graphql_sync(
            schema(), asked["query"], root_value=self._root(headers), variable_values=asked["variables"]
        )
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [
                {"message": error.message, "extensions": error.extensions or {"code": "USER_INPUT_ERROR"}}
                for error in result.errors
            ]
        return Reply(answer, headers=headers)

    def _known(self, request: Request) -> bool:
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.valid_tokens

    def _root(self, headers: dict[str, str]) -> dict[str, Any]:
        return {
            "login": lambda info, **given: self._login(given, headers),
            "activeChannel": {"id": "1", "defaultCurrencyCode": "GBP", "pricesIncludeTax": False},
            "globalSettings": {"serverConfig": {"moneyStrategyPrecision": PRECISION}},
            "orders": self._orders,
            "order": lambda info, id: self._order(self.state.orders[id]) if id in self.state.orders else None,
            "productVariants": self._variants,
            "stockLocations": {"items": [{"id": LOCATION, "name": "Main"}], "totalItems": 1},
            "addFulfillmentToOrder": self._fulfil,
            "transitionFulfillmentToState": self._ship,
            "updateProductVariants": self._update,
        }

    def _login(self, given: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        if given["password"] != "secret":
            return {
                "__typename": "InvalidCredentialsError", "errorCode": "INVALID_CREDENTIALS_ERROR",
                "message": "The provided credentials are invalid", "authenticationError": "",
            }  # fmt: skip
        self.logins += 1
        headers["vendure-auth-token"] = token = f"session-{self.logins}"
        self.valid_tokens.add(token)
        return {"__typename": "CurrentUser", "id": "1"}

    def _orders(self, info: Any, options: dict[str, Any]) -> dict[str, Any]:
        if options["take"] > 1000:
            raise GraphQLError("Cannot take more than 1000 results from a list query")
        [(name, operators)] = [(name, given) for name, given in options["filter"].items() if "between" in given]
        begin, end = (moment_of(operators["between"][side]) for side in ("start", "end"))
        if name == "updatedAt":
            rows = self.state.changed(begin, end)
        else:
            everything = self.state.made(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
            rows = sorted((row for row in everything if begin <= row.created_at <= end), key=lambda o: o.created_at)
        if name in options["sort"]:
            self.page()
        skip = options.get("skip") or 0
        items = [self._order(row) for row in rows[skip : skip + options["take"]]]
        return {"items": items, "totalItems": len(rows)}

    def _fulfil(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        lines = {line["orderLineId"]: line["quantity"] for line in input["lines"]}
        [order] = [o for o in self.state.orders.values() if set(lines) <= {line.id for line in o.lines}]
        assert input["handler"]["code"] == "manual-fulfillment"
        arguments = {row["name"]: row["value"] for row in input["handler"]["arguments"]}
        assert set(arguments) == {"method", "trackingCode"}
        try:
            made = self.state.ship(order.id, lines, arguments["trackingCode"])
        except OverShipment:
            error = "One or more OrderItems are already part of a Fulfillment"
            return {
                "__typename": "ItemsAlreadyFulfilledError", "errorCode": "ITEMS_ALREADY_FULFILLED_ERROR",
                "message": error,
            }  # fmt: skip
        self.fulfilments[made.id] = _Fulfilment(order.id, "Pending", arguments["trackingCode"])
        return self._fulfilment(self.state.orders[order.id], made.id)

    def _ship(self, info: Any, id: str, state: str) -> dict[str, Any]:
        found = self.fulfilments[id]
        if (found.state, state) != ("Pending", "Shipped"):
            return {
                "__typename": "FulfillmentStateTransitionError", "errorCode": "FULFILLMENT_STATE_TRANSITION_ERROR",
                "message": "Cannot transition", "fromState": found.state, "toState": state,
            }  # fmt: skip
        found.state = state
        return self._fulfilment(self.state.orders[found.order_id], id)

    def _variants(self, info: Any, options: dict[str, Any]) -> dict[str, Any]:
        if "filter" in options:
            ids = [id for id in options["filter"]["id"]["in"] if id not in self.state.bad_listings]
            skus = dict.fromkeys(ids, "?")
        else:
            skus = {self.listing_id(sku): sku for sku in self.state.products}
        rows = list(skus.items())[options.get("skip") or 0 :][: options["take"]]
        return {"items": [self._variant(id, sku) for id, sku in rows], "totalItems": len(skus)}

    def _variant(self, id: str, sku: str) -> dict[str, Any]:
        level = {
            "stockLocationId": LOCATION, "stockAllocated": PROMISED,
            "stockOnHand": self.state.stock.get(id, 0) + PROMISED,
        }  # fmt: skip
        return {
            "id": id,
            "sku": sku,
            "name": self.names.get(id, f"A {sku}"),
            "enabled": id not in self.hidden,
            "stockLevels": [level],
        }

    def _update(self, info: Any, input: list[dict[str, Any]]) -> list[Any]:
        if any(row["id"] in self.state.bad_listings for row in input):
            raise GraphQLError("No ProductVariant with the id could be found")
        for row in input:
            for level in row.get("stockLevels", ()):
                assert level["stockLocationId"] == LOCATION
                self.state.set_stock(row["id"], level["stockOnHand"] - PROMISED)
            for price in row.get("prices", ()):
                self.state.prices[row["id"]] = f"{price['price']} {price['currencyCode']}"
            if "enabled" in row:
                (self.hidden.discard if row["enabled"] else self.hidden.add)(row["id"])
            for text in row.get("translations", ()):
                self.names[row["id"]] = text["name"]
        return [self._variant(row["id"], "?") for row in input]

    # What an order looks like.

    def _order(self, order: Order) -> dict[str, Any]:
        address = None if order.bare else {
            "fullName": "Nino Abashidze", "company": "", "streetLine1": "Rustaveli 1", "streetLine2": "Flat 2",
            "city": "Tbilisi", "province": "TB", "postalCode": "0108", "countryCode": "GE", "phoneNumber": "+995 2",
        }  # fmt: skip
        shipping = Decimal(0) if order.bare else order.shipping
        with_tax = shipping + (Decimal(0) if order.bare or order.inclusive else order.shipping_tax)
        if order.inclusive:
            shipping -= order.shipping_tax
        lines = [] if order.bare else [self._line(line, order) for line in order.lines]
        return {
            "id": order.id, "code": f"C{order.id}", "type": "Regular", "state": self._state(order),
            "createdAt": _utc(order.created_at), "updatedAt": _utc(order.updated_at),
            "orderPlacedAt": _utc(order.created_at), "currencyCode": order.currency,
            "totalWithTax": sum((line["proratedLinePriceWithTax"] for line in lines), _minor(with_tax)),
            "lines": lines,
            "surcharges": [],
            "modifications": [],
            "history": self._cancellations(order),
            "shippingLines": [{
                "id": "1", "discountedPrice": _minor(shipping), "discountedPriceWithTax": _minor(with_tax),
                "shippingMethod": {"code": "flat", "name": "Flat"}, "discounts": [],
            }],
            "payments": [self._payment(order)] if order.status == "paid" else [],
            "fulfillments": [self._fulfilment(order, row.id) for row in order.shipped],
            "customer": None if order.bare else {
                "id": "31", "firstName": "Nino", "lastName": "Abashidze", "emailAddress": "nino@shop.example",
                "phoneNumber": "+995 599 123 456",
            },
            "shippingAddress": address, "billingAddress": address,
        }  # fmt: skip

    def _cancellations(self, order: Order) -> dict[str, Any]:
        entries = [
            {
                "id": refund.id, "createdAt": _utc(refund.at),
                "data": {"lines": [{"orderLineId": row[0], "quantity": row[1]} for row in refund.lines if row[4] == "cancelled"]},
            }
            for refund in order.refunds
        ]  # fmt: skip
        return {"items": [entry for entry in entries if entry["data"]["lines"]]}

    def _state(self, order: Order) -> str:
        if order.status != "paid":
            return STATES.get(order.status, order.status)
        if not order.shipped:
            return "PaymentSettled"
        whole = all(order.fulfilled(line.id) >= order.left(line) for line in order.lines)
        return "Shipped" if whole else "PartiallyShipped"

    def _line(self, line: Line, order: Order) -> dict[str, Any]:
        """Prices with tax contain it, others do not; a cancelled unit takes its share of all with it."""
        gone = sum(
            row[1] for refund in order.refunds for row in refund.lines if row[0] == line.id and row[4] == "cancelled"
        )
        quantity = line.quantity - line.removed - gone
        share = Decimal(quantity) / line.quantity
        full, discount, tax = line.unit_price * quantity, line.discount * share, line.tax * share
        net = full - discount - (tax if order.inclusive else 0)
        full = full - (tax if order.inclusive else 0)
        each = quantity or 1
        return {
            "id": line.id, "quantity": quantity, "orderPlacedQuantity": line.quantity,
            "unitPrice": _minor(full / each), "linePrice": _minor(full), "proratedLinePrice": _minor(net),
            "proratedLinePriceWithTax": _minor(net + tax),
            "proratedUnitPrice": _minor(line.unit_price - line.discount / line.quantity),
            "proratedUnitPriceWithTax": _minor(
                line.unit_price - line.discount / line.quantity + line.tax / line.quantity
            ),
            "taxRate": float(line.rate * 100),
            "productVariant": self._variant(self.listing_id(line.sku), line.sku),
        }  # fmt: skip

    def _payment(self, order: Order) -> dict[str, Any]:
        return {
            "id": f"9{order.id}", "state": "Settled", "method": "card", "transactionId": f"tx{order.id}",
            "createdAt": _utc(order.created_at), "amount": _minor(order.total),
            "refunds": [self._refund(refund) for refund in order.refunds],
        }  # fmt: skip

    def _refund(self, refund: Refund) -> dict[str, Any]:
        return {
            "id": refund.id, "state": "Settled" if refund.settled else "Pending", "reason": "",
            "createdAt": _utc(refund.at), "updatedAt": _utc(refund.at), "total": _minor(refund.total),
            "shipping": _minor(refund.shipping + refund.shipping_tax),
            "lines": [{"orderLineId": row[0], "quantity": row[1]} for row in refund.lines],
        }  # fmt: skip

    def _fulfilment(self, order: Order, id: str) -> dict[str, Any]:
        [row] = [row for row in order.shipped if row.id == id]
        known = self.fulfilments.get(id, _Fulfilment(order.id, "Shipped", row.tracking))
        return {
            "__typename": "Fulfillment", "id": id, "state": known.state, "trackingCode": known.tracking,
            "lines": [{"orderLineId": line, "quantity": quantity} for line, quantity in row.lines.items()],
        }  # fmt: skip


def _minor(amount: Decimal) -> int:
    return round(amount.scaleb(PRECISION))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
