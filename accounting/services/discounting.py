"""Early-payment discount: what a buyer who paid in time left out becomes a credit note, with its share of the tax."""

import datetime
from collections import defaultdict
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.errors import DiscountRefused, NotFound
from accounting.models import AccountRole, Invoice, InvoiceKind, InvoiceLineKind
from accounting.selectors import books_of
from accounting.services.drafts import InvoiceLineRequest, InvoiceRequest
from accounting.services.invoicing import Issued, issue_invoices
from accounting.services.settling import UseRequest, apply_items
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money, split_by_weight


def discount_offered(invoice: Invoice, *, exponent: int = 2) -> tuple[Decimal, datetime.date]:
    """What may be left out by the buyer's terms, and the last day for it."""
    terms = invoice.party
    last_day = invoice.date + datetime.timedelta(days=terms.discount_days)
    return round_money(invoice.total * terms.discount_percent / 100, exponent), last_day


@transaction.atomic
def take_early_discount(
    invoice_id: int, *, company_id: int, paid_on: datetime.date, at: datetime.datetime, actor: Actor
) -> Issued:
    """Credit what is still open of an invoice that was paid in time, and settle the two.

    paid_on: when the money came. Raises NotFound, DiscountRefused (not_an_invoice, no_terms, too_late, nothing_open,
    too_much: more is open than the terms let off); nothing is written then. Statements: about 20.
    """
    invoice = Invoice.objects.select_related("party", "open_item").filter(pk=invoice_id, company_id=company_id).first()
    if invoice is None:
        raise NotFound(_("There is no such invoice."), invoice_id=invoice_id)
    with connection.cursor() as cursor:  # before the number's lock, in the house's order
        cursor.execute("SELECT * FROM accounting_lock_items(%s::bigint[])", [[invoice.open_item_id]])
    invoice.open_item.refresh_from_db()
    books = books_of(company_id, parties=[invoice.party_id], currencies=[invoice.currency])
    exponent = books.exponents[invoice.currency]
    amount = _check(invoice, paid_on, exponent)
    (issued,) = issue_invoices([_request(invoice, amount, at, exponent)], company_id=company_id, actor=actor)
    use = UseRequest(invoice.open_item_id, issued.open_item_id, amount, f"discount:{invoice.pk}")
    apply_items([use], company_id=company_id, date=books.local_date(at), actor=actor)
    return issued


def _check(invoice: Invoice, paid_on: datetime.date, exponent: int) -> Decimal:
    allowed, last_day = discount_offered(invoice, exponent=exponent)
    amount = invoice.open_item.open_amount
    words = {
        "number": invoice.number, "day": last_day, "open": f"{amount:.{exponent}f}", "allowed": f"{allowed:f}",
        "currency": invoice.currency,
    }  # fmt: skip
    if invoice.kind != InvoiceKind.INVOICE:
        raise DiscountRefused(_("Only invoices have a discount."), code="not_an_invoice")
    if not invoice.party.discount_percent:
        raise DiscountRefused(_("The buyer's terms have no early-payment discount."), code="no_terms")
    if not amount:
        raise DiscountRefused(_("Nothing of %(number)s is open.") % words, code="nothing_open")
    if paid_on > last_day:
        raise DiscountRefused(
            _("The discount was for payments until %(day)s.") % words, code="too_late", field="paid_on"
        )
    if amount > allowed:
        raise DiscountRefused(
            _("%(open)s %(currency)s of %(number)s is open; the terms let off %(allowed)s.") % words,
            code="too_much",
            open=str(amount),
            allowed=str(allowed),
        )
    return amount


def _request(invoice: Invoice, amount: Decimal, at: datetime.datetime, exponent: int) -> InvoiceRequest:
    groups: dict[tuple[int | None, Decimal], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for line in invoice.lines.all():
        pair = groups[line.tax_code_id, line.tax_rate if line.tax else ZERO]
        pair[0] += line.net + line.tax
        pair[1] += line.tax
    kept = [(key, gross, tax) for key, (gross, tax) in groups.items() if gross > 0]
    parts = split_by_weight(amount, [gross for _key, gross, _tax in kept], exponent)
    lines = []
    for ((tax_code_id, rate), gross, tax), part in zip(kept, parts, strict=True):
        own_tax = round_money(part * tax / gross, exponent)
        if part:
            lines.append(
                InvoiceLineRequest(
                    kind=InvoiceLineKind.DISCOUNT,
                    description=_("Early-payment discount"),
                    quantity=Decimal(1),
                    unit_price=part - own_tax,
                    net=part - own_tax,
                    tax=own_tax,
                    account_role=AccountRole.DISCOUNT,
                    tax_code_id=tax_code_id,
                    tax_rate=rate,
                )
            )
    return InvoiceRequest(
        kind=InvoiceKind.CREDIT_NOTE,
        party_id=invoice.party_id,
        currency=invoice.currency,
        effective_at=at,
        lines=lines,
        source_type="accounting.invoice",
        source_id=invoice.pk,
        source_key=f"discount:{invoice.pk}",
        contact_id=invoice.contact_id,
        address_id=invoice.address_id,
        corrects_id=invoice.pk,
    )
