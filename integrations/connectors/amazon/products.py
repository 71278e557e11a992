"""What Amazon shows of our products: listings, each of its own SKU.

Without a product type a new listing is an offer on what Amazon's catalogue has under the barcode; with one it is a
product of ours, and Amazon says which of that type's attributes are still missing.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from integrations.connectors.amazon import selling
from integrations.connectors.amazon.client import Amazon
from integrations.connectors.offers import FoundProduct, ItemResult, ProductItem, number_text
from integrations.errors import ChannelRejected

GENERAL = "PRODUCT"
MORE_PICTURES = 8
BARCODES = {8: "ean", 12: "upc", 13: "ean", 14: "gtin"}


def push_products(amazon: Amazon, items: Sequence[ProductItem]) -> list[ItemResult]:
    """New ones one by one, for what they lack is told at once; changes as patches."""
    known = {item.external_id: item for item in items if item.external_id}
    patches = {id: (item.external_sku, found) for id, item in known.items() if (found := patches_of(amazon, item))}
    types = {id: item.product_type or GENERAL for id, item in known.items()}
    told = {result.external_id: result for result in selling.patch_each(amazon, patches, types)}
    return [
        told.get(item.external_id, ItemResult(item.external_id)) if item.external_id else _make(amazon, item)
        for item in items
    ]


def _make(amazon: Amazon, item: ProductItem) -> ItemResult:
    if not item.product_type and not item.barcode:
        why = _("Amazon needs its barcode, to find the product, or a product type, to make one.")
        return ItemResult("", why, permanent=True)
    try:
        answer = amazon.call(
            "putListingsItem",
            "PUT",
            f"/listings/2021-08-01/items/{amazon.setting('seller_id')}/{quote(item.external_sku, safe='')}",
            params={"marketplaceIds": amazon.setting("marketplace_id")},
            body=new_listing(amazon, item),
        ).json()
    except ChannelRejected as error:
        if "http_status" not in error.context:
            raise
        return ItemResult("", error.detail[:300], permanent=True)
    told = selling.outcome("", answer)
    return told if told.error else ItemResult("", listed_as=item.external_sku)


def new_listing(amazon: Amazon, item: ProductItem) -> dict[str, Any]:
    """The body of putListingsItem. It has no stock before that is told."""
    marketplace = amazon.setting("marketplace_id")
    attributes = {name: value for name, value in _attributes(amazon, item).items() if item.product_type or name == CODE}
    attributes["condition_type"] = [{"value": "new_new", "marketplace_id": marketplace}]
    attributes["fulfillment_availability"] = [{"fulfillment_channel_code": "DEFAULT", "quantity": 0}]
    if item.price is not None:
        attributes["purchasable_offer"] = selling.offer(item.price, item.currency, marketplace)
    requirements = "LISTING" if item.product_type else "LISTING_OFFER_ONLY"
    return {"productType": item.product_type or GENERAL, "requirements": requirements, "attributes": attributes}


CODE = "externally_assigned_product_identifier"


def patches_of(amazon: Amazon, item: ProductItem) -> list[dict[str, Any]]:
    """Only whole attributes can be patched. The barcode cannot: it is what the listing is of."""
    return [
        {"op": "replace", "path": f"/attributes/{name}", "value": value}
        for name, value in _attributes(amazon, item).items()
        if name != CODE
    ]


def _attributes(amazon: Amazon, item: ProductItem) -> dict[str, Any]:
    place = {"marketplace_id": amazon.setting("marketplace_id")}
    words = {"language_tag": amazon.account.settings.get("language") or "en_US", **place}
    found: dict[str, Any] = {}
    if item.takes("title", item.title):
        found["item_name"] = [{"value": item.title, **words}]
    if item.takes("description", item.description):
        found["product_description"] = [{"value": item.description, **words}]
    if item.takes("brand", item.brand):
        found["brand"] = [{"value": item.brand, **words}]
    if item.takes("barcode", item.barcode):
        found[CODE] = [{"type": BARCODES.get(len(item.barcode), "ean"), "value": item.barcode, **place}]
    if item.takes("weight", item.weight_g):
        found["item_weight"] = [{"value": float(item.weight_g or 0), "unit": "grams", **place}]
    if item.takes("images", tuple(item.images)):
        names = ["main_product_image_locator"]
        names += [f"other_product_image_locator_{number}" for number in range(1, MORE_PICTURES + 1)]
        found |= {
            name: [{"media_location": url, **place}] for name, url in zip(names, item.images, strict=False)
        }  # more than nine are left out
    return found


def read_products(amazon: Amazon, skus: Mapping[str, str]) -> dict[str, FoundProduct]:
    """skus: by listing id."""
    query = {
        "marketplaceIds": amazon.setting("marketplace_id"), "includedData": "summaries,attributes,issues,offers",
    }  # fmt: skip
    found = {}
    for id, sku in skus.items():
        path = f"/listings/2021-08-01/items/{amazon.setting('seller_id')}/{quote(sku, safe='')}"
        try:
            found[id] = _found(amazon.call("getListingsItem", "GET", path, params=query).json())
        except ChannelRejected as error:
            if error.context.get("http_status") != 404:
                raise
    return found


def _found(item: Mapping[str, Any]) -> FoundProduct:
    attributes = item.get("attributes") or {}

    def first(name: str, key: str = "value") -> str:
        rows = attributes.get(name) or [{}]
        return str(rows[0].get(key) or "")

    summary: Mapping[str, Any] = next(iter(item.get("summaries") or ()), {})
    pictures = sum(name.endswith("_image_locator") or "_image_locator_" in name for name in attributes)
    offer: Mapping[str, Any] = next(iter(item.get("offers") or ()), {})
    weight = number_text(first("item_weight")) if first("item_weight", "unit") == "grams" else ""
    return FoundProduct(
        {
            "title": first("item_name") or str(summary.get("itemName") or ""), "description": first("product_description"),
            "brand": first("brand"), "barcode": first(CODE), "weight": weight, "images": str(pictures),
            "price": number_text((offer.get("price") or {}).get("amount")),
        },
        [f"{issue['code']}: {issue['message']}"[:300] for issue in item.get("issues") or ()],
    )  # fmt: skip
