"""Amazon as a channel: orders that the seller ships, stock and prices of listings, confirmed shipments."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.connectors.access import Limit
from integrations.connectors.amazon import login, mapping, products, queue, refunds, returns, selling
from integrations.connectors.amazon.client import LIMITS, ORDERS_VERSION, Amazon, utc
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
from integrations.connectors.changes import ReturnsRead
from integrations.connectors.login import LoginField
from integrations.connectors.offers import FIELDS
from integrations.connectors.payloads import raw_order
from integrations.errors import ChannelRejected, PageTokenExpired

ORDERS = f"/orders/{ORDERS_VERSION}/orders"
INCLUDED = "BUYER,RECIPIENT,PROCEEDS,TAX,FULFILLMENT,PACKAGES,CANCELLATION,PROMOTION"
MAX_PAGES = 10_000
# Carriers as Amazon calls them; any other is told by its name.
CARRIERS = {
    "ups": "UPS",
    "usps": "USPS",
    "fedex": "FedEx",
    "dhl": "DHL",
    "royal mail": "Royal Mail",
    "dpd": "DPD",
    "gls": "GLS",
}


class AmazonConnector(Connector):
    code: ClassVar[str] = "amazon"
    writes_returns: ClassVar[bool] = True
    name: ClassVar[str] = "Amazon"
    capabilities: ClassVar[Capabilities] = Capabilities(
        refunds=True, refund_list=True, return_list=True, queue=True, counts=True, prices=True, products=True, lists_new=True, catalogue=True,
        stock_batch=1000, price_batch=1000, overlap=timedelta(minutes=10), lag=timedelta(minutes=2),
    )  # fmt: skip
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    setting_names: ClassVar[tuple[str, ...]] = (
        "region", "marketplace_id", "seller_id", "base_url", "login_url", "contained_tax_rate", "language", "queue_url",
    )  # fmt: skip
    secret_names: ClassVar[tuple[str, ...]] = (
        "client_id", "client_secret", "refresh_token", "aws_access_key_id", "aws_secret_access_key",
    )  # fmt: skip
    optional_secrets: ClassVar[frozenset[str]] = frozenset({"aws_access_key_id", "aws_secret_access_key"})
    product_fields: ClassVar[Sequence[str]] = tuple(name for name in FIELDS if name != "visible")
    limits: ClassVar[Mapping[str, Limit]] = LIMITS
    api_version: ClassVar[str] = ORDERS_VERSION
    proof: ClassVar[str] = "B"
    personal_days: ClassVar[int | None] = 30  # its data protection policy
    note = gettext_lazy(
        "Orders that Amazon ships itself are kept and not placed. Refunds stand in Amazon's finances, up to two days late:"
        " they are read from there. Returns that buyers ask for are expected here."
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.amazon = Amazon(account)
        self.messages: queue.Queue | None = None

    def close(self) -> None:
        self.amazon.http.close()
        if self.messages is not None:
            self.messages.close()

    def server_time(self) -> datetime:
        return self.amazon.server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        since = window.since or window.until - timedelta(days=30)
        for rows, token in self._search(
            {"lastUpdatedAfter": utc(since), "lastUpdatedBefore": utc(window.until)}, resume
        ):
            yield Page([_raw(order) for order in rows], resume=token)

    def order_ids(self, window: Window) -> Iterator[Sequence[str]]:
        since = window.since or window.until - timedelta(days=1)
        bounds = {"createdAfter": utc(since), "createdBefore": utc(window.until - timedelta(seconds=1))}
        for rows, _token in self._search(bounds, "", included="FULFILLMENT"):
            yield [str(order["orderId"]) for order in rows]

    def _search(
        self, bounds: Mapping[str, str], token: str, *, included: str = INCLUDED
    ) -> Iterator[tuple[list[Any], str]]:
        query = {
            **bounds, "marketplaceIds": self.amazon.setting("marketplace_id"), "includedData": included,
            "maxResultsPerPage": "100",
        }  # fmt: skip
        for _number in range(MAX_PAGES):
            try:
                answer = self.amazon.call(
                    "searchOrders", "GET", ORDERS, params=query | ({"paginationToken": token} if token else {})
                ).json()
            except ChannelRejected as error:
                if token and error.context.get("http_status") == 400:
                    raise PageTokenExpired(error.detail) from error
                raise
            token = str((answer.get("pagination") or {}).get("nextToken") or "")
            yield answer["orders"], token
            if not token:
                return
        raise ChannelRejected(_("The channel's pages do not end."))

    def get_order(self, external_id: str) -> RawOrder:
        answer = self.amazon.call(
            "getOrder", "GET", f"{ORDERS}/{external_id}", params={"includedData": INCLUDED}
        ).json()
        return _raw(answer["order"] | {"_refunds": refunds.refunds_of(self.amazon, external_id)})

    def refund_events(self, window: Window) -> Iterator[Sequence[WebhookEvent]]:
        return refunds.refund_events(self.amazon, window)

    def ask_for_returns(self, window: Window) -> str:
        return returns.ask(self.amazon, window)

    def returns_asked(self, answer: str) -> ReturnsRead | None:
        return returns.answered(self.amazon, answer)

    def queued_events(self) -> Sequence[tuple[str, Sequence[WebhookEvent]]]:
        seller = self.amazon.setting("seller_id")
        return [(receipt, queue.events_of(body, seller)) for receipt, body in self._queue().receive()]

    def drop_queued(self, receipts: Sequence[str]) -> None:
        self._queue().delete(receipts)

    def _queue(self) -> queue.Queue:
        if self.messages is None:
            self.messages = queue.Queue(self.account)
        return self.messages

    def map_order(self, body: bytes) -> MappedOrder:
        return mapping.map_order(body, contained_rate=Decimal(self.account.settings.get("contained_tax_rate") or 0))

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        patches = {item.external_id: (item.external_sku, selling.stock_patch(item)) for item in items}
        return self._push(patches)

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        marketplace = self.amazon.setting("marketplace_id")
        return self._push(
            {item.external_id: (item.external_sku, selling.price_patch(item, marketplace)) for item in items}
        )

    def _push(self, patches: Mapping[str, tuple[str, dict[str, Any]]]) -> list[ItemResult]:
        if len(patches) < selling.FEED_FROM:
            return selling.patch_each(self.amazon, {id: (sku, [patch]) for id, (sku, patch) in patches.items()})
        feed_id = selling.submit_feed(self.amazon, list(patches.values()))
        self.submitted.append((feed_id, list(patches)))
        return [ItemResult(id) for id in patches]

    def batch_errors(self, batch_id: str) -> Mapping[int, str] | None:
        errors = selling.feed_errors(self.amazon, batch_id)
        return None if errors is None else {number - 1: why for number, why in errors.items()}

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        return products.push_products(self.amazon, items)

    def read_products(self, listings: Mapping[str, str]) -> Mapping[str, FoundProduct]:
        return products.read_products(self.amazon, listings)

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        path = f"/listings/2021-08-01/items/{self.amazon.setting('seller_id')}"
        query = {"marketplaceIds": self.amazon.setting("marketplace_id"), "includedData": "summaries", "pageSize": "20"}
        for _number in range(MAX_PAGES):
            answer = self.amazon.call("searchListingsItems", "GET", path, params=query).json()
            yield [
                FoundListing(
                    item["sku"],
                    item["sku"],
                    next((row.get("itemName", "") for row in item.get("summaries", ())), "")[:200],
                )
                for item in answer["items"]
            ]
            token = (answer.get("pagination") or {}).get("nextToken")
            if not token:
                return
            query["pageToken"] = token

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        """The package's reference is ours: the same one again changes that package and adds none."""
        carrier = CARRIERS.get(push.carrier.lower(), "Other")
        package = {
            "packageReferenceId": push.key.removeprefix("shipment-"),
            "carrierCode": carrier,
            **({"carrierName": push.carrier or _("Unknown")} if carrier == "Other" else {}),
            "shippingMethod": push.service or "Standard",
            "trackingNumber": push.tracking_number,
            "shipDate": utc(push.shipped_at),
            "orderItems": [{"orderItemId": line.external_id, "quantity": int(line.quantity)} for line in push.lines],
        }
        body = {"marketplaceId": self.amazon.setting("marketplace_id"), "packageDetail": package}
        path = f"/orders/v0/orders/{push.order_external_id}/shipmentConfirmation"
        self.amazon.call("confirmShipment", "POST", path, body=body)
        return str(package["packageReferenceId"])


def _raw(order: Any) -> RawOrder:
    return raw_order(
        order, id_of=lambda fields: fields.required("orderId"), time_of=lambda fields: fields.time("lastUpdatedTime")
    )
