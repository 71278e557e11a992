"""How many whole kits a pile of components makes. Pure."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal

ONE, ZERO = Decimal(1), Decimal(0)


def whole_kits(parts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """The largest whole number of kits for which every component is there; none without components.

    parts: (how many are there, how many one kit takes > 0) of each component.
    """
    fewest = min((there / per_kit for there, per_kit in parts), default=ZERO)
    return max(fewest, ZERO).quantize(ONE, rounding=ROUND_FLOOR)


def kits_over_places(parts: Mapping[int, Decimal], places: Mapping[int, Mapping[int, Decimal]]) -> Decimal:
    """Whole kits that each place can make by itself, added up.

    parts: how many of each SKU a kit takes. places: what each place has, by SKU.
    """
    return sum(
        (whole_kits((there.get(sku, ZERO), per_kit) for sku, per_kit in parts.items()) for there in places.values()),
        ZERO,
    )
