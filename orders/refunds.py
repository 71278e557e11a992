"""What comes back, at what refund and at which move's cost. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from orders.billing import bill_line
from orders.intake import SIXTH, product

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Left:
    """How much of an issue may still come back to it."""

    move_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Returnable:
    """A shipped order line. coming: back already or on its way. moves: how its goods left, oldest first."""

    order_line_id: int
    order_id: int
    position: int
    sku_id: int
    code: str
    description: str
    ordered: Decimal
    shipped: Decimal
    coming: Decimal
    unit_price: Decimal
    discount: Decimal
    tax: Decimal
    tax_collector: str
    inclusive: bool
    exponent: int
    moves: Sequence[Left] = ()

    @property
    def left(self) -> Decimal:
        """What may still be returned."""
        return self.shipped - self.coming


@dataclass(frozen=True, slots=True)
class Portion:
    """Units that come back to one move, with their refund. unit_price: before tax, unrounded."""

    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax: Decimal
    issue_move_id: int | None


@dataclass(frozen=True, slots=True)
class _Part:
    """The units from `before` on of an order line, as billing sees them."""

    quantity: Decimal
    ordered: Decimal
    before: Decimal
    unit_price: Decimal
    discount: Decimal
    tax: Decimal
    tax_collector: str


def portions(line: Returnable, quantity: Decimal, *, unit_refund: Decimal | None = None) -> list[Portion]:
    """Split a returned quantity over the moves by which it left, each part with its share of what was paid.

    The shares go by cumulative rounding, so that returning a line piece by piece refunds exactly what it cost.
    unit_refund: another amount for one, before tax; the tax goes down with it.
    """
    found, before = [], line.coming
    for move_id, part in _over_moves(line.moves, quantity):
        refund = _refund(line, before, part)
        if unit_refund is not None:
            refund = _reduced(refund, unit_refund)
        found.append(replace(refund, issue_move_id=move_id))
        before += part
    return found


def _over_moves(moves: Sequence[Left], quantity: Decimal) -> list[tuple[int | None, Decimal]]:
    parts: list[tuple[int | None, Decimal]] = []
    for move in moves:
        part = min(move.quantity, quantity)
        if part > 0:
            parts.append((move.move_id, part))
            quantity -= part
    return [*parts, (None, quantity)] if quantity > 0 else parts


def _refund(line: Returnable, before: Decimal, quantity: Decimal) -> Portion:
    part = _Part(quantity, line.ordered, before, line.unit_price, line.discount, line.tax, line.tax_collector)
    billed = bill_line(part, inclusive=line.inclusive, exponent=line.exponent)
    unit_price = (billed.net / quantity).quantize(SIXTH, rounding=ROUND_HALF_UP)
    return Portion(quantity, unit_price, billed.net, billed.tax, None)


def _reduced(refund: Portion, unit_refund: Decimal) -> Portion:
    net = product(refund.quantity, unit_refund)
    tax = (refund.tax * net / refund.net).quantize(SIXTH, rounding=ROUND_HALF_UP) if refund.net else ZERO
    return Portion(refund.quantity, unit_refund, net, tax, None)
