"""BigCommerce's words (order of V2 with its consignments, refunds of V3) into ours. Pure.

Amounts are strings with four decimals, each without tax, with tax, and the tax; ours go by the amounts without.
"""

import email.utils
import json
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal

from django.utils.translation import gettext as _

from integrations.connectors.base import ChannelPayment, MappedOrder
from integrations.connectors.changes import ChannelRefund, RefundedLine
from integrations.connectors.fields import Fields
from integrations.errors import PayloadUnreadable
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

ZERO, SIXTH, CENT = Decimal(0), Decimal("0.000001"), Decimal("0.0001")
PENDING = {1, 7, 12}
OPEN = {2, 3, 4, 8, 9, 10, 11, 13, 14}
GONE = {5, 6}
INCOMPLETE, DISPUTED = 0, 13


def map_order(body: bytes) -> MappedOrder:
    """Raises PayloadUnreadable naming the field."""
    try:
        order = Fields(json.loads(body, parse_float=str))
    except ValueError as error:
        raise PayloadUnreadable(_("The payload is no JSON."), field="") from error
    external_id, status = order.required("id"), int(order.number("status_id"))
    if order.get("external_order_id", None):
        return MappedOrder(
            external_id, "ignored", None, _("It came to the shop from another channel, where it is counted.")
        )
    if status == INCOMPLETE:
        return MappedOrder(external_id, "ignored", None, _("An abandoned checkout."))
    if status in GONE:
        return MappedOrder(external_id, "cancelled", None)
    if status in PENDING:
        return MappedOrder(external_id, "pending", None)
    if status not in OPEN:
        raise order.bad("status_id", _("“%(status)s” is not known") % {"status": status})
    refunds = tuple(_refund(row) for row in order.children("_refunds")) if order.get("_refunds", None) else ()
    return MappedOrder(
        external_id, "open", _order(order, external_id, disputed=status == DISPUTED), payments=_payments(order, external_id),
        refunds=refunds,
    )  # fmt: skip


def rfc_time(of: Fields, name: str) -> datetime:
    """Tue, 10 Mar 2026 12:00:00 +0000."""
    try:
        return email.utils.parsedate_to_datetime(of.required(name)).astimezone(UTC)
    except ValueError as error:
        raise of.bad(name, _("is no time")) from error


def _order(order: Fields, external_id: str, *, disputed: bool) -> OrderInput:
    places = order.child("consignments").children("shipping")
    lines = [_line(item) for place in places for item in place.children("line_items")]
    if not lines:
        raise order.bad("consignments.shipping", _("is empty"))
    charges = [
        _charge("shipping", "shipping_cost", order),
        _charge("handling", "handling_cost", order),
        _charge("gift_wrap", "wrapping_cost", order),
    ]
    off = (
        order.number("discount_amount") + order.number("coupon_discount") - sum((line.discount for line in lines), ZERO)
    )
    if off > 0:
        charges.append(ChargeInput("manual", "other_revenue", -off, description=_("Discount")))
    address = _address(places[0]) if places else None
    holds = [("manual", _("Disputed at the channel."))] if disputed else []
    if len(places) > 1:
        holds.append(("address", _("The order goes to several addresses.")))
    return OrderInput(
        external_id=external_id,
        external_number=external_id,
        placed_at=rfc_time(order, "date_created"),
        currency=order.required("currency_code", limit=10),
        prices_include_tax=False,
        lines=tuple(lines),
        charges=tuple(charge for charge in charges if charge.unit_price or charge.tax),
        total=order.number("total_inc_tax"),
        contact=_contact(order),
        shipping_address=address,
        billing_address=_address(order.child("billing_address")),
        shipping_service=str(places[0].get("shipping_method", "") or "")[:60] if places else "",
        note=str(order.get("customer_message", "") or "")[:1000],
        holds=holds,
    )


def _line(item: Fields) -> LineInput:
    quantity = item.number("quantity")
    if quantity <= 0:
        raise item.bad("quantity", _("must be above zero"))
    unit, tax = item.number("price_ex_tax").quantize(SIXTH, ROUND_UP), item.number("total_tax")
    off = sum((row.number("amount") for row in item.children("applied_discounts")), ZERO)
    net = unit * quantity - off
    return LineInput(
        external_id=item.required("id"),
        channel_sku=item.text("sku", limit=120) or f"product:{item.required('product_id')}",
        description=item.text("name"),
        quantity=quantity,
        unit_price=unit,
        discount=off,
        tax=tax,
        tax_rate=(tax / net).quantize(CENT) if net else ZERO,
    )


def _charge(kind: str, name: str, order: Fields) -> ChargeInput:
    net, tax = order.number(f"{name}_ex_tax"), order.number(f"{name}_tax")
    role = "shipping_revenue" if kind == "shipping" else "other_revenue"
    return ChargeInput(kind, role, net, tax=tax, tax_rate=(tax / net).quantize(CENT) if net else ZERO)


def _payments(order: Fields, external_id: str) -> tuple[ChannelPayment, ...]:
    status, reference = str(order.get("payment_status", "") or ""), str(order.get("payment_provider_id", "") or "")
    if status not in ("captured", "authorized", "partially refunded", "refunded"):
        return ()
    paid_at = rfc_time(order, "date_created")
    return (
        ChannelPayment(
            f"bigcommerce-{external_id}",
            order.number("total_inc_tax"),
            paid_at,
            status != "authorized",
            reference=reference[:120],
        ),
    )


def _refund(refund: Fields) -> ChannelRefund:
    """Items are of kinds PRODUCT (with quantity), SHIPPING, HANDLING, FEE and ORDER (an amount without goods)."""
    lines, shipping, shipping_tax = [], ZERO, ZERO
    for item in refund.children("items"):
        kind = item.required("item_type")
        tax = sum((row.number("amount") for row in item.children("tax")), ZERO) if item.get("tax", None) else ZERO
        gross = item.number("requested_amount")
        if kind == "PRODUCT":
            lines.append(RefundedLine(item.required("item_id"), item.number("quantity"), gross - tax, tax))
        elif kind == "SHIPPING":
            shipping, shipping_tax = shipping + gross - tax, shipping_tax + tax
        elif kind not in ("ORDER", "HANDLING", "FEE", "GIFT_WRAPPING"):
            raise item.bad("item_type", _("“%(status)s” is not known") % {"status": kind})
    return ChannelRefund(
        external_id=refund.required("id"),
        total=refund.number("total_amount"),
        refunded_at=refund.time("created"),
        lines=tuple(lines),
        shipping=shipping,
        shipping_tax=shipping_tax,
        reason=str(refund.get("reason", "") or "")[:120],
    )


def _contact(order: Fields) -> ContactInput | None:
    billing, customer = order.child("billing_address"), order.number("customer_id")
    email_address = billing.text("email", limit=254)
    if not email_address and not customer:
        return None
    return ContactInput(
        external_id=f"{customer}" if customer else "",
        name=_name(billing),
        email=email_address,
        phone=billing.text("phone", limit=40),
        country=billing.text("country_iso2", limit=2),
    )


def _name(place: Fields) -> str:
    return " ".join(filter(None, (place.text("first_name"), place.text("last_name"))))


def _address(place: Fields) -> AddressInput | None:
    if not place.text("street_1") and not place.text("city"):
        return None
    return AddressInput(
        name=_name(place),
        organisation=place.text("company"),
        line1=place.text("street_1"),
        line2=place.text("street_2"),
        city=place.text("city"),
        region=place.text("state"),
        postcode=place.text("zip"),
        country=place.text("country_iso2", limit=2),
        phone=place.text("phone", limit=40),
    )
