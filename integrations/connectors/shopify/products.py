"""What Shopify shows of our products: made, changed and read. A product's SKUs are its variants.

What is listed there is never replaced as a whole: that would take away what we do not know of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.html import linebreaks
from django.utils.translation import gettext as _

from integrations.connectors.offers import FoundProduct, ItemResult, ProductItem, by_group, number_text, yes
from integrations.connectors.shopify import documents
from integrations.connectors.shopify.client import Shopify
from integrations.connectors.shopify.selling import errors_by_index, gid
from integrations.connectors.units import to_grams

IN_GRAMS = {"GRAMS": "g", "KILOGRAMS": "kg", "OUNCES": "oz", "POUNDS": "lb"}
LONELY = {"name": "Title", "value": "Default Title"}  # how Shopify calls the only variant of a product


def push_products(shop: Shopify, items: Sequence[ProductItem]) -> list[ItemResult]:
    results: dict[str, ItemResult] = {}
    for members in by_group(items):
        results |= _push_group(shop, members)
    return [results[item.external_sku] for item in items]


def _push_group(shop: Shopify, members: Sequence[ProductItem]) -> dict[str, ItemResult]:
    """Results by SKU. A SKU that the shop has already is that one: after a doubt nothing is made twice."""
    made = {} if all(item.external_id for item in members) else _find(shop, members)
    known = [
        item if item.external_id else replace(item, external_id=made[item.external_sku])
        for item in members
        if item.external_id or item.external_sku in made
    ]
    new = [item for item in members if not item.external_id and item.external_sku not in made]
    variants = _variants(shop, list(dict.fromkeys([*[item.external_id for item in known], *members[0].group.known])))
    results = _change(shop, known, variants) if known else {}
    if new:
        parents = {row["product"]["id"] for row in variants.values()}
        results |= _add(shop, min(parents), new) if parents else _make(shop, new)
    return results


def _find(shop: Shopify, members: Sequence[ProductItem]) -> dict[str, str]:
    """Listing ids by SKU, of what the shop has under exactly these SKUs."""
    wanted = [item.external_sku for item in members if not item.external_id]
    query = " OR ".join("sku:" + _quoted(sku) for sku in wanted)
    nodes = shop.ask(documents.FIND_SKUS, {"query": query}, cost=float(len(wanted)) + 5)["productVariants"]["nodes"]
    return {node["sku"]: _own(node["inventoryItem"]["id"]) for node in nodes if node["sku"] in wanted}


def _quoted(sku: str) -> str:
    return '"' + sku.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _variants(shop: Shopify, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    if not ids:
        return {}
    asked = [gid("InventoryItem", id) for id in ids]
    nodes = shop.ask(documents.VARIANTS, {"ids": asked}, cost=float(len(ids)))["nodes"]
    return {_own(node["id"]): node["variant"] for node in nodes if node and node.get("variant")}


def _change(
    shop: Shopify, items: Sequence[ProductItem], variants: Mapping[str, dict[str, Any]]
) -> dict[str, ItemResult]:
    """Items that the shop does not have any more are told so; the others may still be of several products there."""
    results = {
        item.external_sku: ItemResult(item.external_id, _("The channel does not know it."), True)
        for item in items
        if item.external_id not in variants
    }
    there = [item for item in items if item.external_id in variants]
    for product in sorted({variants[item.external_id]["product"]["id"] for item in there}):
        rows = [item for item in there if variants[item.external_id]["product"]["id"] == product]
        group = _product_fields(rows[0])
        together = [id for id, row in variants.items() if row["product"]["id"] == product]
        if len(together) == 1 < len(variants) and "title" in group:
            group["title"] = rows[0].title  # the shop has the SKUs as products of their own
        media = [_media(url) for url in rows[0].group.fresh] if "images" in rows[0].group.fields else []
        wrong: dict[int, str] = {}
        if group or media:
            asked = {"product": {"id": product, **group}, "media": media}
            errors = shop.ask(documents.CHANGE_PRODUCT, asked)["productUpdate"]["userErrors"]
            wrong = dict.fromkeys(range(len(rows)), _said(errors)) if errors else {}
        if not wrong and any(_variant_fields(item) for item in rows):
            changes = [{"id": variants[item.external_id]["id"], **_variant_fields(item)} for item in rows]
            asked = {"productId": product, "variants": changes}
            answer = shop.ask(documents.CHANGE_VARIANTS, asked)["productVariantsBulkUpdate"]
            wrong = errors_by_index(answer["userErrors"], "variants")
        for place, item in enumerate(rows):
            why = wrong.get(place, "")
            results[item.external_sku] = ItemResult(item.external_id, why, bool(why), item.external_id)
    return results


def _make(shop: Shopify, items: Sequence[ProductItem]) -> dict[str, ItemResult]:
    group = items[0].group
    names = list(group.options) or [LONELY["name"]]
    values = [dict(item.options) or {LONELY["name"]: LONELY["value"]} for item in items]
    given: dict[str, Any] = {
        "title": group.title,
        "handle": group.handle,
        "status": "ACTIVE" if group.visible else "DRAFT",
        **_product_fields(items[0]),
        "productOptions": [
            {"name": name, "values": [{"name": value} for value in dict.fromkeys(row[name] for row in values)]}
            for name in names
        ],
        "variants": [
            {**_new_variant(item), "inventoryItem": _stocked(item) | {"sku": item.external_sku}} for item in items
        ],
    }
    if "images" in group.fields and group.images:
        given["files"] = [{"originalSource": url, "contentType": "IMAGE"} for url in group.images]
    asked = {"identifier": {"handle": group.handle}, "input": given}
    answer = shop.ask(documents.MAKE_PRODUCT, asked, cost=30.0)["productSet"]
    if answer["userErrors"]:
        return _refused(items, answer["userErrors"])
    _publish(shop, answer["product"]["id"])
    return _listed(items, answer["product"]["variants"]["nodes"])


def _add(shop: Shopify, product: str, items: Sequence[ProductItem]) -> dict[str, ItemResult]:
    rows = [{**_new_variant(item), "inventoryItem": _stocked(item) | {"sku": item.external_sku}} for item in items]
    answer = shop.ask(documents.ADD_VARIANTS, {"productId": product, "variants": rows}, cost=20.0)
    told = answer["productVariantsBulkCreate"]
    return _refused(items, told["userErrors"]) if told["userErrors"] else _listed(items, told["productVariants"])


def _publish(shop: Shopify, product: str) -> None:
    """To the sales channel that the settings name; without one the merchant publishes it."""
    if publication := str(shop.account.settings.get("publication_id", "")):
        asked = {"id": product, "input": [{"publicationId": gid("Publication", publication)}]}
        shop.ask(documents.PUBLISH, asked)


def _product_fields(item: ProductItem) -> dict[str, Any]:
    group = item.group
    found: dict[str, Any] = {}
    if "title" in group.fields:
        found["title"] = group.title
    if "description" in group.fields and group.description:
        found["descriptionHtml"] = linebreaks(group.description, autoescape=True)
    if "brand" in group.fields and group.brand:
        found["vendor"] = group.brand
    if "visible" in group.fields:
        found["status"] = "ACTIVE" if group.visible else "DRAFT"
    if item.product_type:
        found["productType"] = item.product_type
    return found


def _variant_fields(item: ProductItem) -> dict[str, Any]:
    found: dict[str, Any] = {"barcode": item.barcode} if item.takes("barcode", item.barcode) else {}
    if weight := _weight(item):
        found["inventoryItem"] = weight
    return found


def _new_variant(item: ProductItem) -> dict[str, Any]:
    values = dict(item.options) or {LONELY["name"]: LONELY["value"]}
    found: dict[str, Any] = {"optionValues": [{"optionName": name, "name": value} for name, value in values.items()]}
    if item.price is not None:
        found["price"] = f"{item.price:f}"
    return found | ({"barcode": item.barcode} if item.takes("barcode", item.barcode) else {})


def _stocked(item: ProductItem) -> dict[str, Any]:
    return {"tracked": True, **_weight(item)}


def _weight(item: ProductItem) -> dict[str, Any]:
    if not item.takes("weight", item.weight_g):
        return {}
    return {"measurement": {"weight": {"value": float(item.weight_g or 0), "unit": "GRAMS"}}}


def _media(url: str) -> dict[str, str]:
    return {"originalSource": url, "mediaContentType": "IMAGE"}


def _listed(items: Sequence[ProductItem], nodes: Sequence[dict[str, Any]]) -> dict[str, ItemResult]:
    ids = {node["sku"]: _own(node["inventoryItem"]["id"]) for node in nodes}
    missing = _("The channel's answer does not mention it.")
    return {
        item.external_sku: ItemResult(
            "",
            "" if item.external_sku in ids else missing,
            listed_as=ids.get(item.external_sku, ""),
        )
        for item in items
    }


def _refused(items: Sequence[ProductItem], errors: Sequence[dict[str, Any]]) -> dict[str, ItemResult]:
    return {item.external_sku: ItemResult("", _said(errors), True) for item in items}


def _said(errors: Sequence[dict[str, Any]]) -> str:
    return "; ".join(str(error["message"]) for error in errors)[:300]


def _own(id: str) -> str:
    return id.rsplit("/", 1)[-1]


def read_products(shop: Shopify, ids: Sequence[str]) -> dict[str, FoundProduct]:
    asked = [gid("InventoryItem", id) for id in ids]
    nodes = shop.ask(documents.PRODUCTS, {"ids": asked}, cost=float(len(ids)) * 2)["nodes"]
    return {_own(node["id"]): _found(node) for node in nodes if node and node.get("variant")}


def _found(node: Mapping[str, Any]) -> FoundProduct:
    variant, weight = node["variant"], (node.get("measurement") or {}).get("weight")
    product = variant["product"]
    grams = "" if not weight else to_grams(str(weight["value"]), IN_GRAMS[weight["unit"]])
    return FoundProduct({
        "title": str(product["title"]), "description": str(product["descriptionHtml"] or ""), "brand": str(product["vendor"] or ""),
        "barcode": str(variant["barcode"] or ""), "weight": grams, "images": str((product["mediaCount"] or {}).get("count", "")),
        "visible": yes(product["status"] == "ACTIVE"), "price": number_text(variant["price"]),
    })  # fmt: skip
