"""The Selling Partner API: answers shaped after the examples in Amazon's published models."""

import base64
import gzip
import json
import re
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote

from tests.simulators.amazon_notices import AmazonNotices
from tests.simulators.amazon_products import AmazonProducts, checked
from tests.simulators.amazon_returns import AmazonReturns
from tests.simulators.catalogue import Catalogue
from tests.simulators.engine import Line, Order, OverShipment, Refused, Reply, Request, Simulator, moment_of, utc

STATUSES = {"paid": "UNSHIPPED", "unpaid": "PENDING", "cancelled": "CANCELLED"}
BAD = {"errors": [{"code": "InvalidInput", "message": "Invalid Input"}]}


class AmazonSimulator(AmazonProducts, AmazonNotices, AmazonReturns, Simulator):
    code: ClassVar[str] = "amazon"
    orders_call: ClassVar[str] = "GET /orders/2026-01-01/orders $"
    stock_call: ClassVar[str] = "PATCH /listings"
    ship_call: ClassVar[str] = "POST /orders/v0/orders/.*/shipmentConfirmation"
    pays: ClassVar[bool] = False  # Amazon keeps the money until it settles
    tokens_expire: ClassVar[bool] = True
    logs_in: ClassVar[bool] = True
    cannot: ClassVar[dict[str, str]] = {
        "09": "Amazon sends no webhooks over HTTPS",
    }
    cannot_show: ClassVar[frozenset[str]] = frozenset({"inclusive"})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.cancellations: dict[str, Any] = {}  # by line
        self.catalogue, self.attributes = Catalogue(self.state.next_id), {}
        self.messages: dict[str, str] = {}
        self.documents: dict[str, bytes] = {}
        self.feeds: dict[str, str] = {}
        self.feeds_done = True
        self.returns, self.reports, self.report_status = [], {}, "DONE"

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"login_url": self.url, "marketplace_id": "A1F83G8C2ARO7P", "seller_id": "SELLER"}

    def secrets(self, account: str = "a") -> dict[str, str]:
        return {"client_id": "app", "client_secret": "app-secret", "refresh_token": f"refresh-{account}"}

    def order_id(self, number: int) -> str:
        return f"202-7654321-{number:07d}"

    def listing_id(self, sku: str) -> str:
        return sku

    def answer(self, request: Request) -> Reply:
        if request.path == "/auth/o2/token":
            return self._login(request)
        if request.headers.get("x-amz-target", "").startswith("AmazonSQS."):
            return self.queue_call(request)
        if request.path == "/":
            raise Refused(403, {"errors": [{"code": "MissingAuthenticationToken"}]})
        if request.path.startswith("/documents/"):
            return self._document(request)
        if request.headers.get("x-amz-access-token") not in self.valid_tokens:
            raise Refused(401, {"errors": [{"code": "Unauthorized", "message": "Access token is expired"}]})
        if request.path == "/orders/2026-01-01/orders":
            return Reply(self._search(request.query))
        if found := re.fullmatch(r"/orders/2026-01-01/orders/([\d-]+)", request.path):
            if found[1] not in self.state.orders:
                raise Refused(404, BAD)
            return Reply({"order": self._order(self.state.orders[found[1]])})
        if found := re.fullmatch(r"/orders/v0/orders/([\d-]+)/shipmentConfirmation", request.path):
            return self._confirm(found[1], request.json())
        if found := re.fullmatch(r"/listings/2021-08-01/items/SELLER(?:/(.+))?", request.path):
            return self._listing(request, found[1])
        if request.path.startswith("/reports/"):
            return self.report_call(request)
        if request.path.startswith("/finances/"):
            return self.finances(request)
        return self._feeds(request)

    def _login(self, request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert (form["grant_type"], form["client_id"], form["client_secret"]) == ("refresh_token", "app", "app-secret")
        if form["refresh_token"] not in ("refresh-a", "refresh-b"):
            raise Refused(400, {"error": "invalid_grant"})
        self.logins += 1
        self.valid_tokens.add(f"Atza|{self.logins}")
        return Reply({"access_token": f"Atza|{self.logins}", "token_type": "bearer", "expires_in": 3600})

    def _search(self, query: Any) -> dict[str, Any]:
        if ("createdAfter" in query) == ("lastUpdatedAfter" in query) or query["marketplaceIds"] != "A1F83G8C2ARO7P":
            raise Refused(400, BAD)
        for name in ("createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore"):
            if not query.get(name, "Z").endswith("Z"):
                raise Refused(400, BAD)
        size = int(query["maxResultsPerPage"])
        if "createdAfter" in query:
            rows = self.state.made(moment_of(query["createdAfter"]), moment_of(query["createdBefore"]))
        else:
            rows = self.state.changed(moment_of(query["lastUpdatedAfter"]), moment_of(query["lastUpdatedBefore"]))
        begin = 0
        if "paginationToken" in query:
            if self.forget_tokens:
                raise Refused(400, {"errors": [{"code": "InvalidInput", "message": "paginationToken is expired"}]})
            at, id = json.loads(base64.b64decode(query["paginationToken"]))
            rows = [row for row in rows if (utc(row.updated_at), row.id) > (at, id)]
        self.page()
        chosen = rows[begin : begin + size]
        answer: dict[str, Any] = {"orders": [self._order(row) for row in chosen]}
        if len(rows) > size:
            last = json.dumps([utc(chosen[-1].updated_at), chosen[-1].id]).encode()
            answer["pagination"] = {"nextToken": base64.b64encode(last).decode()}
        return answer

    def _order(self, order: Order) -> dict[str, Any]:
        def money(amount: Decimal) -> dict[str, str]:
            return {"amount": order.money(amount), "currencyCode": order.currency}

        def item(line: Line, first: bool) -> dict[str, Any]:
            tax = order.scaled(line, line.tax)
            goods = order.left(line) * line.unit_price
            rows = [{"type": "ITEM", "subtotal": money(goods)}]
            parts = [{"subtype": "ITEM", "value": money(tax)}]
            if line.discount:
                rows.append({"type": "DISCOUNT", "subtotal": money(-order.scaled(line, line.discount))})
            if first:
                rows.append({"type": "SHIPPING", "subtotal": money(order.shipping)})
                parts.append({"subtype": "SHIPPING", "value": money(order.shipping_tax)})
                tax += order.shipping_tax
            rows.append({"type": "TAX", "subtotal": money(tax), "detailedBreakdowns": parts})
            return {
                "orderItemId": line.id,
                "quantityOrdered": order.left(line),
                "product": {"asin": "B08C1W5N87", "title": f"A {line.sku}", "sellerSku": line.sku},
                "proceeds": {"breakdowns": rows},
                "tax": {
                    "taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon"}]
                    if line.facilitated
                    else []
                },
            } | self.cancellations.get(line.id, {})

        found: dict[str, Any] = {
            "orderId": order.id,
            "createdTime": utc(order.created_at),
            "lastUpdatedTime": utc(order.updated_at),
            "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1F83G8C2ARO7P"},
            "fulfillment": {
                "fulfillmentStatus": STATUSES.get(order.status, order.status),
                "fulfilledBy": "MERCHANT",
                "fulfillmentServiceLevel": "STANDARD",
            },
            "orderItems": [
                item(line, place == 0) for place, line in enumerate(row for row in order.lines if order.left(row))
            ],
        }
        if order.bare:
            for row in found["orderItems"]:
                del row["proceeds"]
            return found
        return found | {
            "buyer": {"buyerName": "Nino Abashidze", "buyerEmail": "nino@shop.example"},
            "recipient": {"deliveryAddress": {
                "name": "Nino Abashidze", "addressLine1": "Rustaveli 1", "city": "Tbilisi", "postalCode": "0108", "countryCode": "GE",
            }},
            "proceeds": {"grandTotal": money(order.total)},
        }  # fmt: skip

    def _confirm(self, id: str, body: Any) -> Reply:
        package = body["packageDetail"]
        moment_of(package["shipDate"])
        assert body["marketplaceId"] and package["carrierCode"]
        lines = {row["orderItemId"]: row["quantity"] for row in package["orderItems"]}
        known = [row for row in self.state.orders[id].shipped if row.key == package["packageReferenceId"]]
        if not known:
            try:
                self.state.ship(id, lines, package["trackingNumber"], package["packageReferenceId"])
            except OverShipment as error:
                raise Refused(400, BAD) from error
        return Reply(None, 204)

    def _listing(self, request: Request, sku: str | None) -> Reply:
        if sku and request.method == "GET":
            return Reply(self.get_listing(unquote(sku)))
        if request.method == "PUT":
            return Reply(self.put_listing(unquote(sku or ""), request.json()))
        if request.method == "GET":
            return Reply(
                {
                    "numberOfResults": 1,
                    "items": [{"sku": row, "summaries": [{"itemName": f"A {row}"}]} for row in self.state.products],
                }
            )
        body = checked("ListingsItemPatchRequest", request.json())
        return Reply(self._patch(unquote(sku or ""), body["patches"]))

    def _patch(self, sku: str, patches: Any) -> dict[str, Any]:
        known = {"/attributes/purchasable_offer", "/attributes/fulfillment_availability"}
        words = {
            patch["path"].removeprefix("/attributes/"): patch["value"]
            for patch in patches
            if patch["path"] not in known
        }
        if words:
            self.take_attributes(sku, words)
            return {"sku": sku, "status": "ACCEPTED", "submissionId": "s", "issues": []}
        [patch] = patches
        assert patch["op"] == "replace"
        [value] = patch["value"]
        if patch["path"] == "/attributes/purchasable_offer":
            self.state.prices[sku] = str(value["our_price"][0]["schedule"][0]["value_with_tax"])
        else:
            assert (patch["path"], value["fulfillment_channel_code"]) == (
                "/attributes/fulfillment_availability",
                "DEFAULT",
            )
            if not self.state.set_stock(self._id_of(sku), value["quantity"]):
                issue = {"code": "4000001", "message": "The provided SKU is not known", "severity": "ERROR"}
                return {"sku": sku, "status": "INVALID", "submissionId": "s", "issues": [issue]}
        return {"sku": sku, "status": "ACCEPTED", "submissionId": "s", "issues": []}

    def _id_of(self, sku: str) -> str:
        return str(50_000 + int(sku[1:])) if re.fullmatch(r"X\d+", sku) else sku

    def _feeds(self, request: Request) -> Reply:
        path = request.path.removeprefix("/feeds/2021-06-30")
        if (request.method, path) == ("POST", "/documents"):
            assert set(request.json()) == {"contentType"}
            id = f"doc-{self.state.next_id()}"
            return Reply({"feedDocumentId": id, "url": f"{self.url}/documents/{id}"}, 201)
        if (request.method, path) == ("POST", "/feeds"):
            body = request.json()
            assert (body["feedType"], body["marketplaceIds"]) == ("JSON_LISTINGS_FEED", ["A1F83G8C2ARO7P"])
            id = self.state.next_id()
            self.feeds[id] = body["inputFeedDocumentId"]
            self._work(self.documents[body["inputFeedDocumentId"]], f"report-{id}")
            return Reply({"feedId": id}, 202)
        if found := re.fullmatch(r"/feeds/(\d+)", path):
            status = "DONE" if self.feeds_done else "IN_PROGRESS"
            return Reply({"feedId": found[1], "processingStatus": status, "resultFeedDocumentId": f"report-{found[1]}"})
        if found := re.fullmatch(r"/documents/(report-\d+)", path):
            return Reply(
                {"feedDocumentId": found[1], "url": f"{self.url}/documents/{found[1]}", "compressionAlgorithm": "GZIP"}
            )
        raise Refused(404, BAD)

    def _work(self, content: bytes, report: str) -> None:
        feed = json.loads(content)
        issues = []
        for message in feed["messages"]:
            assert message["operationType"] == "PATCH"
            for issue in self._patch(message["sku"], message["patches"])["issues"]:
                issues.append({"messageId": message["messageId"], **issue})
        self.documents[report] = gzip.compress(json.dumps({"header": {}, "issues": issues}).encode())

    def _document(self, request: Request) -> Reply:
        id = request.path.rsplit("/", 1)[1]
        if request.headers.get("x-amz-access-token"):
            raise Refused(403, "a seller's token must not leave for storage")
        if request.method == "PUT":
            self.documents[id] = request.body
            return Reply("")
        return Reply(self.documents[id])
