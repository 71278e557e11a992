"""The sample shop's words into ours. Pure."""

import json

from django.utils.translation import gettext as _

from integrations.connectors.base import ChannelPayment, MappedOrder
from integrations.connectors.fields import Fields
from integrations.errors import PayloadUnreadable
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

STATES = {"open": "open", "fulfilled": "open", "pending": "pending", "cancelled": "cancelled"}


def map_order(body: bytes) -> MappedOrder:
    """Raises PayloadUnreadable naming the field."""
    try:
        payload = Fields(json.loads(body, parse_float=str))
    except ValueError as error:
        raise PayloadUnreadable(_("The payload is no JSON."), field="") from error
    external_id = payload.required("id")
    status = payload.required("status")
    if status not in STATES:
        raise payload.bad("status", _("“%(status)s” is not known") % {"status": status})
    state = STATES[status]
    if state != "open":  # without payment there may be neither address nor price
        return MappedOrder(external_id, state, None)
    return MappedOrder(external_id, state, _order(payload, external_id), payments=_payments(payload))


def _payments(payload: Fields) -> tuple[ChannelPayment, ...]:
    """Without the field the shop tells nothing of payments."""
    return tuple(_payment(payment) for payment in payload.children("payments")) if "payments" in payload.values else ()


def _payment(payment: Fields) -> ChannelPayment:
    status = payment.required("status")
    if status not in ("authorised", "captured"):
        raise payment.bad("status", _("“%(status)s” is not known") % {"status": status})
    return ChannelPayment(
        external_id=payment.required("id", limit=100),
        amount=payment.number("amount"),
        paid_at=payment.time("at"),
        captured=status == "captured",
        reference=payment.text("reference", "", limit=120),
    )


def _order(payload: Fields, external_id: str) -> OrderInput:
    items = payload.children("items")
    if not items:
        raise payload.bad("items", _("is empty"))
    address = _address(payload.child("ship_to"))
    shipping = payload.child("shipping")
    charges = (_shipping(shipping),) if shipping.number("price") else ()
    return OrderInput(
        external_id=external_id,
        external_number=payload.text("number", limit=120),
        placed_at=payload.time("created_at"),
        currency=payload.required("currency", limit=10),
        prices_include_tax=bool(payload.get("prices_include_tax")),
        lines=tuple(_line(item) for item in items),
        charges=charges,
        total=payload.number("grand_total"),
        contact=_contact(payload, address.country),
        shipping_address=address,
        shipping_service=shipping.text("method", limit=60),
    )


def _line(item: Fields) -> LineInput:
    return LineInput(
        external_id=item.required("id"),
        channel_sku=item.required("sku"),
        description=item.text("title"),
        quantity=item.number("quantity"),
        unit_price=item.number("unit_price"),
        discount=item.number("discount"),
        tax=item.number("tax"),
        tax_rate=item.number("tax_rate"),
    )


def _shipping(shipping: Fields) -> ChargeInput:
    return ChargeInput(
        kind="shipping",
        account_role="shipping_revenue",
        unit_price=shipping.number("price"),
        description=shipping.text("method"),
        tax=shipping.number("tax"),
    )


def _contact(payload: Fields, country: str) -> ContactInput | None:
    if payload.get("buyer") is None:
        return None
    buyer = payload.child("buyer")
    return ContactInput(
        external_id=buyer.required("id"),
        name=buyer.text("name", limit=200),
        email=buyer.text("email", limit=254),
        phone=buyer.text("phone", limit=40),
        country=country,
    )


def _address(place: Fields) -> AddressInput:
    return AddressInput(
        name=place.text("name", limit=200),
        line1=place.text("street", limit=200),
        line2=place.text("street2", limit=200),
        city=place.text("city", limit=120),
        region=place.text("region", limit=120),
        postcode=place.text("postal_code", limit=24),
        country=place.text("country_code", limit=2),
        phone=place.text("phone", limit=40),
    )
