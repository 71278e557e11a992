"""What an edit does to the money of a line and of its order. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from accounting.tax import tax_of
from backoffice.core.money import round_money
from orders.intake import product

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineMoney:
    """A line's quantity (ordered in all) and amounts; discount and tax on the whole line."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax: Decimal
    tax_rate: Decimal

    @property
    def goods(self) -> Decimal:
        return product(self.quantity, self.unit_price)


def edited(
    line: LineMoney,
    *,
    quantity: Decimal,
    unit_price: Decimal,
    inclusive: bool,
    exponent: int,
    discount: Decimal | None = None,
) -> LineMoney:
    """The line at another quantity or price: discount as given, else in proportion; tax by its rate (else in proportion).

    Both are rounded to the currency's exponent, so that what is billed later adds up to the cent.
    """
    if (quantity, unit_price) == (line.quantity, line.unit_price) and discount in (None, line.discount):
        return line
    if discount is None:
        discount = round_money(line.discount * quantity / line.quantity, exponent)
    before, after = line.goods - line.discount, product(quantity, unit_price) - discount
    if line.tax_rate > 0:
        tax = tax_of(after, line.tax_rate, inclusive=inclusive, exponent=exponent)[1]
    elif line.tax and before:
        tax = round_money(line.tax * after / before, exponent)
    else:
        tax = ZERO
    return LineMoney(quantity, unit_price, discount, tax, line.tax_rate)


def charge_tax(
    before: Decimal, tax_before: Decimal, after: Decimal, *, rate: Decimal, inclusive: bool, exponent: int
) -> Decimal:
    """The tax of a charge at another amount: by its rate, else in proportion."""
    if rate > 0:
        return tax_of(after, rate, inclusive=inclusive, exponent=exponent)[1]
    return round_money(tax_before * after / before, exponent) if tax_before and before else ZERO


@dataclass(frozen=True, slots=True)
class Delta:
    """What an order's totals rise by; tax counts in the total only where prices do not include it."""

    goods: Decimal = ZERO
    charges: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO

    def total(self, *, inclusive: bool) -> Decimal:
        return self.goods - self.discount + self.charges + (ZERO if inclusive else self.tax)


def delta(before: LineMoney | None, after: LineMoney) -> Delta:
    """Between a line (None: it is new) and the same line edited."""
    if before is None:
        return Delta(after.goods, ZERO, after.discount, after.tax)
    return Delta(after.goods - before.goods, ZERO, after.discount - before.discount, after.tax - before.tax)


def total_of(deltas: list[Delta]) -> Delta:
    """Their sum."""
    return Delta(
        sum((d.goods for d in deltas), ZERO),
        sum((d.charges for d in deltas), ZERO),
        sum((d.discount for d in deltas), ZERO),
        sum((d.tax for d in deltas), ZERO),
    )
