"""Walmart's words into ours. Pure. Quantities are strings, amounts numbers (kept exact), times milliseconds since 1970.

The marketplace collects and remits the tax. A buyer's order may be several purchase orders here: each is one of ours.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal

from django.utils.translation import gettext as _

from integrations.connectors.base import MappedOrder
from integrations.connectors.changes import ChannelRefund, RefundedLine
from integrations.connectors.fields import Fields
from integrations.errors import PayloadUnreadable
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

ZERO, SIXTH = Decimal(0), Decimal("0.000001")
KNOWN = {"Created", "Acknowledged", "Shipped", "Delivered", "Cancelled", "Refund"}


def map_order(body: bytes) -> MappedOrder:
    """Raises PayloadUnreadable naming the field."""
    try:
        order = Fields(json.loads(body, parse_float=str))
    except ValueError as error:
        raise PayloadUnreadable(_("The payload is no JSON."), field="") from error
    external_id = order.required("purchaseOrderId")
    if order.get("shipNode", None) and order.child("shipNode").get("type", "") == "WFSFulfilled":
        return MappedOrder(external_id, "ignored", None, _("Walmart ships it from its own stock."))
    rows = order.child("orderLines").children("orderLine")
    if not rows:
        raise order.bad("orderLines.orderLine", _("is empty"))
    if all(set(_statuses(row)) == {"Cancelled"} for row in rows):
        return MappedOrder(external_id, "cancelled", None)
    refunds = tuple(refund for row in rows for refund in _refunds(row, external_id))
    if any(not row.child("charges").children("charge") for row in rows):
        return MappedOrder(external_id, "pending", None)
    return MappedOrder(external_id, "open", _order(order, external_id, rows), refunds=refunds)


def epoch_ms(of: Fields, name: str) -> datetime:
    return datetime.fromtimestamp(int(of.number(name)) / 1000, tz=UTC)


def _statuses(row: Fields) -> list[str]:
    found = [status.required("status") for status in row.child("orderLineStatuses").children("orderLineStatus")]
    for status in found:
        if status not in KNOWN:
            raise row.bad("orderLineStatuses", _("“%(status)s” is not known") % {"status": status})
    return found


def _order(order: Fields, external_id: str, rows: Sequence[Fields]) -> OrderInput:
    lines, shipping, shipping_tax, currency = [], ZERO, ZERO, ""
    for row in rows:
        amounts, taxes, currency = _charges(row)
        if set(_statuses(row)) != {"Cancelled"}:
            lines.append(_line(row, amounts, taxes))
            shipping, shipping_tax = (
                shipping + amounts.get("SHIPPING", ZERO),
                shipping_tax + taxes.get("SHIPPING", ZERO),
            )
    info = order.child("shippingInfo")
    address = _address(info)
    charges = (
        [ChargeInput("shipping", "shipping_revenue", shipping, tax=shipping_tax)] if shipping or shipping_tax else []
    )
    return OrderInput(
        external_id=external_id,
        external_number=str(order.get("customerOrderId", "") or "")[:120],
        placed_at=epoch_ms(order, "orderDate"),
        currency=currency,
        prices_include_tax=False,
        lines=tuple(lines),
        charges=tuple(charges),
        contact=ContactInput(
            name=address.name if address else "",
            email=str(order.get("customerEmailId", "") or "")[:254],
            phone=str(info.get("phone", "") or "")[:40],
            country=address.country if address else "",
        ),
        shipping_address=address,
        shipping_service=str(info.get("methodCode", "") or "")[:60],
    )


def _charges(row: Fields) -> tuple[dict[str, Decimal], dict[str, Decimal], str]:
    amounts: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    currency = ""
    for charge in row.child("charges").children("charge"):
        kind, amount = charge.required("chargeType"), charge.child("chargeAmount")
        if kind not in ("PRODUCT", "SHIPPING"):
            raise charge.bad("chargeType", _("“%(status)s” is not known") % {"status": kind})
        amounts[kind] = amounts.get(kind, ZERO) + amount.number("amount")
        currency = amount.required("currency", limit=10)
        if charge.get("tax", None):
            taxes[kind] = taxes.get(kind, ZERO) + charge.child("tax").child("taxAmount").number("amount")
    return amounts, taxes, currency


def _line(row: Fields, amounts: dict[str, Decimal], taxes: dict[str, Decimal]) -> LineInput:
    quantity, goods, tax = (
        row.child("orderLineQuantity").number("amount"),
        amounts.get("PRODUCT", ZERO),
        taxes.get("PRODUCT", ZERO),
    )
    if quantity <= 0:
        raise row.bad("orderLineQuantity.amount", _("must be above zero"))
    unit = (goods / quantity).quantize(SIXTH, ROUND_UP)
    item = row.child("item")
    return LineInput(
        external_id=row.required("lineNumber"),
        channel_sku=item.required("sku"),
        description=item.text("productName", "", limit=1000)[:300],
        quantity=quantity,
        unit_price=unit,
        discount=(unit * quantity).quantize(SIXTH) - goods,
        tax=tax,
        tax_rate=(tax / goods).quantize(Decimal("0.0001")) if goods else ZERO,
        tax_collector="marketplace",
    )


def _refunds(row: Fields, external_id: str) -> list[ChannelRefund]:
    """A refund hangs on its line; its charges are negative."""
    if not row.get("refund", None):
        return []
    refund = row.child("refund")
    goods = shipping = goods_tax = shipping_tax = ZERO
    for charge in refund.child("refundCharges").children("refundCharge"):
        inner = charge.child("charge")
        amount = abs(inner.child("chargeAmount").number("amount"))
        tax = abs(inner.child("tax").child("taxAmount").number("amount")) if inner.get("tax", None) else ZERO
        if inner.required("chargeType") == "SHIPPING":
            shipping, shipping_tax = shipping + amount, shipping_tax + tax
        else:
            goods, goods_tax = goods + amount, goods_tax + tax
    quantity = row.child("orderLineQuantity").number("amount")
    if refund.get("refundQuantity", None):
        quantity = refund.child("refundQuantity").number("amount")
    line = RefundedLine(row.required("lineNumber"), quantity, goods, goods_tax)
    return [
        ChannelRefund(
            external_id=f"{external_id}-{refund.required('refundId')}",
            total=goods + goods_tax + shipping + shipping_tax,
            refunded_at=epoch_ms(refund, "refundDate")
            if refund.get("refundDate", None)
            else epoch_ms(row, "statusDate"),
            lines=(line,) if goods else (),
            shipping=shipping,
            shipping_tax=shipping_tax,
            reason=str(refund.get("refundComments", "") or "")[:120],
        )
    ]


def _address(info: Fields) -> AddressInput | None:
    if not info.get("postalAddress", None):
        return None
    place = info.child("postalAddress")
    country = place.text("country", "", limit=3)
    return AddressInput(
        name=place.text("name", "", limit=200),
        line1=place.text("address1", "", limit=200),
        line2=str(place.get("address2", "") or "")[:200],
        city=place.text("city", "", limit=120),
        region=place.text("state", "", limit=120),
        postcode=place.text("postalCode", "", limit=24),
        country={"USA": "US", "CAN": "CA", "MEX": "MX"}.get(country, country[:2]),
        phone=str(info.get("phone", "") or "")[:40],
    )
