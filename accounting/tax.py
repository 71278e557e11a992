"""Tax arithmetic, without database or clock."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from backoffice.core.money import round_money, split_by_weight

SIXTH = Decimal("0.000001")


def tax_of(amount: Decimal, rate: Decimal, *, inclusive: bool, exponent: int | None = None) -> tuple[Decimal, Decimal]:
    """(net, tax) of an amount at a rate (0.2 is 20 %); net + tax is the gross exactly.

    inclusive: the amount is gross and holds the tax. exponent: the tax is rounded to that many decimals
    (per-line rounding); None: six decimals, to be rounded once on the document.
    """
    tax = amount * rate / (1 + rate) if inclusive else amount * rate
    tax = tax.quantize(SIXTH, rounding=ROUND_HALF_UP) if exponent is None else round_money(tax, exponent)
    return (amount - tax, tax) if inclusive else (amount, tax)


def document_taxes(
    lines: Sequence[tuple[Decimal, Decimal]], *, inclusive: bool, per_line: bool, exponent: int
) -> list[tuple[Decimal, Decimal]]:
    """(net, tax) of each (amount, rate) line of a document.

    per_line: each line's tax is rounded. Else each rate's total is rounded once, and the rounded tax is
    spread over its lines by amount, so the lines add up to the document's tax.
    """
    if per_line:
        return [tax_of(amount, rate, inclusive=inclusive, exponent=exponent) for amount, rate in lines]
    taxes: list[Decimal] = [Decimal(0)] * len(lines)
    for rate in {rate for _, rate in lines}:
        places = [place for place, (_, other) in enumerate(lines) if other == rate]
        total = sum((lines[place][0] for place in places), Decimal(0))
        _, tax = tax_of(total, rate, inclusive=inclusive, exponent=exponent)
        weights = [abs(lines[place][0]) for place in places]
        if any(lines[place][0] < 0 for place in places):  # mixed signs: each its own, the last takes the rest
            parts = [tax_of(lines[place][0], rate, inclusive=inclusive, exponent=exponent)[1] for place in places]
            parts[-1] += tax - sum(parts, Decimal(0))
        else:
            parts = split_by_weight(tax, weights, exponent)
        for place, part in zip(places, parts, strict=True):
            taxes[place] = part
    return [(amount - tax, tax) if inclusive else (amount, tax) for (amount, _), tax in zip(lines, taxes, strict=True)]
