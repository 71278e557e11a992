"""Shopify as a channel."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
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
from integrations.connectors.fields import Fields
from integrations.connectors.login import LoginField
from integrations.connectors.offers import FIELDS
from integrations.connectors.payloads import raw_order
from integrations.connectors.shopify import documents, fulfilling, login, mapping, products, selling
from integrations.connectors.shopify.client import LIMITS, PAGE_COST, Shopify
from integrations.errors import ChannelRejected, PageTokenExpired

MAX_PAGES = 10_000
TOPICS = frozenset({"orders", "refunds", "fulfillments", "order_transactions"})


class ShopifyConnector(Connector):
    code: ClassVar[str] = "shopify"
    name: ClassVar[str] = "Shopify"
    capabilities: ClassVar[Capabilities] = Capabilities(
        refunds=True, webhooks=True, counts=True, prices=True, products=True, lists_new=True, catalogue=True,
        stock_batch=250, price_batch=100, overlap=timedelta(minutes=5),
    )  # fmt: skip
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    setting_names: ClassVar[tuple[str, ...]] = (
        "shop", "base_url", "location_id", "publication_id", "notify_customer", "take_unpaid", "take_tests",
    )  # fmt: skip
    secret_names: ClassVar[tuple[str, ...]] = ("access_token", "client_id", "client_secret", "refresh_token")
    optional_secrets: ClassVar[frozenset[str]] = frozenset(secret_names)
    product_fields: ClassVar[Sequence[str]] = FIELDS
    groups_variants: ClassVar[bool] = True
    limits: ClassVar[Mapping[str, Limit]] = LIMITS
    api_version: ClassVar[str] = documents.VERSION
    api_ends: ClassVar[date | None] = documents.ENDS
    proof: ClassVar[str] = "B"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.shop = Shopify(account)

    def close(self) -> None:
        self.shop.http.close()

    def server_time(self) -> datetime:
        return self.shop.server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        query = f"updated_at:<='{_utc(window.until)}'"
        if window.since:
            query = f"updated_at:>='{_utc(window.since)}' AND {query}"
        for page, after in self._pages(documents.ORDERS, query, resume, PAGE_COST):
            yield Page([self._raw(order) for order in page], resume=after)

    def order_ids(self, window: Window) -> Iterator[Sequence[str]]:
        since = window.since or window.until - timedelta(days=1)
        query = f"created_at:>='{_utc(since)}' AND created_at:<'{_utc(window.until)}'"
        for page, _after in self._pages(documents.ORDER_IDS, query, "", 50.0):
            yield [mapping.legacy_id(str(order["id"])) for order in page]

    def _pages(self, document: str, query: str, after: str, cost: float) -> Iterator[tuple[list[Any], str]]:
        for _number in range(MAX_PAGES):
            try:
                found = self.shop.ask(document, {"query": query, "after": after or None}, cost=cost)["orders"]
            except ChannelRejected as error:
                if after and "cursor" in error.detail.lower():
                    raise PageTokenExpired(error.detail) from error
                raise
            more = found["pageInfo"]["hasNextPage"]
            after = str(found["pageInfo"]["endCursor"]) if more else ""
            yield found["nodes"], after
            if not more:
                return
        raise ChannelRejected(_("The channel's pages do not end."))

    def _raw(self, order: dict[str, Any]) -> RawOrder:
        """The order with all its lines, however many pages those have."""
        lines = order["lineItems"]
        while lines["pageInfo"]["hasNextPage"]:
            asked = {"id": order["id"], "after": lines["pageInfo"]["endCursor"]}
            more = self.shop.ask(documents.MORE_LINES, asked, cost=120.0)["order"]["lineItems"]
            lines = {"nodes": [*lines["nodes"], *more["nodes"]], "pageInfo": more["pageInfo"]}
        return raw_order({**order, "lineItems": lines}, id_of=_id_of, time_of=lambda fields: fields.time("updatedAt"))

    def get_order(self, external_id: str) -> RawOrder:
        found = self.shop.ask(documents.ORDER, {"id": f"gid://shopify/Order/{external_id}"}, cost=60.0)["order"]
        if found is None:
            raise ChannelRejected(_("The channel has no order %(id)s.") % {"id": external_id})
        return self._raw(found)

    def map_order(self, body: bytes) -> MappedOrder:
        settings = self.account.settings
        return mapping.map_order(
            body, take_unpaid=settings.get("take_unpaid") == "yes", take_tests=settings.get("take_tests") == "yes"
        )

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        return selling.push_stock(self.shop, items)

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        return selling.push_prices(self.shop, items)

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        return products.push_products(self.shop, items)

    def read_products(self, listings: Mapping[str, str]) -> Mapping[str, FoundProduct]:
        return products.read_products(self.shop, list(listings))

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        return selling.list_listings(self.shop)

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        return fulfilling.push_fulfilment(self.shop, push)

    def is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
        return hmac.compare_digest(expected, headers.get("x-shopify-hmac-sha256", "").encode("utf-8", "replace"))

    def webhook_events(self, headers: Mapping[str, str], body: bytes) -> Sequence[WebhookEvent]:
        """Topics about orders name the order: its own id, or order_id in what hangs on it."""
        topic = headers.get("x-shopify-topic", "")
        key = (
            headers.get("x-shopify-event-id") or headers.get("x-shopify-webhook-id") or hashlib.sha256(body).hexdigest()
        )
        kind = topic.split("/", 1)[0]
        if kind not in TOPICS:
            return ()
        try:
            fields = Fields(json.loads(body, parse_float=str))
        except ValueError:
            return ()
        return (WebhookEvent(topic, _order_named(fields, kind), key[:120]),)


def _order_named(fields: Fields, kind: str) -> str:
    """The order's id: the global one where there is one, for some programs round the other."""
    if fields.get("order_edit", None) is not None:
        return str(fields.child("order_edit").get("order_id", "") or "")
    if kind != "orders":
        return str(fields.get("order_id", "") or "")
    return mapping.legacy_id(str(fields.get("admin_graphql_api_id", "") or fields.get("id", "") or ""))


def _id_of(fields: Fields) -> str:
    return mapping.legacy_id(fields.required("id"))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
