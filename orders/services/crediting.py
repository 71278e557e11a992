"""Credit notes for returns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from accounting.models import InvoiceKind, InvoiceLineKind
from accounting.services import InvoiceLineRequest, InvoiceRequest
from orders.billing import share


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
            WHERE sl.shipment_id = s.id AND sl.order_line_id = rl.order_line_id)),
    k.exponent, rl.id, rl.code, rl.description, rl.quantity, rl.received, rl.unit_price, rl.net, rl.tax,
    coalesce(l.tax_code_id, c.tax_code_id), rl.account_role, rl.sku_id IS NOT NULL
FROM orders_returnorder r
JOIN orders_returnline rl ON rl.return_order_id = r.id
JOIN orders_channel c ON c.id = r.channel_id
JOIN accounting_currency k ON k.code = r.currency
LEFT JOIN orders_contact ct ON ct.id = r.contact_id
LEFT JOIN orders_order o ON o.id = r.order_id
LEFT JOIN orders_orderline l ON l.id = rl.order_line_id
WHERE r.id = ANY(%s) ORDER BY r.id, rl.position
"""


def refunds_of(return_order_ids: Sequence[int], *, in_full: Collection[int]) -> dict[int, Refund]:
    """What is to be credited, by return: of those in_full everything, else what came in. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(return_order_ids)])
        rows = cursor.fetchall()
    full = set(in_full)
    found: dict[int, Refund] = {}
    for return_id, party_id, person_id, address_id, currency, channel, invoice_id, exponent, *line in rows:
        line_id, code, description, asked, received, price, net, tax, tax_code_id, role, is_goods = line
        quantity = asked if return_id in full else received
        if not quantity:
            continue
        refund = found.setdefault(
            return_id, Refund(return_id, party_id, person_id, address_id, currency, channel, invoice_id, [])
        )
        part = {"before": Decimal(0), "now": quantity, "whole": asked, "exponent": exponent}
        amounts = (quantity, price, share(net, **part), share(tax, **part))
        refund.lines.append(RefundLine(line_id, code, description, *amounts, tax_code_id, role, is_goods))
    return found


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
        sku_code=line.code[:60],
        source_type="orders.returnline",
        source_id=line.return_line_id,
        dimensions=(("channel", channel_code),),
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
