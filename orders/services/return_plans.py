"""What a return would be: its lines with their refunds, shipping and fee. Nothing is written here."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.billing import share
from orders.errors import NotReturnable, RefundTooHigh
from orders.refunds import ChargeLeft, Portion, Returnable, allowance, portions
from orders.return_terms import Extra, Terms, refund_of, restocking_fees, shipping_refunds
from orders.selectors.returnable import charges_left, returnable_lines

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ReturnInput:
    """A quantity of an order line to come back. unit_refund: before tax, for one; None: what was paid for it."""

    order_line_id: int
    quantity: Decimal
    unit_refund: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ChargeRefund:
    """A charge of the order to be refunded. amount: before tax; None: all that is left of it."""

    charge_id: int
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A return in the making: its lines with their portions, and the amounts beside the goods."""

    lines: list[tuple[Returnable, Portion]]
    extras: list[Extra]
    outside_window: bool

    @property
    def total(self) -> Decimal:
        goods = sum((portion.net + portion.tax for _line, portion in self.lines), ZERO)
        return goods + sum((extra.net + extra.tax for extra in self.extras), ZERO)


def asked_of(
    order_id: int,
    lines: Sequence[ReturnInput],
    terms: Terms,
    *,
    goods: bool,
    refund: bool,
    charges: Sequence[ChargeRefund] | None,
    fee: bool,
    day: datetime.date,
) -> Asked:
    """Plan a return of a locked order. day: when it is asked for. Statements: 2, 1 more where charges are looked at.

    Raises NotReturnable, RefundTooHigh.
    """
    present = returnable_lines([order_id])
    wanted = [(_line_of(given, present, goods=goods), given) for given in _merged(lines)]
    found = [(line, part) for line, given in wanted for part in _portions(line, given, goods=goods, refund=refund)]
    late = goods and any((until := terms.until(line.shipped_on)) is not None and day > until for line, _g in wanted)
    extras = _extras(order_id, found, present, terms, charges, fee=fee and goods) if refund else []
    asked = Asked(found, extras, late)
    if refund and not goods and asked.total <= 0:
        raise RefundTooHigh(_("Nothing is left to refund for it."), order_id=order_id, left="0")
    return asked


def _merged(lines: Sequence[ReturnInput]) -> list[ReturnInput]:
    """A line named twice is asked for once, so that both together are held against what is left."""
    merged: dict[tuple[int, Decimal | None], Decimal] = {}
    for given in lines:
        if given.quantity <= 0:
            raise _too_much(given, None)
        key = (given.order_line_id, given.unit_refund)
        merged[key] = merged.get(key, ZERO) + given.quantity
    if len({line_id for line_id, _refund in merged}) < len(merged):
        raise NotReturnable(_("A line is named twice with different refunds."))
    return [ReturnInput(line_id, quantity, refund) for (line_id, refund), quantity in merged.items()]


def _line_of(given: ReturnInput, present: Mapping[int, Returnable], *, goods: bool) -> Returnable:
    line = present.get(given.order_line_id)
    most = ZERO if line is None else line.left if goods else line.shipped
    if line is None or given.quantity > most or (line.parts and given.quantity % 1):
        raise _too_much(given, line)
    return line


def _too_much(given: ReturnInput, line: Returnable | None) -> NotReturnable:
    left = f"{line.left.normalize():f}" if line else "0"
    return NotReturnable(
        _("Of line %(line)s only %(left)s can come back.")
        % {"line": line.position if line else given.order_line_id, "left": left},
        order_line_id=given.order_line_id,
        left=left,
    )


def _portions(line: Returnable, given: ReturnInput, *, goods: bool, refund: bool) -> list[Portion]:
    if given.unit_refund is not None and given.unit_refund * given.quantity > max(line.net_left, ZERO):
        left = f"{max(line.net_left, ZERO).normalize():f}"
        raise RefundTooHigh(
            _("Of line %(line)s at most %(left)s is left to refund, before tax.")
            % {"line": line.position, "left": left},
            order_line_id=given.order_line_id,
            left=left,
        )
    if not goods:
        return allowance(line, given.quantity, unit_refund=given.unit_refund)
    return portions(line, given.quantity, unit_refund=given.unit_refund if refund else ZERO)


def _extras(
    order_id: int,
    found: Sequence[tuple[Returnable, Portion]],
    present: Mapping[int, Returnable],
    terms: Terms,
    charges: Sequence[ChargeRefund] | None,
    *,
    fee: bool,
) -> list[Extra]:
    exponent = next((line.exponent for line in present.values()), 2)
    by_code: dict[int, tuple[Decimal, Decimal]] = {}
    for line, portion in found:
        net, tax = by_code.get(line.tax_code_id, (ZERO, ZERO))
        by_code[line.tax_code_id] = (net + portion.net, tax + portion.tax)
    goods = sum((net for net, _tax in by_code.values()), ZERO)
    if charges is not None:
        extras = _named(charges, charges_left(order_id), exponent)
    elif terms.shipping == "no":
        extras = []
    else:
        billed = sum((line.net_billed for line in present.values()), ZERO)
        left = sum((max(line.net_left, ZERO) for line in present.values()), ZERO)
        extras = shipping_refunds(
            charges_left(order_id), terms, goods=goods, billed=billed, before=billed - left, exponent=exponent
        )
    if fee:
        extras += restocking_fees(by_code, terms, exponent=exponent, description=_("Restocking fee"))
    return extras


def _named(charges: Sequence[ChargeRefund], present: Sequence[ChargeLeft], exponent: int) -> list[Extra]:
    found = []
    left = {charge.charge_id: charge for charge in present}
    if len({given.charge_id for given in charges}) < len(charges):
        raise RefundTooHigh(_("A charge is named twice."))
    for given in charges:
        charge = left.get(given.charge_id)
        net_left = max(charge.net_left, ZERO) if charge else ZERO
        amount = net_left if given.amount is None else given.amount
        if charge is None or not 0 < amount <= net_left:
            raise RefundTooHigh(
                _("Of this charge at most %(left)s is left to refund, before tax.")
                % {"left": f"{net_left.normalize():f}"},
                charge_id=given.charge_id,
                left=f"{net_left.normalize():f}",
            )
        tax = charge.tax_left
        if amount < net_left:
            tax = share(charge.tax, before=ZERO, now=amount, whole=charge.net, exponent=exponent)
        found.append(refund_of(charge, amount, min(tax, charge.tax_left), in_full=True))
    return found
