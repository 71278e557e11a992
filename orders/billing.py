"""What a shipment is billed at: shares of a line's discount and tax that add up to the cent. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol, TypeVar

from backoffice.core.money import round_money
from orders.intake import SIXTH, product

ZERO = Decimal(0)


class GoodsLine(Protocol):
    """An order line as billing sees it: ordered in all, shipped before, and what is billed now (quantity)."""

    @property
    def quantity(self) -> Decimal: ...
    @property
    def ordered(self) -> Decimal: ...
    @property
    def before(self) -> Decimal: ...
    @property
    def unit_price(self) -> Decimal: ...
    @property
    def discount(self) -> Decimal: ...
    @property
    def tax(self) -> Decimal: ...
    @property
    def tax_collector(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Billed:
    """Amounts before tax, and our tax (a marketplace's own tax is nobody's here). unit_price: before tax and discount."""

    unit_price: Decimal
    net: Decimal
    tax: Decimal


def share(total: Decimal, *, before: Decimal, now: Decimal, whole: Decimal, exponent: int) -> Decimal:
    """The part of `total` that falls to `now` of `whole` units when `before` of them had theirs.

    Cumulative rounding to the currency's exponent: the last units take the rest, so all parts add up to total.
    """
    return _upto(total, before + now, whole, exponent) - _upto(total, before, whole, exponent)


def _upto(total: Decimal, units: Decimal, whole: Decimal, exponent: int) -> Decimal:
    if units == whole or total == 0:
        return total
    return round_money(total * units / whole, exponent) if units else ZERO


def bill_line(line: GoodsLine, *, inclusive: bool, exponent: int) -> Billed:
    """What the shipped part of a line costs. inclusive: the order's prices include the tax."""
    whole, before, now = line.ordered, line.before, line.quantity
    goods = product(now, line.unit_price)
    paid = goods - share(line.discount, before=before, now=now, whole=whole, exponent=exponent)
    tax = share(line.tax, before=before, now=now, whole=whole, exponent=exponent)
    net = paid - tax if inclusive else paid
    unit_price = line.unit_price
    if inclusive and paid:
        unit_price = (line.unit_price * net / paid).quantize(SIXTH, rounding=ROUND_HALF_UP)
    return Billed(unit_price, net, tax if line.tax_collector == "seller" else ZERO)


def bill_charge(amount: Decimal, tax: Decimal, *, quantity: Decimal, inclusive: bool) -> Billed:
    """What a charge costs before tax."""
    net = amount - tax if inclusive else amount
    unit_price = (net / quantity).quantize(SIXTH, rounding=ROUND_HALF_UP) if quantity else net
    return Billed(unit_price, net, tax)


Charge = TypeVar("Charge")


def affordable(charges: Sequence[tuple[Charge, Decimal]], *, goods: Decimal) -> list[Charge]:
    """The charges that a document over `goods` can take: all that raise it, and of those that lower it as many as
    leave it at zero or above. The others wait for the next shipment. charges: (charge, its amount with tax).
    """
    total = goods + sum((amount for _charge, amount in charges if amount >= 0), ZERO)
    taken = []
    for charge, amount in charges:
        if amount < 0:
            if total + amount < 0:
                continue
            total += amount
        taken.append(charge)
    return taken
