"""New SKUs at Walmart: offers on what its catalogue has under the barcode ("setup by match", feed MP_ITEM_MATCH 4.2).

It wants no description and no product type: SKU, barcode, condition, price and shipping weight. Walmart works on the
feed in its own time and says of each item whether it found the product; until then nothing is listed. A product that
its catalogue does not have would need its item specification, which differs by product type and may not be shipped.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_UP, Decimal
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from integrations.connectors.base import SETUP, ItemResult, ProductItem
from integrations.connectors.fields import Fields
from integrations.connectors.http import Http
from integrations.errors import ChannelRejected

HEADER = {
    "processMode": "REPLACE", "subset": "EXTERNAL", "locale": "en", "sellingChannel": "mpsetupbymatch", "version": "4.2",
}  # fmt: skip
CODES = {12: "UPC", 13: "EAN", 14: "GTIN"}  # by the number of digits; shorter ones are GTINs with zeros before
GRAMS_A_POUND, CENT = Decimal("453.59237"), Decimal("0.01")
WORKING = {"RECEIVED", "INPROGRESS"}
PAGE, MAX_PAGES = 1000, 10


def push_products(http: Http, submitted: list[tuple[str, list[str]]], items: Sequence[ProductItem]) -> list[ItemResult]:
    """New ones in one feed. The same SKU in another feed replaces the offer, so a lost answer makes nothing twice.

    Of what is listed nothing is sent: its words are Walmart's, its price and stock go apart.
    submitted: the feed is noted there, for its outcome is told later.
    """
    lacking = {item.external_sku: why for item in items if not item.external_id and (why := _lacking(item))}
    new = [item for item in items if not item.external_id and item.external_sku not in lacking]
    if new:
        body = {"MPItemFeedHeader": HEADER, "MPItem": [{"Item": offer(item)} for item in new]}
        answer = http.request(
            "POST", "/v3/feeds", params={"feedType": "MP_ITEM_MATCH"}, body=body, operation="feeds"
        ).json()
        submitted.append((f"{SETUP}{answer['feedId']}", [item.external_sku for item in new]))
    return [
        ItemResult(item.external_id, lacking.get(item.external_sku, ""), permanent=item.external_sku in lacking)
        for item in items
    ]


def _lacking(item: ProductItem) -> str:
    if not item.barcode.isdecimal() or not 8 <= len(item.barcode) <= 14:
        return _("Walmart needs its barcode (8 to 14 digits), to find the product.")
    if not item.weight_g:
        return _("Walmart needs its shipping weight: say what the SKU weighs.")
    return ""


def offer(item: ProductItem) -> dict[str, Any]:
    digits = item.barcode if len(item.barcode) in CODES else item.barcode.zfill(14)
    pounds = max((item.weight_g or Decimal()) / GRAMS_A_POUND, CENT).quantize(CENT, ROUND_UP)
    return {
        "sku": item.external_sku,
        "condition": "New",
        "productIdentifiers": {"productIdType": CODES[len(digits)], "productId": digits},
        "price": float(item.price or 0),
        "ShippingWeight": float(pounds),
    }


def feed_errors(http: Http, feed_id: str) -> Mapping[int, str] | None:
    """What was wrong, by place in the feed; None while Walmart works on it. Raises ChannelRejected for a whole one."""
    found: dict[int, str] = {}
    for page in range(MAX_PAGES):
        feed = Fields(
            http.request(
                "GET",
                f"/v3/feeds/{quote(feed_id, safe='')}",
                params={"includeDetails": "true", "offset": str(page * PAGE), "limit": str(PAGE)},
            ).json()
        )
        status = feed.required("feedStatus")
        if status in WORKING:
            return None
        if status != "PROCESSED":
            raise ChannelRejected(_("Walmart gave the feed up: %(why)s.") % {"why": _why(feed) or status})
        rows = feed.child("itemDetails").children("itemIngestionStatus")
        for row in rows:
            ingested = row.required("ingestionStatus")
            if ingested in WORKING:
                return None
            if ingested != "SUCCESS":
                found[int(row.number("index"))] = f"{ingested}: {_why(row)}"[:300]
        if len(rows) < PAGE:
            return found
    raise ChannelRejected(_("The channel's pages do not end."))


def _why(row: Fields) -> str:
    errors = ((row.get("ingestionErrors", None) or {}).get("ingestionError")) or ()
    return "; ".join(
        ": ".join(str(error[name]) for name in ("field", "description") if error.get(name)) for error in errors
    )
