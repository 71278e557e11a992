"""Which warehouse serves which line of an order. Pure: what is available is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Want:
    """A quantity > 0 of a SKU that a line still lacks. key: the caller's own, such as a demand id."""

    key: int
    sku_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Choice:
    """Claim this much of the want from this warehouse."""

    key: int
    sku_id: int
    warehouse_id: int
    quantity: Decimal


def choose(
    wants: Sequence[Want],
    *,
    warehouses: Sequence[int],
    available: Mapping[tuple[int, int], Decimal],
    pinned: int | None = None,
    whole_lines: bool = False,
) -> list[Choice]:
    """Where to claim what; what no warehouse has is left out and stays back-ordered.

    1. A pinned warehouse, or the only one there is, serves everything: its lock will tell what it has.
    2. Else the first by priority that has all lines in full.
    3. Else line by line: the first that has it in full, then whatever each has, by priority.
       whole_lines: a line that cannot be had in full is not claimed in part.

    available: by (sku, warehouse), above what earlier orders of the batch were given (see `take`).
    """
    if pinned is not None:
        return [Choice(want.key, want.sku_id, pinned, want.quantity) for want in wants]
    if len(warehouses) == 1:
        return [Choice(want.key, want.sku_id, warehouses[0], want.quantity) for want in wants]
    left = dict(available)
    needed: dict[int, Decimal] = {}
    for want in wants:
        needed[want.sku_id] = needed.get(want.sku_id, ZERO) + want.quantity
    for warehouse in warehouses:
        if all(left.get((sku, warehouse), ZERO) >= quantity for sku, quantity in needed.items()):
            return [Choice(want.key, want.sku_id, warehouse, want.quantity) for want in wants]
    choices: list[Choice] = []
    for want in wants:
        found = _serve(want, warehouses, left, whole_lines)
        take(left, found)
        choices += found
    return choices


def _serve(
    want: Want, warehouses: Sequence[int], left: Mapping[tuple[int, int], Decimal], whole_lines: bool
) -> list[Choice]:
    for warehouse in warehouses:
        if left.get((want.sku_id, warehouse), ZERO) >= want.quantity:
            return [Choice(want.key, want.sku_id, warehouse, want.quantity)]
    found, missing = [], want.quantity
    for warehouse in warehouses:
        quantity = min(missing, left.get((want.sku_id, warehouse), ZERO))
        if quantity > 0:
            found.append(Choice(want.key, want.sku_id, warehouse, quantity))
            missing -= quantity
    return [] if whole_lines and missing else found


def take(available: dict[tuple[int, int], Decimal], choices: Sequence[Choice]) -> None:
    """Lower what is available by what was chosen, so that the next order of the batch sees the rest."""
    for choice in choices:
        place = (choice.sku_id, choice.warehouse_id)
        available[place] = available.get(place, ZERO) - choice.quantity
