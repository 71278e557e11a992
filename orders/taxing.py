"""What is asked of the taxes of a sale, and what is answered. Pure."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.models import TaxRule

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxItem:
    """A line or charge: its amount after discounts, with tax where the sale's prices include it.

    sku_id: goods; kind: a charge's. rate: typed by hand; None: to be decided.
    """

    amount: Decimal
    sku_id: int | None = None
    kind: str = ""
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """An order, draft or receipt to be taxed. Without a country its buyer's counts, then the company's own.

    contact: the buyer's id, or what the channel calls them (external id).
    """

    items: Sequence[TaxItem]
    date: datetime.date
    inclusive: bool
    exponent: int
    country: str = ""
    region: str = ""
    postcode: str = ""
    contact: int | str | None = None


@dataclass(frozen=True, slots=True)
class ItemTax:
    """The tax of an item, in the sale's currency. rule: that says so; None: the channel's tax code, or a typed rate."""

    tax_code_id: int
    rate: Decimal
    rule: TaxRule | None = None
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class SaleTaxes:
    """A sale's taxes, item by item, and what they were decided by: destination, customer kind, tax classes."""

    items: Sequence[ItemTax]
    country: str
    customer_kind: str
    classes: Sequence[str]


def main_goods(taxes: Mapping[int, ItemTax], items: Sequence[TaxItem]) -> ItemTax | None:
    """The tax that charges follow: that of the goods with the greatest value, between equals the higher rate."""
    worth: dict[tuple[int, Decimal], Decimal] = {}
    by_key: dict[tuple[int, Decimal], ItemTax] = {}
    for place, tax in taxes.items():
        key = (tax.tax_code_id, tax.rate)
        worth[key] = worth.get(key, ZERO) + items[place].amount
        by_key.setdefault(key, tax)
    if not worth:
        return None
    return by_key[max(worth, key=lambda key: (worth[key], key[1], -key[0]))]


def agrees(tax: Decimal, rate: Decimal, decided: ItemTax, *, cent: Decimal) -> bool:
    """Whether what a channel charged is what was decided: the same rate, or the same amount to a cent.

    A channel says its rate, or it follows from rounded amounts; a tax of nothing agrees with a rate of nothing only,
    unless there is nothing to tax.
    """
    if not tax and not rate:
        return not decided.rate or not decided.tax
    return bool(tax) and (rate == decided.rate or abs(tax - decided.tax) <= cent)
