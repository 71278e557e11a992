"""Facebook and Instagram shops. Meta took its order API away in 2026, with no replacement: catalogue, price and stock go
there; the buyer checks out in the merchant's own store, and the order comes from that store's channel."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.connectors.access import EVERYTHING, Limit
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
from integrations.connectors.http import Http, Response, redacted
from integrations.connectors.login import LoginField
from integrations.connectors.meta import login
from integrations.connectors.offers import FIELDS, number_text, yes
from integrations.errors import ChannelRejected, ChannelUnauthorised, PayloadUnreadable

GRAPH = "https://graph.facebook.com"
VERSION, ENDS = "v26.0", date(2028, 7, 29)
MAX_PAGES = 10_000
THROTTLED, BUSY_CATALOGUE = (
    frozenset({4, 17, 32, 613}),
    range(80000, 80015),
)  # of an app, a user; of a business use case
LOGGED_OUT = frozenset({102, 190})
UNTOLD_WAIT_S, LONGEST_WAIT_S = 60.0, 3600.0


class MetaConnector(Connector):
    code: ClassVar[str] = "meta"
    name: ClassVar[Promise | str] = gettext_lazy("Instagram and Facebook")
    capabilities: ClassVar[Capabilities] = Capabilities(
        orders=False, fulfilment=False, refunds=False, settlements=False, prices=True, products=True, lists_new=True,
        catalogue=True,
        stock_batch=3000, price_batch=3000,
    )  # fmt: skip
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    product_fields: ClassVar[Sequence[str]] = tuple(name for name in FIELDS if name != "weight")
    setting_names: ClassVar[tuple[str, ...]] = ("catalog_id", "checkout_url", "base_url")
    secret_names: ClassVar[tuple[str, ...]] = ("access_token",)
    limits: ClassVar[Mapping[str, Limit]] = {"*": Limit(rate_per_s=0.5, burst=20.0)}
    api_version: ClassVar[str] = VERSION
    api_ends: ClassVar[date | None] = ENDS
    note = gettext_lazy(
        "Orders cannot be read here: Meta removed its order API on 27 October 2026. Buyers check out in your own store;"
        " their orders come with that store's channel and name their source."
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.http = Http(
            name=account.name,
            base_url=f"{account.settings.get('base_url') or GRAPH}/{VERSION}",
            headers={"Authorization": f"Bearer {account.secrets.get('access_token', '')}"},
            read_timeout_s=float(account.settings.get("read_timeout_s", 30)),
            limiter=account.limiter,
            limits=self.limits,
        )

    def close(self) -> None:
        self.http.close()

    def _ask(self, method: str, path: str, **more: Any) -> Response:
        """The Graph API says what is wrong by a code of its own, mostly under HTTP 400: also that it wants to be left
        alone, and that the token has ended.
        """
        answer = self.http.request(method, path, expected=frozenset({400, 403}), **more)
        if answer.status < 400:
            return answer
        error = answer.json().get("error") or {}
        code, said = int(error.get("code") or 0), redacted(str(error.get("message") or answer.status))[:200]
        if code in THROTTLED or code in BUSY_CATALOGUE:
            raise self.http.throttled(EVERYTHING, _wait_s(answer))
        if code in LOGGED_OUT or answer.status == 403:
            raise ChannelUnauthorised(said, http_status=answer.status)
        raise ChannelRejected(
            _("%(name)s answered %(status)s: %(excerpt)s")
            % {"name": self.account.name, "status": answer.status, "excerpt": said},
            http_status=answer.status,
        )

    def _catalog(self) -> str:
        found = self.account.settings.get("catalog_id", "")
        if not found:
            raise ChannelRejected(_("The connection's settings do not say %(name)s.") % {"name": "catalog_id"})
        return found

    def server_time(self) -> datetime:
        return self._ask("GET", f"/{self._catalog()}", params={"fields": "id"}).server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        return iter(())

    def get_order(self, external_id: str) -> RawOrder:
        raise ChannelRejected(_("Meta has no orders to read."))

    def map_order(self, body: bytes) -> MappedOrder:
        raise PayloadUnreadable(_("Meta has no orders to read."), field="")

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        raise ChannelRejected(_("Meta has no orders to read."))

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        return self._batch(
            {
                item.external_id: {
                    "id": item.external_id,
                    "quantity_to_sell_on_facebook": int(item.quantity),
                    "availability": "in stock" if item.quantity > 0 else "out of stock",
                }
                for item in items
            }
        )

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        return self._batch(
            {
                item.external_id: {"id": item.external_id, "price": price_text(item.price, item.currency)}
                for item in items
            }
        )

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        """The id there is ours: the SKU, which must be the retailer id."""
        told = self._batch({item.external_id or item.external_sku: self._product(item) for item in items})
        return [replace(row, listed_as="" if row.error else row.external_id) for row in told]

    def read_products(self, listings: Mapping[str, str]) -> Mapping[str, FoundProduct]:
        fields = "retailer_id,name,description,brand,gtin,visibility,price,image_url,additional_image_urls,errors"
        wanted = {"retailer_id": {"is_any": list(listings)}}
        query = {"fields": fields, "filter": json.dumps(wanted), "limit": "200"}
        rows = self._ask("GET", f"/{self._catalog()}/products", params=query).json()["data"]
        return {str(row["retailer_id"]): _found(row) for row in rows if str(row["retailer_id"]) in listings}

    def _product(self, item: ProductItem) -> dict[str, Any]:
        words = {
            "title": item.title,
            "description": item.description or item.title,
            "brand": item.brand,
            "barcode": item.barcode,
            "images": list(item.images),
            "visible": "published" if item.visible else "hidden",
        }
        names = {"barcode": "gtin", "visible": "visibility"}
        found: dict[str, Any] = {
            "id": item.external_id or item.external_sku,
            **{names.get(name, name): value for name, value in words.items() if name in item.fields},
            "availability": "in stock" if item.quantity > 0 else "out of stock",
            "condition": "new",
            "quantity_to_sell_on_facebook": int(item.quantity),
            "link": self.checkout_link({item.external_sku: 1}),
        }
        pictures = found.pop("images", [])
        if pictures:
            found["image_link"], found["additional_image_link"] = pictures[0], pictures[1:21]
        if item.group.options:
            found["item_group_id"] = item.group.handle
        if item.price is not None:
            found["price"] = price_text(item.price, item.currency)
        return {name: value for name, value in found.items() if value not in ("", None, [])}

    def checkout_link(self, wanted: Mapping[str, int], coupon: str = "") -> str:
        """Where Meta sends a buyer: an address of the merchant's store that fills a cart; "" without one."""
        base = self.account.settings.get("checkout_url", "")
        if not base:
            return ""
        query = {
            "products": ",".join(f"{id}:{quantity}" for id, quantity in wanted.items()),
            **({"coupon": coupon} if coupon else {}),
        }
        return f"{base}?{urlencode(query)}"

    def _batch(self, rows: Mapping[str, Mapping[str, Any]]) -> list[ItemResult]:
        """Answers a handle; what is wrong with an item at once is told at once, the rest by batch_errors."""
        body = {
            "item_type": "PRODUCT_ITEM",
            "allow_upsert": True,
            "requests": [{"method": "UPDATE", "retailer_id": id, "data": dict(row)} for id, row in rows.items()],
        }
        answer = self._ask("POST", f"/{self._catalog()}/items_batch", body=body).json()
        wrong = {
            str(row["retailer_id"]): "; ".join(str(error["message"]) for error in row["errors"])[:300]
            for row in answer.get("validation_status", ())
            if row.get("errors")
        }
        self.submitted += [(str(handle), list(rows)) for handle in answer.get("handles", ())]
        return [ItemResult(id, wrong.get(id, ""), permanent=id in wrong) for id in rows]

    def batch_errors(self, batch_id: str) -> Mapping[int, str] | None:
        query = {"handle": batch_id, "load_ids_of_invalid_requests": "true"}
        [told] = self._ask("GET", f"/{self._catalog()}/check_batch_request_status", params=query).json()["data"]
        if told["status"] != "finished":
            return None
        return {int(error["line"]) - 1: str(error["message"])[:300] for error in told.get("errors", ())}

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        query = {"fields": "retailer_id,name", "limit": "200"}
        for _number in range(MAX_PAGES):
            answer = self._ask("GET", f"/{self._catalog()}/products", params=query).json()
            yield [
                FoundListing(str(row["retailer_id"]), str(row["retailer_id"]), str(row.get("name", ""))[:200])
                for row in answer["data"]
            ]
            after = ((answer.get("paging") or {}).get("cursors") or {}).get("after")
            if not after or "next" not in answer["paging"]:
                return
            query["after"] = after

    def is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), headers.get("x-hub-signature-256", "").encode("utf-8", "replace"))


