"""Adding up a draft: taxes by the channel's rate, totals to the cent. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from accounting.tax import tax_of
from orders.inputs import AddressInput, ContactInput
from orders.intake import product

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DraftLineInput:
    """Goods of a draft. unit_price None: what the SKU costs this buyer (selectors.prices). tax_rate None: the channel's."""

    sku_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    description: str = ""
    discount: Decimal = ZERO
    tax_rate: Decimal | None = None
    tax: Decimal = ZERO  # set by price_draft


@dataclass(frozen=True, slots=True)
class DraftChargeInput:
    """What is billed besides goods; amount before tax unless prices include it. kind: a ChargeKind."""

    kind: str
    amount: Decimal
    description: str = ""
    tax_rate: Decimal | None = None
    tax: Decimal = ZERO  # set by price_draft


@dataclass(frozen=True, slots=True)
class DraftInput:
    """A draft as staff write it. contact_id: a buyer whom the channel knows; contact: one to be made.

    external_id: the caller's own, empty: made up. currency and prices_include_tax: empty: the channel's.
    """

    lines: Sequence[DraftLineInput] = ()
    charges: Sequence[DraftChargeInput] = ()
    contact_id: int | None = None
    contact: ContactInput | None = None
    shipping_address: AddressInput | None = None
    external_id: str = ""
    external_number: str = ""
    currency: str = ""
    prices_include_tax: bool | None = None
    promise_date: date | None = None
    shipping_service: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DraftSums:
    """A draft added up; total is rounded to the currency's exponent with its taxes."""

    goods: Decimal
    charges: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal


def price_draft(given: DraftInput, *, rate: Decimal, inclusive: bool, exponent: int) -> tuple[DraftInput, DraftSums]:
    """The draft with the tax of each line and charge, rounded line by line, and its sums.

    rate: where a line states none. Every line has its price.
    """
    lines = []
    for line in given.lines:
        net = product(line.quantity, line.unit_price or ZERO) - line.discount
        own = rate if line.tax_rate is None else line.tax_rate
        lines.append(replace(line, tax=tax_of(net, own, inclusive=inclusive, exponent=exponent)[1]))
    charges = [
        replace(
            charge,
            tax=tax_of(
                charge.amount,
                rate if charge.tax_rate is None else charge.tax_rate,
                inclusive=inclusive,
                exponent=exponent,
            )[1],
        )
        for charge in given.charges
    ]
    goods = sum((product(line.quantity, line.unit_price or ZERO) for line in lines), ZERO)
    discount = sum((line.discount for line in lines), ZERO)
    extra = sum((charge.amount for charge in charges), ZERO)
    tax = sum((line.tax for line in lines), sum((charge.tax for charge in charges), ZERO))
    total = goods - discount + extra + (ZERO if inclusive else tax)
    return replace(given, lines=lines, charges=charges), DraftSums(goods, extra, discount, tax, total)
