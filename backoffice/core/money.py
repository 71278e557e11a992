"""Money arithmetic: Decimal only, rounded in one place."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217 code)."""

    amount: Decimal
    currency: str


def round_money(amount: Decimal, exponent: int) -> Decimal:
    """Round half away from zero to `exponent` decimals: the house's only rounding of money."""
    return amount.quantize(Decimal(1).scaleb(-exponent), rounding=ROUND_HALF_UP)


def split_by_weight(total: Decimal, weights: list[Decimal], exponent: int) -> list[Decimal]:
    """Split `total` over weights >= 0 in whole minor units; the parts add up to `total` exactly.

    Cumulative rounding: each part is the difference of two rounded running sums, so no part is off by
    more than one minor unit. All weights zero: everything goes to the last part.
    """
    whole = sum(weights, ZERO)
    if not weights:
        return []
    if whole == 0:
        return [ZERO] * (len(weights) - 1) + [total]
    parts, given, running = [], ZERO, ZERO
    for weight in weights:
        running += weight
        upto = total if running == whole else round_money(total * running / whole, exponent)
        parts.append(upto - given)
        given = upto
    return parts
