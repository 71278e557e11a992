"""WooCommerce's words into ours. Pure.

Line totals are always without tax and after the discount, whatever the shop's prices include; the line's `price` is a
float and ignored. A refund changes neither status nor total: it stands in `refunds`, with its lines in `_refunds`,
which the connector adds to the payload.
"""

import json
from decimal import ROUND_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import ChannelPayment, MappedOrder
from integrations.connectors.changes import ChannelRefund, RefundedLine
from integrations.connectors.fields import Fields
from integrations.errors import PayloadUnreadable
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

ZERO, SIXTH = Decimal(0), Decimal("0.000001")
OPEN = {"processing", "completed", "refunded"}
UNPAID = {"pending", "on-hold", "failed"}
GONE = {"cancelled", "trash"}
DRAFTS = {"checkout-draft", "auto-draft"}


def map_order(body: bytes, *, take_unpaid: bool = False) -> MappedOrder:
    """Raises PayloadUnreadable naming the field."""
    try:
        order = Fields(json.loads(body, parse_float=str))
    except ValueError as error:
        raise PayloadUnreadable(_("The payload is no JSON."), field="") from error
    external_id, status = order.required("id"), order.required("status")
    if status in GONE:
        return MappedOrder(external_id, "cancelled", None)
    if status in DRAFTS:
        return MappedOrder(external_id, "ignored", None, _("An abandoned checkout."))
    if status in UNPAID and not take_unpaid:
        return MappedOrder(external_id, "pending", None)
    if status not in OPEN | UNPAID:
        raise order.bad("status", _("“%(status)s” is not known") % {"status": status})
    return MappedOrder(
        external_id, "open", _order(order, external_id), payments=_payments(order, external_id), refunds=_refunds(order)
    )


def _order(order: Fields, external_id: str) -> OrderInput:
    lines = tuple(_line(item) for item in order.children("line_items"))
    services = order.children("shipping_lines")
    address = _address(order.child("shipping"), order.child("billing"))
    return OrderInput(
        external_id=external_id,
        external_number=order.text("number", limit=120),
        placed_at=gmt(order, "date_created_gmt"),
        currency=order.required("currency", limit=10),
        prices_include_tax=False,
        lines=lines,
        charges=tuple(_charge(row, "shipping") for row in services if _worth(row))
        + tuple(_charge(row, "fee") for row in order.children("fee_lines") if _worth(row)),
        total=order.number("total"),
        contact=_contact(order),
        shipping_address=address,
        billing_address=_address(order.child("billing"), None),
        shipping_service=services[0].text("method_title")[:60] if services else "",
        note=order.text("customer_note", "", limit=5000)[:1000],
    )


def gmt(of: Fields, name: str) -> Any:
    """A *_gmt field carries no zone, and means UTC."""
    return Fields({name: f"{of.required(name)}+00:00"}, of.path).time(name)


def _worth(row: Fields) -> bool:
    return bool(row.number("total") or row.number("total_tax"))


def _line(item: Fields) -> LineInput:
    """The unit price is the subtotal's share, rounded up to six decimals; the discount takes the line to its exact total."""
    quantity, subtotal, total = item.number("quantity"), item.number("subtotal"), item.number("total")
    if quantity <= 0:
        raise item.bad("quantity", _("must be above zero"))
    unit = (subtotal / quantity).quantize(SIXTH, ROUND_UP)
    tax = item.number("total_tax")
    return LineInput(
        external_id=item.required("id"),
        channel_sku=item.text("sku", limit=120) or f"product:{item.required('product_id')}",
        description=item.text("name"),
        quantity=quantity,
        unit_price=unit,
        discount=(unit * quantity).quantize(SIXTH) - total,
        tax=tax,
        tax_rate=(tax / total).quantize(Decimal("0.0001")) if total else ZERO,
    )


def _charge(row: Fields, kind: str) -> ChargeInput:
    net, tax = row.number("total"), row.number("total_tax")
    return ChargeInput(
        kind,
        "shipping_revenue" if kind == "shipping" else "other_revenue",
        net,
        description=row.text("method_title" if kind == "shipping" else "name"),
        tax=tax,
        tax_rate=(tax / net).quantize(Decimal("0.0001")) if net else ZERO,
    )


def _payments(order: Fields, external_id: str) -> tuple[ChannelPayment, ...]:
    """WooCommerce says when an order was paid in full, and by which transaction."""
    if order.get("date_paid_gmt") is None:
        return ()
    return (
        ChannelPayment(
            external_id=f"woocommerce-{external_id}",
            amount=order.number("total"),
            paid_at=gmt(order, "date_paid_gmt"),
            reference=order.text("transaction_id", limit=120) or order.text("payment_method_title", limit=120),
        ),
    )


def _refunds(order: Fields) -> tuple[ChannelRefund, ...]:
    details = {row.required("id"): row for row in order.children("_refunds")} if order.get("_refunds", None) else {}
    found = []
    for row in order.children("refunds"):
        id = row.required("id")
        if id not in details:
            raise order.bad("_refunds", _("lacks refund %(id)s") % {"id": id})
        found.append(_refund(details[id], order))
    return tuple(found)


def _refund(refund: Fields, order: Fields) -> ChannelRefund:
    """Quantities and amounts of its lines are negative; a line names the order's line in its meta data."""
    shipping = refund.children("shipping_lines")
    return ChannelRefund(
        external_id=refund.required("id"),
        total=refund.number("amount"),
        refunded_at=gmt(refund, "date_created_gmt"),
        lines=tuple(_refunded(line, order) for line in refund.children("line_items") if line.number("quantity")),
        shipping=-sum((line.number("total") for line in shipping), ZERO),
        shipping_tax=-sum((line.number("total_tax") for line in shipping), ZERO),
        reason=refund.text("reason")[:120],
    )


def _refunded(line: Fields, order: Fields) -> RefundedLine:
    named = [meta.get("value") for meta in line.children("meta_data") if meta.get("key") == "_refunded_item_id"]
    if not named:
        raise line.bad("meta_data", _("names no line of the order"))
    return RefundedLine(
        external_id=str(named[0]),
        quantity=-line.number("quantity"),
        net=-line.number("total"),
        tax=-line.number("total_tax"),
    )


def _contact(order: Fields) -> ContactInput | None:
    billing = order.child("billing")
    email, customer = billing.text("email", limit=254), order.number("customer_id")
    if not email and not customer:
        return None
    return ContactInput(
        external_id=f"{customer}" if customer else "",
        name=_name(billing),
        email=email,
        phone=billing.text("phone", limit=40),
        country=billing.text("country", limit=2),
    )


def _name(place: Fields) -> str:
    return " ".join(filter(None, (place.text("first_name"), place.text("last_name"))))


def _address(place: Fields, otherwise: Fields | None) -> AddressInput | None:
    """An empty shipping address means the billing one."""
    if not place.text("address_1") and not place.text("city"):
        return _address(otherwise, None) if otherwise is not None else None
    return AddressInput(
        name=_name(place),
        organisation=place.text("company"),
        line1=place.text("address_1"),
        line2=place.text("address_2"),
        city=place.text("city"),
        region=place.text("state"),
        postcode=place.text("postcode"),
        country=place.text("country", limit=2),
        phone=place.text("phone", "", limit=40),
    )
