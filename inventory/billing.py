"""Whether a bill agrees with order and receipt: the rules of the three-way match. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.money import ZERO, round_money


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is tolerated: the price of this line, the quantity of this line."""

    price: Decimal = ZERO
    quantity: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Way:
    """One line, three ways. expected_price None: nothing says it. open: received and not billed."""

    quantity: Decimal
    net: Decimal
    expected_price: Decimal | None
    ordered: Decimal
    received: Decimal
    billed: Decimal
    open: Decimal
    is_credit: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a line is not in order. difference: money for prices and tax, units for quantities."""

    reason: str
    expected: Decimal
    found: Decimal

    @property
    def difference(self) -> Decimal:
        return self.found - self.expected


def line_findings(way: Way, allowed: Allowed, exponent: int) -> list[Finding]:
    """What is wrong with a line: price_over, quantity_over (more than ordered in all), not_received, credit_short."""
    found = []
    if way.expected_price is not None:
        expected = round_money(way.quantity * way.expected_price, exponent)
        if way.is_credit and expected - way.net > allowed.price:
            found.append(Finding("credit_short", expected, way.net))
        if not way.is_credit and way.net - expected > allowed.price:
            found.append(Finding("price_over", expected, way.net))
    may = max(way.ordered, way.received) - way.billed
    if way.quantity > way.open + allowed.quantity:
        over = way.quantity > may + allowed.quantity
        found.append(
            Finding("quantity_over" if over else "not_received", max(may, ZERO) if over else way.open, way.quantity)
        )
    return found


def tax_finding(net: Decimal, tax: Decimal, rate: Decimal, exponent: int) -> Finding | None:
    """Tax that is more than one smallest unit off the code's rate."""
    expected = round_money(net * rate, exponent)
    return Finding("tax_differs", expected, tax) if abs(tax - expected) > Decimal(1).scaleb(-exponent) else None


def total_finding(ways: Sequence[Way], limit: Decimal | None, exponent: int) -> Finding | None:
    """Lines that are each a little over come to more than is tolerated in all. limit None: no limit."""
    if limit is None:
        return None
    known = [way for way in ways if way.expected_price is not None and not way.is_credit]
    expected = sum((round_money(way.quantity * (way.expected_price or ZERO), exponent) for way in known), ZERO)
    found = sum((way.net for way in known), ZERO)
    return Finding("total_over", expected, found) if found - expected > limit else None


def same_number(number: str) -> str:
    """A bill's number without what people type differently: case, spaces, dashes, leading zeros of the whole."""
    return "".join(letter for letter in number.upper() if letter.isalnum()).lstrip("0")
