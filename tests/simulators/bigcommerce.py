"""BigCommerce: V2 orders with consignments and shipments, V3 refunds, inventory and variants. Ours, from its documents."""

import base64
import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, ClassVar

from tests.simulators.bigcommerce_products import BigCommerceProducts
from tests.simulators.catalogue import Catalogue
from tests.simulators.engine import Line, Order, OverShipment, Refund, Refused, Reply, Request, Simulator, utc

STATUSES = {"paid": 11, "unpaid": 1, "cancelled": 5}


class BigCommerceSimulator(BigCommerceProducts, Simulator):
    code: ClassVar[str] = "bigcommerce"
    orders_call: ClassVar[str] = "GET /stores/h1/v2/orders $"
    stock_call: ClassVar[str] = "PUT /stores/h1/v3/inventory/adjustments/absolute"
    ship_call: ClassVar[str] = "POST /stores/h1/v2/orders/.*/shipments"
    cannot_show: ClassVar[frozenset[str]] = frozenset({"inclusive", "facilitated"})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.valid_tokens = {"token-a", "token-b"}
        self.catalogue = Catalogue(self.state.next_id)
        self.skus: dict[str, str] = {}
        self.hooks: list[dict[str, Any]] = []

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"store_hash": "h1", "location_id": "1"}

    def secrets(self, account: str = "a") -> dict[str, str]:
        return {"token": f"token-{account}"}

    def listing_id(self, sku: str) -> str:
        id = f"9/{super().listing_id(sku)}"
        self.skus[sku] = id
        return id

    def webhook(self, order_id: str, secret: str) -> tuple[bytes, dict[str, str]]:
        told = {
            "scope": "store/order/updated", "store_id": "1", "producer": "stores/h1", "created_at": 1773144000,
            "data": {"type": "order", "id": int(order_id)}, "hash": hashlib.sha1(order_id.encode()).hexdigest(),
        }  # fmt: skip
        body, stamp = json.dumps(told).encode(), str(int(time.time()))
        signature = base64.b64encode(
            hmac.new(secret.encode(), f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
        )
        return body, {
            "Webhook-Id": "msg_1",
            "Webhook-Timestamp": stamp,
            "Webhook-Signature": f"v1,{signature.decode()}",
        }

    def answer(self, request: Request) -> Reply:
        if request.headers.get("x-auth-token") not in self.valid_tokens:
            raise Refused(401, {"status": 401, "title": "X-Auth-Token header is required"})
        reply = self._answer(request)
        reply.headers |= {"X-Rate-Limit-Requests-Left": "140", "X-Rate-Limit-Time-Reset-Ms": "20000"}
        return reply

    def _answer(self, request: Request) -> Reply:
        path = request.path.removeprefix("/stores/h1")
        if path == "/v2/time":
            return Reply({"time": 1})
        if path == "/v2/orders":
            rows = self._list(request.query)
            return Reply(rows) if rows else Reply(None, 204)
        if found := re.fullmatch(r"/v2/orders/(\d+)(/shipments)?", path):
            return self._shipments(request, found[1]) if found[2] else self._one(found[1])
        if found := re.fullmatch(r"/v3/orders/(\d+)/payment_actions/refunds", path):
            order = self.state.orders[found[1]]
            return Reply({"data": [self._refund(refund, order) for refund in order.refunds], "meta": {}})
        if path == "/v3/inventory/adjustments/absolute":
            return self._stock(request.json())
        if (reply := self.product_call(request, path)) is not None:
            return reply
        if path == "/v3/hooks":
            return Reply({"data": self.hooks, "meta": {}})
        if (found := re.fullmatch(r"/v3/hooks/(\d+)", path)) and request.method == "PUT":
            [hook] = [hook for hook in self.hooks if hook["id"] == int(found[1])]
            hook.update(request.json())
            return Reply({"data": hook, "meta": {}})
        if path == "/v3/catalog/variants" and request.method == "PUT":
            for row in request.json():
                self.state.prices[str(row["id"])] = str(row["price"])
            return Reply({"data": [], "meta": {}})
        if path == "/v3/catalog/variants":
            return Reply(
                {
                    "data": [
                        {"id": int(self.listing_id(sku).split("/")[1]), "product_id": 9, "sku": sku, "upc": ""}
                        for sku in self.state.products
                    ],
                    "meta": {},
                }
            )
        raise Refused(404, {"status": 404, "title": "Not found"})

    def _list(self, query: Any) -> list[dict[str, Any]]:
        size, number = int(query["limit"]), int(query.get("page", 1))
        if "min_date_created" in query:
            rows = self.state.made(_at(query["min_date_created"]), _at(query["max_date_created"]))
            return [{"id": int(row.id)} for row in rows[(number - 1) * size : number * size]]
        assert (query["sort"], query["include"], query["consignment_structure"]) == (
            "date_modified:asc", "consignments.line_items", "object",
        )  # fmt: skip
        after = _at(query["min_date_modified"]) if "min_date_modified" in query else None
        self.page()
        rows = self.state.changed(after, _at(query["max_date_modified"]))
        return [self._order(row) for row in rows[(number - 1) * size : number * size]]

    def _one(self, id: str) -> Reply:
        if id not in self.state.orders:
            raise Refused(404, [{"status": 404, "message": "The requested resource was not found."}])
        return Reply(self._order(self.state.orders[id]))

    def _shipments(self, request: Request, id: str) -> Reply:
        order = self.state.orders[id]
        if request.method == "GET":
            rows = [
                {"id": int(row.id), "tracking_number": row.tracking,
                 "items": [{"order_product_id": int(line), "quantity": quantity} for line, quantity in row.lines.items()]}
                for row in order.shipped
            ]  # fmt: skip
            return Reply(rows) if rows else Reply(None, 204)
        body = request.json()
        assert body["order_address_id"] == 7 and set(body) == {
            "order_address_id", "tracking_number", "tracking_carrier", "shipping_method", "items",
        }  # fmt: skip
        lines = {str(item["order_product_id"]): item["quantity"] for item in body["items"]}
        try:
            made = self.state.ship(id, lines, body["tracking_number"])
        except OverShipment as error:
            raise Refused(400, [{"status": 400, "message": "The quantity is larger than what is left."}]) from error
        return Reply({"id": int(made.id)}, 201)

    def _stock(self, body: Any) -> Reply:
        assert body["reason"] and len(body["items"]) <= 2000
        errors = {}
        ids = [
            self.skus.get(row["sku"]) or self._made(row["sku"]) or str(50_000 + int(row["sku"][1:]))
            for row in body["items"]
        ]
        for place, (row, id) in enumerate(zip(body["items"], ids, strict=True)):
            assert row["location_id"] == 1
            if id in self.state.bad_listings:
                errors[f"items.{place}.sku"] = "The SKU is not known."
        if errors:
            raise Refused(422, {"status": 422, "title": "JSON data is invalid", "errors": errors})
        for row, id in zip(body["items"], ids, strict=True):
            self.state.set_stock(id, row["quantity"])
        return Reply({"transaction_id": "t"})

    def _made(self, sku: str) -> str:
        found = self.catalogue.of_sku(sku)
        return f"{found[0].id}/{found[1].id}" if found else ""

    def _order(self, order: Order) -> dict[str, Any]:
        def four(amount: Decimal) -> str:
            return f"{amount:.4f}"

        def item(line: Line) -> dict[str, Any]:
            return {
                "id": int(line.id), "product_id": 9, "sku": line.sku, "name": f"A {line.sku}", "quantity": order.left(line),
                "price_ex_tax": four(line.unit_price), "total_tax": four(order.scaled(line, line.tax)),
                "applied_discounts": [{"id": "d", "amount": four(line.discount)}] if line.discount else [],
            }  # fmt: skip

        person = {
            "first_name": "Nino", "last_name": "Abashidze", "company": "", "street_1": "Rustaveli 1", "street_2": "",
            "city": "Tbilisi", "state": "", "zip": "0108", "country_iso2": "GE", "phone": "+995 2",
        }  # fmt: skip
        if order.bare:
            person = dict.fromkeys(person, "")
        items = [] if order.bare else [item(line) for line in order.lines if order.left(line)]
        off = sum((order.scaled(line, line.discount) for line in order.lines), Decimal())
        refunded = sum((refund.total for refund in order.refunds), Decimal())
        return {
            "id": int(order.id), "status_id": STATUSES.get(order.status, 99), "currency_code": order.currency,
            "date_created": _rfc(order.created_at), "date_modified": _rfc(order.updated_at),
            "total_inc_tax": four(order.total), "shipping_cost_ex_tax": four(order.shipping), "shipping_cost_tax": four(order.shipping_tax),
            "handling_cost_ex_tax": "0.0000", "handling_cost_tax": "0.0000", "wrapping_cost_ex_tax": "0.0000", "wrapping_cost_tax": "0.0000",
            "discount_amount": four(off), "coupon_discount": "0.0000", "refunded_amount": four(refunded),
            "payment_status": "captured" if order.status == "paid" else "", "payment_provider_id": "ch_1",
            "customer_id": 31, "customer_message": "", "external_order_id": None,
            "billing_address": person | {"email": "" if order.bare else "nino@shop.example"},
            "consignments": {"shipping": [person | {"id": 7, "shipping_method": "Flat", "line_items": items}]},
        }  # fmt: skip

    def _refund(self, refund: Refund, order: Order) -> dict[str, Any]:
        items: list[dict[str, Any]] = [
            {
                "item_type": "PRODUCT",
                "item_id": int(id),
                "quantity": quantity,
                "requested_amount": str(net + tax),
                "tax": [{"amount": str(tax)}],
            }
            for id, quantity, net, tax, _back in refund.lines
        ]
        if refund.shipping:
            items.append(
                {
                    "item_type": "SHIPPING",
                    "item_id": 7,
                    "requested_amount": str(refund.shipping + refund.shipping_tax),
                    "tax": [{"amount": str(refund.shipping_tax)}],
                }
            )
        if refund.extra:
            items.append({"item_type": "ORDER", "item_id": int(order.id), "requested_amount": str(refund.extra)})
        return {
            "id": int(refund.id),
            "order_id": int(order.id),
            "created": utc(refund.at),
            "reason": "",
            "total_amount": str(refund.total),
            "items": items,
        }


def _rfc(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def _at(text: str) -> datetime:
    return parsedate_to_datetime(text).astimezone(UTC)
