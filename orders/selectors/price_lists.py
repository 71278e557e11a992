"""What a buyer is asked for goods, from the price lists that are valid on a day."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.core.db import prepared_cursor
from orders.models import PriceListItem
from orders.pricing import Price, asked_price

ZERO = Decimal(0)

# A list of another currency, or one that states tax otherwise than the channel, says nothing about its prices.
_PRICES = """
SELECT p.id, p.code,
    CASE WHEN p.contact_id IS NOT NULL THEN 0 WHEN p.group_id IS NOT NULL THEN 1
        WHEN p.channel_id IS NOT NULL THEN 2 ELSE 3 END,
    p.priority, i.sku_id, i.min_quantity, i.unit_price
FROM orders_channel c
LEFT JOIN orders_contact b ON b.channel_id = c.id
    AND b.id = coalesce(%s::bigint, (SELECT id FROM orders_contact WHERE channel_id = c.id AND external_id = %s))
JOIN orders_pricelist p ON p.company_id = c.company_id AND p.is_active AND p.currency = %s
    AND p.prices_include_tax = coalesce(%s::boolean, c.prices_include_tax)
    AND (p.channel_id IS NULL OR p.channel_id = c.id)
    AND (p.group_id IS NULL OR p.group_id = b.group_id)
    AND (p.contact_id IS NULL OR p.contact_id = b.id)
    AND (p.valid_from IS NULL OR p.valid_from <= %s) AND (p.valid_to IS NULL OR p.valid_to >= %s)
JOIN orders_pricelistitem i ON i.price_list_id = p.id AND i.sku_id = ANY(%s)
WHERE c.id = %s
"""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, where and when. on: the day in the company's zone.

    contact_id, or contact: the buyer's external id on the channel. prices_include_tax: how the prices are wanted,
    empty: as the channel states them.
    """

    channel_id: int
    currency: str
    on: date
    contact_id: int | None = None
    contact: str = ""
    prices_include_tax: bool | None = None


def listed_prices(wants: Sequence[tuple[int, Decimal]], asking: Asking) -> list[Price | None]:
    """The price of each (SKU id, quantity) for one base unit, in order; None where no list has one.

    Lines of one SKU reach its breaks together. Statements: 1, whatever the number.
    """
    if not wants:
        return []
    together: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for sku_id, quantity in wants:
        together[sku_id] += quantity
    offered = _offers(sorted(together), asking)
    return [asked_price(offered[sku_id], together[sku_id]) for sku_id, _quantity in wants]


def listed_breaks(sku_ids: Sequence[int], asking: Asking) -> dict[int, list[Price]]:
    """The prices of each SKU by rising quantity, as the buyer would be asked them. Statements: 1."""
    offered = _offers(sorted(set(sku_ids)), asking)
    return {sku_id: _asked(offered[sku_id]) for sku_id in sku_ids}


def _asked(prices: Sequence[Price]) -> list[Price]:
    """Of all offers those that are asked at some quantity: where the narrowest list begins, the wider ones end."""
    steps = (asked_price(prices, quantity) for quantity in sorted({price.min_quantity for price in prices}))
    return list(dict.fromkeys(price for price in steps if price is not None))


def _offers(sku_ids: list[int], asking: Asking) -> dict[int, list[Price]]:
    offered: dict[int, list[Price]] = defaultdict(list)
    with prepared_cursor() as cursor:
        cursor.execute(
            _PRICES,
            [
                asking.contact_id, asking.contact, asking.currency, asking.prices_include_tax, asking.on, asking.on,
                sku_ids, asking.channel_id,
            ],
        )  # fmt: skip
        for row in cursor.fetchall():
            price = Price(*row)
            offered[price.sku_id].append(price)
    return offered


def price_rows(*, company_id: int, price_list_id: int | None = None) -> Iterator[Sequence[Any]]:
    """Prices as a file of prices has them (list, SKU, from which quantity, price), read as they are sent."""
    rows = PriceListItem.objects.filter(price_list__company_id=company_id)
    if price_list_id is not None:
        rows = rows.filter(price_list_id=price_list_id)
    ordered = rows.order_by("price_list__code", "sku__code", "min_quantity")
    return ordered.values_list("price_list__code", "sku__code", "min_quantity", "unit_price").iterator(2000)
