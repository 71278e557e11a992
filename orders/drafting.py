"""Adding up a draft: its taxes as decided, totals to the cent. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from orders.inputs import AddressInput, ContactInput
from orders.intake import product
from orders.taxing import ItemTax, TaxItem

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DraftLineInput:
    """Goods of a draft. unit_price None: what the SKU costs this buyer (selectors.prices); tax_rate None: as decided.

    tax, tax_code_id, tax_rule_id and applied_rate are set by price_draft.
    """

    sku_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    description: str = ""
    discount: Decimal = ZERO
    tax_rate: Decimal | None = None
    tax: Decimal = ZERO
    tax_code_id: int | None = None
    tax_rule_id: int | None = None
    applied_rate: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class DraftChargeInput:
    """What is billed besides goods; amount before tax unless prices include it. kind: a ChargeKind."""

    kind: str
    amount: Decimal
    description: str = ""
    tax_rate: Decimal | None = None
    tax: Decimal = ZERO
    tax_code_id: int | None = None
    tax_rule_id: int | None = None
    applied_rate: Decimal = ZERO


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


def draft_items(given: DraftInput) -> list[TaxItem]:
    """What is asked of the taxes of a draft: its lines, then its charges."""
    return [
        TaxItem(product(line.quantity, line.unit_price or ZERO) - line.discount, line.sku_id, rate=line.tax_rate)
        for line in given.lines
    ] + [TaxItem(charge.amount, kind=charge.kind, rate=charge.tax_rate) for charge in given.charges]


def price_draft(given: DraftInput, taxes: Sequence[ItemTax], *, inclusive: bool) -> tuple[DraftInput, DraftSums]:
    """The draft with the tax of each line and charge (in the order of draft_items), and its sums.

    Every line has its price.
    """
    parts = iter(taxes)
    lines = [replace(line, **_decided(next(parts))) for line in given.lines]
    charges = [replace(charge, **_decided(next(parts))) for charge in given.charges]
    goods = sum((product(line.quantity, line.unit_price or ZERO) for line in lines), ZERO)
    discount = sum((line.discount for line in lines), ZERO)
    extra = sum((charge.amount for charge in charges), ZERO)
    tax = sum((line.tax for line in lines), sum((charge.tax for charge in charges), ZERO))
    total = goods - discount + extra + (ZERO if inclusive else tax)
    return replace(given, lines=lines, charges=charges), DraftSums(goods, extra, discount, tax, total)


def _decided(tax: ItemTax) -> dict[str, Any]:
    return {
        "tax": tax.tax,
        "tax_code_id": tax.tax_code_id,
        "tax_rule_id": tax.rule.pk if tax.rule else None,
        "applied_rate": tax.rate,
    }
