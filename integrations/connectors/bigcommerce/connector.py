"""BigCommerce as a channel."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from integrations.connectors.access import Limit
from integrations.connectors.base import (
    Account,
    Capabilities,
    Connector,
    FoundListing,
    FoundProduct,
    FulfilmentPush,
    ItemResult,
    MappedOrder,
    Page,
    PriceItem,
    ProductItem,
    RawOrder,
    StockItem,
    WebhookEvent,
    Window,
)
from integrations.connectors.bigcommerce import login, mapping, products
from integrations.connectors.http import Http, Response
from integrations.connectors.login import LoginField
from integrations.connectors.offers import FIELDS
from integrations.connectors.payloads import raw_order, walk_by_time
from integrations.errors import ChannelRejected

API = "https://api.bigcommerce.com"
PER_PAGE = 100
MAX_PAGES = 10_000
TOLERANCE_S = 300  # of a signature's time
BULK = "bulk"  # calls of which one may run at a time, of whatever they change
SECRET_HEADER = "x-backoffice-secret"  # given to a webhook when it is made


class BigCommerceConnector(Connector):
    code: ClassVar[str] = "bigcommerce"
    name: ClassVar[str] = "BigCommerce"
    capabilities: ClassVar[Capabilities] = Capabilities(
        refunds=True, webhooks=True, switches_off=True, counts=True, prices=True, products=True, lists_new=True,
        catalogue=True, stock_batch=1000, price_batch=10, overlap=timedelta(minutes=5),
    )  # fmt: skip
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    setting_names: ClassVar[tuple[str, ...]] = ("store_hash", "base_url", "location_id", "weight_unit")
    product_fields: ClassVar[Sequence[str]] = FIELDS
    groups_variants: ClassVar[bool] = True
    secret_names: ClassVar[tuple[str, ...]] = ("token",)
    # The smallest plan: 150 in 30 seconds, for all apps of the store together.
    limits: ClassVar[Mapping[str, Limit]] = {"*": Limit(rate_per_s=4.0, burst=100.0)}
    api_version: ClassVar[str] = "v2/v3"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        base = account.settings.get("base_url") or API
        self.http = Http(
            name=account.name,
            base_url=f"{base}/stores/{account.settings.get('store_hash', '')}",
            headers={"X-Auth-Token": account.secrets.get("token", ""), "Accept": "application/json"},
            read_timeout_s=float(account.settings.get("read_timeout_s", 30)),
            limiter=account.limiter,
            limits=self.limits,
            waits=_waits,
            at_once={BULK: 1},
        )

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, **params: str) -> Any:
        """An empty list comes as 204 without a body."""
        response = self.http.request("GET", path, params=params)
        return response.json() if response.status != 204 and response.body else []

    def server_time(self) -> datetime:
        return self.http.request("GET", "/v2/time").server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        def page(after: datetime | None, number: int) -> list[Any]:
            query = {
                "sort": "date_modified:asc", "limit": str(PER_PAGE), "page": str(number),
                "include": "consignments.line_items", "consignment_structure": "object",
                "max_date_modified": _rfc(window.until),
            }  # fmt: skip
            if after is not None:
                query["min_date_modified"] = _rfc(after - timedelta(seconds=1))
            rows: list[Any] = self.get("/v2/orders", **query)
            return rows

        for rows, place in walk_by_time(page, window.since, resume, size=PER_PAGE, time_of=_modified):
            yield Page([self._raw(order) for order in rows], resume=place)

    def _raw(self, order: Any) -> RawOrder:
        """With its refunds, which only V3 lists."""
        if float(order.get("refunded_amount") or 0):
            refunds = self.get(f"/v3/orders/{order['id']}/payment_actions/refunds")
            order = {**order, "_refunds": refunds["data"] if refunds else []}
        return raw_order(
            order,
            id_of=lambda fields: fields.required("id"),
            time_of=lambda fields: mapping.rfc_time(fields, "date_modified"),
        )

    def get_order(self, external_id: str) -> RawOrder:
        found = self.get(f"/v2/orders/{external_id}", include="consignments.line_items", consignment_structure="object")
        if not found:
            raise ChannelRejected(_("The channel has no order %(id)s.") % {"id": external_id})
        return self._raw(found)

    def order_ids(self, window: Window) -> Iterator[Sequence[str]]:
        since = window.since or window.until - timedelta(days=1)
        bounds = {"min_date_created": _rfc(since), "max_date_created": _rfc(window.until - timedelta(seconds=1))}
        for number in range(1, MAX_PAGES):
            rows = self.get("/v2/orders", sort="id:asc", limit="250", page=str(number), **bounds)
            yield [str(row["id"]) for row in rows]
            if len(rows) < 250:
                return

    def map_order(self, body: bytes) -> MappedOrder:
        return mapping.map_order(body)

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        """Absolute figures of one location by SKU. The whole call is refused for one wrong SKU, so it is left out."""
        location = int(self.account.settings.get("location_id") or 1)
        results: dict[str, ItemResult] = {}
        left = list(items)
        for _round in range(4):
            rows = [
                {"location_id": location, "sku": item.external_sku, "quantity": int(item.quantity)} for item in left
            ]
            body = {"reason": "Backoffice", "items": rows}
            answer = self.http.request(
                "PUT", "/v3/inventory/adjustments/absolute", body=body, expected=frozenset({422}), operation=BULK
            )
            wrong = _wrong(answer, left) if answer.status == 422 else {}
            if answer.status == 422 and not wrong:
                raise ChannelRejected(str(answer.json().get("title", ""))[:250], http_status=422)
            results |= {id: ItemResult(id, why, permanent=True) for id, why in wrong.items()}
            if answer.status != 422:
                results |= {item.external_id: ItemResult(item.external_id) for item in left}
            left = [item for item in left if item.external_id not in results]
            if not left:
                break
        results |= {
            item.external_id: ItemResult(item.external_id, _("The channel refused the others of its batch."))
            for item in left
        }
        return [results[item.external_id] for item in items]

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        """A listing's id is product/variant; variants are changed ten at a time."""
        rows = [{"id": int(item.external_id.rpartition("/")[2]), "price": float(item.price)} for item in items]
        answer = self.http.request("PUT", "/v3/catalog/variants", body=rows, expected=frozenset({422}), operation=BULK)
        if answer.status != 422:
            return [ItemResult(item.external_id) for item in items]
        errors = answer.json().get("errors", {})
        told = {str(place): str(why) for place, why in errors.items()}
        return [ItemResult(item.external_id, told.get(str(place), _("The channel refused the others of its batch."))[:300], str(place) in told)
                for place, item in enumerate(items)]  # fmt: skip

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        return products.push_products(self, items)

    def read_products(self, listings: Mapping[str, str]) -> Mapping[str, FoundProduct]:
        return products.read_products(self, list(listings))

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        for number in range(1, MAX_PAGES):
            answer = self.get("/v3/catalog/variants", limit="250", page=str(number))
            rows = answer["data"] if answer else []
            yield [
                FoundListing(f"{row['product_id']}/{row['id']}", row["sku"], barcode=str(row.get("upc") or ""))
                for row in rows
            ]
            if len(rows) < 250:
                return

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        """The shop knows no key of ours: what it has of this tracking number and goods was told before."""
        path = f"/v2/orders/{push.order_external_id}/shipments"
        wanted = {line.external_id: int(line.quantity) for line in push.lines}
        for shipment in self.get(path, limit="250"):
            told = {str(row["order_product_id"]): int(row["quantity"]) for row in shipment["items"]}
            if (
                told == wanted
                and shipment["tracking_number"] == push.tracking_number
                and (push.tracking_number or push.again)
            ):
                return str(shipment["id"])
        order = self.get(
            f"/v2/orders/{push.order_external_id}", include="consignments.line_items", consignment_structure="object"
        )
        address = _address_of(order, wanted)
        body = {
            "order_address_id": address,
            "tracking_number": push.tracking_number,
            "tracking_carrier": push.carrier.lower(),
            "shipping_method": push.service,
            "items": [{"order_product_id": int(id), "quantity": quantity} for id, quantity in wanted.items()],
        }
        return str(self.http.request("POST", path, body=body).json()["id"])

    def is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """As the Standard Webhooks say, with the app's client secret as the key; or, for webhooks of a login without one,
        by the header that was given to the webhook when it was made.
        """
        own = headers.get(SECRET_HEADER, "")
        if own and hmac.compare_digest(own.encode("utf-8", "replace"), secret.encode()):
            return True
        id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE_S:
            return False
        signed = hmac.new(secret.encode(), f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        expected = b"v1," + base64.b64encode(signed)
        given = headers.get("webhook-signature", "").split(" ")
        return any(hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in given)

    def switch_on_webhooks(self, path: str) -> Sequence[str]:
        """It deactivates those that failed for two days or were idle for ninety; they are seen by the token that made them."""
        found = []
        for number in range(1, MAX_PAGES):
            answer = self.get("/v3/hooks", limit="250", page=str(number))
            rows = answer["data"] if answer else []
            for row in rows:
                if not row["is_active"] and row["destination"].endswith(path):
                    self.http.request("PUT", f"/v3/hooks/{row['id']}", body={"is_active": True})
                    found.append(str(row["scope"]))
            if len(rows) < 250:
                break
        return found

    def webhook_events(self, headers: Mapping[str, str], body: bytes) -> Sequence[WebhookEvent]:
        """Thin: kind and id; `hash` is equal for repeats."""
        try:
            told = json.loads(body)
            if told["data"]["type"] != "order":
                return ()
            return (WebhookEvent(told["scope"], str(told["data"]["id"]), f"{told['hash']}-{told['created_at']}"[:120]),)
        except (ValueError, KeyError, TypeError):
            return ()


def _wrong(answer: Response, items: Sequence[StockItem]) -> dict[str, str]:
    """Errors name an item by its place: {"items.3.sku": "…"} or {"3": "…"}."""
    found = {}
    for path, why in (answer.json().get("errors") or {}).items():
        place = next((int(part) for part in str(path).split(".") if part.isdecimal()), None)
        if place is not None and place < len(items):
            found[items[place].external_id] = str(why)[:300]
    return found


def _address_of(order: Any, wanted: Mapping[str, int]) -> int:
    """One shipment goes to one address."""
    for place in order["consignments"]["shipping"] if order else ():
        if set(wanted) <= {str(item["id"]) for item in place["line_items"]}:
            return int(place["id"])
    raise ChannelRejected(_("The goods of one shipment go to several addresses of the order, or are not in it."))


def _waits(response: Response) -> float:
    """How long the quota of this window is used up, as every answer says."""
    try:
        left = int(response.headers.get("x-rate-limit-requests-left", "1"))
        reset_ms = float(response.headers.get("x-rate-limit-time-reset-ms", "0"))
    except ValueError:
        return 0.0
    return reset_ms / 1000 if left <= 0 else 0.0


def _modified(order: Any) -> datetime:
    return mapping.rfc_time(mapping.Fields(order), "date_modified")


def _rfc(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))
