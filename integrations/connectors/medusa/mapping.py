"""Medusa's words into ours. Pure.

Amounts are decimals in major units. An order's own total falls with each refund, so it is never read: what the buyer
owes is the sum of the lines and the shipping. Refunds name no lines; what was paid beyond that sum pays for what an
edit took off the order.
"""

import json
from decimal import ROUND_UP, Decimal

from django.utils.translation import gettext as _

from integrations.connectors.base import ChannelPayment, MappedOrder
from integrations.connectors.changes import ChannelRefund, RefundedLine
from integrations.connectors.fields import Fields
from integrations.errors import PayloadUnreadable
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

ZERO, ONE, SIXTH, FOURTH = Decimal(0), Decimal(1), Decimal("0.000001"), Decimal("0.0001")
PAID = {"authorized", "captured", "partially_captured", "partially_refunded", "refunded"}
UNPAID = {"not_paid", "awaiting", "partially_authorized", "requires_action", "canceled"}


def map_order(body: bytes, *, take_unpaid: bool = False) -> MappedOrder:
    """Raises PayloadUnreadable naming the field."""
    try:
        order = Fields(json.loads(body, parse_float=str))
    except ValueError as error:
        raise PayloadUnreadable(_("The payload is no JSON."), field="") from error
    external_id, paid = order.required("id"), order.required("payment_status")
    if order.get("canceled_at") is not None:
        return MappedOrder(external_id, "cancelled", None)
    if paid not in PAID | UNPAID:
        raise order.bad("payment_status", _("“%(status)s” is not known") % {"status": paid})
    if order.required("status") == "draft" or (paid in UNPAID and not take_unpaid):
        return MappedOrder(external_id, "pending", None)
    mapped = _order(order, external_id)
    return MappedOrder(
        external_id, "open", mapped, payments=_payments(order), refunds=_refunds(order, mapped.total or ZERO)
    )


def _order(order: Fields, external_id: str) -> OrderInput:
    methods = order.children("shipping_methods")
    total = sum((row.number("total") for row in [*order.children("items"), *methods]), ZERO)
    address, billing = _address(order, "shipping_address"), _address(order, "billing_address")
    lines = [_line(item) for item in order.children("items") if item.number("quantity") > 0]
    if not lines:
        raise order.bad("items", _("is empty"))
    return OrderInput(
        external_id=external_id,
        external_number=order.text("display_id", limit=120),
        placed_at=order.time("created_at"),
        currency=order.required("currency_code", limit=10).upper(),
        prices_include_tax=False,
        lines=tuple(lines),
        charges=tuple(_shipping(row) for row in methods if row.number("total")),
        total=total,
        contact=_contact(order, address or billing),
        shipping_address=address,
        billing_address=billing,
        shipping_service=methods[0].text("name")[:60] if methods else "",
    )


def _line(item: Fields) -> LineInput:
    """The unit price is the subtotal's share, rounded up to six decimals; the discount takes the line to its exact total."""
    quantity, tax = item.number("quantity"), item.number("tax_total")
    net = item.number("total") - tax
    unit = (max(item.number("subtotal"), net) / quantity).quantize(SIXTH, ROUND_UP)
    return LineInput(
        external_id=item.required("id"),
        channel_sku=str(item.get("variant_sku") or "").strip()[:120] or f"line:{item.required('id')}",
        description=" – ".join(filter(None, (str(item.get(name) or "") for name in ("title", "subtitle"))))[:300],
        quantity=quantity,
        unit_price=unit,
        discount=(unit * quantity).quantize(SIXTH) - net,
        tax=tax,
        tax_rate=_rate(item),
    )


def _shipping(row: Fields) -> ChargeInput:
    tax = row.number("tax_total")
    return ChargeInput(
        "shipping", "shipping_revenue", row.number("total") - tax, description=row.text("name"), tax=tax,
        tax_rate=_rate(row),
    )  # fmt: skip


def _rate(row: Fields) -> Decimal:
    return (sum((tax.number("rate") for tax in row.children("tax_lines")), ZERO) / 100).quantize(FOURTH)


def _paid(order: Fields) -> list[Fields]:
    return [
        payment
        for collection in order.children("payment_collections")
        for payment in collection.children("payments")
        if payment.get("canceled_at") is None
    ]


def _payments(order: Fields) -> tuple[ChannelPayment, ...]:
    return tuple(
        ChannelPayment(
            external_id=f"medusa-{payment.required('id')}",
            amount=payment.number("amount"),
            paid_at=payment.time("created_at"),
            captured=payment.get("captured_at") is not None,
            reference=payment.required("id"),
        )
        for payment in _paid(order)
    )


def _refunds(order: Fields, total: Decimal) -> tuple[ChannelRefund, ...]:
    payments = _paid(order)
    rows = [row for payment in payments for row in payment.children("refunds")]
    beyond = max(sum((payment.number("amount") for payment in payments), ZERO) - total, ZERO)
    found = []
    for row in sorted(rows, key=lambda row: (row.time("created_at"), row.required("id"))):
        amount = row.number("amount")
        gone = min(amount, beyond)
        beyond -= gone
        found.append(
            ChannelRefund(
                external_id=row.required("id"),
                total=amount,
                refunded_at=row.time("created_at"),
                lines=(RefundedLine("", ONE, gone, ZERO, "gone"),) if gone else (),
                reason=str(row.get("note") or "")[:120],
            )
        )
    return tuple(found)


def _contact(order: Fields, address: AddressInput | None) -> ContactInput | None:
    email = str(order.get("email") or "").strip()
    customer = order.child("customer") if order.get("customer", None) is not None else None
    if not email and customer is None:
        return None
    return ContactInput(
        external_id=customer.required("id") if customer else "",
        name=address.name if address else "",
        email=email[:254],
        phone=address.phone if address else "",
        country=address.country if address else "",
    )


def _address(order: Fields, name: str) -> AddressInput | None:
    if order.get(name, None) is None:
        return None
    place = order.child(name)

    def part(key: str) -> str:
        return str(place.get(key) or "").strip()

    return AddressInput(
        name=" ".join(filter(None, (part("first_name"), part("last_name")))),
        organisation=part("company"),
        line1=part("address_1"),
        line2=part("address_2"),
        city=part("city"),
        region=part("province"),
        postcode=part("postal_code"),
        country=part("country_code").upper(),
        phone=part("phone"),
    )
