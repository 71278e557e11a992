"""Calls of the sample shop's API, as its CONTRACT.md says."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.connectors.access import Limit
from integrations.connectors.base import (
    Account,
    Capabilities,
    Connector,
    FulfilmentPush,
    ItemResult,
    MappedOrder,
    Page,
    RawOrder,
    StockItem,
    Window,
)
from integrations.connectors.fake import login, mapping
from integrations.connectors.http import Http
from integrations.connectors.login import LoginField
from integrations.connectors.payloads import raw_order
from integrations.errors import ChannelRejected, PageTokenExpired

MAX_PAGES = 10_000
GONE = 410


class FakeConnector(Connector):
    code: ClassVar[str] = "fake"
    name: ClassVar[Promise | str] = gettext_lazy("Sample shop")
    capabilities: ClassVar[Capabilities] = Capabilities(webhooks=True, stock_batch=50, overlap=timedelta(minutes=5))
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    setting_names: ClassVar[tuple[str, ...]] = ("base_url",)
    secret_names: ClassVar[tuple[str, ...]] = ("token",)
    limits: ClassVar[Mapping[str, Limit]] = {
        "orders": Limit(50.0, 200.0), "stock": Limit(50.0, 200.0), "fulfilment": Limit(50.0, 200.0),
    }  # fmt: skip

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.http = Http(
            name=account.name,
            base_url=account.settings.get("base_url", ""),
            headers={"Authorization": f"Bearer {account.secrets.get('token', '')}"},
            read_timeout_s=float(account.settings.get("read_timeout_s", 20)),
            limiter=account.limiter,
            limits=self.limits,
        )

    def close(self) -> None:
        self.http.close()

    def server_time(self) -> datetime:
        return self.http.request("GET", "/api/clock").server_time()

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        query = {"updated_before": _utc(window.until), "limit": "100"}
        if window.since:
            query["updated_after"] = _utc(window.since)
        if resume:
            query["page_token"] = resume
        for _number in range(MAX_PAGES):
            response = self.http.request(
                "GET", "/api/orders", params=query, expected=frozenset({GONE}), operation="orders"
            )
            if response.status == GONE:
                raise PageTokenExpired(_("The channel no longer knows where its pages went on."))
            answer = response.json()
            yield Page([_raw(order) for order in answer["orders"]], resume=answer["next_page_token"] or "")
            if not answer["next_page_token"]:
                return
            query["page_token"] = answer["next_page_token"]
        raise ChannelRejected(_("The channel's pages do not end."))

    def get_order(self, external_id: str) -> RawOrder:
        return _raw(self.http.request("GET", f"/api/orders/{external_id}", operation="orders").json())

    def map_order(self, body: bytes) -> MappedOrder:
        return mapping.map_order(body)

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        body = {
            "items": [
                {
                    "listing_id": item.external_id,
                    "sku": item.external_sku,
                    "quantity": f"{item.quantity.normalize():f}",
                    "version": item.version,
                }
                for item in items
            ]
        }
        answer = self.http.request("PUT", "/api/stock", body=body, operation="stock").json()
        told = {result["listing_id"]: result for result in answer["results"]}
        return [_item_result(item.external_id, told.get(item.external_id)) for item in items]

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        body = {
            "items": [
                {"item_id": line.external_id, "quantity": f"{line.quantity.normalize():f}"} for line in push.lines
            ],
            "carrier": push.carrier,
            "service": push.service,
            "tracking_number": push.tracking_number,
            "tracking_url": push.tracking_url,
            "shipped_at": _utc(push.shipped_at),
        }
        path = f"/api/orders/{push.order_external_id}/fulfilments"
        key = {"Idempotency-Key": push.key}
        return str(self.http.request("POST", path, body=body, headers=key, operation="fulfilment").json()["id"])

    def is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
        return hmac.compare_digest(expected, headers.get("x-sample-signature", "").encode("utf-8", "replace"))


def _raw(order: Any) -> RawOrder:
    return raw_order(
        order, id_of=lambda fields: fields.required("id"), time_of=lambda fields: fields.time("updated_at")
    )


def _item_result(external_id: str, told: Mapping[str, Any] | None) -> ItemResult:
    if told is None:
        return ItemResult(external_id, _("The channel's answer does not mention it."))
    if told["status"] == "failed":
        return ItemResult(external_id, str(told["error"]["message"])[:300], permanent=True)
    return ItemResult(external_id)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
