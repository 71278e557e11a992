"""Order confirmations and packing slips as facts, many at once."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from accounting.models import Currency
from accounting.selectors import letterheads
from orders.billing import share
from orders.models import DocumentKind, Order, OrderCharge, OrderLine, Shipment
from orders.papers import ZERO, Paper, PaperLine, Sums, shown_rate, tax_parts
from orders.selectors.recipients import address_lines, language_of, name_of

_ORDER = ("channel", "contact__person", "contact__party", "shipping_address", "billing_address")


def order_papers(order_ids: Sequence[int]) -> list[Paper]:
    """A confirmation of each order that exists. What was cancelled is left out. Statements: 5."""
    orders = list(
        Order.objects.filter(pk__in=order_ids).select_related(*_ORDER).prefetch_related("lines__sku", "charges")
    )
    heads = letterheads({(order.company_id, None) for order in orders})
    exponents = exponents_of(order.currency for order in orders)
    papers = []
    for order in orders:
        head = heads[order.company_id, None]
        contact = order.contact
        name = name_of(contact.person if contact else None, contact.party if contact else None)
        billing = address_lines(order.billing_address or order.shipping_address, name=name)
        shipping = address_lines(order.shipping_address, name=name)
        lines, sums = _order_lines(order, exponents[order.currency])
        placed: list[tuple[str, str | date]] = [("ordered", order.placed_at.astimezone(head.zone).date())]
        papers.append(
            Paper(
                kind=DocumentKind.ORDER_CONFIRMATION,
                id=order.pk,
                number=order.number,
                date=order.placed_at.astimezone(head.zone).date(),
                language=language_of(contact, order.channel, head.language),
                letterhead=head,
                recipient=billing,
                recipient_tax_number=contact.party.tax_number if contact and contact.party else "",
                ship_to=shipping if shipping != billing else (),
                references=placed + _order_references(order),
                lines=lines,
                currency=order.currency,
                exponent=exponents[order.currency],
                sums=sums,
                order_number=order.number,
            )
        )
    return papers


def packing_slips(shipment_ids: Sequence[int]) -> list[Paper]:
    """What lies in each shipment, without prices. Statements: 4."""
    shipments = list(
        Shipment.objects.filter(pk__in=shipment_ids)
        .select_related(*(f"order__{name}" for name in _ORDER), "warehouse")
        .prefetch_related("lines__order_line__sku")
    )
    heads = letterheads({(shipment.company_id, None) for shipment in shipments})
    papers = []
    for shipment in shipments:
        order, head = shipment.order, heads[shipment.company_id, None]
        name = name_of(order.contact.person if order.contact else None, order.contact.party if order.contact else None)
        at = shipment.shipped_at or order.placed_at
        references: list[tuple[str, str | date]] = [("order", order.number), *_order_references(order, promised=False)]
        if shipment.shipped_at:
            references.append(("shipped", at.astimezone(head.zone).date()))
        if shipment.warehouse:
            references += [("warehouse", shipment.warehouse.name)]
        references += [("carrier", " ".join(filter(None, [shipment.carrier, shipment.service])))]
        references += [("tracking", shipment.tracking_number)]
        papers.append(
            Paper(
                kind=DocumentKind.PACKING_SLIP,
                id=shipment.pk,
                number=shipment.number,
                date=at.astimezone(head.zone).date(),
                language=language_of(order.contact, order.channel, head.language),
                letterhead=head,
                recipient=address_lines(order.shipping_address or order.billing_address, name=name),
                references=[(what, value) for what, value in references if value],
                lines=_packed_lines(shipment),
                note=order.note if len(order.note) <= 600 else order.note[:597] + "…",
                link=shipment.tracking_url,
                order_number=order.number,
            )
        )
    return papers


def exponents_of(currencies: Iterable[str]) -> dict[str, int]:
    """Decimals by currency code. Statements: 1."""
    wanted = set(currencies)
    return dict.fromkeys(wanted, 2) | dict(
        Currency.objects.filter(pk__in=wanted).order_by().values_list("code", "exponent")
    )


def _order_references(order: Order, *, promised: bool = True) -> list[tuple[str, str | date]]:
    given: list[tuple[str, str | date | None]] = [
        ("your_order", order.their_number),
        ("channel", order.channel.name),
        ("service", order.shipping_service if promised else ""),
        ("promised", order.promise_date if promised else None),
    ]
    return [(what, value) for what, value in given if value]


def _order_lines(order: Order, exponent: int) -> tuple[list[PaperLine], Sums]:
    """Lines as they are left, and their sums. Without cancellations the total is the one that the channel sent."""
    lines, taxed, goods = [], [], ZERO
    for line in sorted(order.lines.all(), key=lambda line: line.position):
        left = line.quantity - line.cancelled
        if not left:
            continue
        discount, tax = (
            share(total, before=ZERO, now=left, whole=line.quantity, exponent=exponent)
            for total in (line.discount, line.tax)
        )
        amount = left * line.unit_price - discount
        goods += amount
        net = amount - tax if order.prices_include_tax else amount
        taxed.append((line.tax_rate, net, tax, line.tax_collector))
        lines.append(
            PaperLine(
                code=_code(line),
                name=_name(line),
                quantity=left,
                unit_price=line.unit_price,
                discount=discount,
                amount=amount,
                tax_rate=shown_rate(line.tax_rate, net, tax),
            )
        )
    for charge in sorted(order.charges.all(), key=lambda charge: charge.position):
        goods += charge.amount
        net = charge.amount - charge.tax if order.prices_include_tax else charge.amount
        taxed.append((charge.tax_rate, net, charge.tax, "seller"))
        lines.append(_charge_line(charge, shown_rate(charge.tax_rate, net, charge.tax)))
    parts = tax_parts(taxed)
    added = ZERO if order.prices_include_tax else sum((part.tax for part in parts), ZERO)
    total = goods + added if any(line.cancelled for line in order.lines.all()) else order.total
    return lines, Sums(goods, parts, order.prices_include_tax, total - goods - added, total)


def _charge_line(charge: OrderCharge, rate: Decimal) -> PaperLine:
    return PaperLine(
        code="",
        name=charge.description or str(charge.get_kind_display()),
        quantity=charge.quantity,
        unit_price=charge.unit_price,
        amount=charge.amount,
        tax_rate=rate,
        is_charge=True,
    )


def _packed_lines(shipment: Shipment) -> list[PaperLine]:
    """One line for each of the order's, whatever lots and bins it came from."""
    packed: dict[int, Decimal] = {}
    lines: dict[int, OrderLine] = {}
    for part in shipment.lines.all():
        packed[part.order_line_id] = packed.get(part.order_line_id, ZERO) + part.quantity
        lines[part.order_line_id] = part.order_line
    sent = shipment.shipped_at is not None
    return [
        PaperLine(
            code=_code(line),
            name=_name(line),
            quantity=packed[line.pk],
            ordered=line.quantity - line.cancelled,
            to_follow=max(line.open_quantity - (ZERO if sent else packed[line.pk]), ZERO),
        )
        for line in sorted(lines.values(), key=lambda line: line.position)
    ]


def _code(line: OrderLine) -> str:
    return line.sku.code if line.sku else line.channel_sku


def _name(line: OrderLine) -> str:
    return line.description or (line.sku.name if line.sku else "")
