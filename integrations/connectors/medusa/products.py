"""What Medusa shows of our products: products with options and variants; a listing is a variant's inventory item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import PriceItem
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
from integrations.errors import ChannelRejected

ONLY_OPTION, ONLY_VALUE = "Default option", "Default option value"  # a product has to have one
PRODUCT = (
    "id,title,handle,description,status,*images,*options,*options.values,*variants,*variants.options,*variants.prices"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a listing stands."""

    product: str
    variant: str


def push_products(shop: RestShop, items: Sequence[ProductItem]) -> list[ItemResult]:
    results: dict[str, ItemResult] = {}
    for members in by_group(items):
        results |= _push_group(shop, members)
    return [results[item.external_sku] for item in items]


def push_prices(shop: RestShop, items: Sequence[PriceItem]) -> list[ItemResult]:
    """With or without tax, as the shop's region has it. A variant's prices are replaced as a whole: others stay as they are."""
    places = _places(shop, ids=[item.external_id for item in items])
    rows = {str(row["id"]): row for product in _products(shop, places) for row in product["variants"]}
    results = []
    for item in items:
        place = places.get(item.external_id)
        if place is None or place.variant not in rows:
            results.append(ItemResult(item.external_id, _("The channel does not know it."), permanent=True))
            continue
        kept = [
            {"id": price["id"], "currency_code": price["currency_code"], "amount": price["amount"]}
            for price in rows[place.variant].get("prices") or ()
        ]
        code = item.currency.lower()
        own = next((price for price in kept if price["currency_code"] == code), None)
        amount = float(item.price)
        prices = [price | {"amount": amount} if price is own else price for price in kept]
        prices += [] if own else [{"currency_code": code, "amount": amount}]
        error = _told(shop, f"/products/{place.product}/variants/{place.variant}", {"prices": prices})
        results.append(ItemResult(item.external_id, error, bool(error)))
    return results


def read_products(shop: RestShop, ids: Sequence[str]) -> dict[str, FoundProduct]:
    places = _places(shop, ids=ids)
    found = {str(product["id"]): product for product in _products(shop, places)}
    shown = {}
    for id, place in places.items():
        product = found.get(place.product)
        row = next((row for row in (product or {}).get("variants", ()) if str(row["id"]) == place.variant), None)
        if product and row:
            shown[id] = FoundProduct(_values(product, row))
    return shown


def _push_group(shop: RestShop, members: Sequence[ProductItem]) -> dict[str, ItemResult]:
    """Results by SKU. A SKU is unique there: one that the shop has already is that one."""
    skus = [item.external_sku for item in members if not item.external_id]
    made = {sku: id for id, sku in _items(shop, "sku", skus).items()} if skus else {}
    known, new = known_and_new(members, made)
    places = _places(shop, ids=[*(item.external_id for item in known), *members[0].group.known])
    results = _change(shop, known, places)
    if new:
        results |= _add(shop, new, next(iter(places.values())).product if places else "")
    return results


def _items(shop: RestShop, by: str, values: Sequence[str]) -> dict[str, str]:
    """SKUs by inventory item."""
    asked = {f"{by}[{place}]": value for place, value in enumerate(values)}
    asked |= {"limit": str(len(values)), "fields": "id,sku"}
    rows = shop.ask("GET", "/inventory-items", params=asked).json()["inventory_items"]
    return {str(row["id"]): str(row["sku"] or "") for row in rows}


def _places(shop: RestShop, *, ids: Sequence[str]) -> dict[str, _Place]:
    if not ids:
        return {}
    asked = {f"id[{place}]": id for place, id in enumerate(ids)}
    asked |= {"limit": str(len(ids)), "fields": "id,*variants"}
    rows = shop.ask("GET", "/inventory-items", params=asked).json()["inventory_items"]
    return {
        str(row["id"]): _Place(str(variant["product_id"]), str(variant["id"]))
        for row in rows
        for variant in (row.get("variants") or ())[:1]
    }


def _products(shop: RestShop, places: Mapping[str, _Place]) -> list[Any]:
    ids = sorted({place.product for place in places.values()})
    if not ids:
        return []
    asked = {f"id[{number}]": id for number, id in enumerate(ids)} | {"limit": str(len(ids)), "fields": PRODUCT}
    found: list[Any] = shop.ask("GET", "/products", params=asked).json()["products"]
    return found


