"""What BigCommerce shows of our products: its catalogue (V3), where every product has at least one variant."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.html import linebreaks

from integrations.connectors.offers import (
    FoundProduct,
    ItemResult,
    ProductItem,
    by_group,
    known_and_new,
    number_text,
    yes,
)
from integrations.connectors.units import from_grams, to_grams
from integrations.errors import ChannelRejected

if TYPE_CHECKING:
    from integrations.connectors.bigcommerce.connector import BigCommerceConnector

PRODUCTS, VARIANTS = "/v3/catalog/products", "/v3/catalog/variants"


def push_products(shop: "BigCommerceConnector", items: Sequence[ProductItem]) -> list[ItemResult]:
    results: dict[str, ItemResult] = {}
    for members in by_group(items):
        try:
            results |= _push_group(shop, members)
        except ChannelRejected as error:
            if "http_status" not in error.context:
                raise
            results |= {item.external_sku: ItemResult(item.external_id, error.detail[:300], True) for item in members}
    return [results[item.external_sku] for item in items]


def _push_group(shop: "BigCommerceConnector", members: Sequence[ProductItem]) -> dict[str, ItemResult]:
    """Results by SKU. A SKU is unique there: one that the shop has already is that one."""
    made = _find(shop, [item.external_sku for item in members if not item.external_id])
    known, new = known_and_new(members, made)
    for product, item in {item.external_id.partition("/")[0]: item for item in known}.items():
        if body := _of_product(item) | _pictures(item):
            shop.http.request("PUT", f"{PRODUCTS}/{product}", body=body)
    for item in known:
        if body := _of_variant(shop, item):
            product, _slash, variant = item.external_id.partition("/")
            shop.http.request("PUT", f"{PRODUCTS}/{product}/variants/{variant}", body=body)
    results = {item.external_sku: ItemResult(item.external_id, listed_as=item.external_id) for item in known}
    if not new:
        return results
    listed = [*[item.external_id for item in known], *members[0].group.known]
    rows = _add(shop, listed[0].partition("/")[0], new) if listed else _make(shop, new)
    ids = {str(row["sku"]): f"{row['product_id']}/{row['id']}" for row in rows}
    return results | {item.external_sku: ItemResult("", listed_as=ids[item.external_sku]) for item in new}


def _find(shop: "BigCommerceConnector", skus: Sequence[str]) -> dict[str, str]:
    found = {}
    for sku in skus:
        answer = shop.get(VARIANTS, sku=sku)
        for row in answer["data"] if answer else ():
            if row["sku"] == sku:
                found[sku] = f"{row['product_id']}/{row['id']}"
    return found


def _make(shop: "BigCommerceConnector", items: Sequence[ProductItem]) -> list[Any]:
    """The variants of a new product. Nothing can be bought before its stock is told."""
    first = items[0]
    body: dict[str, Any] = {
        "name": first.group.title, "type": "physical", "weight": 0, "price": float(first.price or 0),
        "is_visible": first.group.visible, "inventory_tracking": "variant" if first.group.options else "product",
        **_of_product(first), **_pictures(first),
    }  # fmt: skip
    if first.group.options:
        body["variants"] = [_new_variant(shop, item) for item in items]
    else:
        body |= {"sku": first.external_sku, **_of_variant(shop, first)}
    made = shop.http.request("POST", PRODUCTS, params={"include": "variants"}, body=body).json()["data"]
    return [{**row, "product_id": made["id"]} for row in made["variants"]]


def _add(shop: "BigCommerceConnector", product: str, items: Sequence[ProductItem]) -> list[Any]:
    return [
        shop.http.request("POST", f"{PRODUCTS}/{product}/variants", body=_new_variant(shop, item)).json()["data"]
        for item in items
    ]


def _new_variant(shop: "BigCommerceConnector", item: ProductItem) -> dict[str, Any]:
    values = [{"option_display_name": name, "label": value} for name, value in item.options.items()]
    price = {} if item.price is None else {"price": float(item.price)}
    return {"sku": item.external_sku, **price, **_of_variant(shop, item), "option_values": values}


def _of_product(item: ProductItem) -> dict[str, Any]:
    group = item.group
    found: dict[str, Any] = {}
    if "title" in group.fields:
        found["name"] = group.title
    if "description" in group.fields and group.description:
        found["description"] = linebreaks(group.description, autoescape=True)
    if "brand" in group.fields and group.brand:
        found["brand_name"] = group.brand
    if "visible" in group.fields:
        found["is_visible"] = group.visible
    return found


def _pictures(item: ProductItem) -> dict[str, Any]:
    if "images" not in item.group.fields or not item.group.fresh:
        return {}
    return {"images": [{"image_url": url, "is_thumbnail": not place} for place, url in enumerate(item.group.images)]}


def _of_variant(shop: "BigCommerceConnector", item: ProductItem) -> dict[str, Any]:
    found: dict[str, Any] = {"upc": item.barcode} if item.takes("barcode", item.barcode) else {}
    if item.takes("weight", item.weight_g):
        unit = shop.account.settings.get("weight_unit", "")
        found["weight"] = float(from_grams(item.weight_g or Decimal(), unit))
    return found


def read_products(shop: "BigCommerceConnector", ids: Sequence[str]) -> dict[str, FoundProduct]:
    products = sorted({id.partition("/")[0] for id in ids})
    found = {}
    for product in products:
        answer = shop.get(PRODUCTS, id=product, include="variants,images")
        for row in answer["data"] if answer else ():
            for variant in row["variants"]:
                found[f"{row['id']}/{variant['id']}"] = FoundProduct(_values(row, variant, shop))
    return {id: found[id] for id in ids if id in found}


def _values(product: Mapping[str, Any], own: Mapping[str, Any], shop: "BigCommerceConnector") -> dict[str, str]:
    weight = own.get("weight") if own.get("weight") is not None else product.get("weight")
    price = own.get("price") if own.get("price") is not None else product.get("price")
    return {
        "title": str(product["name"]), "description": str(product.get("description") or ""),
        "barcode": str(own.get("upc") or ""), "images": str(len(product.get("images") or ())),
        "weight": to_grams(str(weight or ""), shop.account.settings.get("weight_unit", "")),
        "visible": yes(bool(product.get("is_visible"))), "price": number_text(price),
    }  # fmt: skip
