"""Checking and adding up an order before anything is written. Pure: no database, no clock."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from orders.inputs import ChargeInput, CreditInput, LineInput, OrderInput

ZERO = Decimal(0)
SIXTH = Decimal("0.000001")
LIMIT = Decimal(10) ** 15
KINDS = frozenset({"shipping", "gift_wrap", "handling", "fee", "manual", "other"})
COLLECTORS = frozenset({"seller", "marketplace"})
CONTROL_ROLES = frozenset({"receivable", "payable", "inventory", "grni", "deposits", "gift_cards", "store_credit"})


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an input cannot be taken: a stable code, the field, a sentence."""

    code: str
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Sums:
    """An order added up, unrounded; tax counts on top only where prices do not include it."""

    goods: Decimal
    charges: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal


def product(quantity: Decimal, price: Decimal) -> Decimal:
    """quantity × price to the six decimals that the books keep."""
    return (quantity * price).quantize(SIXTH, rounding=ROUND_HALF_UP)


def sums_of(order: OrderInput, *, inclusive: bool) -> Sums:
    """Add the order up as it was sent. Marketplace tax counts: the buyer owes it, though not to us."""
    goods = sum((product(line.quantity, line.unit_price) for line in order.lines), ZERO)
    charges = sum((product(charge.quantity, charge.unit_price) for charge in order.charges), ZERO)
    discount = sum((line.discount for line in order.lines), ZERO)
    tax = sum((line.tax for line in order.lines), sum((charge.tax for charge in order.charges), ZERO))
    total = goods - discount + charges + (ZERO if inclusive else tax)
    return Sums(goods, charges, discount, tax, total)


def refusal_of(order: OrderInput, *, roles: frozenset[str], exponents: Mapping[str, int]) -> Refused | None:
    """The first thing wrong with an order, or None. roles: known account roles; exponents: known currencies."""
    for field, problem in _problems(order, roles, exponents):
        return Refused("unknown_currency" if field == "currency" else "invalid_input", field, problem)
    if min(sums_of(order, inclusive=bool(order.prices_include_tax)).total, order.total or ZERO) < 0:
        return Refused("negative_total", "total", _("an order cannot total less than zero; send it as a credit"))
    return None