def _change(shop: RestShop, items: Sequence[ProductItem], places: Mapping[str, _Place]) -> dict[str, ItemResult]:
    """What is the product's is told to it once, the rest to each variant."""
    wrong = {
        product: _told(shop, f"/products/{product}", body)
        for product, body in {
            places[item.external_id].product: _of_product(item) for item in items if item.external_id in places
        }.items()
        if body
    }
    results = {}
    for item in items:
        place, error = places.get(item.external_id), _("The channel does not know it.")
        if place:
            own = _of_variant(item)
            error = _told(shop, f"/products/{place.product}/variants/{place.variant}", own) if own else ""
            error = error or wrong.get(place.product, "")
        results[item.external_sku] = ItemResult(item.external_id, error, bool(error), item.external_id)
    return results


def _add(shop: RestShop, items: Sequence[ProductItem], product: str) -> dict[str, ItemResult]:
    try:
        if product:
            _join(shop, product, items)
        else:
            _make(shop, items)
    except ChannelRejected as error:
        if "http_status" not in error.context:
            raise
        return {item.external_sku: ItemResult("", error.detail[:300], permanent=True) for item in items}
    made = {sku: id for id, sku in _items(shop, "sku", [item.external_sku for item in items]).items()}
    return {
        item.external_sku: ItemResult("", listed_as=made[item.external_sku])
        if item.external_sku in made
        else ItemResult("", _("The channel does not know it."))
        for item in items
    }


def _make(shop: RestShop, items: Sequence[ProductItem]) -> None:
    """One whose answer was lost is found by its SKUs: it is made with all of them or not at all."""
    group = items[0].group
    options = [
        {"title": name, "values": list(dict.fromkeys(item.options[name] for item in items))} for name in group.options
    ] or [{"title": ONLY_OPTION, "values": [ONLY_VALUE]}]
    body = {
        "title": group.title, "handle": group.handle, **_of_product(items[0]), "options": options,
        "variants": [_new(item) for item in items],
    }  # fmt: skip
    if channel := str(shop.account.settings.get("sales_channel_id", "")):
        body["sales_channels"] = [{"id": channel}]
    shop.ask("POST", "/products", body=body)


def _join(shop: RestShop, product: str, items: Sequence[ProductItem]) -> None:
    """Values that the options lack come first: a variant may only have values that are there."""
    asked = {"fields": PRODUCT}
    there = shop.ask("GET", f"/products/{product}", params=asked).json()["product"]
    for option in there["options"]:
        values = [str(row["value"]) for row in option["values"]]
        more = [item.options[option["title"]] for item in items if option["title"] in item.options]
        if missing := [value for value in dict.fromkeys(more) if value not in values]:
            body = {"title": option["title"], "values": [*values, *missing]}
            shop.ask("POST", f"/products/{product}/options/{option['id']}", body=body)
    for item in items:
        shop.ask("POST", f"/products/{product}/variants", body=_new(item))


def _told(shop: RestShop, path: str, body: Mapping[str, Any]) -> str:
    """Why not, or nothing."""
    try:
        shop.ask("POST", path, body=dict(body))
    except ChannelRejected as error:
        if "http_status" not in error.context:
            raise
        return error.detail[:300]
    return ""


def _new(item: ProductItem) -> dict[str, Any]:
    """Nothing can be bought before its stock is told: a variant whose stock is managed begins with none."""
    options = dict(item.options) if item.group.options else {ONLY_OPTION: ONLY_VALUE}
    prices = [] if item.price is None else [{"currency_code": item.currency.lower(), "amount": float(item.price)}]
    return {
        "title": " / ".join(options.values()) if item.group.options else item.group.title, "sku": item.external_sku,
        "manage_inventory": True, "options": options, "prices": prices, **_of_variant(item),
    }  # fmt: skip


def _of_product(item: ProductItem) -> dict[str, Any]:
    group = item.group
    found: dict[str, Any] = {"title": group.title} if "title" in group.fields else {}
    if "description" in group.fields and group.description:
        found["description"] = group.description
    if "images" in group.fields and group.fresh:  # the list is replaced as a whole
        found["images"] = [{"url": url} for url in group.images]
    if "visible" in group.fields:
        found["status"] = "published" if group.visible else "draft"
    return found


def _of_variant(item: ProductItem) -> dict[str, Any]:
    found: dict[str, Any] = {"barcode": item.barcode} if item.takes("barcode", item.barcode) else {}
    if item.takes("weight", item.weight_g):
        found["weight"] = int(item.weight_g or 0)
    return found


def _values(product: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, str]:
    prices = row.get("prices") or ()
    return {
        "title": str(product["title"]), "description": str(product.get("description") or ""),
        "barcode": str(row.get("barcode") or ""), "weight": number_text(row.get("weight")),
        "images": str(len(product.get("images") or ())), "visible": yes(product["status"] == "published"),
        "price": number_text(prices[0]["amount"]) if len(prices) == 1 else "",
    }  # fmt: skip
