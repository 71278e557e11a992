"""Which warehouse holds which part of a cart. Pure: what is available is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

ZERO = Decimal(0)
Free = Mapping[tuple[int, int], Decimal]


@dataclass(frozen=True, slots=True)
class CartLine:
    """A quantity > 0 of what is sold; parts: how much of each SKU one of it takes (a kit's, or itself: 1)."""

    quantity: Decimal
    parts: Mapping[int, Decimal]
    is_kit: bool = False


@dataclass(frozen=True, slots=True)
class CartPart:
    """So much of a line is held at a warehouse."""

    line: int
    warehouse_id: int
    quantity: Decimal


def plan_cart(lines: Sequence[CartLine], *, warehouses: Sequence[int], available: Free) -> list[CartPart]:
    """Where to hold a cart: all of it in the first warehouse that has all, else line by line, whole lines first.

    What nobody has is left out; a kit is held whole kits at a time, all parts of one in one warehouse.
    """
    for warehouse in warehouses:
        left = dict(available)
        if all(_hold(left, line, warehouse, line.quantity) == line.quantity for line in lines):
            return [CartPart(place, warehouse, line.quantity) for place, line in enumerate(lines)]
    left, parts = dict(available), []
    for place, line in enumerate(lines):
        whole = [w for w in warehouses if _most(left, line, w) >= line.quantity]
        missing = line.quantity
        for warehouse in whole[:1] or warehouses:
            if held := _hold(left, line, warehouse, missing):
                parts.append(CartPart(place, warehouse, held))
                missing -= held
    return parts


def _most(left: Free, line: CartLine, warehouse: int) -> Decimal:
    most = min(left.get((sku, warehouse), ZERO) / per for sku, per in line.parts.items())
    return max(most.to_integral_value(ROUND_FLOOR) if line.is_kit else most, ZERO)


def _hold(left: dict[tuple[int, int], Decimal], line: CartLine, warehouse: int, wanted: Decimal) -> Decimal:
    """Take at most so much of the line from what is left at a warehouse; how much it was."""
    held = min(_most(left, line, warehouse), wanted)
    if held > 0:
        for sku, per in line.parts.items():
            left[sku, warehouse] -= held * per
    return held
