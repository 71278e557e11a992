"""What a Vendure refund is for. Pure.

Vendure cancels and refunds in two steps that know nothing of each other: a cancellation takes units (or the shipping)
off the order, a refund is an amount, with or without the lines it is for. So what a refund pays for is told from what
is off the order: units cancelled before they left are gone, of those that had left the goods are coming back, for the
rest the buyer got money and keeps the goods. Money that names no line pays for what is gone.

A refund is first for what was cancelled before it, then, if that leaves something over, for what was cancelled later:
a shopkeeper does the two in either order. `_cancellations`, which the connector adds, says when each was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from integrations.connectors.changes import ChannelRefund, RefundedLine
from integrations.connectors.fields import Fields

ZERO, ONE = Decimal(0), Decimal(1)
BACKS = ("gone", "returns")


class Reader(Protocol):
    unit: Decimal

    def __call__(self, of: Fields, name: str) -> Decimal: ...


@dataclass(slots=True)
class _Amount:
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax

    def part(self, most: Decimal, unit: Decimal) -> "_Amount":
        """No more than `most`, net and tax lowered alike."""
        if self.gross <= most or not self.gross:
            return _Amount(self.net, self.tax)
        tax = (self.tax * most / self.gross).quantize(unit)
        return _Amount(most - tax, tax)

    def times(self, quantity: Decimal) -> "_Amount":
        return _Amount(self.net * quantity, self.tax * quantity)


@dataclass(slots=True)
class _Off:
    """Something off the order that refunds may still pay for: units of a line, or the shipping (one unit).

    each: what one is worth. left: units by what became of them. when: units by the moment of their cancellation.
    """

    each: _Amount
    left: dict[str, Decimal]
    when: list[tuple[datetime, Decimal]] = field(default_factory=list)
    used: Decimal = ZERO

    def there(self, back: str, before: datetime | None) -> Decimal:
        """Units left of those cancelled before that moment."""
        if before is None:
            return self.left[back]
        cancelled = sum((quantity for at, quantity in self.when if at <= before), ZERO)
        return max(min(self.left[back], cancelled - self.used), ZERO)

    def take(self, back: str, quantity: Decimal) -> None:
        self.left[back] -= quantity
        self.used += quantity


@dataclass(slots=True)
class _Refund:
    """A refund while it is being explained. named: units by line that nothing explains yet; rest: money for no line."""

    row: Fields
    at: datetime
    named: dict[str, Decimal]
    shipping: Decimal
    rest: Decimal
    explained: list[tuple[str, Decimal, str]] = field(default_factory=list)  # (line, units, what became of them)
    paid: _Amount = field(default_factory=lambda: _Amount(ZERO, ZERO))  # for what is gone, without naming it


def refunds_of(order: Fields, money: Reader) -> tuple[ChannelRefund, ...]:
    rows = [
        row
        for payment in (order.children("payments") if order.get("payments") else ())
        for row in payment.children("refunds")
        if row.required("state") != "Failed"
    ]
    if not rows:
        return ()
    lines, shipping = (
        {line.required("id"): _off(line, order, money) for line in order.children("lines")},
        _shipping(order, money),
    )
    refunds = sorted(
        (_begun(row, lines, money) for row in rows), key=lambda found: (found.at, found.row.required("id"))
    )
    for in_time in (True, False):
        for refund in refunds:
            _explain(refund, lines, shipping, refund.at if in_time else None, money.unit)
    return tuple(_told(refund, order, lines, money) for refund in refunds)


def _off(line: Fields, order: Fields, money: Reader) -> _Off:
    """As placed, and added since; less what is left or has left is gone, left and cancelled comes back."""
    id = line.required("id")
    net, gross = money(line, "proratedUnitPrice"), money(line, "proratedUnitPriceWithTax")
    shipped = sum(_units(order, "fulfillments", id, states=("Shipped", "Delivered")), ZERO)
    ordered = line.number("orderPlacedQuantity") + sum(_units(order, "modifications", id), ZERO)
    there = line.number("quantity")
    left = {"gone": max(ordered - max(there, shipped), ZERO), "returns": max(shipped - there, ZERO)}
    when = [
        (row.time("at"), given.number("quantity"))
        for row in order.children("_cancellations")
        for given in row.children("lines")
        if given.required("orderLineId") == id
    ]
    return _Off(_Amount(net, gross - net), left, when)


def _units(order: Fields, name: str, line_id: str, *, states: tuple[str, ...] = ()) -> Iterator[Decimal]:
    """Of a line, those that were added (not: taken off), or left."""
    for row in order.children(name) if order.get(name) else ():
        if not states or row.required("state") in states:
            for line in row.children("lines"):
                if line.required("orderLineId") == line_id:
                    yield max(line.number("quantity"), ZERO)


def _shipping(order: Fields, money: Reader) -> _Off:
    """Shipping that was taken off with a cancellation."""
    net = gross = ZERO
    for line in order.children("shippingLines"):
        for row in line.children("discounts"):
            if row.required("adjustmentSource") == "CANCEL_ORDER":
                net, gross = net - money(row, "amount"), gross - money(row, "amountWithTax")
    when = [(row.time("at"), ONE) for row in order.children("_cancellations") if row.get("shippingCancelled", False)]
    return _Off(_Amount(net, gross - net), {"gone": ONE if gross else ZERO, "returns": ZERO}, when)


def _begun(row: Fields, lines: Mapping[str, _Off], money: Reader) -> _Refund:
    named: dict[str, Decimal] = {}
    for given in row.children("lines"):
        id = given.required("orderLineId")
        if id not in lines:
            raise given.bad("orderLineId", _("names no line of the order"))
        named[id] = named.get(id, ZERO) + given.number("quantity")
    total = money(row, "total")
    rest = max(total - sum((lines[id].each.gross * units for id, units in named.items()), ZERO), ZERO)
    shipping = min(money(row, "shipping") if row.get("shipping") else ZERO, rest)
    return _Refund(row, row.time("createdAt"), named, shipping, rest - shipping)


def _explain(
    refund: _Refund, lines: Mapping[str, _Off], shipping: _Off, before: datetime | None, unit: Decimal
) -> None:
    """Whole units for the lines that it names, then money: for shipping that it names, and for whatever is gone."""
    for id, wanted in refund.named.items():
        for back in BACKS:
            units = min(wanted, lines[id].there(back, before)).quantize(ONE, ROUND_DOWN)
            if units > 0:
                lines[id].take(back, units)
                refund.explained.append((id, units, back))
                wanted -= units
        refund.named[id] = wanted
    refund.shipping -= _pay(refund, shipping, refund.shipping, before, unit)
    for off in (*lines.values(), shipping):
        refund.rest -= _pay(refund, off, refund.rest, before, unit)


def _pay(refund: _Refund, off: _Off, most: Decimal, before: datetime | None, unit: Decimal) -> Decimal:
    """Money for what is gone, also for a part of a unit; how much."""
    units = off.there("gone", before)
    part = off.each.times(units).part(most, unit)
    if part.gross <= 0:
        return ZERO
    off.take("gone", part.gross / off.each.gross)
    refund.paid = _Amount(refund.paid.net + part.net, refund.paid.tax + part.tax)
    return part.gross


def _told(refund: _Refund, order: Fields, lines: Mapping[str, _Off], money: Reader) -> ChannelRefund:
    """Lines are worth no more than what was paid back."""
    row, found = refund.row, list[RefundedLine]()
    left = money(row, "total")
    for id, units, back in [*refund.explained, *((id, units, "money") for id, units in refund.named.items() if units)]:
        worth = lines[id].each.times(units).part(left, money.unit)
        left -= worth.gross
        found.append(RefundedLine(id, units, worth.net, worth.tax, back))
    if refund.paid.gross:
        found.append(RefundedLine("", ONE, refund.paid.net, refund.paid.tax, "gone"))
    taxed = _taxed_as_shipping(order, refund.shipping, money)
    return ChannelRefund(
        external_id=row.required("id"),
        total=money(row, "total"),
        refunded_at=row.time("updatedAt"),
        lines=tuple(found),
        shipping=taxed.net,
        shipping_tax=taxed.tax,
        settled=row.required("state") == "Settled",
        reason=str(row.get("reason") or "")[:120],
    )


def _taxed_as_shipping(order: Fields, gross: Decimal, money: Reader) -> _Amount:
    rows = order.children("shippingLines")
    net = sum((money(row, "discountedPrice") for row in rows), ZERO)
    whole = _Amount(net, sum((money(row, "discountedPriceWithTax") for row in rows), ZERO) - net)
    return whole.part(gross, money.unit) if whole.gross > gross else _Amount(gross - whole.tax, whole.tax)
