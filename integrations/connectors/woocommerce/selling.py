"""What WooCommerce sells. A listing's id is a product's, or product/variation. A batch answers 200 with errors in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import FoundListing, ItemResult
from integrations.connectors.rest import RestShop

MAX_PAGES = 10_000


def push(shop: RestShop, changes: Mapping[str, Mapping[str, Any]]) -> list[ItemResult]:
    """Fields by listing id; products in one batch, variations in one for each product. One result each, in order."""
    results: dict[str, ItemResult] = {}
    groups: dict[str, dict[str, str]] = {}
    for id in changes:
        product, slash, variation = id.partition("/")
        groups.setdefault(product if slash else "", {})[variation if slash else product] = id
    for product, members in groups.items():
        path = f"/products/{product}/variations/batch" if product else "/products/batch"
        body = {"update": [{"id": int(own), **changes[id]} for own, id in members.items()]}
        told = {str(row.get("id")): row for row in shop.ask("POST", path, body=body).json().get("update", [])}
        for own, id in members.items():
            results[id] = _result(id, told.get(own))
    return [results[id] for id in changes]


def _result(id: str, told: Mapping[str, Any] | None) -> ItemResult:
    if told is None:
        return ItemResult(id, _("The channel's answer does not mention it."))
    if "error" in told:
        return ItemResult(id, str(told["error"].get("message", told["error"]))[:300], permanent=True)
    return ItemResult(id)


def list_listings(shop: RestShop) -> Iterator[Sequence[FoundListing]]:
    """Products, and the variations of those that have some."""
    for rows in _pages(shop, "/products"):
        yield [FoundListing(str(row["id"]), row["sku"], row["name"][:200]) for row in rows if row["type"] != "variable"]
        for parent in (row for row in rows if row["type"] == "variable"):
            for variations in _pages(shop, f"/products/{parent['id']}/variations"):
                yield [
                    FoundListing(
                        f"{parent['id']}/{row['id']}", row["sku"], f"{parent['name']} {row.get('name', '')}"[:200]
                    )
                    for row in variations
                ]


def switch_on_webhooks(shop: RestShop, path: str) -> list[str]:
    """It disables a webhook after some failures in a row and leaves it so; one that a person paused stays paused."""
    found = []
    for rows in _pages(shop, "/webhooks"):
        for row in rows:
            if row["status"] == "disabled" and row["delivery_url"].endswith(path):
                shop.ask("PUT", f"/webhooks/{row['id']}", body={"status": "active"})
                found.append(str(row["topic"]))
    return found


def _pages(shop: RestShop, path: str) -> Iterator[list[Any]]:
    for number in range(1, MAX_PAGES):
        query = {"per_page": "100", "page": str(number), "orderby": "id", "order": "asc"}
        rows = shop.ask("GET", path, params=query).json()
        yield rows
        if len(rows) < 100:
            return
