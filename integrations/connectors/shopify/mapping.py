"""Shopify's words into ours. Pure.

Amounts are the shop's own currency (the buyer's stay in the payload). A line's quantity falls when it is edited and
when it is refunded; what was refunded still counts as ordered here, so that a refund is a document of its own.
"""

import json
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from integrations.connectors.base import ChannelPayment, MappedOrder
from integrations.connectors.changes import ChannelRefund, RefundedLine
from integrations.connectors.fields import Fields
from integrations.errors import PayloadUnreadable
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

ZERO = Decimal(0)
PAID = {"PAID", "PARTIALLY_REFUNDED", "REFUNDED", "AUTHORIZED"}
UNPAID = {"PENDING", "PARTIALLY_PAID", "EXPIRED"}
HELD = {"ON_HOLD", "SCHEDULED"}
BACK = {"CANCEL": "cancelled", "RETURN": "returns", "NO_RESTOCK": "unknown", "LEGACY_RESTOCK": "returns"}


def map_order(body: bytes, *, take_unpaid: bool = False, take_tests: bool = False) -> MappedOrder:
    """Raises PayloadUnreadable naming the field."""
    try:
        order = Fields(json.loads(body, parse_float=str))
    except ValueError as error:
        raise PayloadUnreadable(_("The payload is no JSON."), field="") from error
    external_id = legacy_id(order.required("id"))
    financial = order.required("displayFinancialStatus")
    if order.get("cancelledAt") is not None or financial == "VOIDED":
        return MappedOrder(external_id, "cancelled", None)
    if order.get("test") and not take_tests:
        return MappedOrder(external_id, "ignored", None, _("A test order of the shop."))
    if financial not in PAID | UNPAID:
        raise order.bad("displayFinancialStatus", _("“%(status)s” is not known") % {"status": financial})
    if financial in UNPAID and not take_unpaid:
        return MappedOrder(external_id, "pending", None)
    refunds = tuple(_refund(refund, inclusive=bool(order.get("taxesIncluded"))) for refund in order.children("refunds"))
    return MappedOrder(
        external_id, "open", _order(order, external_id, refunds), payments=_payments(order), refunds=refunds
    )


def legacy_id(gid: str) -> str:
    """gid://shopify/Order/123?x=y -> 123."""
    return gid.rsplit("/", 1)[-1].split("?", 1)[0]


def _money(of: Fields, name: str) -> Decimal:
    return of.child(name).child("shopMoney").number("amount")


def _optional_money(of: Fields, name: str) -> Decimal:
    return ZERO if of.get(name) is None else _money(of, name)


def _order(order: Fields, external_id: str, refunds: Sequence[ChannelRefund]) -> OrderInput:
    refunded: dict[str, Decimal] = {}
    for refund in refunds:
        for back in refund.lines:
            refunded[back.external_id] = refunded.get(back.external_id, ZERO) + back.quantity
    nodes = order.child("lineItems").children("nodes")
    lines = [line for node in nodes if (line := _line(node, refunded)) is not None]
    if not lines and not nodes:
        raise order.bad("lineItems.nodes", _("is empty"))
    address = _address(order, "shippingAddress")
    billing = _address(order, "billingAddress")
    status = order.required("displayFulfillmentStatus")
    held = [("manual", _("Held at the channel: %(status)s.") % {"status": status})] if status in HELD else []
    services = [line for line in order.child("shippingLines").children("nodes") if not line.get("isRemoved")]
    return OrderInput(
        external_id=external_id,
        external_number=order.text("name", limit=120),
        placed_at=order.time("processedAt"),
        currency=order.required("currencyCode", limit=10),
        prices_include_tax=bool(order.get("taxesIncluded")),
        lines=tuple(lines),
        charges=_charges(order, services),
        total=_total(order, refunds),
        contact=_contact(order, address or billing),
        shipping_address=address,
        billing_address=billing,
        shipping_service=services[0].text("title")[:60] if services else "",
        note=str(order.get("note") or "")[:1000],
        holds=held,
    )


def _total(order: Fields, refunds: Sequence[ChannelRefund]) -> Decimal:
    """What the buyer owes before refunds. The first total stays as it was; an edited order's is counted from the present."""
    if not order.get("edited"):
        return _money(order, "totalPriceSet")
    back = sum((line.net + line.tax for refund in refunds for line in refund.lines), ZERO)
    shipping = sum((refund.shipping + refund.shipping_tax for refund in refunds), ZERO)
    return _money(order, "currentTotalPriceSet") + back + shipping


def _line(node: Fields, refunded: dict[str, Decimal]) -> LineInput | None:
    external_id = legacy_id(node.required("id"))
    first, present = node.number("quantity"), node.number("currentQuantity")
    quantity = present + refunded.get(external_id, ZERO)
    if quantity <= 0:
        return None  # taken off by an edit
    discount = sum((_money(part, "allocatedAmountSet") for part in node.children("discountAllocations")), ZERO)
    tax, rate, collector = _taxes(node)
    if quantity < first:  # the shop's tax and discount are of the first quantity
        cents = Decimal("0.01")
        discount, tax = ((part * quantity / first).quantize(cents) for part in (discount, tax))
    return LineInput(
        external_id=external_id,
        channel_sku=str(node.get("sku") or "").strip() or f"line:{external_id}",
        description=node.text("name"),
        quantity=quantity,
        unit_price=_money(node, "originalUnitPriceSet"),
        discount=discount,
        tax=tax,
        tax_rate=rate,
        tax_collector=collector,
    )


