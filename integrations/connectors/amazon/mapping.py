"""Amazon's words (Orders 2026-01-01) into ours. Pure.

Amounts are what the seller receives: the grand total is not what the buyer paid. Tax that Amazon collects and remits is
the marketplace's. Orders that Amazon ships from its own stock neither reserve ours nor are shipped by us.
"""

import json
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

from django.utils.translation import gettext as _

from integrations.connectors.amazon.refunds import map_refunds
from integrations.connectors.base import MappedOrder
from integrations.connectors.fields import Fields
from integrations.errors import PayloadUnreadable
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

ZERO, SIXTH = Decimal(0), Decimal("0.000001")
OPEN = {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}
WAITING = {"PENDING", "PENDING_AVAILABILITY"}
GONE = {"CANCELLED", "UNFULFILLABLE"}
CHARGES = {"SHIPPING": "shipping", "GIFT_WRAP": "gift_wrap", "COD_FEE": "fee", "OTHER": "other"}
FACILITATED = "MARKETPLACE_FACILITATOR"


def map_order(body: bytes, *, contained_rate: Decimal = ZERO) -> MappedOrder:
    """contained_rate: of the tax inside prices where Amazon states none. Raises PayloadUnreadable naming the field."""
    try:
        order = Fields(json.loads(body, parse_float=str))
    except ValueError as error:
        raise PayloadUnreadable(_("The payload is no JSON."), field="") from error
    external_id = order.required("orderId")
    work = order.child("fulfillment")
    status = work.required("fulfillmentStatus")
    if work.get("fulfilledBy", "MERCHANT") == "AMAZON":
        return MappedOrder(external_id, "ignored", None, _("Amazon ships it from its own stock."))
    if status in GONE:
        return MappedOrder(external_id, "cancelled", None)
    if status in WAITING:
        return MappedOrder(external_id, "pending", None)
    if status not in OPEN:
        raise work.bad("fulfillmentStatus", _("“%(status)s” is not known") % {"status": status})
    mapped = _order(order, work, external_id, contained_rate)
    return MappedOrder(external_id, "open", mapped, refunds=map_refunds(order), asked=_asked(order))


def _asked(order: Fields) -> str:
    """Buyers ask for a cancellation item by item; the seller cancels or ships all the same."""
    found = []
    for item in order.children("orderItems"):
        request = (item.get("cancellation", None) or {}).get("cancellationRequest") or {}
        if request.get("requester") == "BUYER":
            found.append(
                f"{item.child('product').text('sellerSku', '', limit=120)}: {request.get('cancelReason') or '–'}"
            )
    return _("The buyer asks to cancel: %(items)s") % {"items": "; ".join(found)} if found else ""


def _order(order: Fields, work: Fields, external_id: str, contained_rate: Decimal) -> OrderInput:
    items = order.children("orderItems")
    if not items:
        raise order.bad("orderItems", _("is empty"))
    lines, stated = [], False
    extras: dict[str, tuple[Decimal, Decimal]] = {}
    for item in items:
        sums, taxes = _proceeds(item)
        stated = stated or "TAX" in sums
        lines.append(_line(item, sums, taxes))
        for name in CHARGES:
            if name in sums or name in taxes:
                amount, tax = extras.get(name, (ZERO, ZERO))
                extras[name] = (amount + sums.get(name, ZERO), tax + taxes.get(name, ZERO))
    inclusive = bool(contained_rate) and not stated
    total = order.child("proceeds").child("grandTotal")
    charges = [
        ChargeInput(CHARGES[name], "shipping_revenue" if name == "SHIPPING" else "other_revenue", amount, tax=tax)
        for name, (amount, tax) in extras.items()
        if amount or tax
    ]
    currency = total.required("currencyCode", limit=10)
    if inclusive:
        lines = [_containing(line, contained_rate) for line in lines]
    address = _address(order)
    return OrderInput(
        external_id=external_id,
        external_number=_alias(order) or external_id,
        placed_at=order.time("createdTime"),
        currency=currency,
        prices_include_tax=inclusive,
        lines=tuple(lines),
        charges=tuple(charges),
        total=total.number("amount"),
        contact=_contact(order, address),
        shipping_address=address,
        shipping_service=str(work.get("fulfillmentServiceLevel", "") or "")[:60],
    )


