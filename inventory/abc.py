"""ABC analysis: the few SKUs that make most of a figure, and the many that make little. Pure: no database."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

SHARES = (Decimal(80), Decimal(95))  # up to this per cent of the whole: A, then B; the rest is C


class Ranked(NamedTuple):
    """Of one figure: its class, and what it and all greater ones make of the whole, in per cent."""

    abc: str
    so_far: Decimal


def classify(figures: Sequence[Decimal], shares: tuple[Decimal, Decimal] = SHARES) -> list[Ranked]:
    """Figures with the greatest first. A figure stands in the class in which its share begins, so the first is an A;
    what is not above zero is a C."""
    whole = sum((figure for figure in figures if figure > 0), Decimal(0))
    ranked, before = [], Decimal(0)
    for figure in figures:
        if figure <= 0:
            ranked.append(Ranked("C", Decimal(100)))
            continue
        after = before + figure
        begins = 100 * before / whole
        ranked.append(Ranked("A" if begins < shares[0] else "B" if begins < shares[1] else "C", 100 * after / whole))
        before = after
    return ranked
