"""Vendure's words into ours. Pure.

Amounts are whole minor units, with as many decimals as the shop says (`_precision`, which the connector adds). Prices
are taken without tax, each line with its own: so they add up to the shop's total whatever its prices include.

Units that were cancelled are off the order at once, whether money went back for them or not; refunds.py says what a
refund is for.
"""

import json
from decimal import ROUND_UP, Decimal

from django.utils.translation import gettext as _

from integrations.connectors.base import ChannelPayment, MappedOrder
from integrations.connectors.fields import Fields
from integrations.connectors.vendure.refunds import refunds_of
from integrations.errors import PayloadUnreadable
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

ZERO, SIXTH, FOURTH = Decimal(0), Decimal("0.000001"), Decimal("0.0001")
OPEN = {"PaymentAuthorized", "PaymentSettled", "PartiallyShipped", "Shipped", "PartiallyDelivered", "Delivered"}
UNPAID = {"ArrangingPayment", "ArrangingAdditionalPayment"}
CHANGING = {"Created", "Draft", "AddingItems", "Modifying"}
PAID = {"Authorized", "Settled"}


def map_order(body: bytes, *, take_unpaid: bool = False) -> MappedOrder:
    """Raises PayloadUnreadable naming the field."""
    try:
        order = Fields(json.loads(body, parse_float=str))
    except ValueError as error:
        raise PayloadUnreadable(_("The payload is no JSON."), field="") from error
    external_id, state = order.required("id"), order.required("state")
    if state == "Cancelled":
        return MappedOrder(external_id, "cancelled", None)
    if order.required("type") == "Aggregate":
        return MappedOrder(external_id, "ignored", None, _("Its sellers' parts come as orders of their own."))
    if state not in OPEN | UNPAID | CHANGING:
        raise order.bad("state", _("“%(status)s” is not known") % {"status": state})
    if state in CHANGING or (state in UNPAID and not take_unpaid):
        return MappedOrder(external_id, "pending", None)
    money = Money(order)
    return MappedOrder(
        external_id,
        "open",
        _order(order, external_id, money),
        payments=_payments(order, money),
        refunds=refunds_of(order, money),
    )


class Money:
    """Reads whole minor units."""

    def __init__(self, order: Fields) -> None:
        self.unit = Decimal(1).scaleb(-int(order.number("_precision")))

    def __call__(self, of: Fields, name: str) -> Decimal:
        return of.number(name) * self.unit


def _order(order: Fields, external_id: str, money: Money) -> OrderInput:
    left = _shipped(order)
    lines = [found for line in order.children("lines") if (found := _line(line, left, money)) is not None]
    charges = [*_shipping(order, money), *_surcharges(order, money)]
    if not lines and not order.children("lines"):
        raise order.bad("lines", _("is empty"))
    address, billing = _address(order, "shippingAddress"), _address(order, "billingAddress")
    services = order.children("shippingLines")
    return OrderInput(
        external_id=external_id,
        external_number=order.text("code", limit=120),
        placed_at=order.time("orderPlacedAt"),
        currency=order.required("currencyCode", limit=10),
        prices_include_tax=False,
        lines=tuple(lines),
        charges=tuple(charges),
        total=_total(order, left, money),
        contact=_contact(order, address or billing),
        shipping_address=address,
        billing_address=billing,
        shipping_service=services[0].child("shippingMethod").text("name")[:60] if services else "",
    )


def _shipped(order: Fields) -> dict[str, Decimal]:
    """Units by line that left there, whatever was cancelled of them since."""
    found: dict[str, Decimal] = {}
    for fulfilment in order.children("fulfillments") if order.get("fulfillments") else ():
        if fulfilment.required("state") in ("Shipped", "Delivered"):
            for line in fulfilment.children("lines"):
                id = line.required("orderLineId")
                found[id] = found.get(id, ZERO) + line.number("quantity")
    return found


