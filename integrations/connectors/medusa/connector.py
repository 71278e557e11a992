"""Medusa 2 as a channel."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
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
    Window,
)
from integrations.connectors.login import LoginField
from integrations.connectors.medusa import fulfilling, login, mapping, products, selling
from integrations.connectors.offers import FIELDS as PRODUCT_FIELDS
from integrations.connectors.payloads import raw_order, walk_by_time
from integrations.connectors.rest import RestShop
from integrations.errors import ChannelRejected

PER_PAGE = 50
MAX_PAGES = 10_000
NOW = timedelta(milliseconds=999)  # its clock is told in whole seconds, its orders' times are finer
FIELDS = ",".join(
    (
        "id", "display_id", "status", "payment_status", "fulfillment_status", "created_at", "updated_at", "canceled_at",
        "email", "currency_code", "total", "*items", "*items.detail", "*items.tax_lines", "*shipping_methods",
        "*shipping_methods.tax_lines", "*shipping_address", "*billing_address", "*customer", "*fulfillments",
        "*fulfillments.items", "*fulfillments.labels", "*payment_collections.payments",
        "*payment_collections.payments.refunds",
    )
)  # fmt: skip


class MedusaConnector(Connector):
    code: ClassVar[str] = "medusa"
    name: ClassVar[str] = "Medusa"
    capabilities: ClassVar[Capabilities] = Capabilities(
        refunds=True, counts=True, rereads=True, catalogue=True, prices=True, products=True, lists_new=True,
        stock_batch=100, price_batch=50, overlap=timedelta(minutes=5),
    )  # fmt: skip
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    setting_names: ClassVar[tuple[str, ...]] = ("base_url", "location_id", "take_unpaid", "sales_channel_id")
    product_fields: ClassVar[Sequence[str]] = tuple(name for name in PRODUCT_FIELDS if name != "brand")
    groups_variants: ClassVar[bool] = True
    secret_names: ClassVar[tuple[str, ...]] = ("secret_key",)
    # The API has no limits; the shop's host has: gentle.
    limits: ClassVar[Mapping[str, Limit]] = {"*": Limit(rate_per_s=10.0, burst=60.0)}
    api_version: ClassVar[str] = "2"
    proof: ClassVar[str] = "C"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        key = f"{account.secrets.get('secret_key', '')}:".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(key).decode()}"}
        self.shop = RestShop(account, "/admin", headers, self.limits)

    def close(self) -> None:
        self.shop.close()

    def server_time(self) -> datetime:
        return self.shop.ask("GET", "/orders", params={"limit": "1", "fields": "id"}).server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        """By their change, and walked by it: pages by number would skip what moves. Capturing a payment moves nothing:
        open orders are read again each night.
        """

        def page(after: datetime | None, number: int) -> list[Any]:
            asked = {
                "limit": str(PER_PAGE), "offset": str((number - 1) * PER_PAGE), "order": "updated_at", "fields": FIELDS,
                "updated_at[$lte]": _utc(window.until + NOW),
            }  # fmt: skip
            if after is not None:
                asked["updated_at[$gte]"] = _utc(after)
            found: list[Any] = self.shop.ask("GET", "/orders", params=asked).json()["orders"]
            return found

        for rows, place in walk_by_time(page, window.since, resume, size=PER_PAGE, time_of=_updated):
            yield Page([_raw(order) for order in rows], resume=place)

    def get_order(self, external_id: str) -> RawOrder:
        return _raw(self.shop.ask("GET", f"/orders/{external_id}", params={"fields": FIELDS}).json()["order"])

    def order_ids(self, window: Window) -> Iterator[Sequence[str]]:
        since = window.since or window.until - timedelta(days=1)
        for number in range(MAX_PAGES):
            asked = {
                "limit": "200", "offset": str(number * 200), "order": "id", "fields": "id",
                "created_at[$gte]": _utc(since), "created_at[$lt]": _utc(window.until),
            }  # fmt: skip
            rows = self.shop.ask("GET", "/orders", params=asked).json()["orders"]
            yield [str(row["id"]) for row in rows]
            if len(rows) < 200:
                return
        raise ChannelRejected(_("The channel's pages do not end."))

    def map_order(self, body: bytes) -> MappedOrder:
        return mapping.map_order(body, take_unpaid=self.account.settings.get("take_unpaid") == "yes")

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        return selling.push_stock(self.shop, items)

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        return products.push_prices(self.shop, items)

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        return products.push_products(self.shop, items)

    def read_products(self, listings: Mapping[str, str]) -> Mapping[str, FoundProduct]:
        return products.read_products(self.shop, list(listings))

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        return selling.list_listings(self.shop)

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        return fulfilling.push_fulfilment(self.shop, push)


def _raw(order: Any) -> RawOrder:
    return raw_order(
        order, id_of=lambda fields: fields.required("id"), time_of=lambda fields: fields.time("updated_at")
    )


def _updated(order: Any) -> datetime:
    return datetime.fromisoformat(str(order["updated_at"]))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
