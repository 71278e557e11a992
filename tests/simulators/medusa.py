"""Medusa 2's admin REST API, as its documentation and the recordings of the real one show it: decimals in major units, a
total that falls with each refund, fulfilments in two steps.
"""

import base64
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from tests.simulators.catalogue import Catalogue
from tests.simulators.engine import Line, Order, OverShipment, Refused, Reply, Request, Simulator, moment_of
from tests.simulators.medusa_products import MedusaProducts

STATES = {"paid": "captured", "unpaid": "not_paid", "cancelled": "canceled"}
RESERVED = 3  # units of each item that the shop keeps for its own orders
LOCATION = "sloc_1"
ANY = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class MedusaSimulator(MedusaProducts, Simulator):
    code: ClassVar[str] = "medusa"
    orders_call: ClassVar[str] = "GET /admin/orders $"
    stock_call: ClassVar[str] = "POST /admin/inventory-items/location-levels/batch"
    ship_call: ClassVar[str] = r"POST /admin/orders/[^/]+/fulfillments \{"
    takes_off: ClassVar[bool] = True
    cannot: ClassVar[dict[str, str]] = {"9": "Medusa has no webhooks of its own"}
    cannot_show: ClassVar[frozenset[str]] = frozenset({"facilitated"})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.catalogue, self.values = Catalogue(self.state.next_id), {}
        self.valid_tokens = {"sk_a", "sk_b"}
        self.made: dict[str, dict[str, Any]] = {}  # fulfilments by id

    def secrets(self, account: str = "a") -> dict[str, str]:
        return {"secret_key": f"sk_{account}"}

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"location_id": LOCATION}

    def answer(self, request: Request) -> Reply:
        login = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        if login.removesuffix(":") not in self.valid_tokens:
            raise Refused(401, {"message": "Unauthorized"})
        path = request.path.removeprefix("/admin")
        if (request.method, path) == ("GET", "/orders"):
            return Reply(self._list(request.query))
        if found := re.fullmatch(r"/orders/([^/]+)(?:/fulfillments(?:/([^/]+)/shipments)?)?", path):
            return self._order_call(request, found[1], path, found[2])
        if (request.method, path) == ("GET", "/inventory-items"):
            return Reply(self._items(request.query))
        if (request.method, path) == ("POST", "/inventory-items/location-levels/batch"):
            return Reply(self._batch(request.json()))
        if (reply := self.product_call(request, path)) is not None:
            return reply
        raise Refused(404, {"message": "Cannot find"})

    def _list(self, query: Any) -> dict[str, Any]:
        size, begin = int(query["limit"]), int(query.get("offset", 0))
        if "created_at[$gte]" in query:
            rows = self.state.made(moment_of(query["created_at[$gte]"]), moment_of(query["created_at[$lt]"]))
        elif query["fields"] == "id":
            rows = []
        else:
            assert query["order"] == "updated_at"
            after = moment_of(query["updated_at[$gte]"]) if "updated_at[$gte]" in query else None
            self.page()
            rows = self.state.changed(after, moment_of(query["updated_at[$lte]"]))
        return {"orders": [self._order(row) for row in rows[begin : begin + size]], "count": len(rows)}

    def _order_call(self, request: Request, id: str, path: str, fulfilment: str | None) -> Reply:
        if id not in self.state.orders:
            raise Refused(404, {"type": "not_found", "message": f"Order id not found: {id}"})
        if request.method == "POST" and fulfilment:
            body = request.json()
            assert {row["id"]: row["quantity"] for row in body["items"]} == self.made[fulfilment]["lines"]
            self.made[fulfilment] |= {"shipped_at": _utc(self.state.clock()), "labels": body["labels"]}
        elif request.method == "POST":
            self._fulfil(id, request.json())
        return Reply({"order": self._order(self.state.orders[id])})

    def _fulfil(self, id: str, body: dict[str, Any]) -> None:
        assert set(body) <= {"items", "metadata", "location_id", "no_notification"}
        lines = {row["id"]: row["quantity"] for row in body["items"]}
        try:
            made = self.state.ship(id, lines, "")
        except OverShipment as error:
            raise Refused(400, {"type": "invalid_data", "message": "Cannot fulfill more items than ordered"}) from error
        self.made[made.id] = {"metadata": body["metadata"], "shipped_at": None, "labels": [], "lines": lines}

    def _items(self, query: Any) -> dict[str, Any]:
        asked = [value for name, value in query.items() if re.fullmatch(r"id\[\d+\]", name)]
        named = [value for name, value in query.items() if re.fullmatch(r"sku\[\d+\]", name)]
        made = {id: (sku, variants) for id, sku, variants in self.catalogue_items()}
        known = {self.listing_id(sku): sku for sku in self.state.products} | {id: row[0] for id, row in made.items()}
        skus = {id: known.get(id, "?") for id in asked} if asked else known
        if asked and "*variants" in query["fields"]:
            skus = {id: sku for id, sku in skus.items() if id in known}
        if named:
            skus = {id: sku for id, sku in known.items() if sku in named}
        rows = [(id, sku) for id, sku in skus.items() if id not in self.state.bad_listings]
        begin, size = int(query.get("offset", 0)), int(query["limit"])
        return {"inventory_items": [
            {
                "id": id, "sku": sku, "title": f"A {sku}", "variants": made.get(id, ("", []))[1],
                "location_levels": [{
                    "location_id": LOCATION, "reserved_quantity": RESERVED,
                    "stocked_quantity": self.state.stock.get(id, 0) + RESERVED,
                }],
            }
            for id, sku in rows[begin : begin + size]
        ], "count": len(rows)}  # fmt: skip

    def _batch(self, body: dict[str, Any]) -> dict[str, Any]:
        assert set(body) == {"create", "update", "delete"}
        if any(row["inventory_item_id"] in self.state.bad_listings for row in body["update"]):
            raise Refused(404, {"type": "not_found", "message": "Inventory item not found"})
        for row in body["update"]:
            assert row["location_id"] == LOCATION
            self.state.set_stock(row["inventory_item_id"], row["stocked_quantity"] - RESERVED)
        return {"created": [], "updated": body["update"], "deleted": []}

    # What an order looks like.

    def _order(self, order: Order) -> dict[str, Any]:
        address = None if order.bare else {
            "first_name": "Nino", "last_name": "Abashidze", "company": None, "address_1": "Rustaveli 1",
            "address_2": "Flat 2", "city": "Tbilisi", "country_code": "ge", "province": "TB", "postal_code": "0108",
            "phone": "+995 2",
        }  # fmt: skip
        items = [] if order.bare else [row for line in order.lines if (row := self._item(line, order)) is not None]
        with_tax = order.shipping + (Decimal(0) if order.inclusive else order.shipping_tax)
        cancelled = order.status == "cancelled"
        return {
            "id": order.id, "display_id": int(order.id), "status": "canceled" if cancelled else "pending",
            "payment_status": STATES.get(order.status, order.status), "fulfillment_status": "not_fulfilled",
            "created_at": _utc(order.created_at), "updated_at": _utc(order.updated_at),
            "canceled_at": _utc(order.updated_at) if cancelled else None,
            "email": None if order.bare else "nino@shop.example", "currency_code": order.currency.lower(),
            "total": float(order.total - sum((refund.total for refund in order.refunds), Decimal(0))),
            "items": items,
            "shipping_methods": [{
                "id": "ordsm_1", "name": "Flat", "total": _number(with_tax), "tax_total": _number(order.shipping_tax),
                "tax_lines": [{"rate": 20}],
            }],
            "shipping_address": address, "billing_address": address,
            "customer": None if order.bare else {"id": "cus_31"},
            "payment_collections": [{"payments": [self._payment(order)] if order.status == "paid" else []}],
            "fulfillments": [self._fulfilment(order, row) for row in order.shipped],
        }  # fmt: skip

    def _item(self, line: Line, order: Order) -> dict[str, Any] | None:
        gone = sum(
            row[1] for refund in order.refunds for row in refund.lines if row[0] == line.id and row[4] == "cancelled"
        )
        quantity = line.quantity - line.removed - gone
        if quantity <= 0:
            return None
        share = Decimal(quantity) / line.quantity
        full, discount, tax = line.unit_price * quantity, line.discount * share, line.tax * share
        if order.inclusive:
            full -= tax
        return {
            "id": line.id, "title": f"A {line.sku}", "subtitle": "", "variant_sku": line.sku, "quantity": quantity,
            "subtotal": _number(full), "tax_total": _number(tax), "total": _number(full - discount + tax),
            "tax_lines": [{"rate": _number(line.rate * 100)}],
            "detail": {"fulfilled_quantity": order.fulfilled(line.id)},
        }  # fmt: skip

    def _payment(self, order: Order) -> dict[str, Any]:
        return {
            "id": f"pay_{order.id}", "amount": _number(order.total), "created_at": _utc(order.created_at),
            "captured_at": _utc(order.created_at), "canceled_at": None,
            "refunds": [
                {"id": f"ref_{refund.id}", "amount": _number(refund.total), "created_at": _utc(refund.at), "note": None}
                for refund in order.refunds
            ],
        }  # fmt: skip

    def _fulfilment(self, order: Order, row: Any) -> dict[str, Any]:
        known = self.made.get(row.id, {"metadata": None, "shipped_at": _utc(order.updated_at), "labels": []})
        return {
            "id": row.id, "canceled_at": None, "shipped_at": known["shipped_at"], "metadata": known["metadata"],
            "labels": known["labels"],
            "items": [{"line_item_id": id, "quantity": quantity} for id, quantity in row.lines.items()],
        }  # fmt: skip


def _number(amount: Decimal) -> int | float:
    """As JavaScript writes it."""
    return int(amount) if amount == int(amount) else float(amount)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