def _problems(order: OrderInput, roles: frozenset[str], exponents: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    yield from _text("external_id", order.external_id, 110, required=True)
    yield from _text("external_number", order.external_number, 120)
    yield from _text("shipping_service", order.shipping_service, 60)
    if order.currency not in exponents:
        yield "currency", _("%(code)s is not a known currency") % {"code": order.currency}
    if order.placed_at.tzinfo is None:
        yield "placed_at", _("must say its time zone")
    if not order.lines and not order.charges:
        yield "lines", _("an order needs at least one line or charge")
    for index, line in enumerate(order.lines):
        yield from _line_problems(f"lines[{index}]", line)
    for index, charge in enumerate(order.charges):
        yield from _charge_problems(f"charges[{index}]", charge, roles)
    for index, discount in enumerate(order.discounts):
        yield from _number(f"discounts[{index}].amount", discount.amount)
        if discount.line is not None and not 0 <= discount.line < len(order.lines):
            yield f"discounts[{index}].line", _("there is no such line")
    for index, tax in enumerate(order.taxes):
        yield from _number(f"taxes[{index}].amount", tax.amount)
    if order.total is not None:
        yield from _number("total", order.total)
    if order.priority is not None and not 0 <= order.priority <= 32767:
        yield "priority", _("must be between 0 and 32767")
    yield from _party_problems(order)


def _line_problems(field: str, line: LineInput) -> Iterator[tuple[str, str]]:
    yield from _text(f"{field}.channel_sku", line.channel_sku, 120, required=True)
    yield from _text(f"{field}.external_id", line.external_id, 120)
    yield from _text(f"{field}.description", line.description, 300)
    yield from _number(f"{field}.quantity", line.quantity)
    if line.quantity <= 0:
        yield f"{field}.quantity", _("must be above zero")
    for name in ("unit_price", "discount", "tax", "tax_rate"):
        value = getattr(line, name)
        yield from _number(f"{field}.{name}", value)
        if value < 0:
            yield f"{field}.{name}", _("must not be negative")
    if line.discount > line.quantity * line.unit_price:
        yield f"{field}.discount", _("is more than the line's price")
    if line.tax_collector not in COLLECTORS:
        yield f"{field}.tax_collector", _("must be seller or marketplace")


def _charge_problems(field: str, charge: ChargeInput, roles: frozenset[str]) -> Iterator[tuple[str, str]]:
    yield from _text(f"{field}.code", charge.code, 60)
    yield from _text(f"{field}.description", charge.description, 300)
    for name in ("quantity", "unit_price", "tax", "tax_rate"):
        yield from _number(f"{field}.{name}", getattr(charge, name))
    if charge.kind not in KINDS:
        yield f"{field}.kind", _("is not a known kind of charge")
    if charge.account_role not in roles or charge.account_role in CONTROL_ROLES:
        yield f"{field}.account_role", _("is not a role that charges can be posted to")


def _party_problems(order: OrderInput) -> Iterator[tuple[str, str]]:
    if order.contact is not None:
        for name, size in (("external_id", 120), ("name", 200), ("email", 254), ("phone", 40), ("country", 2)):
            yield from _text(f"contact.{name}", getattr(order.contact, name), size)
    for field in ("shipping_address", "billing_address"):
        address = getattr(order, field)
        if address is not None:
            for name, size in _ADDRESS_SIZES.items():
                yield from _text(f"{field}.{name}", getattr(address, name), size)


_ADDRESS_SIZES = {
    "name": 200,
    "organisation": 200,
    "line1": 200,
    "line2": 200,
    "city": 120,
    "region": 120,
    "postcode": 24,
    "country": 2,
    "phone": 40,
}


def _text(field: str, value: str, size: int, *, required: bool = False) -> Iterator[tuple[str, str]]:
    if required and not value.strip():
        yield field, _("is empty")
    if len(value) > size:
        yield field, _("is longer than %(size)s characters") % {"size": size}
    if "\x00" in value:
        yield field, _("contains a NUL character")


def _number(field: str, value: Decimal) -> Iterator[tuple[str, str]]:
    """A finite Decimal of at most six decimals. What fails here must not be compared afterwards."""
    if not isinstance(value, Decimal) or not value.is_finite():
        yield field, _("is not a number")
    elif abs(value) >= LIMIT:
        yield field, _("is too large")
    elif value and int(value.as_tuple().exponent) < -6 and value != value.quantize(SIXTH):
        yield field, _("has more than six decimals")


def credit_refusal(credit: CreditInput, *, roles: frozenset[str], exponents: Mapping[str, int]) -> Refused | None:
    """The first thing wrong with a credit, or None."""
    for field, problem in _credit_problems(credit, roles, exponents):
        return Refused("unknown_currency" if field == "currency" else "invalid_input", field, problem)
    total = sum((product(line.quantity, line.unit_price) + line.tax for line in credit.lines), ZERO)
    if total < 0:
        return Refused("negative_total", "total", _("a credit cannot total less than zero; send it as an order"))
    return None


def _credit_problems(
    credit: CreditInput, roles: frozenset[str], exponents: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    yield from _text("external_id", credit.external_id, 120, required=True)
    if credit.currency not in exponents:
        yield "currency", _("%(code)s is not a known currency") % {"code": credit.currency}
    if credit.issued_at.tzinfo is None:
        yield "issued_at", _("must say its time zone")
    if not credit.lines:
        yield "lines", _("a credit needs at least one line")
    for index, line in enumerate(credit.lines):
        field = f"lines[{index}]"
        yield from _text(f"{field}.code", line.code, 120, required=True)
        yield from _text(f"{field}.description", line.description, 300)
        for name in ("quantity", "unit_price", "tax"):
            yield from _number(f"{field}.{name}", getattr(line, name))
        if line.quantity <= 0:
            yield f"{field}.quantity", _("must be above zero")
        if line.account_role not in roles or line.account_role in CONTROL_ROLES:
            yield f"{field}.account_role", _("is not a role that refunds can be posted to")


def fingerprint(*parts: Any) -> str:
    """32 hexadecimal digits that tell whether two inputs say the same; 1.0 and 1.00 do."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def order_fingerprint(order: OrderInput) -> str:
    """Of everything that the channel sent; our own SKU ids, holds and priority are left out."""
    return fingerprint(
        order.placed_at.timestamp(),
        order.currency,
        order.external_number,
        order.promise_date,
        order.shipping_service,
        order.note,
        order.prices_include_tax,
        _plain(order.total),
        order.contact,
        order.shipping_address,
        order.billing_address,
        [
            (
                line.channel_sku,
                _plain(line.quantity),
                _plain(line.unit_price),
                line.description,
                line.external_id,
                _plain(line.discount),
                _plain(line.tax),
                line.tax_collector,
            )
            for line in order.lines
        ],
        [
            (c.kind, c.code, c.description, _plain(c.quantity), _plain(c.unit_price), _plain(c.tax))
            for c in order.charges
        ],
        [(d.code, d.description, _plain(d.amount), d.line, d.funded_by) for d in order.discounts],
        [(t.name, _plain(t.amount), _plain(t.rate), t.collector) for t in order.taxes],
    )


def credit_fingerprint(credit: CreditInput) -> str:
    """Of everything that the channel sent; SKU ids and roles are our mapping."""
    return fingerprint(
        credit.issued_at.timestamp(),
        credit.currency,
        credit.contact_external_id,
        credit.reason,
        [
            (line.code, _plain(line.quantity), _plain(line.unit_price), line.description, _plain(line.tax))
            for line in credit.lines
        ],
    )


def _plain(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize(), "f")
