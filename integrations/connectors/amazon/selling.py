"""Stock and prices at Amazon: a patch for each of a few listings, a feed for many. Only whole attributes can be patched."""

import gzip
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from integrations.connectors.amazon.client import Amazon
from integrations.connectors.base import ItemResult, PriceItem, StockItem
from integrations.errors import ChannelRejected

FEED_FROM = 21  # items; fewer are patched one by one
FEED_TYPE = "JSON_LISTINGS_FEED"
FINISHED = {"DONE", "CANCELLED", "FATAL"}


def stock_patch(item: StockItem) -> dict[str, Any]:
    value = {"fulfillment_channel_code": "DEFAULT", "quantity": int(item.quantity)}
    return {"op": "replace", "path": "/attributes/fulfillment_availability", "value": [value]}


def price_patch(item: PriceItem, marketplace: str) -> dict[str, Any]:
    value = offer(item.price, item.currency, marketplace)
    return {"op": "replace", "path": "/attributes/purchasable_offer", "value": value}


def offer(price: Decimal, currency: str, marketplace: str) -> list[dict[str, Any]]:
    schedule = [{"schedule": [{"value_with_tax": float(price)}]}]
    return [{"marketplace_id": marketplace, "currency": currency, "our_price": schedule}]


def patch_each(
    amazon: Amazon, patches: Mapping[str, tuple[str, list[dict[str, Any]]]], types: Mapping[str, str] | None = None
) -> list[ItemResult]:
    """By our listing id: (SKU there, patches). types: product types, where known. Amazon answers ACCEPTED or INVALID
    with issues."""
    seller, marketplace = amazon.setting("seller_id"), amazon.setting("marketplace_id")
    results = []
    for id, (sku, changes) in patches.items():
        try:
            answer = amazon.call(
                "patchListingsItem",
                "PATCH",
                f"/listings/2021-08-01/items/{seller}/{quote(sku, safe='')}",
                params={"marketplaceIds": marketplace},
                body={"productType": (types or {}).get(id, "PRODUCT"), "patches": changes},
            ).json()
        except ChannelRejected as error:
            if "http_status" not in error.context:
                raise
            results.append(ItemResult(id, error.detail[:300], permanent=True))
            continue
        results.append(outcome(id, answer))
    return results


def outcome(id: str, answer: Mapping[str, Any]) -> ItemResult:
    if answer["status"] == "ACCEPTED":
        return ItemResult(id)
    issues = "; ".join(str(issue["message"]) for issue in answer.get("issues", ()) if issue.get("severity") == "ERROR")
    return ItemResult(id, (issues or str(answer["status"]))[:300], permanent=True)


def feed_content(seller: str, patches: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """A feed of patches; a message's number is its place, from 1."""
    return {
        "header": {"sellerId": seller, "version": "2.0", "issueLocale": "en_US"},
        "messages": [
            {"messageId": number, "sku": sku, "operationType": "PATCH", "productType": "PRODUCT", "patches": [patch]}
            for number, (sku, patch) in enumerate(patches, 1)
        ],
    }


def submit_feed(amazon: Amazon, patches: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Upload and start a feed; its id. What became of each message is told later (feed_errors)."""
    made = amazon.call(
        "createFeedDocument",
        "POST",
        "/feeds/2021-06-30/documents",
        body={"contentType": "application/json; charset=UTF-8"},
    ).json()
    amazon.upload(made["url"], json.dumps(feed_content(amazon.setting("seller_id"), patches)).encode())
    feed = {
        "feedType": FEED_TYPE,
        "marketplaceIds": [amazon.setting("marketplace_id")],
        "inputFeedDocumentId": made["feedDocumentId"],
    }
    return str(amazon.call("createFeed", "POST", "/feeds/2021-06-30/feeds", body=feed).json()["feedId"])


def feed_errors(amazon: Amazon, feed_id: str) -> dict[int, str] | None:
    """What was wrong, by message number; None while the feed is worked on. Raises ChannelRejected for a whole one."""
    feed = amazon.call("getFeed", "GET", f"/feeds/2021-06-30/feeds/{feed_id}").json()
    if feed["processingStatus"] not in FINISHED:
        return None
    if feed["processingStatus"] != "DONE" or "resultFeedDocumentId" not in feed:
        raise ChannelRejected(_("Amazon gave the feed up: %(status)s.") % {"status": feed["processingStatus"]})
    path = f"/feeds/2021-06-30/documents/{feed['resultFeedDocumentId']}"
    document = amazon.call("getFeedDocument", "GET", path).json()
    content = amazon.download(document["url"])
    if document.get("compressionAlgorithm") == "GZIP":
        content = gzip.decompress(content)
    return report_errors(json.loads(content))


def report_errors(report: Mapping[str, Any]) -> dict[int, str]:
    """The errors of a processing report, by message number; warnings are left out."""
    found: dict[int, str] = {}
    for issue in report.get("issues", ()):
        if issue["severity"] == "ERROR":
            found.setdefault(int(issue["messageId"]), f"{issue['code']}: {issue['message']}"[:300])
    return found
