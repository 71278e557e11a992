"""Invoices, credit notes and return forms as facts, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounting.models import Invoice, InvoiceKind, InvoiceLine
from accounting.selectors import letterheads, party_facts
from inventory.models import Warehouse
from orders.models import Channel, Contact, DocumentKind, Order, ReturnOrder, Shipment
from orders.papers import ZERO, Paper, PaperLine, Sums, Terms, shown_rate, tax_parts
from orders.selectors.order_papers import exponents_of
from orders.selectors.recipients import address_lines, language_of, name_of

KINDS = {
    InvoiceKind.INVOICE.value: DocumentKind.INVOICE,
    InvoiceKind.CREDIT_NOTE.value: DocumentKind.CREDIT_NOTE,
}
_RETURN = ("order", "channel", "contact__person", "warehouse__address", "credit_note")
_BUYER = ("channel", "contact__person")


@dataclass(frozen=True, slots=True)
class _Origin:
    """What an invoice was issued for."""

    channel: Channel
    contact: Contact | None
    order: Order | None = None
    shipped_at: datetime | None = None
    returned: ReturnOrder | None = None


def invoice_papers(kind: str, invoice_ids: Sequence[int]) -> list[Paper]:
    """Invoices or credit notes as issued, under the letterhead and to the customer of then: printed again they are the same.

    Statements: 9 at most.
    """
    invoices = list(
        Invoice.objects.filter(pk__in=invoice_ids, kind__in=[code for code, paper in KINDS.items() if paper == kind])
        .select_related("party", "contact", "address", "corrects")
        .prefetch_related("lines")
    )
    heads = letterheads({(invoice.company_id, invoice.recorded_at) for invoice in invoices})
    customers = party_facts({(invoice.party_id, invoice.recorded_at) for invoice in invoices})
    exponents = exponents_of(invoice.currency for invoice in invoices)
    origins = _origins(invoices)
    papers = []
    for invoice in invoices:
        head = heads[invoice.company_id, invoice.recorded_at]
        origin = origins.get(invoice.pk)
        customer, is_channel = customers[invoice.party_id, invoice.recorded_at], invoice.party.is_channel
        lines = sorted(invoice.lines.all(), key=lambda line: line.position)
        name = ("" if is_channel else customer.name) or name_of(invoice.contact)
        papers.append(
            Paper(
                kind=kind,
                id=invoice.pk,
                number=invoice.number,
                date=invoice.date,
                language=language_of(
                    origin.contact if origin else None, origin.channel if origin else None, head.language
                ),
                letterhead=head,
                recipient=address_lines(invoice.address, name=name),
                recipient_tax_number="" if is_channel else customer.tax_number,
                references=_invoice_references(invoice, origin, head.zone),
                lines=[_invoice_line(line) for line in lines],
                currency=invoice.currency,
                exponent=exponents[invoice.currency],
                sums=Sums(
                    goods=invoice.net,
                    taxes=tax_parts([(line.tax_rate, line.net, line.tax, "seller") for line in lines]),
                    includes_tax=False,
                    rounding=invoice.total - invoice.net - invoice.tax,
                    total=invoice.total,
                ),
                exemptions=list(dict.fromkeys(line.exemption_reason for line in lines if line.exemption_reason)),
                terms=Terms(invoice.due_date, customer.name if is_channel else ""),
                order_number=origin.order.number if origin and origin.order else "",
            )
        )
    return papers


def return_forms(return_ids: Sequence[int]) -> list[Paper]:
    """The paper that comes back in the parcel, with the address to send it to. Statements: 5."""
    returns = list(
        ReturnOrder.objects.filter(pk__in=return_ids)
        .select_related(*_RETURN, "order__shipping_address")
        .prefetch_related("lines", "order__shipments__warehouse__address")
    )
    heads = letterheads({(found.company_id, None) for found in returns})
    papers = []
    for found in returns:
        head = heads[found.company_id, None]
        order, contact = found.order, found.contact
        address = order.shipping_address if order else None
        asked = found.requested_at.astimezone(head.zone).date()
        references: list[tuple[str, str | date]] = [("requested", asked)]
        if order:
            references += [("order", order.number), ("your_order", order.their_number)]
        if found.reason:
            references.append(("reason", found.reason))
        warehouse = found.warehouse or _sender(order)
        back_to = address_lines(warehouse.address if warehouse else None, name=head.legal_name or head.name)
        papers.append(
            Paper(
                kind=DocumentKind.RETURN_FORM,
                id=found.pk,
                number=found.number,
                date=asked,
                language=language_of(contact, found.channel, head.language),
                letterhead=head,
                recipient=address_lines(address, name=name_of(contact.person if contact else None)),
                back_to=back_to if len(back_to) > 1 else [*back_to, *head.address.splitlines()],
                references=references,
                lines=[
                    PaperLine(code=line.code, name=line.description, quantity=line.quantity)
                    for line in sorted(found.lines.all(), key=lambda line: line.position)
                    if line.sku_id is not None  # charges and fees are nothing to send
                ],
                order_number=order.number if order else "",
            )
        )
    return papers


def _sender(order: Order | None) -> Warehouse | None:
    """The warehouse that shipped last: where goods go back to, unless the return says otherwise."""
    sent = sorted(order.shipments.all(), key=lambda shipment: shipment.pk) if order else []
    return sent[-1].warehouse if sent else None


def _origins(invoices: Sequence[Invoice]) -> dict[int, _Origin]:
    """By invoice id. Statements: 3 at most."""
    wanted: dict[str, set[int]] = {}
    for invoice in invoices:
        if invoice.source_id is not None:
            wanted.setdefault(invoice.source_type, set()).add(invoice.source_id)
    found: dict[tuple[str, int], _Origin] = {}
    if ids := wanted.get("orders.shipment"):
        related = tuple(f"order__{name}" for name in _BUYER)
        for shipment in Shipment.objects.filter(pk__in=ids).select_related(*related):
            order = shipment.order
            found["orders.shipment", shipment.pk] = _Origin(order.channel, order.contact, order, shipment.shipped_at)
    if ids := wanted.get("orders.order"):
        for order in Order.objects.filter(pk__in=ids).select_related(*_BUYER):
            found["orders.order", order.pk] = _Origin(order.channel, order.contact, order)
    if ids := wanted.get("orders.returnorder"):
        for returned in ReturnOrder.objects.filter(pk__in=ids).select_related("order", *_BUYER):
            origin = _Origin(returned.channel, returned.contact, returned.order, None, returned)
            found["orders.returnorder", returned.pk] = origin
    return {
        invoice.pk: found[invoice.source_type, invoice.source_id]
        for invoice in invoices
        if invoice.source_id is not None and (invoice.source_type, invoice.source_id) in found
    }


def _invoice_references(invoice: Invoice, origin: _Origin | None, zone: object) -> list[tuple[str, str | date]]:
    given: list[tuple[str, str | date | None]] = [("issued", invoice.date)]
    if invoice.corrects:
        given += [("corrects", invoice.corrects.number), ("corrects_date", invoice.corrects.date)]
    if origin and origin.returned:
        given += [("return", origin.returned.number), ("reason", origin.returned.reason)]
    if origin and origin.order:
        given += [
            ("order", origin.order.number),
            ("your_order", origin.order.their_number),
        ]
    if origin and origin.shipped_at:
        given.append(("supplied", origin.shipped_at.astimezone(zone).date()))  # type: ignore[arg-type]
    return [(what, value) for what, value in given if value]


def _invoice_line(line: InvoiceLine) -> PaperLine:
    return PaperLine(
        code=line.sku_code,
        name=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=max(line.quantity * line.unit_price - line.net, ZERO) if line.kind == "goods" else ZERO,
        amount=line.net,
        tax_rate=shown_rate(line.tax_rate, line.net, line.tax),
        is_charge=line.kind != "goods",
    )
