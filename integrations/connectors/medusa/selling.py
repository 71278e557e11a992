"""What Medusa sells: inventory items, counted at stock locations."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FoundListing, ItemResult, StockItem
from integrations.connectors.rest import RestShop
from integrations.errors import ChannelRejected

PER_PAGE = 100
MAX_PAGES = 10_000


def push_stock(shop: RestShop, items: Sequence[StockItem]) -> list[ItemResult]:
    """Medusa takes what is reserved for its orders off what is stocked, so that much is added to our figure, which is
    without it already."""
    asked = {f"id[{place}]": item.external_id for place, item in enumerate(items)}
    asked |= {"limit": str(len(items)), "fields": "id,*location_levels"}
    rows = shop.ask("GET", "/inventory-items", params=asked).json()["inventory_items"]
    levels = {str(row["id"]): {str(level["location_id"]): level for level in row["location_levels"]} for row in rows}
    location = _location(shop, levels)
    changes: dict[str, dict[str, Any]] = {}
    for item in items:
        if item.external_id in levels:
            there = levels[item.external_id].get(location)
            reserved = int(there["reserved_quantity"]) if there else 0
            changes[item.external_id] = {
                "inventory_item_id": item.external_id, "location_id": location,
                "stocked_quantity": int(item.quantity) + reserved, "is_new": there is None,
            }  # fmt: skip
    errors = _set(shop, list(changes.values()))
    return [
        ItemResult(item.external_id, errors.get(item.external_id, ""), item.external_id in errors)
        if item.external_id in changes
        else ItemResult(item.external_id, _("The channel does not know it."), True)
        for item in items
    ]


def _location(shop: RestShop, levels: Mapping[str, Mapping[str, Any]]) -> str:
    """As the settings say, else the only one where anything is kept."""
    if named := str(shop.account.settings.get("location_id", "")):
        return named
    places = {location for found in levels.values() for location in found}
    if len(places) != 1:
        raise ChannelRejected(_("The connection's settings do not say which location_id holds the stock."))
    return places.pop()


def _set(shop: RestShop, changes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Why not, by id. A wrong one fails its whole batch: each half goes again, down to the one at fault."""
    if not changes:
        return {}
    rows = [{name: value for name, value in change.items() if name != "is_new"} for change in changes]
    body = {
        "create": [row for row, change in zip(rows, changes, strict=True) if change["is_new"]],
        "update": [row for row, change in zip(rows, changes, strict=True) if not change["is_new"]],
        "delete": [],
    }
    try:
        shop.ask("POST", "/inventory-items/location-levels/batch", body=body)
    except ChannelRejected as error:
        if len(changes) == 1:
            return {str(changes[0]["inventory_item_id"]): error.detail[:300]}
        middle = len(changes) // 2
        return _set(shop, changes[:middle]) | _set(shop, changes[middle:])
    return {}


def list_listings(shop: RestShop) -> Iterator[Sequence[FoundListing]]:
    for number in range(MAX_PAGES):
        asked = {
            "limit": str(PER_PAGE), "offset": str(number * PER_PAGE), "order": "id", "fields": "id,sku,title",
        }  # fmt: skip
        rows = shop.ask("GET", "/inventory-items", params=asked).json()["inventory_items"]
        yield [FoundListing(str(row["id"]), str(row["sku"] or ""), str(row["title"] or "")[:200]) for row in rows]
        if len(rows) < PER_PAGE:
            return
    raise ChannelRejected(_("The channel's pages do not end."))