def _taxes(node: Fields) -> tuple[Decimal, Decimal, str]:
    """(amount, rate, collector): of several taxes the rates are added; one that the channel pays makes it the channel's."""
    amount = rate = ZERO
    collector = "seller"
    for tax in node.children("taxLines"):
        amount += _money(tax, "priceSet")
        rate += tax.number("rate") if tax.get("rate") is not None else ZERO
        if tax.get("channelLiable"):
            collector = "marketplace"
    return amount, rate, collector


def _charges(order: Fields, services: Sequence[Fields]) -> tuple[ChargeInput, ...]:
    charges = []
    for line in services:
        tax, rate, _collector = _taxes(line)
        price = _money(line, "discountedPriceSet")
        if price or tax:
            charges.append(
                ChargeInput(
                    "shipping", "shipping_revenue", price, description=line.text("title"), tax=tax, tax_rate=rate
                )
            )
    for name, kind, title in (
        ("totalTipReceivedSet", "other", _("Tip")),
        ("currentTotalDutiesSet", "fee", _("Duties")),
        ("currentTotalAdditionalFeesSet", "fee", _("Fees")),
    ):
        if amount := _optional_money(order, name):
            charges.append(ChargeInput(kind, "other_revenue", amount, description=title))
    return tuple(charges)


def _payments(order: Fields) -> tuple[ChannelPayment, ...]:
    """An authorisation and its capture are one payment; one captured in parts is as many payments as captures."""
    good = [row for row in order.children("transactions") if row.required("status") == "SUCCESS"]
    captures: dict[str, list[Fields]] = {}
    for row in good:
        if row.required("kind") == "CAPTURE" and row.get("parentTransaction") is not None:
            captures.setdefault(row.child("parentTransaction").required("id"), []).append(row)
    payments = []
    for row in good:
        kind, id = row.required("kind"), row.required("id")
        of_it = captures.get(id, [])
        if kind == "AUTHORIZATION":
            whole = sum((_money(part, "amountSet") for part in of_it), ZERO) == _money(row, "amountSet")
            if whole or not of_it:
                payments.append(_payment(row, legacy_id(id), captured=whole))
            else:
                payments += [_payment(part, legacy_id(part.required("id")), captured=True) for part in of_it]
        elif kind == "SALE" or (kind == "CAPTURE" and row.get("parentTransaction") is None):
            payments.append(_payment(row, legacy_id(id), captured=True))
    return tuple(payments)


def _payment(row: Fields, id: str, *, captured: bool) -> ChannelPayment:
    return ChannelPayment(
        external_id=f"shopify-{id}",
        amount=_money(row, "amountSet"),
        paid_at=row.time("processedAt"),
        captured=captured,
        reference=str(row.get("gateway") or "")[:120],
    )


def _refund(refund: Fields, *, inclusive: bool) -> ChannelRefund:
    lines = refund.child("refundLineItems")
    if lines.child("pageInfo").get("hasNextPage"):
        raise refund.bad("refundLineItems", _("has more lines than we read"))
    shipping = refund.child("refundShippingLines").children("nodes")
    states = {node.required("status") for node in refund.child("transactions").children("nodes")}
    total = _money(refund, "totalRefundedSet")
    tax = sum((_money(line, "taxAmountSet") for line in shipping), ZERO)
    return ChannelRefund(
        external_id=legacy_id(refund.required("id")),
        total=total,
        refunded_at=refund.time("createdAt"),
        lines=tuple(_refunded(line, inclusive=inclusive) for line in lines.children("nodes")),
        shipping=sum((_money(line, "subtotalAmountSet") for line in shipping), ZERO) - (tax if inclusive else ZERO),
        shipping_tax=tax,
        settled=not total or not states or "SUCCESS" in states,
        reason=str(refund.get("note") or "")[:120],
    )


def _refunded(line: Fields, *, inclusive: bool) -> RefundedLine:
    back = line.required("restockType")
    if back not in BACK:
        raise line.bad("restockType", _("“%(status)s” is not known") % {"status": back})
    tax = _money(line, "totalTaxSet")
    return RefundedLine(
        external_id=legacy_id(line.child("lineItem").required("id")),
        quantity=line.number("quantity"),
        net=_money(line, "subtotalSet") - (tax if inclusive else ZERO),
        tax=tax,
        back=BACK[back],
    )


def _contact(order: Fields, address: AddressInput | None) -> ContactInput | None:
    email, phone = (str(order.get(name) or "").strip() for name in ("email", "phone"))
    customer = order.child("customer") if order.get("customer") is not None else None
    if customer is None and not email:
        return None
    names = [str(customer.get(part) or "") for part in ("firstName", "lastName")] if customer else []
    return ContactInput(
        external_id=legacy_id(customer.required("id")) if customer else "",
        name=" ".join(filter(None, names)) or (address.name if address else ""),
        email=email[:254],
        phone=(phone or (address.phone if address else ""))[:40],
        country=address.country if address else "",
    )


def _address(order: Fields, name: str) -> AddressInput | None:
    if order.get(name) is None:
        return None
    place = order.child(name)

    def part(key: str) -> str:
        return str(place.get(key) or "").strip()

    return AddressInput(
        name=" ".join(filter(None, (part("firstName"), part("lastName")))),
        organisation=part("company"),
        line1=part("address1"),
        line2=part("address2"),
        city=part("city"),
        region=part("provinceCode"),
        postcode=part("zip"),
        country=part("countryCodeV2"),
        phone=part("phone"),
    )
