"""WooCommerce as a channel."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.utils.functional import Promise

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
from integrations.connectors.login import LoginField
from integrations.connectors.offers import FIELDS
from integrations.connectors.payloads import raw_order, walk_by_time
from integrations.connectors.rest import RestShop
from integrations.connectors.woocommerce import fulfilling, login, mapping, products, selling

BASE = "/wp-json/wc/v3"
PER_PAGE = 100
MAX_PAGES = 10_000
AT_ONCE = {"*": 2}  # calls: shops stand on small hosts


class WooCommerceConnector(Connector):
    code: ClassVar[str] = "woocommerce"
    name: ClassVar[str] = "WooCommerce"
    capabilities: ClassVar[Capabilities] = Capabilities(
        refunds=True, webhooks=True, switches_off=True, counts=True, prices=True, products=True, lists_new=True,
        catalogue=True, stock_batch=100, price_batch=100, overlap=timedelta(minutes=5),
    )  # fmt: skip
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    setting_names: ClassVar[tuple[str, ...]] = (
        "base_url",
        "take_unpaid",
        "tell_buyer",
        "weight_unit",
        "tracking_plugin",
        "keys_in_address",
    )
    product_fields: ClassVar[Sequence[str]] = tuple(name for name in FIELDS if name != "brand")
    groups_variants: ClassVar[bool] = True
    secret_names: ClassVar[tuple[str, ...]] = ("consumer_key", "consumer_secret")
    # The API has no limits; the shop's host has: gentle.
    limits: ClassVar[Mapping[str, Limit]] = {"*": Limit(rate_per_s=4.0, burst=40.0)}
    api_version: ClassVar[str] = "wc/v3"
    proof: ClassVar[str] = "C"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        key, secret = (account.secrets.get(name, "") for name in ("consumer_key", "consumer_secret"))
        login = f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"
        in_address = account.settings.get("keys_in_address") == "yes"
        self.shop = RestShop(
            account,
            BASE,
            {} if in_address else {"Authorization": login},
            self.limits,
            always={"consumer_key": key, "consumer_secret": secret} if in_address else {},
            at_once=AT_ONCE,
        )

    def close(self) -> None:
        self.shop.close()

    def server_time(self) -> datetime:
        return self.shop.ask("GET", "/orders", params={"per_page": "1", "_fields": "id"}).server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        """Sorted by change and walked by it: pages by number would skip what moves. `modified_after` leaves its own
        second out, so it is asked for the second before."""
        query = {"dates_are_gmt": "true", "orderby": "modified", "order": "asc", "per_page": str(PER_PAGE)}
        query["modified_before"] = _gmt(window.until + timedelta(seconds=1))

        def page(after: datetime | None, number: int) -> list[Any]:
            asked = query | {"page": str(number)}
            if after is not None:
                asked["modified_after"] = _gmt(after - timedelta(seconds=1))
            found: list[Any] = self.shop.ask("GET", "/orders", params=asked).json()
            return found

        for rows, place in walk_by_time(page, window.since, resume, size=PER_PAGE, time_of=_modified):
            yield Page([self._raw(order) for order in rows], resume=place)

    def _raw(self, order: Any) -> RawOrder:
        """With its refunds' lines, which the order itself only counts."""
        if order.get("refunds"):
            details = self.shop.ask("GET", f"/orders/{order['id']}/refunds", params={"per_page": "100"}).json()
            order = {**order, "_refunds": details}
        return raw_order(
            order,
            id_of=lambda fields: fields.required("id"),
            time_of=lambda fields: mapping.gmt(fields, "date_modified_gmt"),
        )

    def get_order(self, external_id: str) -> RawOrder:
        return self._raw(self.shop.ask("GET", f"/orders/{external_id}").json())

    def order_ids(self, window: Window) -> Iterator[Sequence[str]]:
        since = window.since or window.until - timedelta(days=1)
        query = {
            "dates_are_gmt": "true", "after": _gmt(since - timedelta(seconds=1)), "before": _gmt(window.until),
            "orderby": "id", "order": "asc", "per_page": "100", "_fields": "id",
        }  # fmt: skip
        for number in range(1, MAX_PAGES):
            rows = self.shop.ask("GET", "/orders", params=query | {"page": str(number)}).json()
            yield [str(row["id"]) for row in rows]
            if len(rows) < 100:
                return

    def map_order(self, body: bytes) -> MappedOrder:
        return mapping.map_order(body, take_unpaid=self.account.settings.get("take_unpaid") == "yes")

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        return selling.push(
            self.shop,
            {item.external_id: {"manage_stock": True, "stock_quantity": int(item.quantity)} for item in items},
        )

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        return selling.push(self.shop, {item.external_id: {"regular_price": f"{item.price:f}"} for item in items})

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        return products.push_products(self.shop, items)

    def read_products(self, listings: Mapping[str, str]) -> Mapping[str, FoundProduct]:
        return products.read_products(self.shop, list(listings))

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        return selling.list_listings(self.shop)

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        return fulfilling.push_fulfilment(self.shop, push)

    def switch_on_webhooks(self, path: str) -> Sequence[str]:
        return selling.switch_on_webhooks(self.shop, path)

    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        """What WooCommerce sends, unsigned, when a webhook is made."""
        return re.fullmatch(rb"webhook_id=[0-9]+", body) is not None

    def is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
        return hmac.compare_digest(expected, headers.get("x-wc-webhook-signature", "").encode("utf-8", "replace"))

    def webhook_events(self, headers: Mapping[str, str], body: bytes) -> Sequence[WebhookEvent]:
        """Its delivery id is not unique: a repeat is known by topic, order and content."""
        topic = headers.get("x-wc-webhook-topic", "")
        if headers.get("x-wc-webhook-resource", topic.split(".")[0]) != "order":
            return ()
        try:
            id = json.loads(body).get("id", "")
        except (ValueError, AttributeError):
            return ()
        return (WebhookEvent(topic, str(id), f"{topic} {hashlib.sha256(body).hexdigest()}"[:120]),)


def _modified(order: Any) -> datetime:
    return datetime.fromisoformat(order["date_modified_gmt"]).replace(tzinfo=UTC)


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
