"""What Vendure sells: variants, their stock, prices and names. A call that names one wrong variant changes none."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FoundListing, ItemResult, PriceItem, ProductItem, StockItem
from integrations.connectors.offers import FoundProduct, yes
from integrations.connectors.vendure import documents
from integrations.connectors.vendure.client import Vendure
from integrations.errors import ChannelRejected

PER_PAGE = 100
MAX_PAGES = 10_000


def push_stock(shop: Vendure, items: Sequence[StockItem]) -> list[ItemResult]:
    """Vendure takes what is promised to its orders off what it has on hand, so that much is added to our figure, which
    is without it already."""
    found = _variants(shop, [item.external_id for item in items])[0]
    location = _location(shop)
    changes: dict[str, dict[str, Any]] = {}
    for item in items:
        if item.external_id in found:
            levels = {str(level["stockLocationId"]): level for level in found[item.external_id]["stockLevels"]}
            promised = int(levels[location]["stockAllocated"]) if location in levels else 0
            level = {"stockLocationId": location, "stockOnHand": int(item.quantity) + promised}
            changes[item.external_id] = {"stockLevels": [level]}
    return _outcomes(shop, [item.external_id for item in items], changes)


def push_prices(shop: Vendure, items: Sequence[PriceItem]) -> list[ItemResult]:
    """With or without tax, as the shop's channel has it."""
    found, precision = _variants(shop, [item.external_id for item in items])
    changes = {
        item.external_id: {"prices": [{"currencyCode": item.currency, "price": _minor(item.price, precision)}]}
        for item in items
        if item.external_id in found
    }
    return _outcomes(shop, [item.external_id for item in items], changes)


def push_products(shop: Vendure, items: Sequence[ProductItem]) -> list[ItemResult]:
    """A variant's name, and whether it is for sale: what its API keeps of what we know of a product."""
    language = shop.account.settings.get("language", "en")
    found = _variants(shop, [item.external_id for item in items])[0]
    changes = {
        item.external_id: ({"translations": [{"languageCode": language, "name": item.title}]} if "title" in item.fields else {})
        | ({"enabled": item.visible} if "visible" in item.fields else {})
        for item in items
        if item.external_id in found
    }  # fmt: skip
    return _outcomes(shop, [item.external_id for item in items], changes)


def read_products(shop: Vendure, ids: Sequence[str]) -> dict[str, FoundProduct]:
    found = _variants(shop, ids)[0]
    return {
        id: FoundProduct({"title": str(row["name"] or ""), "visible": yes(bool(row["enabled"]))})
        for id, row in found.items()
    }


def list_listings(shop: Vendure) -> Iterator[Sequence[FoundListing]]:
    for number in range(MAX_PAGES):
        options = {"take": PER_PAGE, "skip": number * PER_PAGE, "sort": {"id": "ASC"}}
        rows = shop.ask(documents.VARIANTS, {"options": options})["productVariants"]["items"]
        yield [FoundListing(str(row["id"]), str(row["sku"] or ""), str(row["name"] or "")[:200]) for row in rows]
        if len(rows) < PER_PAGE:
            return
    raise ChannelRejected(_("The channel's pages do not end."))


def _variants(shop: Vendure, ids: Sequence[str]) -> tuple[dict[str, dict[str, Any]], int]:
    """(those that the shop has, by id; how many decimals its amounts have)."""
    options = {"take": max(len(ids), 1), "filter": {"id": {"in": list(ids)}}}
    answer = shop.ask(documents.VARIANTS, {"options": options})
    rows = {str(row["id"]): row for row in answer["productVariants"]["items"]}
    return rows, int(answer["globalSettings"]["serverConfig"]["moneyStrategyPrecision"])


def _location(shop: Vendure) -> str:
    """Where our stock is kept there: as the settings say, else the only place there is."""
    if named := str(shop.account.settings.get("location_id", "")):
        return named
    places = shop.ask(documents.LOCATIONS)["stockLocations"]["items"]
    if len(places) != 1:
        raise ChannelRejected(_("The connection's settings do not say which location_id holds the stock."))
    return str(places[0]["id"])


def _outcomes(shop: Vendure, ids: Sequence[str], changes: Mapping[str, Mapping[str, Any]]) -> list[ItemResult]:
    errors = _set(shop, [{"id": id, **change} for id, change in changes.items()])
    return [
        ItemResult(id, errors.get(id, ""), id in errors)
        if id in changes
        else ItemResult(id, _("The channel does not know it."), True)
        for id in ids
    ]


def _set(shop: Vendure, changes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Why not, by id. Where the shop refuses, each half goes again, down to the variant at fault."""
    if not changes:
        return {}
    try:
        shop.ask(documents.SET_VARIANTS, {"input": list(changes)})
    except ChannelRejected as error:
        if len(changes) == 1:
            return {str(changes[0]["id"]): error.detail[:300]}
        middle = len(changes) // 2
        return _set(shop, changes[:middle]) | _set(shop, changes[middle:])
    return {}


def _minor(amount: Decimal, precision: int) -> int:
    return int(amount.scaleb(precision).to_integral_value())
