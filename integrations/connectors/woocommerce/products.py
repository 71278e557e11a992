"""What WooCommerce shows of our products: simple ones, and variable ones with their variations."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

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
from integrations.connectors.rest import RestShop
from integrations.connectors.units import from_grams, to_grams
from integrations.connectors.woocommerce.selling import push
from integrations.errors import ChannelRejected


def push_products(shop: RestShop, items: Sequence[ProductItem]) -> list[ItemResult]:
    results: dict[str, ItemResult] = {}
    for members in by_group(items):
        results |= _push_group(shop, members)
    return [results[item.external_sku] for item in items]


def _push_group(shop: RestShop, members: Sequence[ProductItem]) -> dict[str, ItemResult]:
    """Results by SKU. A SKU is unique there: one that the shop has already is that one."""
    made = _find(shop, [item.external_sku for item in members if not item.external_id])
    known, new = known_and_new(members, made)
    results = _change(shop, known)
    listed = [*[item.external_id for item in known], *members[0].group.known]
    parents = [parent for parent, slash, _own in (id.partition("/") for id in listed) if slash]
    if new and not members[0].group.options:
        results |= {item.external_sku: _make(shop, item) for item in new}
    elif new:
        results |= _add(shop, parents[0] if parents else _parent(shop, new), new)
    return results


def _find(shop: RestShop, skus: Sequence[str]) -> dict[str, str]:
    """Listing ids by SKU. A variation names its product."""
    found = {}
    for sku in skus:
        for row in shop.ask("GET", "/products", params={"sku": sku, "status": "any"}).json():
            if row["sku"] == sku:
                parent = int(row.get("parent_id") or 0)
                found[sku] = f"{parent}/{row['id']}" if parent else str(row["id"])
    return found


def _change(shop: RestShop, items: Sequence[ProductItem]) -> dict[str, ItemResult]:
    """A product's fields go to the product, even where a variation is what is listed; the rest to the variation."""
    parents = {item.external_id.partition("/")[0]: item for item in items if "/" in item.external_id}
    wrong = {
        told.external_id: told.error
        for told in push(shop, {parent: _of_product(item) for parent, item in parents.items()})
        if told.error
    }
    changes = {
        item.external_id: _of_variant(shop, item) | ({} if "/" in item.external_id else _of_product(item))
        for item in items
    }
    results = {}
    for item, told in zip(items, push(shop, changes), strict=True):
        why = told.error or wrong.get(item.external_id.partition("/")[0], "")
        results[item.external_sku] = ItemResult(item.external_id, why, bool(why), item.external_id)
    return results


def _make(shop: RestShop, item: ProductItem) -> ItemResult:
    body = {"type": "simple", "sku": item.external_sku, **_new(item), **_of_product(item), **_of_variant(shop, item)}
    try:
        row = shop.ask("POST", "/products", body={"name": item.group.title, "slug": item.group.handle, **body}).json()
    except ChannelRejected as error:
        return _refused(item, error)
    return ItemResult("", listed_as=str(row["id"]))


def _parent(shop: RestShop, items: Sequence[ProductItem]) -> str:
    """The variable product; its address is the same on every try, so it is made once."""
    group = items[0].group
    for row in shop.ask("GET", "/products", params={"slug": group.handle, "status": "any"}).json():
        if row["slug"] == group.handle:
            return str(row["id"])
    attributes = [
        {"name": name, "visible": True, "variation": True, "options": list(dict.fromkeys(i.options[name] for i in items))}
        for name in group.options
    ]  # fmt: skip
    body = {"type": "variable", "name": group.title, "slug": group.handle, **_of_product(items[0])}
    return str(shop.ask("POST", "/products", body=body | {"attributes": attributes}).json()["id"])


def _add(shop: RestShop, parent: str, items: Sequence[ProductItem]) -> dict[str, ItemResult]:
    results = {}
    for item in items:
        attributes = [{"name": name, "option": value} for name, value in item.options.items()]
        body = {"sku": item.external_sku, **_new(item), **_of_variant(shop, item), "attributes": attributes}
        try:
            row = shop.ask("POST", f"/products/{parent}/variations", body=body).json()
        except ChannelRejected as error:
            results[item.external_sku] = _refused(item, error)
        else:
            results[item.external_sku] = ItemResult("", listed_as=f"{parent}/{row['id']}")
    return results


def _refused(item: ProductItem, error: ChannelRejected) -> ItemResult:
    if "http_status" not in error.context:
        raise error
    return ItemResult(item.external_id, error.detail[:300], permanent=True)


def _new(item: ProductItem) -> dict[str, Any]:
    """Nothing can be bought before its stock is told."""
    found: dict[str, Any] = {"manage_stock": True, "stock_quantity": 0}
    return found if item.price is None else found | {"regular_price": f"{item.price:f}"}


def _of_product(item: ProductItem) -> dict[str, Any]:
    group = item.group
    found: dict[str, Any] = {}
    if "title" in group.fields:
        found["name"] = group.title
    if "description" in group.fields and group.description:
        found["description"] = linebreaks(group.description, autoescape=True)
    if "images" in group.fields and group.fresh:  # the list is replaced as a whole
        found["images"] = [{"src": url} for url in group.images]
    if "visible" in group.fields:
        found["status"] = "publish" if group.visible else "draft"
    return found


def _of_variant(shop: RestShop, item: ProductItem) -> dict[str, Any]:
    found: dict[str, Any] = {"global_unique_id": item.barcode} if item.takes("barcode", item.barcode) else {}
    if item.takes("weight", item.weight_g):
        found["weight"] = from_grams(item.weight_g or Decimal(), shop.account.settings.get("weight_unit", ""))
    return found


def read_products(shop: RestShop, ids: Sequence[str]) -> dict[str, FoundProduct]:
    found, unit = {}, shop.account.settings.get("weight_unit", "")
    for id in ids:
        product, slash, variation = id.partition("/")
        row = _one(shop, f"/products/{product}")
        own = _one(shop, f"/products/{product}/variations/{variation}") if slash and row else row
        if row and own:
            found[id] = FoundProduct(_values(row, own, unit))
    return found


def _one(shop: RestShop, path: str) -> Mapping[str, Any] | None:
    try:
        row: Mapping[str, Any] = shop.ask("GET", path).json()
    except ChannelRejected as error:
        if error.context.get("http_status") == 404:
            return None
        raise
    return row


def _values(product: Mapping[str, Any], own: Mapping[str, Any], unit: str) -> dict[str, str]:
    return {
        "title": str(product["name"]), "description": str(product.get("description") or ""),
        "barcode": str(own.get("global_unique_id") or ""), "weight": to_grams(str(own.get("weight") or ""), unit),
        "images": str(len(product.get("images") or ())), "visible": yes(product["status"] == "publish"),
        "price": number_text(own.get("regular_price")),
    }  # fmt: skip