def _found(row: Mapping[str, Any]) -> FoundProduct:
    """The price comes with its currency, in the words of the catalogue's country: only a plain one is compared."""
    amount = str(row.get("price") or "").split(" ")[0]
    pictures = [row["image_url"]] * bool(row.get("image_url")) + list(row.get("additional_image_urls") or ())
    return FoundProduct(
        {
            "title": str(row.get("name") or ""), "description": str(row.get("description") or ""),
            "brand": str(row.get("brand") or ""), "barcode": str(row.get("gtin") or ""), "images": str(len(pictures)),
            "visible": yes(row.get("visibility") != "hidden"),
            **({"price": number_text(amount)} if re.fullmatch(r"[0-9]+(\.[0-9]+)?", amount) else {}),
        },
        [str(error.get("title") or error.get("description") or "")[:300] for error in row.get("errors") or ()],
    )  # fmt: skip


def price_text(price: Decimal, currency: str) -> str:
    """Such as 9.99 USD."""
    return f"{price:f} {currency}"


def _wait_s(answer: Response) -> float:
    """The minutes until Meta lets a business in again, as its header says; a minute where it does not."""
    try:
        told = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
        minutes = max(float(row["estimated_time_to_regain_access"]) for rows in told.values() for row in rows)
    except (ValueError, KeyError, TypeError, AttributeError):
        minutes = 0.0
    return min(minutes * 60, LONGEST_WAIT_S) if minutes > 0 else UNTOLD_WAIT_S