def _line(line: Fields, shipped: dict[str, Decimal], money: Money) -> LineInput | None:
    """None for one of which nothing is left. The unit price is rounded up to six decimals; the discount takes the line
    to its exact total.
    """
    external_id = line.required("id")
    there, quantity = line.number("quantity"), max(line.number("quantity"), shipped.get(line.required("id"), ZERO))
    if quantity <= 0:
        return None
    full, net, gross = (money(line, name) for name in ("linePrice", "proratedLinePrice", "proratedLinePriceWithTax"))
    if there != quantity:  # cancelled after it had left: what it was, by its unit
        full, net, gross = (
            quantity * money(line, name) for name in ("unitPrice", "proratedUnitPrice", "proratedUnitPriceWithTax")
        )
    unit = (max(full, net) / quantity).quantize(SIXTH, ROUND_UP)
    variant = line.child("productVariant")
    return LineInput(
        external_id=external_id,
        channel_sku=variant.text("sku", limit=120) or f"variant:{variant.required('id')}",
        description=variant.text("name"),
        quantity=quantity,
        unit_price=unit,
        discount=(unit * quantity).quantize(SIXTH) - net,
        tax=gross - net,
        tax_rate=(line.number("taxRate") / 100).quantize(FOURTH),
    )


def _total(order: Fields, shipped: dict[str, Decimal], money: Money) -> Decimal:
    """What the buyer owes before refunds, units that left and were cancelled since included."""
    total = money(order, "totalWithTax")
    for line in order.children("lines"):
        gone = shipped.get(line.required("id"), ZERO) - line.number("quantity")
        if gone > 0:
            total += gone * money(line, "proratedUnitPriceWithTax")
    return total


def _shipping(order: Fields, money: Money) -> list[ChargeInput]:
    return [
        _charge(row, "shipping", net, money(row, "discountedPriceWithTax"), row.child("shippingMethod").text("name"))
        for row in order.children("shippingLines")
        if (net := money(row, "discountedPrice")) or money(row, "discountedPriceWithTax")
    ]


def _surcharges(order: Fields, money: Money) -> list[ChargeInput]:
    return [
        _charge(row, "fee", money(row, "price"), money(row, "priceWithTax"), row.text("description"))
        for row in order.children("surcharges")
    ]


def _charge(row: Fields, kind: str, net: Decimal, gross: Decimal, title: str) -> ChargeInput:
    rate = ((gross - net) / net).quantize(FOURTH) if net else ZERO
    role = "shipping_revenue" if kind == "shipping" else "other_revenue"
    return ChargeInput(kind, role, net, description=title, tax=gross - net, tax_rate=rate)


def _payments(order: Fields, money: Money) -> tuple[ChannelPayment, ...]:
    return tuple(
        ChannelPayment(
            external_id=f"vendure-{row.required('id')}",
            amount=money(row, "amount"),
            paid_at=row.time("createdAt"),
            captured=row.required("state") == "Settled",
            reference=str(row.get("transactionId") or row.get("method") or "")[:120],
        )
        for row in (order.children("payments") if order.get("payments") else ())
        if row.required("state") in PAID
    )


def _contact(order: Fields, address: AddressInput | None) -> ContactInput | None:
    if order.get("customer") is None:
        return None
    customer = order.child("customer")
    names = [str(customer.get(part) or "") for part in ("firstName", "lastName")]
    return ContactInput(
        external_id=customer.required("id"),
        name=" ".join(filter(None, names)) or (address.name if address else ""),
        email=customer.text("emailAddress", limit=254),
        phone=(str(customer.get("phoneNumber") or "") or (address.phone if address else ""))[:40],
        country=address.country if address else "",
    )


def _address(order: Fields, name: str) -> AddressInput | None:
    """An address that nobody gave has no country."""
    if order.get(name) is None or not order.child(name).get("countryCode"):
        return None
    place = order.child(name)

    def part(key: str) -> str:
        return str(place.get(key) or "").strip()

    return AddressInput(
        name=part("fullName"),
        organisation=part("company"),
        line1=part("streetLine1"),
        line2=part("streetLine2"),
        city=part("city"),
        region=part("province"),
        postcode=part("postalCode"),
        country=part("countryCode"),
        phone=part("phoneNumber"),
    )
