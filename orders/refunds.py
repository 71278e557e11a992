"""What comes back, at what refund and at which move's cost. Pure."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from backoffice.core.money import split_by_weight
from orders.billing import bill_line
from orders.intake import SIXTH, product

ZERO = Decimal(0)
SIXTH_PLACES = 6  # of an amount that somebody typed


@dataclass(frozen=True, slots=True)
class Left:
    """How much of an issue may still come back to it. unit_cost: what one of it cost when it left."""

    move_id: int
    quantity: Decimal
    sku_id: int | None = None
    unit_cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class KitPart:
    """A component of a kit's line, and how many of it one kit takes."""

    sku_id: int
    code: str
    per_kit: Decimal


@dataclass(frozen=True, slots=True)
class Returnable:
    """A shipped order line. coming: back already or on its way. moves: how its goods left, oldest first.

    net_left, tax_left: billed and neither refunded nor asked back yet. shipped_on: when the last of it left, in
    the company's days. parts: of a kit, whose quantities count kits and whose moves are its components'.
    """

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
    net_left: Decimal
    tax_left: Decimal
    net_billed: Decimal
    tax_code_id: int
    shipped_on: datetime.date
    moves: Sequence[Left] = ()
    parts: Sequence[KitPart] = ()

    @property
    def left(self) -> Decimal:
        """What may still be returned."""
        return self.shipped - self.coming


@dataclass(frozen=True, slots=True)
class ChargeLeft:
    """A billed charge, with what may still be refunded of it."""

    charge_id: int
    position: int
    kind: str
    code: str
    description: str
    tax_code_id: int
    account_role: str
    net_left: Decimal
    tax_left: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Portion:
    """Units that come back to one move, with their refund. unit_price: before tax, unrounded.

    part: the component of a kit that they are.
    """

    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax: Decimal
    issue_move_id: int | None
    part: KitPart | None = None


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
    unit_refund: another amount for one, before tax; the tax goes down with it. Never more is refunded than is left
    of what was billed: what was given back without goods before is missing now.
    """
    if line.parts:
        return _kit_portions(line, quantity, unit_refund)
    found, before, net_left, tax_left = [], line.coming, line.net_left, line.tax_left
    for move_id, part in _over_moves(line.moves, quantity):
        refund = _refund(line, before, part)
        if unit_refund is not None:
            refund = _reduced(refund, unit_refund)
        refund = _capped(refund, net_left, tax_left)
        found.append(replace(refund, issue_move_id=move_id))
        before += part
        net_left, tax_left = net_left - refund.net, tax_left - refund.tax
    return found


def allowance(line: Returnable, quantity: Decimal, *, unit_refund: Decimal | None = None) -> list[Portion]:
    """Money back for goods that the customer keeps: no unit comes back, so later units may still."""
    return portions(replace(line, coming=ZERO, moves=(), parts=()), quantity, unit_refund=unit_refund)


def _kit_portions(line: Returnable, kits: Decimal, unit_refund: Decimal | None) -> list[Portion]:
    """The components of returned kits; what was paid for the kits falls to them by what they cost us."""
    whole = _refund(line, line.coming, kits)
    if unit_refund is not None:
        whole = _reduced(whole, unit_refund)
    whole = _capped(whole, line.net_left, line.tax_left)
    parts = [
        (part, move_id, quantity)
        for part in line.parts
        for move_id, quantity in _over_moves([m for m in line.moves if m.sku_id == part.sku_id], kits * part.per_kit)
    ]
    costs = {move.move_id: move.unit_cost for move in line.moves}
    weights = [quantity * costs.get(move_id or 0, ZERO) for _part, move_id, quantity in parts]
    if not any(weights):
        weights = [quantity for _part, _move, quantity in parts]
    exponent = line.exponent if unit_refund is None else SIXTH_PLACES
    nets, taxes = split_by_weight(whole.net, weights, exponent), split_by_weight(whole.tax, weights, exponent)
    return [
        Portion(quantity, (net / quantity).quantize(SIXTH, rounding=ROUND_HALF_UP), net, tax, move_id, part)
        for (part, move_id, quantity), net, tax in zip(parts, nets, taxes, strict=True)
    ]


def _capped(refund: Portion, net_left: Decimal, tax_left: Decimal) -> Portion:
    if refund.net <= net_left and refund.tax <= tax_left:
        return refund
    net, tax = min(refund.net, max(net_left, ZERO)), min(refund.tax, max(tax_left, ZERO))
    unit_price = refund.unit_price
    if net != refund.net:
        unit_price = (net / refund.quantity).quantize(SIXTH, rounding=ROUND_HALF_UP)
    return replace(refund, unit_price=unit_price, net=net, tax=tax)


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
