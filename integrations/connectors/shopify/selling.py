"""What Shopify sells: stock, prices, the catalogue. A call that names one wrong item changes none; the rest go again."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FoundListing, ItemResult, PriceItem, StockItem
from integrations.connectors.shopify import documents
from integrations.connectors.shopify.client import Shopify
from integrations.errors import ChannelRejected

MAX_PAGES = 10_000
ROUNDS = 4


def push_stock(shop: Shopify, items: Sequence[StockItem]) -> list[ItemResult]:
    """Absolute quantities at one location. The key is made of what is sent: a repeat has no second effect."""
    location = shop.account.settings.get("location_id", "")
    if not location:
        raise ChannelRejected(_("The connection's settings do not say which location_id holds the stock."))
    results: dict[str, ItemResult] = {}
    left = list(items)
    for _round in range(ROUNDS):
        errors = _set_stock(shop, gid("Location", location), left)
        results |= {
            left[index].external_id: ItemResult(left[index].external_id, why, True) for index, why in errors.items()
        }
        if not errors:
            results |= {item.external_id: ItemResult(item.external_id) for item in left}
            left = []
        else:
            left = [item for index, item in enumerate(left) if index not in errors]
        if not left:
            break
    results |= {
        item.external_id: ItemResult(item.external_id, _("The channel refused the others of its batch."))
        for item in left
    }
    return [results[item.external_id] for item in items]


def _set_stock(shop: Shopify, location: str, items: Sequence[StockItem]) -> dict[int, str]:
    """What was wrong, by index; nothing was set then. Raises ChannelRejected for what is about no item."""
    key = hashlib.sha256("|".join(f"{i.external_id}:{i.version}:{i.quantity}" for i in items).encode()).hexdigest()
    given = {
        "name": "available",
        "reason": "correction",
        "referenceDocumentUri": f"gid://backoffice/StockPush/{key[:16]}",
        "quantities": [
            {
                "inventoryItemId": gid("InventoryItem", item.external_id),
                "locationId": location,
                "quantity": int(item.quantity),
                "changeFromQuantity": None,
            }
            for item in items
        ],
    }
    errors = shop.ask(documents.SET_STOCK, {"input": given, "key": key[:64]}, cost=20.0)["inventorySetQuantities"][
        "userErrors"
    ]
    return errors_by_index(errors, "quantities")


def errors_by_index(errors: Sequence[dict[str, Any]], name: str) -> dict[int, str]:
    """What is wrong with which of several. Raises ChannelRejected for what is about none of them."""
    found: dict[int, str] = {}
    for error in errors:
        path = [str(step) for step in error["field"] or ()]
        place = path.index(name) + 1 if name in path else len(path)
        if place >= len(path) or not path[place].isdecimal():
            raise ChannelRejected(str(error["message"])[:250])
        found[int(path[place])] = str(error["message"])[:250]
    return found


def push_prices(shop: Shopify, items: Sequence[PriceItem]) -> list[ItemResult]:
    """Prices are set product by product, so the variants' products are asked for first."""
    ids = [gid("InventoryItem", item.external_id) for item in items]
    nodes = shop.ask(documents.VARIANTS, {"ids": ids}, cost=float(len(ids)))["nodes"]
    variants = {node["id"]: node["variant"] for node in nodes if node and node.get("variant")}
    results: dict[str, ItemResult] = {}
    products: dict[str, list[tuple[PriceItem, str]]] = {}
    for item, id in zip(items, ids, strict=True):
        if id not in variants:
            results[item.external_id] = ItemResult(item.external_id, _("The channel does not know it."), True)
        else:
            products.setdefault(variants[id]["product"]["id"], []).append((item, variants[id]["id"]))
    for product, rows in products.items():
        changes = [{"id": variant, "price": f"{item.price:f}"} for item, variant in rows]
        asked = {"productId": product, "variants": changes}
        errors = shop.ask(documents.CHANGE_VARIANTS, asked)["productVariantsBulkUpdate"]["userErrors"]
        wrong = errors_by_index(errors, "variants")
        for index, (item, _variant) in enumerate(rows):
            results[item.external_id] = ItemResult(item.external_id, wrong.get(index, ""), index in wrong)
    return [results[item.external_id] for item in items]


def list_listings(shop: Shopify) -> Iterator[Sequence[FoundListing]]:
    after: str | None = None
    for _number in range(MAX_PAGES):
        found = shop.ask(documents.LISTINGS, {"after": after}, cost=60.0)["productVariants"]
        yield [
            FoundListing(
                node["inventoryItem"]["id"].rsplit("/", 1)[-1],
                str(node["sku"] or ""),
                str(node["displayName"] or "")[:200],
                str(node["barcode"] or ""),
            )
            for node in found["nodes"]
        ]
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = found["pageInfo"]["endCursor"]
    raise ChannelRejected(_("The channel's pages do not end."))


def gid(kind: str, id: str) -> str:
    return id if id.startswith("gid://") else f"gid://shopify/{kind}/{id}"
