"""What a channel's return policy makes of a return: how long, what fee is kept, what of shipping goes back. Pure."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.money import round_money, split_by_weight
from orders.billing import share
from orders.models.return_rules import ExchangeShips, ShippingRefund
from orders.refunds import ChargeLeft

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """A channel's policy for one reason. window_days None: no limit. auto_approve_limit None: a person approves."""

    window_days: int | None = None
    auto_approve_limit: Decimal | None = None
    refund_shipping: str = ShippingRefund.NO
    exchange_ships: str = ExchangeShips.AFTER_RECEIPT
    seller_at_fault: bool = False
    fee_percent: Decimal = ZERO
    fee_fixed: Decimal = ZERO

    def until(self, shipped_on: datetime.date) -> datetime.date | None:
        """The last day on which goods shipped then may be asked back."""
        return None if self.window_days is None else shipped_on + datetime.timedelta(days=self.window_days)

    @property
    def shipping(self) -> str:
        """Who is at fault gives shipping back, at least for what comes back."""
        if self.seller_at_fault and self.refund_shipping == ShippingRefund.NO:
            return ShippingRefund.PROPORTIONAL
        return self.refund_shipping


@dataclass(frozen=True, slots=True)
class Extra:
    """An amount beside the goods: a charge refunded, or a fee kept (negative). in_full: however much comes back."""

    code: str
    description: str
    net: Decimal
    tax: Decimal
    tax_code_id: int
    account_role: str
    in_full: bool
    charge_id: int | None = None

    @property
    def is_fee(self) -> bool:
        return self.charge_id is None


def shipping_refunds(
    charges: Sequence[ChargeLeft], terms: Terms, *, goods: Decimal, billed: Decimal, before: Decimal, exponent: int
) -> list[Extra]:
    """What of the shipping charges goes back with goods worth `goods` of `billed`, before tax.

    before: worth of the goods that came back or were asked back earlier; by cumulative rounding all returns of an
    order together refund shipping to the cent.
    """
    found = []
    for charge in charges:
        if charge.kind != "shipping" or terms.shipping == ShippingRefund.NO or charge.net_left <= 0:
            continue
        net, tax = charge.net_left, charge.tax_left
        if terms.shipping == ShippingRefund.PROPORTIONAL:
            now = min(goods, billed - before)
            net, tax = (
                min(left, share(all_, before=before, now=now, whole=billed, exponent=exponent)) if billed else ZERO
                for left, all_ in ((net, charge.net), (tax, charge.tax))
            )
        if net > 0:
            in_full = terms.shipping == ShippingRefund.YES
            found.append(refund_of(charge, net, tax, in_full=in_full))
    return found


def refund_of(charge: ChargeLeft, net: Decimal, tax: Decimal, *, in_full: bool) -> Extra:
    return Extra(
        charge.code,
        charge.description,
        net,
        tax,
        charge.tax_code_id,
        charge.account_role,
        in_full,
        charge.charge_id,
    )


def restocking_fees(
    goods: Mapping[int, tuple[Decimal, Decimal]], terms: Terms, *, exponent: int, description: str
) -> list[Extra]:
    """What is kept of the goods' refund, by tax code; never more than the refund. goods: (net, tax) by tax code.

    A percentage falls with what comes back, a fixed amount (tax included) does not.
    """
    if terms.seller_at_fault:
        return []
    fees = []
    kept = dict.fromkeys(goods, (ZERO, ZERO))
    if terms.fee_percent:
        for code, (net, tax) in sorted(goods.items()):
            part = tuple(round_money(amount * terms.fee_percent / 100, exponent) for amount in (net, tax))
            kept[code] = (part[0], part[1])
            fees.append((code, part[0], part[1], False))
    if terms.fee_fixed:
        codes = sorted(goods)
        left = [sum(goods[code], ZERO) - sum(kept[code], ZERO) for code in codes]
        fixed = min(round_money(terms.fee_fixed, exponent), sum(left, ZERO))
        for code, amount in zip(codes, split_by_weight(fixed, left, exponent), strict=True):
            net, tax = goods[code]
            own_tax = round_money(amount * tax / (net + tax), exponent) if net + tax else ZERO
            fees.append((code, amount - own_tax, own_tax, True))
    return [
        Extra("FEE", description, -net, -tax, code, "other_revenue", in_full)
        for code, net, tax, in_full in fees
        if net or tax
    ]
