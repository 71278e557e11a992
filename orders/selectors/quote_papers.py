"""Quotes as facts for their document, many at once."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from accounting.selectors import letterheads
from orders.models import DocumentKind, DraftOrder, DraftStatus
from orders.papers import ZERO, Paper, PaperLine, Sums, tax_parts
from orders.selectors.order_papers import exponents_of
from orders.selectors.recipients import address_lines, language_of, name_of

OFFERED = (DraftStatus.QUOTED, DraftStatus.PLACED)
_NOTE = 600


def quote_papers(draft_ids: Sequence[int]) -> list[Paper]:
    """The offer of each draft that is quoted, or was until it was placed. Statements: 5."""
    drafts = list(
        DraftOrder.objects.filter(pk__in=draft_ids, status__in=OFFERED, valid_until__isnull=False)
        .select_related("channel__tax_code", "contact__person", "contact__party", "shipping_address")
        .prefetch_related("lines__sku", "charges")
    )
    heads = letterheads({(draft.company_id, None) for draft in drafts})
    exponents = exponents_of(draft.currency for draft in drafts)
    papers = []
    for draft in drafts:
        head, contact = heads[draft.company_id, None], draft.contact
        party = contact.party if contact else None
        name = name_of(contact.person if contact else None, party)
        shipping = address_lines(draft.shipping_address, name=name)
        billing = address_lines(party.address, name=name) if party and party.address else shipping
        lines, sums = _lines(draft)
        papers.append(
            Paper(
                kind=DocumentKind.QUOTE,
                id=draft.pk,
                number=draft.number,
                date=draft.created_at.astimezone(head.zone).date(),
                language=language_of(contact, draft.channel, head.language),
                letterhead=head,
                recipient=billing,
                recipient_tax_number=party.tax_number if party else "",
                ship_to=shipping if shipping != billing else (),
                references=_references(draft, draft.created_at.astimezone(head.zone).date()),
                lines=lines,
                currency=draft.currency,
                exponent=exponents[draft.currency],
                sums=sums,
                note=draft.note if len(draft.note) <= _NOTE else draft.note[: _NOTE - 3] + "…",
            )
        )
    return papers


def _references(draft: DraftOrder, written: date) -> list[tuple[str, str | date]]:
    given: list[tuple[str, str | date | None]] = [
        ("written", written),
        ("valid_until", draft.valid_until),
        ("your_order", draft.external_number),
        ("service", draft.shipping_service),
        ("promised", draft.promise_date),
    ]
    return [(what, value) for what, value in given if value]


def _lines(draft: DraftOrder) -> tuple[list[PaperLine], Sums]:
    lines: list[PaperLine] = []
    taxed: list[tuple[Decimal, Decimal, Decimal, str]] = []

    def add(line: PaperLine, tax: Decimal) -> None:
        worth = line.amount or ZERO
        lines.append(line)
        taxed.append((line.tax_rate or ZERO, worth - tax if draft.prices_include_tax else worth, tax, "seller"))

    for line in sorted(draft.lines.all(), key=lambda line: line.position):
        worth = line.quantity * line.unit_price - line.discount
        name = line.description or line.sku.name
        add(
            PaperLine(line.sku.code, name, line.quantity, line.unit_price, line.discount, worth, line.tax_rate),
            line.tax,
        )
    for charge in sorted(draft.charges.all(), key=lambda charge: charge.position):
        name = charge.description or str(charge.get_kind_display())
        one = Decimal(1)
        add(
            PaperLine("", name, one, charge.amount, amount=charge.amount, tax_rate=charge.tax_rate, is_charge=True),
            charge.tax,
        )
    goods = sum((line.amount or ZERO for line in lines), ZERO)
    parts = tax_parts(taxed)
    added = ZERO if draft.prices_include_tax else sum((part.tax for part in parts), ZERO)
    return lines, Sums(goods, parts, draft.prices_include_tax, draft.total - goods - added, draft.total)
