"""Credit notes for returns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accounting.dimensions import CATEGORY, CHANNEL, with_code
from accounting.models import InvoiceKind, InvoiceLineKind
from accounting.services import InvoiceLineRequest, InvoiceRequest
from orders.billing import share

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A quantity to be credited, with the account role that bears it."""

    return_line_id: int
    code: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax: Decimal
    tax_code_id: int | None
    account_role: str
    is_goods: bool
    tax_rate: Decimal = ZERO
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """A return to be credited. invoice_id: what it corrects, if that is known."""

    return_order_id: int
    party_id: int
    person_id: int | None
    address_id: int | None
    currency: str
    channel_code: str
    invoice_id: int | None
    lines: list[RefundLine]


_SQL = """
SELECT r.id, coalesce(ct.party_id, c.party_id), ct.person_id, coalesce(o.billing_address_id, o.shipping_address_id),
    r.currency, c.code,
    (SELECT min(i.id) FROM orders_shipment s JOIN accounting_invoice i
        ON i.source_type = 'orders.shipment' AND i.source_id = s.id
        WHERE s.order_id = r.order_id AND EXISTS (SELECT 1 FROM orders_shipmentline sl
            WHERE sl.shipment_id = s.id AND (sl.order_line_id = rl.order_line_id OR rl.order_line_id IS NULL))),
    k.exponent, rl.in_full, rl.id, rl.code, rl.description, rl.quantity, rl.received, rl.unit_price, rl.net, rl.tax,
    coalesce(rl.tax_code_id, l.tax_code_id, c.tax_code_id), rl.account_role,
    coalesce(l.tax_rate, x.tax_rate, (SELECT max(g.tax_rate) FROM orders_returnline y
        JOIN orders_orderline g ON g.id = y.order_line_id
        WHERE y.return_order_id = r.id AND y.tax_code_id = rl.tax_code_id), 0),
    rl.sku_id IS NOT NULL, g.code
FROM orders_returnorder r
JOIN orders_returnline rl ON rl.return_order_id = r.id
LEFT JOIN inventory_sku u ON u.id = rl.sku_id
LEFT JOIN inventory_product p ON p.id = u.product_id
LEFT JOIN inventory_category g ON g.id = p.category_id
JOIN orders_channel c ON c.id = r.channel_id
JOIN accounting_currency k ON k.code = r.currency
LEFT JOIN orders_contact ct ON ct.id = r.contact_id
LEFT JOIN orders_order o ON o.id = r.order_id
LEFT JOIN orders_orderline l ON l.id = rl.order_line_id
LEFT JOIN orders_ordercharge x ON x.id = rl.charge_id
WHERE r.id = ANY(%s) AND r.refunds ORDER BY r.id, rl.sku_id IS NULL, rl.position
"""


@dataclass(slots=True)
class _Came:
    """What the goods of a return were asked back for, and what of that came."""

    asked: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO

    @property
    def nothing(self) -> bool:
        return not (self.net or self.tax)


def refunds_of(return_order_ids: Sequence[int], *, in_full: Collection[int]) -> dict[int, Refund]:
    """What is to be credited, by return: of those in_full everything, else what came in. Statements: 1.

    Charges and fees fall with the value of the goods that came, unless the line says in full; a fee never takes
    more than the goods bring. A return that refunds nothing is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(return_order_ids)])
        rows = cursor.fetchall()
    full = set(in_full)
    found: dict[int, Refund] = {}
    goods: dict[int, _Came] = {}
    for return_id, party_id, person_id, address_id, currency, channel, invoice_id, exponent, *line, category in rows:
        refund = found.setdefault(
            return_id, Refund(return_id, party_id, person_id, address_id, currency, channel, invoice_id, [])
        )
        came = goods.setdefault(return_id, _Came())
        is_goods, whole = line[-1], return_id in full
        amounts = _goods(line, came, exponent, whole=whole) if is_goods else _beside(line, came, exponent, whole=whole)
        if amounts:
            line_id, code, description = line[1:4]
            tax_code_id, role, rate = line[-4:-1]
            refund.lines.append(
                RefundLine(line_id, code, description, *amounts, tax_code_id, role, is_goods, rate, category)
            )
    return {pk: refund for pk, refund in found.items() if any(line.net or line.tax for line in refund.lines)}


Amounts = tuple[Decimal, Decimal, Decimal, Decimal]


def _goods(line: Sequence[Any], came: _Came, exponent: int, *, whole: bool) -> Amounts | None:
    """(quantity, unit price, net, tax) of what came of a line; None if nothing did."""
    _in_full, _id, _code, _description, asked, received, price, net, tax, *_ = line
    came.asked += net
    quantity = asked if whole else received
    if not quantity:
        return None
    own_net, own_tax = (
        share(amount, before=ZERO, now=quantity, whole=asked, exponent=exponent) for amount in (net, tax)
    )
    amounts = (quantity, price, own_net, own_tax)
    came.net, came.tax = came.net + amounts[2], came.tax + amounts[3]
    return amounts


def _beside(line: Sequence[Any], came: _Came, exponent: int, *, whole: bool) -> Amounts | None:
    """The same of a charge or fee: after the goods, whose value it follows."""
    in_full, _id, _code, _description, asked, _received, price, net, tax, *_ = line
    if not whole and came.nothing:
        return None
    if not (whole or in_full):
        net, tax = (
            share(amount, before=ZERO, now=came.net, whole=came.asked, exponent=exponent) for amount in (net, tax)
        )
        price = net
    if net < 0 or tax < 0:
        net, tax = max(net, -came.net), max(tax, -came.tax)
        came.net, came.tax, price = came.net + net, came.tax + tax, net
    return (asked, price, net, tax)


def credit_requests(
    refunds: Mapping[int, Refund], *, effective_at: Mapping[int, datetime]
) -> dict[int, InvoiceRequest]:
    """A credit note for each refund."""
    return {
        pk: InvoiceRequest(
            kind=InvoiceKind.CREDIT_NOTE,
            party_id=refund.party_id,
            currency=refund.currency,
            effective_at=effective_at[pk],
            lines=[_line(line, refund.channel_code) for line in refund.lines],
            source_type="orders.returnorder",
            source_id=pk,
            source_key=f"credit:return:{pk}",
            contact_id=refund.person_id,
            address_id=refund.address_id,
            corrects_id=refund.invoice_id,
        )
        for pk, refund in refunds.items()
    }


def _line(line: RefundLine, channel_code: str) -> InvoiceLineRequest:
    return InvoiceLineRequest(
        kind=InvoiceLineKind.GOODS if line.is_goods else InvoiceLineKind.CHARGE,
        description=line.description or line.code,
        quantity=line.quantity,
        unit_price=line.unit_price,
        net=line.net,
        tax=line.tax,
        account_role=line.account_role,
        tax_code_id=line.tax_code_id,
        tax_rate=line.tax_rate,
        sku_code=line.code[:60],
        source_type="orders.returnline",
        source_id=line.return_line_id,
        dimensions=with_code(((CHANNEL, channel_code),), CATEGORY, line.category),
    )


def remember_notes(notes: Mapping[int, int]) -> None:
    """Note the credit note (invoice id) of each return. Statements: 1, or 0 without notes."""
    if notes:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_returnorder r SET credit_note_id = n.invoice_id"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, invoice_id) WHERE r.id = n.id",
                [list(notes), list(notes.values())],
            )
