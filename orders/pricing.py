"""Which of the prices that could be asked is asked. Pure: no database, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """A price that a list has for an SKU from min_quantity on.

    narrowness: 0 the list is the buyer's own, 1 their group's, 2 their channel's, 3 everybody's.
    """

    list_id: int
    list_code: str
    narrowness: int
    priority: int
    sku_id: int
    min_quantity: Decimal
    unit_price: Decimal


def asked_price(prices: Sequence[Price], quantity: Decimal) -> Price | None:
    """The price for a quantity of one SKU, or None.

    The narrowest list that has a price for this quantity is asked (between equals the lower priority, then the
    older list), and in it the highest break that the quantity reaches. A dearer list of the buyer's own comes
    before a cheaper one of everybody's: that is what was agreed with them.
    """
    reached = [price for price in prices if price.min_quantity <= quantity]
    if not reached:
        return None
    return min(reached, key=lambda p: (p.narrowness, p.priority, p.list_id, -p.min_quantity))
