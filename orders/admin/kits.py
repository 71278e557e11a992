"""The part of an order's page that shows the components of its kits."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.kits import whole_kits
from orders.models import OrderLine, OrderLineComponent

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class KitRow:
    """A kit's line with its components. loose: some have left with kits that are not complete yet."""

    line: OrderLine
    parts: Sequence[OrderLineComponent]
    loose: bool


def claimed_kits(line: OrderLine) -> Decimal:
    """Kits not shipped yet for which every component is claimed or has left."""
    parts = line.components.all()
    covered = whole_kits([(part.demand.claimed + part.demand.used - part.given_up, part.per_kit) for part in parts])
    return max(covered - line.shipped, ZERO)


def kit_rows(lines: Sequence[OrderLine]) -> list[KitRow]:
    """The kits among an order's lines, whose components are fetched."""
    return [
        KitRow(
            line,
            parts,
            any(part.demand.used - part.given_up > line.shipped * part.per_kit for part in parts),
        )
        for line in lines
        if (parts := list(line.components.all()))
    ]
