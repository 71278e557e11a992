"""What a Vendure refund is for. Pure.

Vendure cancels and refunds in two steps that know nothing of each other: a cancellation takes units (or the shipping)
off the order, a refund is an amount, with or without the lines it is for. So what a refund pays for is told from what
is off the order: units cancelled before they left are gone, of those that had left the goods are coming back, for the
rest the buyer got money and keeps the goods. Money that names no line pays first for what is gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from integrations.connectors.changes import ChannelRefund, RefundedLine
from integrations.connectors.fields import Fields

ZERO = Decimal(0)


class Reader(Protocol):
    unit: Decimal

    def __call__(self, of: Fields, name: str) -> Decimal: ...


@dataclass(slots=True)
class _Line:
    """What may still be explained of a line: units by what became of them, and what one is worth."""

    net: Decimal
    tax: Decimal
    left: dict[str, Decimal] = field(default_factory=dict)

    def take(self, quantity: Decimal) -> Iterator[tuple[str, Decimal]]:
        """(back, units): gone first, then those that come back, the rest is money."""
        for back in ("gone", "returns"):
            if (units := min(quantity, self.left[back])) > 0:
                self.left[back] -= units
                quantity -= units
                yield back, units
        if quantity > 0:
            yield "money", quantity


@dataclass(slots=True)
class _Amount:
    net: Decimal
    tax: Decimal

    def pay(self, most: Decimal, unit: Decimal) -> tuple[Decimal, Decimal]:
        """(net, tax) taken out of it, together no more than `most`."""
        net, tax = _at_most(self.net, self.tax, max(most, ZERO), unit)
        self.net, self.tax = self.net - net, self.tax - tax
        return net, tax


@dataclass(slots=True)
class _Gone:
    """What is off the order and no refund has paid back yet."""

    goods: _Amount
    shipping: _Amount


def refunds_of(order: Fields, money: Reader) -> tuple[ChannelRefund, ...]:
    rows = sorted(
        (
            row
            for payment in (order.children("payments") if order.get("payments") else ())
            for row in payment.children("refunds")
            if row.required("state") != "Failed"
        ),
        key=lambda row: (row.time("createdAt"), row.required("id")),
    )
    if not rows:
        return ()
    lines = {line.required("id"): _line(line, order, money) for line in order.children("lines")}
    named = [_named(row, lines, money) for row in rows]
    gone = _Gone(
        _Amount(
            sum((line.left["gone"] * line.net for line in lines.values()), ZERO),
            sum((line.left["gone"] * line.tax for line in lines.values()), ZERO),
        ),
        _cancelled_shipping(order, money),
    )
    return tuple(_refund(order, row, parts, gone, money) for row, parts in zip(rows, named, strict=True))


def _line(line: Fields, order: Fields, money: Reader) -> _Line:
    """Its units: as placed, and added since; less what is left or has left is gone, left and cancelled comes back."""
    id = line.required("id")
    net, gross = money(line, "proratedUnitPrice"), money(line, "proratedUnitPriceWithTax")
    shipped = _of(order, "fulfillments", id, states=("Shipped", "Delivered"))
    ordered = line.number("orderPlacedQuantity") + _of(order, "modifications", id)
    there = line.number("quantity")
    left = {"gone": max(ordered - max(there, shipped), ZERO), "returns": max(shipped - there, ZERO)}
    return _Line(net, gross - net, left)


def _of(order: Fields, name: str, line_id: str, *, states: tuple[str, ...] = ()) -> Decimal:
    """Units of a line that were added (not: taken off) or left."""
    return sum(
        (
            max(line.number("quantity"), ZERO)
            for row in (order.children(name) if order.get(name) else ())
            if not states or row.required("state") in states
            for line in row.children("lines")
            if line.required("orderLineId") == line_id
        ),
        ZERO,
    )


def _named(row: Fields, lines: dict[str, _Line], money: Reader) -> list[RefundedLine]:
    """The lines that a refund names; they are worth no more than it paid."""
    found: list[RefundedLine] = []
    left = money(row, "total")
    for given in row.children("lines"):
        id = given.required("orderLineId")
        if id not in lines:
            raise given.bad("orderLineId", _("names no line of the order"))
        line = lines[id]
        for back, units in line.take(given.number("quantity")):
            net, tax = _at_most(units * line.net, units * line.tax, left, money.unit)
            left -= net + tax
            found.append(RefundedLine(id, units, net, tax, back))
    return found


def _refund(order: Fields, row: Fields, lines: list[RefundedLine], gone: _Gone, money: Reader) -> ChannelRefund:
    """Shipping first, where it is named; then what is off the order and was not paid back yet."""
    rest = money(row, "total") - sum((line.net + line.tax for line in lines), ZERO)
    named = min(money(row, "shipping") if row.get("shipping") else ZERO, rest)
    back = gone.shipping.pay(named, money.unit)
    shipping = _shipping(order, named - sum(back), money)
    rest -= named
    for amount in (gone.goods, gone.shipping):
        paid = amount.pay(rest, money.unit)
        back, rest = (back[0] + paid[0], back[1] + paid[1]), rest - sum(paid)
    if any(back):
        lines = [*lines, RefundedLine("", Decimal(1), *back, "gone")]
    return ChannelRefund(
        external_id=row.required("id"),
        total=money(row, "total"),
        refunded_at=row.time("updatedAt"),
        lines=tuple(lines),
        shipping=shipping[0],
        shipping_tax=shipping[1],
        settled=row.required("state") == "Settled",
        reason=str(row.get("reason") or "")[:120],
    )


def _shipping(order: Fields, gross: Decimal, money: Reader) -> tuple[Decimal, Decimal]:
    """(net, tax), taxed as the order's shipping is."""
    rows = order.children("shippingLines")
    full = sum((money(row, "discountedPriceWithTax") for row in rows), ZERO)
    net = sum((money(row, "discountedPrice") for row in rows), ZERO)
    return _at_most(net, full - net, gross, money.unit) if full > gross else (gross - (full - net), full - net)


def _at_most(net: Decimal, tax: Decimal, most: Decimal, unit: Decimal) -> tuple[Decimal, Decimal]:
    """Both lowered alike, to a sum of no more than `most`."""
    if net + tax <= most or not net + tax:
        return net, tax
    less = (tax * most / (net + tax)).quantize(unit)
    return most - less, less


def _cancelled_shipping(order: Fields, money: Reader) -> _Amount:
    """Shipping that was taken off with a cancellation."""
    net = gross = ZERO
    for line in order.children("shippingLines"):
        for row in line.children("discounts"):
            if row.required("adjustmentSource") == "CANCEL_ORDER":
                net, gross = net - money(row, "amount"), gross - money(row, "amountWithTax")
    return _Amount(net, gross - net)
