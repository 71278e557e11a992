"""What an invoice is to say, and what it means for the journal."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from accounting.dimensions import Dimensions
from accounting.errors import NegativeTotal
from accounting.models import AccountRole, InvoiceKind, Side, Subledger
from accounting.selectors.config import Books
from accounting.services.entries import Entry, Line
from accounting.services.open_items import Item
from backoffice.core.money import round_money

ZERO = Decimal(0)
SIXTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class InvoiceLineRequest:
    """A line as printed. Amounts have the document's sign: positive on an ordinary credit note too.

    account_role (an AccountRole) or account_id says where the net goes. tax_rate: 0.2 is 20 %.
    """

    kind: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax: Decimal = ZERO
    account_role: str = ""
    account_id: int | None = None
    tax_code_id: int | None = None
    tax_rate: Decimal = ZERO
    sku_code: str = ""
    source_type: str = ""
    source_id: int | None = None
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """A document to issue. due_days None: the party's terms. exchange_rate None: the company's rate of the day."""

    kind: str
    party_id: int
    currency: str
    effective_at: datetime.datetime
    lines: Sequence[InvoiceLineRequest]
    source_type: str
    source_id: int | None
    source_key: str
    contact_id: int | None = None
    address_id: int | None = None
    due_days: int | None = None
    corrects_id: int | None = None
    exchange_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """net + tax + rounding = total; the total is rounded once, to the currency's smallest unit."""

    net: Decimal
    tax: Decimal
    rounding: Decimal
    total: Decimal


def totals_of(request: InvoiceRequest, exponent: int) -> Totals:
    """Add up a document. ValueError without lines; raises NegativeTotal below zero."""
    if not request.lines:
        raise ValueError(f"document {request.source_key} has no lines")
    net = sum((line.net for line in request.lines), ZERO)
    tax = sum((line.tax for line in request.lines), ZERO)
    total = round_money(net + tax, exponent)
    if total < 0:
        raise NegativeTotal(
            _("The lines of %(key)s add up to %(total)s; issue the other kind of document instead.")
            % {"key": request.source_key, "total": total},
            source_key=request.source_key,
            total=str(total),
        )
    return Totals(net, tax, total - net - tax, total)


def posting_of(request: InvoiceRequest, totals: Totals, rate: Decimal | None, books: Books) -> tuple[Entry, Item]:
    """The entry and open item of a document; a credit note mirrors an invoice.

    rate: of the document's currency; None: it is the base currency. The receivable is rounded to the base
    currency's smallest unit, the last line takes the rest.
    """
    sign = 1 if request.kind == InvoiceKind.INVOICE else -1
    receivable = books.account(AccountRole.RECEIVABLE)
    base_total = (
        totals.total if rate is None else round_money(totals.total * rate, books.exponents[books.base_currency])
    )
    others = _counterparts(request, totals, books)
    lines = [Line(receivable, sign * totals.total, request.currency, sign * base_total, request.party_id)]
    left = base_total
    for place, ((account_id, dimensions), amount) in enumerate(others, start=1):
        base = amount if rate is None else (amount * rate).quantize(SIXTH, rounding=ROUND_HALF_UP)
        base = left if place == len(others) else base
        left -= base
        lines.append(Line(account_id, -sign * amount, request.currency, -sign * base, None, dimensions))
    entry = Entry(
        date=None,
        effective_at=request.effective_at,
        subledger=Subledger.RECEIVABLE,
        source_type=request.source_type,
        source_id=request.source_id,
        source_key=request.source_key,
        lines=lines,
    )
    item = Item(
        kind=request.kind,
        party_id=request.party_id,
        account_id=receivable,
        side=Side.DEBIT if sign > 0 else Side.CREDIT,
        currency=request.currency,
        amount=totals.total,
        base_amount=base_total,
        due_days=books.terms[request.party_id] if request.due_days is None else request.due_days,
    )
    return entry, item


def _counterparts(
    request: InvoiceRequest, totals: Totals, books: Books
) -> list[tuple[tuple[int, Dimensions], Decimal]]:
    """Amounts by account and dimensions: nets, then taxes, then rounding; what comes to zero is left out."""
    sums: dict[tuple[int, Dimensions], Decimal] = {}
    for line in request.lines:
        place = (line_account(line, books), line.dimensions)
        sums[place] = sums.get(place, ZERO) + line.net
        if line.tax:
            account_id = books.tax_accounts.get(line.tax_code_id) if line.tax_code_id else None
            place = (account_id or books.account(AccountRole.OUTPUT_TAX), ())
            sums[place] = sums.get(place, ZERO) + line.tax
    if totals.rounding:
        place = (books.account(AccountRole.ROUNDING), ())
        sums[place] = sums.get(place, ZERO) + totals.rounding
    return [(place, amount) for place, amount in sums.items() if amount] or list(sums.items())[:1]


def line_account(line: InvoiceLineRequest, books: Books) -> int:
    return line.account_id or books.account(line.account_role)
