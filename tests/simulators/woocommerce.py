"""WooCommerce's REST API v3, as its documentation and the recordings of the real one show it."""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.simulators.catalogue import Catalogue
from tests.simulators.engine import Line, Order, Refund, Refused, Reply, Request, Simulator
from tests.simulators.woocommerce_products import WooCommerceProducts

STATUSES = {"paid": "processing", "unpaid": "pending", "cancelled": "cancelled"}


class WooCommerceSimulator(WooCommerceProducts, Simulator):
    code: ClassVar[str] = "woocommerce"
    orders_call: ClassVar[str] = "GET /wp-json/wc/v3/orders $"
    stock_call: ClassVar[str] = "POST /wp-json/wc/v3/products/batch"
    ship_call: ClassVar[str] = "PUT /wp-json/wc/v3/orders"
    cannot_show: ClassVar[frozenset[str]] = frozenset({"inclusive", "facilitated"})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.catalogue = Catalogue(self.state.next_id)
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.valid_tokens = {"key-a:secret", "key-b:secret"}
        self.host_strips_logins = False
        self.tracked: dict[str, list[Any]] = {}  # by order, for the shop's tracking plugin
        self.hooks: list[dict[str, Any]] = []

    def secrets(self, account: str = "a") -> dict[str, str]:
        return {"consumer_key": f"key-{account}", "consumer_secret": "secret"}

    def webhook(self, order_id: str, secret: str) -> tuple[bytes, dict[str, str]]:
        body = json.dumps(
            {"id": int(order_id), "status": "processing", "billing": {"email": "nino@shop.example"}}
        ).encode()
        signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        return body, {
            "X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Resource": "order",
            "X-WC-Webhook-Signature": signature, "X-WC-Webhook-Delivery-ID": "not-unique",
        }  # fmt: skip

    def answer(self, request: Request) -> Reply:
        login = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        if self.host_strips_logins:
            login = f"{request.query.get('consumer_key', '')}:{request.query.get('consumer_secret', '')}"
        if login not in self.valid_tokens:
            raise Refused(401, {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."})
        path = request.path.removeprefix("/wp-json/wc/v3")
        if (request.method, path) == ("GET", "/orders"):
            return Reply(self._list(request.query))
        if found := re.fullmatch(r"/orders/(\d+)(/refunds|/notes)?", path):
            return self._order_call(request, found[1], found[2] or "")
        if found := re.fullmatch(r"/products(?:/(\d+)/variations)?/batch", path):
            return Reply(self._batch(request.json(), found[1]))
        if (reply := self.product_call(request, path)) is not None:
            return reply
        if path == "/webhooks":
            return Reply(self.hooks if request.query.get("page") == "1" else [])
        if (found := re.fullmatch(r"/webhooks/(\d+)", path)) and request.method == "PUT":
            [hook] = [hook for hook in self.hooks if hook["id"] == int(found[1])]
            hook.update(request.json())
            return Reply(hook)
        if path == "/products":
            return Reply(
                [
                    {"id": int(self.listing_id(sku)), "sku": sku, "name": f"A {sku}", "type": "simple"}
                    for sku in self.state.products
                ]
            )
        raise Refused(404, {"code": "rest_no_route", "message": "No route was found."})

    def _list(self, query: Any) -> list[dict[str, Any]]:
        size = int(query.get("per_page", 10))
        if size > 100:
            raise Refused(400, {"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page"})
        if query.get("_fields") == "id" and "after" in query:
            assert query["dates_are_gmt"] == "true"
            rows = [row for row in self.state.made(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
                    if _at(query["after"]) < row.created_at < _at(query["before"])]  # fmt: skip
            begin = (int(query.get("page", 1)) - 1) * size
            return [{"id": int(row.id)} for row in rows[begin : begin + size]]
        if query.get("_fields") == "id":
            return []
        assert (query["orderby"], query["order"], query["dates_are_gmt"]) == ("modified", "asc", "true")
        after = _at(query["modified_after"]) if "modified_after" in query else None
        self.page()
        rows = [
            row
            for row in self.state.changed(after, None, strictly=True)
            if row.updated_at < _at(query["modified_before"])
        ]
        begin = (int(query.get("page", 1)) - 1) * size
        return [self._order(row) for row in rows[begin : begin + size]]

    def _order_call(self, request: Request, id: str, part: str) -> Reply:
        if id not in self.state.orders:
            raise Refused(404, {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."})
        order = self.state.orders[id]
        if part == "/refunds":
            return Reply([self._refund(refund, order) for refund in order.refunds])
        if part == "/notes" and request.method == "GET":
            return Reply(self.notes.get(id, []))
        if part == "/notes":
            assert set(request.json()) == {"note", "customer_note"}
            self.notes.setdefault(id, []).append({"id": 1, "note": request.json()["note"]})
            return Reply({"id": 1}, 201)
        if request.method == "PUT":
            self._change(order, request.json())
        return Reply(self._order(self.state.orders[id]))

    def _change(self, order: Order, body: Any) -> None:
        metas = {meta["key"]: meta["value"] for meta in body["meta_data"]}
        assert set(metas) <= {"_backoffice_shipments", "_wc_shipment_tracking_items"}
        told = json.loads(metas["_backoffice_shipments"])
        self.tracked[order.id] = metas.get("_wc_shipment_tracking_items", [])
        known = {row.key or f"by-hand-{row.id}" for row in order.shipped}
        for key, lines in told.items():
            if key not in known:
                self.state.ship(order.id, {id: int(quantity) for id, quantity in lines.items()}, "", key)

    def _batch(self, body: Any, parent: str | None) -> dict[str, Any]:
        if len(body["update"]) > 100:
            raise Refused(
                413,
                {
                    "code": "woocommerce_rest_request_entity_too_large",
                    "message": "Unable to accept more than 100 items.",
                },
            )
        done = []
        for row in body["update"]:
            id = f"{parent}/{row['id']}" if parent else str(row["id"])
            if "manage_stock" not in row and self.fill(id, row):
                pass
            elif "regular_price" in row:
                self.state.prices[id] = row["regular_price"]
            elif row.get("manage_stock") is not True or not self.state.set_stock(id, row["stock_quantity"]):
                error = {
                    "code": "woocommerce_rest_product_invalid_id",
                    "message": "Invalid ID.",
                    "data": {"status": 400},
                }
                done.append({"id": row["id"], "error": error})
                continue
            done.append({"id": row["id"], "name": "Mug"})
        return {"update": done}

    def _order(self, order: Order) -> dict[str, Any]:
        person = {
            "first_name": "Nino", "last_name": "Abashidze", "company": "", "address_1": "Rustaveli 1", "address_2": "",
            "city": "Tbilisi", "state": "", "postcode": "0108", "country": "GE", "phone": "+995 2",
        }  # fmt: skip
        if order.bare:
            person = dict.fromkeys(person, "")
        paid = order.status == "paid"
        told = {row.key or f"by-hand-{row.id}": row.lines for row in order.shipped}
        meta = [{"id": 1, "key": "_backoffice_shipments", "value": json.dumps(told)}] if told else []
        if order.id in self.tracked:
            meta.append({"id": 2, "key": "_wc_shipment_tracking_items", "value": self.tracked[order.id]})
        return {
            "id": int(order.id), "number": order.id, "status": STATUSES.get(order.status, order.status),
            "currency": order.currency, "prices_include_tax": order.inclusive,
            "date_created_gmt": _gmt(order.created_at), "date_modified_gmt": _gmt(order.updated_at),
            "date_created": "2026-03-10T01:00:00", "date_modified": "2026-03-10T01:00:00",
            "date_paid_gmt": _gmt(order.created_at) if paid else None, "transaction_id": f"tx{order.id}" if paid else "",
            "payment_method_title": "Card", "customer_id": 31, "customer_note": "",
            "total": order.money(order.total), "billing": person | {"email": "" if order.bare else "nino@shop.example"},
            "shipping": person, "line_items": [] if order.bare else [self._line(line, order) for line in order.lines if order.left(line)],
            "shipping_lines": [{"id": 9, "method_title": "Flat", "total": order.money(order.shipping), "total_tax": order.money(order.shipping_tax)}],
            "fee_lines": [], "coupon_lines": [], "meta_data": meta,
            "refunds": [{"id": int(refund.id), "reason": "", "total": f"-{order.money(refund.total)}"} for refund in order.refunds],
        }  # fmt: skip

    def _line(self, line: Line, order: Order) -> dict[str, Any]:
        subtotal = order.left(line) * line.unit_price
        return {
            "id": int(line.id), "name": f"A {line.sku}", "product_id": int(self.listing_id(line.sku)), "variation_id": 0,
            "quantity": order.left(line), "sku": line.sku, "price": float(line.unit_price),
            "subtotal": order.money(subtotal), "total": order.money(subtotal - order.scaled(line, line.discount)),
            "total_tax": order.money(order.scaled(line, line.tax)), "meta_data": [],
        }  # fmt: skip

    def _refund(self, refund: Refund, order: Order) -> dict[str, Any]:
        return {
            "id": int(refund.id), "date_created_gmt": _gmt(refund.at), "amount": order.money(refund.total), "reason": "",
            "line_items": [{
                "id": 70, "quantity": -quantity, "total": order.money(-net), "total_tax": order.money(-tax),
                "meta_data": [{"key": "_refunded_item_id", "value": id}],
            } for id, quantity, net, tax, _back in refund.lines],
            "shipping_lines": [{"total": order.money(-refund.shipping), "total_tax": order.money(-refund.shipping_tax)}]
            if refund.shipping else [],
        }  # fmt: skip


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