def _alias(order: Fields) -> str:
    rows = order.children("orderAliases") if order.get("orderAliases", None) else []
    return next((row.text("aliasId", limit=120) for row in rows if row.get("aliasType", "") == "SELLER_ORDER_ID"), "")


def _proceeds(item: Fields) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """(amounts by kind, taxes by what they are on)."""
    sums: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for row in item.child("proceeds").children("breakdowns"):
        kind = row.required("type")
        if kind not in {"ITEM", "TAX", "DISCOUNT", *CHARGES}:
            raise row.bad("type", _("“%(status)s” is not known") % {"status": kind})
        sums[kind] = sums.get(kind, ZERO) + row.child("subtotal").number("amount")
        if kind == "TAX" and row.get("detailedBreakdowns", None):
            for part in row.children("detailedBreakdowns"):
                on = part.required("subtype")
                taxes[on] = taxes.get(on, ZERO) + part.child("value").number("amount")
    return sums, taxes


def _line(item: Fields, sums: dict[str, Decimal], taxes: dict[str, Decimal]) -> LineInput:
    quantity, goods = item.number("quantityOrdered"), sums.get("ITEM", ZERO)
    product = item.child("product")
    if quantity <= 0:
        raise item.bad("quantityOrdered", _("must be above zero"))
    unit = (goods / quantity).quantize(SIXTH, ROUND_UP)
    elsewhere = sum((amount for on, amount in taxes.items() if on in CHARGES), ZERO)
    tax = sums.get("TAX", ZERO) - elsewhere
    net = goods - abs(sums.get("DISCOUNT", ZERO))
    collections = item.child("tax").get("taxCollections", None) if item.get("tax", None) else None
    return LineInput(
        external_id=item.required("orderItemId"),
        channel_sku=product.text("sellerSku", "", limit=120) or product.required("asin"),
        description=product.text("title", "", limit=1000)[:300],
        quantity=quantity,
        unit_price=unit,
        discount=(unit * quantity).quantize(SIXTH) - net,
        tax=tax,
        tax_rate=(tax / net).quantize(Decimal("0.0001")) if net else ZERO,
        tax_collector="marketplace" if any(row.get("model") == FACILITATED for row in collections or ()) else "seller",
    )


def _containing(line: LineInput, rate: Decimal) -> LineInput:
    gross = line.quantity * line.unit_price - line.discount
    tax = (gross * rate / (1 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return LineInput(
        line.channel_sku, line.quantity, line.unit_price, description=line.description, external_id=line.external_id,
        discount=line.discount, tax=tax, tax_rate=rate, tax_collector=line.tax_collector,
    )  # fmt: skip


def _contact(order: Fields, address: AddressInput | None) -> ContactInput | None:
    """The buyer's e-mail is an alias of Amazon's; there is no customer of ours behind it."""
    if not order.get("buyer", None):
        return None
    buyer = order.child("buyer")
    return ContactInput(
        name=buyer.text("buyerName", "", limit=200),
        email=buyer.text("buyerEmail", "", limit=254),
        country=address.country if address else "",
    )


def _address(order: Fields) -> AddressInput | None:
    if not order.get("recipient", None) or not order.child("recipient").get("deliveryAddress", None):
        return None
    place = order.child("recipient").child("deliveryAddress")
    second = " ".join(filter(None, (place.text(name, "") for name in ("addressLine2", "addressLine3"))))
    return AddressInput(
        name=place.text("name", "", limit=200),
        organisation=place.text("companyName", "", limit=200),
        line1=place.text("addressLine1", "", limit=200),
        line2=second[:200],
        city=place.text("city", "", limit=120),
        region=place.text("stateOrRegion", "", limit=120),
        postcode=place.text("postalCode", "", limit=24),
        country=place.text("countryCode", "", limit=2),
        phone=place.text("phone", "", limit=40),
    )
