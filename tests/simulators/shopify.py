"""Shopify, executed over its own published schema: a field that it does not have is refused by the schema itself."""

import base64
import gzip
import hashlib
import hmac
import json
import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from graphql import GraphQLSchema, build_client_schema, graphql_sync

from integrations.fake_channel.server import Fault
from tests.simulators.catalogue import Catalogue
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
from tests.simulators.shopify_products import ShopifyProducts

SPECS = Path(__file__).parent.parent / "data" / "specs" / "shopify"
VERSION = "2026-10"
THROTTLED = {
    "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
    "extensions": {
        "cost": {
            "requestedQueryCost": 400,
            "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 100, "restoreRate": 100.0},
        }
    },
}


@cache
def schema() -> GraphQLSchema:
    with gzip.open(SPECS / f"admin_{VERSION}.introspection.json.gz") as file:
        content = json.load(file)
    return build_client_schema(content.get("data", content), assume_valid=True)


class ShopifySimulator(ShopifyProducts, Simulator):
    code: ClassVar[str] = "shopify"
    orders_call: ClassVar[str] = "POST .*query Orders"
    stock_call: ClassVar[str] = "POST .*mutation SetStock"
    ship_call: ClassVar[str] = "POST .*mutation Fulfil"
    throttle_in_200: ClassVar[Fault | None] = Fault("POST .*query Orders", status=200, body=json.dumps(THROTTLED))
    tokens_expire: ClassVar[bool] = True
    logs_in: ClassVar[bool] = True

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        schema()  # loaded before the first request
        self.version = VERSION
        self.refresh_tokens = {"refresh-a", "refresh-b"}
        self.keys: set[str] = set()
        self.catalogue = Catalogue(self.state.next_id)

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"location_id": "77"}

    def secrets(self, account: str = "a") -> dict[str, str]:
        return {"client_id": "app", "client_secret": "app-secret", "refresh_token": f"refresh-{account}"}

    def webhook(self, order_id: str, secret: str) -> tuple[bytes, dict[str, str]]:
        body = json.dumps({"id": int(order_id), "email": "nino@shop.example", "total_price": "18.00"}).encode()
        signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        return body, {
            "X-Shopify-Topic": "orders/updated",
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Event-Id": f"event-{order_id}",
        }

    def answer(self, request: Request) -> Reply:
        if request.path == "/admin/oauth/access_token":
            return self._login(request)
        if request.headers.get("x-shopify-access-token") not in self.valid_tokens:
            raise Refused(401, {"errors": "[API] Invalid API key or access token"})
        if request.path != f"/admin/api/{VERSION}/graphql.json":
            raise Refused(404, {"errors": "Not Found"})
        asked = request.json()
        result = graphql_sync(schema(), asked["query"], root_value=self._root(), variable_values=asked["variables"])
        answer = {"data": result.data, "extensions": {"cost": {"actualQueryCost": 20}}}
        if result.errors:
            answer["errors"] = [{"message": error.message} for error in result.errors]
        return Reply(answer, headers={"X-Shopify-API-Version": self.version})

    def _login(self, request: Request) -> Reply:
        form = dict(pair.split("=") for pair in request.body.decode().split("&"))
        assert (form["client_id"], form["client_secret"]) == ("app", "app-secret")
        if form["refresh_token"] not in self.refresh_tokens:
            raise Refused(400, {"error": "invalid_grant"})
        self.logins += 1
        self.refresh_tokens -= {form["refresh_token"]}  # the old one is gone
        self.refresh_tokens.add(f"refresh-{self.logins + 1}")
        token = f"token-{self.logins}"
        self.valid_tokens.add(token)
        return Reply({"access_token": token, "expires_in": 3600, "refresh_token": f"refresh-{self.logins + 1}"})

    def _root(self) -> dict[str, Any]:
        return {
            "shop": {"currencyCode": "GBP"},
            "publicApiVersions": [{"handle": VERSION, "supported": self.version == VERSION}],
            "orders": self._orders,
            "order": lambda info, id: self._one(id),
            "productVariants": self._variants,
            "nodes": lambda info, ids: [self._item(id) for id in ids],
            "inventorySetQuantities": self._set_stock,
            "fulfillmentCreate": self._fulfil,
            "productVariantsBulkUpdate": self._set_prices,
            **self.product_resolvers(),
        }

    def _orders(
        self, info: Any, query: str, first: int, sortKey: str, after: str | None = None, **_given: Any
    ) -> dict[str, Any]:
        bounds = {
            f"{name}{sign}": moment_of(text) for name, sign, text in re.findall(r"(\w+):([<>]=?)'([^']+)'", query)
        }
        if sortKey == "CREATED_AT":
            rows = self.state.made(bounds["created_at>="], bounds["created_at<"])
        else:
            rows = self.state.changed(bounds.get("updated_at>="), bounds["updated_at<="])
        begin = (datetime.min.replace(tzinfo=rows[0].updated_at.tzinfo), "") if rows else None
        if after:
            if self.forget_tokens:
                raise ValueError("Invalid cursor for current pagination sort.")
            at, id = json.loads(base64.b64decode(after))
            begin = (moment_of(at), id)
        self.page()
        if sortKey != "CREATED_AT":
            rows = [row for row in rows if begin is None or (row.updated_at, row.id) > begin]
        chosen = rows[:first]
        cursor = (
            base64.b64encode(json.dumps([utc(chosen[-1].updated_at), chosen[-1].id]).encode()).decode()
            if chosen
            else None
        )
        return {
            "nodes": [self._order(order) for order in chosen],
            "pageInfo": {"hasNextPage": len(rows) > first, "endCursor": cursor},
        }

    def _one(self, gid: str) -> dict[str, Any] | None:
        order = self.state.orders.get(gid.rsplit("/", 1)[1])
        return self._order(order) if order else None

    def _order(self, order: Order) -> dict[str, Any]:
        def bag(amount: Decimal) -> dict[str, Any]:
            money = {"amount": order.money(amount), "currencyCode": order.currency}
            return {"shopMoney": money, "presentmentMoney": money}

        def taxes(amount: Decimal, rate: Decimal, facilitated: bool) -> list[dict[str, Any]]:
            return (
                [{"title": "VAT", "rate": float(rate), "channelLiable": facilitated, "priceSet": bag(amount)}]
                if amount
                else []
            )

        def line(row: Line) -> dict[str, Any]:
            return {
                "id": f"gid://shopify/LineItem/{row.id}",
                "sku": row.sku,
                "name": f"A {row.sku}",
                "quantity": row.quantity,
                "currentQuantity": order.left(row) - order.refunded(row.id),
                "originalUnitPriceSet": bag(row.unit_price),
                "discountAllocations": [{"allocatedAmountSet": bag(row.discount)}] if row.discount else [],
                "taxLines": taxes(row.tax, row.rate, row.facilitated),
            }

        person = {
            "firstName": "Nino", "lastName": "Abashidze", "company": None, "address1": "Rustaveli 1", "address2": None,
            "city": "Tbilisi", "provinceCode": None, "zip": "0108", "countryCodeV2": "GE", "phone": "+995 2",
        }  # fmt: skip
        financial = {"paid": "PAID", "unpaid": "PENDING", "cancelled": "VOIDED"}.get(order.status, "EXPIRED")
        refunded = sum((refund.total for refund in order.refunds), Decimal())
        return {
            "id": f"gid://shopify/Order/{order.id}",
            "name": f"#{order.id}",
            "createdAt": utc(order.created_at),
            "processedAt": utc(order.created_at),
            "updatedAt": utc(order.updated_at),
            "cancelledAt": utc(order.updated_at) if order.status == "cancelled" else None,
            "test": False, "note": None, "sourceName": "web", "email": "nino@shop.example", "phone": None,
            "edited": any(row.removed for row in order.lines),
            "currencyCode": order.currency, "presentmentCurrencyCode": order.currency,
            "taxesIncluded": order.inclusive,
            "displayFinancialStatus": "PARTIALLY_REFUNDED" if order.refunds else financial,
            "displayFulfillmentStatus": "PARTIALLY_FULFILLED" if order.shipped else "UNFULFILLED",
            "totalPriceSet": bag(sum((row.quantity * row.unit_price - row.discount for row in order.lines), order.shipping)
                                 + (Decimal() if order.inclusive else sum((row.tax for row in order.lines), order.shipping_tax))),
            "currentTotalPriceSet": bag(order.total - refunded),
            "totalTipReceivedSet": bag(Decimal()), "currentTotalDutiesSet": None, "currentTotalAdditionalFeesSet": None,
            "customer": {"id": "gid://shopify/Customer/31", "firstName": "Nino", "lastName": "Abashidze"},
            "shippingAddress": None if order.bare else person,
            "billingAddress": None if order.bare else person,
            "shippingLines": {"nodes": [{
                "title": "Standard", "code": "std", "isRemoved": False, "discountedPriceSet": bag(order.shipping),
                "taxLines": taxes(order.shipping_tax, Decimal("0.2"), False),
            }]},
            "lineItems": lambda info, first, after=None, **given: _connection([line(row) for row in order.lines], first, after),
            "transactions": [] if order.status == "unpaid" else [{
                "id": f"gid://shopify/OrderTransaction/9{order.id}", "kind": "SALE", "status": "SUCCESS",
                "processedAt": utc(order.created_at), "gateway": "shopify_payments", "amountSet": bag(order.total),
                "parentTransaction": None,
            }],
            "refunds": [self._refund(refund, bag, order) for refund in order.refunds],
            "fulfillments": [{
                "id": f"gid://shopify/Fulfillment/{row.id}", "status": "SUCCESS", "trackingInfo": [{"number": row.tracking}],
                "fulfillmentLineItems": {"nodes": [
                    {"quantity": quantity, "lineItem": {"id": f"gid://shopify/LineItem/{id}"}} for id, quantity in row.lines.items()
                ]},
            } for row in order.shipped],
            "fulfillmentOrders": {"nodes": [{
                "id": f"gid://shopify/FulfillmentOrder/7{order.id}", "status": "OPEN",
                "lineItems": {"nodes": [{
                    "id": f"gid://shopify/FulfillmentOrderLineItem/{order.id}-{row.id}",
                    "remainingQuantity": order.left(row) - order.fulfilled(row.id),
                    "lineItem": {"id": f"gid://shopify/LineItem/{row.id}"},
                } for row in order.lines]},
            }]},
        }  # fmt: skip

    def _refund(self, refund: Refund, bag: Any, order: Order) -> dict[str, Any]:
        kinds = {"cancelled": "CANCEL", "returns": "RETURN", "kept": "NO_RESTOCK"}
        return {
            "id": f"gid://shopify/Refund/{refund.id}", "createdAt": utc(refund.at), "note": "",
            "totalRefundedSet": bag(refund.total),
            "transactions": {"nodes": [{"status": "SUCCESS" if refund.settled else "PENDING"}]},
            "refundLineItems": {"pageInfo": {"hasNextPage": False}, "nodes": [{
                "quantity": quantity, "restockType": kinds[back], "lineItem": {"id": f"gid://shopify/LineItem/{id}"},
                "subtotalSet": bag(net + (tax if order.inclusive else Decimal())), "totalTaxSet": bag(tax),
            } for id, quantity, net, tax, back in refund.lines]},
            "refundShippingLines": {"nodes": [{
                "subtotalAmountSet": bag(refund.shipping), "taxAmountSet": bag(refund.shipping_tax),
            }] if refund.shipping else []},
        }  # fmt: skip

    def _variants(
        self, info: Any, first: int, after: str | None = None, query: str = "", **_given: Any
    ) -> dict[str, Any]:
        if query:
            return _connection(self.found_by_sku(query), first, after)
        rows = [
            {"sku": sku, "barcode": None, "displayName": f"A {sku}",
             "inventoryItem": {"id": f"gid://shopify/InventoryItem/{self.listing_id(sku)}"}}
            for sku in self.state.products
        ]  # fmt: skip
        return _connection(rows, first, after)

    def _item(self, gid: str) -> dict[str, Any] | None:
        id = gid.rsplit("/", 1)[1]
        if id in self.state.bad_listings:
            return None
        if (made := self.item_node(id)) is not None:
            return made
        if int(id) < 1000:
            return None
        variant = {"id": f"gid://shopify/ProductVariant/{id}", "product": {"id": "gid://shopify/Product/1"}}
        return {"__typename": "InventoryItem", "id": gid, "variant": variant}

    def _set_stock(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        directives = {d.name.value: d.arguments[0] for d in info.field_nodes[0].directives}
        assert "idempotent" in directives  # demanded since 2026-04
        assert (input["name"], input["reason"]) == ("available", "correction")
        rows = input["quantities"]
        if len(rows) > 250:
            raise ValueError("The input array size of 251 is greater than the maximum allowed of 250.")
        errors = []
        for place, row in enumerate(rows):
            assert row["changeFromQuantity"] is None and row["locationId"] == "gid://shopify/Location/77"
            if row["inventoryItemId"].rsplit("/", 1)[1] in self.state.bad_listings:
                errors.append(
                    {"field": ["input", "quantities", str(place), "inventoryItemId"], "code": "INVALID_INVENTORY_ITEM",
                     "message": "The specified inventory item could not be found."}
                )  # fmt: skip
        if not errors:
            for row in rows:
                self.state.set_stock(row["inventoryItemId"].rsplit("/", 1)[1], row["quantity"])
        return {"userErrors": errors}

    def _set_prices(
        self, info: Any, productId: str, variants: list[dict[str, Any]], allowPartialUpdates: bool, **_given: Any
    ) -> dict[str, Any]:
        assert allowPartialUpdates
        for row in variants:
            self.changed_variant(row)
            if "price" in row:
                self.state.prices[row["id"].rsplit("/", 1)[1]] = row["price"]
        return {"userErrors": []}

    def _fulfil(self, info: Any, fulfillment: dict[str, Any], **_given: Any) -> dict[str, Any]:
        lines: dict[str, int] = {}
        for part in fulfillment["lineItemsByFulfillmentOrder"]:
            order_id = part["fulfillmentOrderId"].rsplit("/", 1)[1][1:]
            for item in part["fulfillmentOrderLineItems"]:
                lines[item["id"].rsplit("-", 1)[1]] = item["quantity"]
        tracking = fulfillment.get("trackingInfo") or {}
        try:
            made = self.state.ship(order_id, lines, tracking.get("number", ""))
        except OverShipment:
            return {"fulfillment": None, "userErrors": [{"field": ["fulfillment"], "message": "Invalid quantity"}]}
        return {"fulfillment": {"id": f"gid://shopify/Fulfillment/{made.id}"}, "userErrors": []}


def _connection(rows: list[Any], first: int, after: str | None) -> dict[str, Any]:
    begin = int(after or 0)
    end = begin + first
    return {"nodes": rows[begin:end], "pageInfo": {"hasNextPage": end < len(rows), "endCursor": str(end)}}
