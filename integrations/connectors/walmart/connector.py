"""Walmart Marketplace as a channel. Telling it of a shipment is what charges the buyer."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.connectors.access import Grant, Limit
from integrations.connectors.base import (
    SETUP,
    Account,
    Capabilities,
    Connector,
    FoundListing,
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
from integrations.connectors.changes import ReturnsRead
from integrations.connectors.http import Http, Response
from integrations.connectors.login import LoginField
from integrations.connectors.payloads import raw_order
from integrations.connectors.walmart import login, mapping, products, returns, shipping
from integrations.errors import ChannelRejected, ChannelUnauthorised, PageTokenExpired

API = "https://marketplace.walmartapis.com"
SERVICE = "Backoffice"
MAX_PAGES = 10_000
HISTORY = timedelta(days=180)


class WalmartConnector(Connector):
    code: ClassVar[str] = "walmart"
    name: ClassVar[str] = "Walmart"
    capabilities: ClassVar[Capabilities] = Capabilities(
        refunds=True, refund_list=True, return_list=True, webhooks=True, counts=True, prices=True, products=True,
        lists_new=True, catalogue=True, stock_batch=50, price_batch=500, overlap=timedelta(minutes=10),
    )  # fmt: skip
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    setting_names: ClassVar[tuple[str, ...]] = ("base_url", "method_code")
    secret_names: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")
    # By token and endpoint; answers say how much is left.
    limits: ClassVar[Mapping[str, Limit]] = {
        "orders": Limit(2.0, 60), "stock": Limit(3.0, 60), "fulfilment": Limit(2.0, 60),
        "returns": Limit(1.0, 20),
        "feeds": Limit(0.0027, 10), "*": Limit(1.0, 20),
    }  # fmt: skip
    setup_fields: ClassVar[Sequence[str]] = ("barcode", "weight")
    hides_by_stock: ClassVar[bool] = True
    api_version: ClassVar[str] = "v3"
    note = gettext_lazy(
        "New SKUs are offered on what Walmart's catalogue has under their barcode (setup by match); Walmart's own"
        " descriptions stay. One that buyers are not to see is shown without stock: Walmart calls retiring permanent."
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.base_url = account.settings.get("base_url") or API
        self.timeout_s = float(account.settings.get("read_timeout_s", 30))
        self.http = self._http(authorise=self._login)

    def _http(self, **more: Any) -> Http:
        return Http(
            name=self.account.name,
            base_url=self.base_url,
            headers={"Accept": "application/json", "WM_SVC.NAME": SERVICE},
            read_timeout_s=self.timeout_s,
            limiter=self.account.limiter,
            limits=self.limits,
            waits=_waits,
            **more,
        )

    def close(self) -> None:
        self.http.close()

    def _login(self, stale: str) -> tuple[str, Mapping[str, str]]:
        token = self.account.tokens.token(self._renew, stale=stale) if self.account.tokens else ""
        return token, {"WM_SEC.ACCESS_TOKEN": token, "WM_QOS.CORRELATION_ID": str(uuid.uuid4())}

    def _renew(self, secrets: Mapping[str, str]) -> Grant:
        """A token lives a quarter of an hour."""
        login = base64.b64encode(f"{secrets.get('client_id', '')}:{secrets.get('client_secret', '')}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "WM_QOS.CORRELATION_ID": str(uuid.uuid4())}
        plain = self._http()
        try:
            form = {"grant_type": "client_credentials"}
            answer = plain.request("POST", "/v3/token", form=form, headers=headers, operation="login").json()
        except ChannelRejected as error:
            raise ChannelUnauthorised(error.detail) from error
        finally:
            plain.close()
        return Grant(str(answer["access_token"]), float(answer.get("expires_in", 900)))

    def server_time(self) -> datetime:
        return self.http.request("GET", "/v3/feeds", params={"limit": "1"}).server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        since = window.since or window.until - HISTORY
        query = {"lastModifiedStartDate": _utc(since), "lastModifiedEndDate": _utc(window.until), "limit": "200"}
        for rows, cursor in self._pages(query, resume):
            yield Page([_raw(order) for order in rows], resume=cursor)

    def order_ids(self, window: Window) -> Iterator[Sequence[str]]:
        since = window.since or window.until - timedelta(days=1)
        bounds = {
            "createdStartDate": _utc(since),
            "createdEndDate": _utc(window.until - timedelta(seconds=1)),
            "limit": "200",
        }
        for rows, _cursor in self._pages(bounds, ""):
            yield [str(order["purchaseOrderId"]) for order in rows]

    def _pages(self, query: Mapping[str, str], cursor: str) -> Iterator[tuple[list[Any], str]]:
        """The next cursor is a whole query string."""
        for _number in range(MAX_PAGES):
            asked = dict(parse_qsl(cursor.lstrip("?"))) if cursor else dict(query)
            try:
                answer = self.http.request(
                    "GET", "/v3/orders", params=asked, operation="orders", expected=frozenset({404})
                )
            except ChannelRejected as error:
                if cursor and error.context.get("http_status") == 400:
                    raise PageTokenExpired(error.detail) from error
                raise
            listed = answer.json().get("list") if answer.status != 404 else None  # nothing found is a 404
            rows = ((listed or {}).get("elements") or {}).get("order") or []
            cursor = str(((listed or {}).get("meta") or {}).get("nextCursor") or "")
            yield rows, cursor
            if not cursor:
                return
        raise ChannelRejected(_("The channel's pages do not end."))

    def acknowledge(self, page: Page) -> None:
        """Walmart waits to be told that a new order is taken; one that it thinks taken already is no error."""
        for order in page.orders:
            told = json.loads(order.body)
            lines = (told.get("orderLines") or {}).get("orderLine") or []
            new = any(row.get("status") == "Created" for line in lines
                      for row in (line.get("orderLineStatuses") or {}).get("orderLineStatus") or ())  # fmt: skip
            if new:
                path = f"/v3/orders/{order.external_id}/acknowledge"
                self.http.request("POST", path, operation="orders", expected=frozenset({400, 409}))

    def get_order(self, external_id: str) -> RawOrder:
        return _raw(self.http.request("GET", f"/v3/orders/{external_id}", operation="orders").json()["order"])

    def map_order(self, body: bytes) -> MappedOrder:
        return mapping.map_order(body)

    def refund_events(self, window: Window) -> Iterator[Sequence[WebhookEvent]]:
        return returns.refunded(self.http, window)

    def ask_for_returns(self, window: Window) -> str:
        return returns.question(window)

    def returns_asked(self, answer: str) -> ReturnsRead:
        return returns.answered(self.http, answer)

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        """One call for each SKU: what was sent before a throttle has arrived, the rest goes later."""
        return [
            self._put(item.external_id, "/v3/inventory", {
                "sku": item.external_sku, "quantity": {"unit": "EACH", "amount": int(item.quantity)},
            }, {"sku": item.external_sku})
            for item in items
        ]  # fmt: skip

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        return [
            self._put(item.external_id, "/v3/price", {
                "sku": item.external_sku,
                "pricing": [{"currentPriceType": "BASE", "currentPrice": {"currency": item.currency, "amount": float(item.price)}}],
            }, {})
            for item in items
        ]  # fmt: skip

    def _put(self, id: str, path: str, body: Any, params: Mapping[str, str]) -> ItemResult:
        try:
            self.http.request("PUT", path, params=params, body=body, operation="stock")
        except ChannelUnauthorised:
            raise
        except ChannelRejected as error:
            return ItemResult(id, error.detail[:300], permanent=True)
        return ItemResult(id)

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        return products.push_products(self.http, self.submitted, items)

    def batch_errors(self, batch_id: str) -> Mapping[int, str] | None:
        return products.feed_errors(self.http, batch_id.removeprefix(SETUP))

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        cursor = "*"
        for _number in range(MAX_PAGES):
            answer = self.http.request("GET", "/v3/items", params={"limit": "200", "nextCursor": cursor}).json()
            rows = answer.get("ItemResponse") or []
            yield [
                FoundListing(row["sku"], row["sku"], str(row.get("productName") or "")[:200], str(row.get("upc") or ""))
                for row in rows
            ]
            cursor = str(answer.get("nextCursor") or "")
            if not cursor or not rows:
                return

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        return shipping.ship(self.http, push, method_code=self.account.settings.get("method_code", "Standard"))

    def is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), headers.get("x-walmart-signature", "").encode("utf-8", "replace"))

    def webhook_events(self, headers: Mapping[str, str], body: bytes) -> Sequence[WebhookEvent]:
        try:
            told = json.loads(body)
            topic = told["source"]["eventType"]
            id = told["payload"]["purchaseOrderId"]
        except (ValueError, KeyError, TypeError):
            return ()
        return (WebhookEvent(str(topic), str(id), hashlib.sha256(body).hexdigest()),)


def _raw(order: Any) -> RawOrder:
    """It carries no time of its own change: the newest of its lines' statuses, else when it was placed."""

    def changed(fields: Any) -> datetime:
        rows = fields.child("orderLines").children("orderLine")
        times = [mapping.epoch_ms(row, "statusDate") for row in rows if row.get("statusDate", None)]
        return max(times, default=mapping.epoch_ms(fields, "orderDate"))

    return raw_order(order, id_of=lambda fields: fields.required("purchaseOrderId"), time_of=changed)


def _waits(response: Response) -> float:
    """How long the endpoint's tokens are used up, as its answers say: the moment of the next ones in milliseconds."""
    try:
        left = int(response.headers.get("x-current-token-count", "1"))
        at_ms = float(response.headers.get("x-next-replenishment-time", "0"))
        return max(at_ms / 1000 - response.server_time().timestamp(), 0.0) if left <= 0 and at_ms else 0.0
    except (ValueError, ChannelRejected):
        return 0.0


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
