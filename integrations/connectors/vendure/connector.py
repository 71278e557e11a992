"""Vendure as a channel."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    WebhookEvent,
    Window,
)
from integrations.connectors.fields import Fields
from integrations.connectors.login import LoginField
from integrations.connectors.payloads import raw_order, walk_by_time
from integrations.connectors.vendure import documents, fulfilling, login, mapping, selling
from integrations.connectors.vendure.client import LIMITS, Vendure
from integrations.errors import ChannelRejected

PER_PAGE = 50
MAX_PAGES = 10_000
MOMENT = timedelta(milliseconds=1)
NOW = timedelta(milliseconds=999)  # its clock is told in whole seconds, its orders' times are finer
TOLERANCE_S = 300
WALKS = ("orderPlacedAt", "updatedAt")


class VendureConnector(Connector):
    code: ClassVar[str] = "vendure"
    name: ClassVar[str] = "Vendure"
    capabilities: ClassVar[Capabilities] = Capabilities(
        refunds=True, webhooks=True, counts=True, rereads=True, prices=True, products=True, catalogue=True,
        stock_batch=100, price_batch=100, overlap=timedelta(minutes=5),
    )  # fmt: skip
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    product_fields: ClassVar[Sequence[str]] = ("title", "visible")
    setting_names: ClassVar[tuple[str, ...]] = (
        "base_url", "api_path", "channel_token", "location_id", "language", "take_unpaid",
    )  # fmt: skip
    secret_names: ClassVar[tuple[str, ...]] = ("username", "password", "api_key")
    optional_secrets: ClassVar[frozenset[str]] = frozenset(secret_names)
    limits: ClassVar[Mapping[str, Limit]] = LIMITS
    api_version: ClassVar[str] = "3"
    proof: ClassVar[str] = "A"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.shop = Vendure(account)

    def close(self) -> None:
        self.shop.http.close()

    def server_time(self) -> datetime:
        return self.shop.server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        """Orders placed in the window, then those changed in it: neither time alone shows all. What moves neither (a
        payment, a shipment, a refund) is told by webhooks and found when open orders are read again.
        """
        walks = WALKS if window.since else WALKS[:1]  # from the beginning, the first has all
        walk, place = resume.split(" ", 1) if resume else (walks[0], "")
        for name in walks[walks.index(walk) if walk in walks else 0 :]:
            pages = walk_by_time(
                self._pager(name, window),
                window.since,
                place,
                size=PER_PAGE,
                time_of=lambda row, at=name: _time(row, at),
            )
            for rows, after in pages:
                yield Page([self._raw(order) for order in rows], resume=f"{name} {after}" if after else "")
            place = ""

    def _pager(self, name: str, window: Window) -> Callable[[datetime | None, int], list[Any]]:
        def page(after: datetime | None, number: int) -> list[Any]:
            begin = after or datetime(1970, 1, 1, tzinfo=UTC)
            placed = {"orderPlacedAt": {"isNull": False}}
            options = {
                "take": PER_PAGE,
                "skip": (number - 1) * PER_PAGE,
                "sort": {name: "ASC", "id": "ASC"},
                "filter": placed | {name: {"between": {"start": _utc(begin), "end": _utc(window.until + NOW)}}},
            }
            return _with_precision(self.shop.ask(documents.ORDERS, {"options": options}))

        return page

    def get_order(self, external_id: str) -> RawOrder:
        answer = self.shop.ask(documents.ORDER, {"id": external_id})
        if answer["order"] is None:
            raise ChannelRejected(_("The channel has no order %(id)s.") % {"id": external_id})
        [order] = _with_precision({**answer, "orders": {"items": [answer["order"]]}})
        return self._raw(order)

    def _raw(self, order: Any) -> RawOrder:
        """With what was cancelled when, where refunds have to be told apart."""
        if any(payment["refunds"] for payment in order["payments"] or ()):
            found = self.shop.ask(documents.CANCELLATIONS, {"id": order["id"]})["order"]["history"]["items"]
            order = {**order, "_cancellations": [{**row["data"], "at": row["createdAt"]} for row in found]}
        return raw_order(order, id_of=lambda fields: fields.required("id"), time_of=_moved_at)

    def order_ids(self, window: Window) -> Iterator[Sequence[str]]:
        since = window.since or window.until - timedelta(days=1)
        placed = {"between": {"start": _utc(since), "end": _utc(window.until - MOMENT)}}
        for number in range(MAX_PAGES):
            options = {
                "take": 200, "skip": number * 200, "sort": {"id": "ASC"}, "filter": {"orderPlacedAt": placed},
            }  # fmt: skip
            rows = self.shop.ask(documents.ORDER_IDS, {"options": options})["orders"]["items"]
            yield [str(row["id"]) for row in rows]
            if len(rows) < 200:
                return
        raise ChannelRejected(_("The channel's pages do not end."))

    def map_order(self, body: bytes) -> MappedOrder:
        return mapping.map_order(body, take_unpaid=self.account.settings.get("take_unpaid") == "yes")

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        return selling.push_stock(self.shop, items)

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        return selling.push_prices(self.shop, items)

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        return selling.push_products(self.shop, items)

    def read_products(self, listings: Mapping[str, str]) -> Mapping[str, FoundProduct]:
        return selling.read_products(self.shop, list(listings))

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        return selling.list_listings(self.shop)

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        return fulfilling.push_fulfilment(self.shop, push)

    def is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """As the Standard Webhooks say: Vendure has no webhooks of its own, our plugin for it signs like this."""
        id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not id or not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE_S:
            return False
        signed = hmac.new(_key(secret), f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        expected = b"v1," + base64.b64encode(signed)
        given = headers.get("webhook-signature", "").split(" ")
        return any(hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in given)

    def webhook_events(self, headers: Mapping[str, str], body: bytes) -> Sequence[WebhookEvent]:
        try:
            told = json.loads(body)
            topic, order_id = str(told["type"]), str(told["data"]["orderId"])
        except (ValueError, KeyError, TypeError):
            return ()
        return (WebhookEvent(topic, order_id, headers.get("webhook-id", "")[:120]),) if order_id else ()


def _key(secret: str) -> bytes:
    """whsec_ and base64, as the specification has it; anything else is the key as it stands."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def _with_precision(answer: Mapping[str, Any]) -> list[Any]:
    precision = answer["globalSettings"]["serverConfig"]["moneyStrategyPrecision"]
    return [{**order, "_precision": precision} for order in answer["orders"]["items"]]


def _moved_at(fields: Fields) -> datetime:
    """The later of its two times: the one of its change may be before it was placed."""
    return max(fields.time("updatedAt"), fields.time("orderPlacedAt"))


def _time(order: Any, name: str) -> datetime:
    return datetime.fromisoformat(str(order[name]))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
