"""Issuing invoices and credit notes, with gapless numbers drawn last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounting.dimensions import Dimensions
from accounting.models import Invoice, InvoiceKind
from accounting.selectors.config import Books, books_of, exchange_rates
from accounting.services.dimensions import ensure_sets
from accounting.services.documents import Draft, Number, ask_numbers, store
from accounting.services.drafts import InvoiceRequest, Totals, posting_of, totals_of
from accounting.services.entries import Entry
from accounting.services.open_items import Item, ItemPosted, ask_items
from backoffice.core import outbox
from backoffice.core.actor import Actor

TOPICS = {InvoiceKind.INVOICE: "InvoiceIssued", InvoiceKind.CREDIT_NOTE: "CreditNoteIssued"}


@dataclass(frozen=True, slots=True)
class Issued:
    """state: issued, or already."""

    invoice_id: int
    number: str
    entry_id: int
    open_item_id: int
    total: Decimal
    state: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """Documents ready to be issued: totals and postings of each request. dimension_ids: of their lines."""

    requests: Sequence[InvoiceRequest]
    totals: Sequence[Totals]
    postings: Sequence[tuple[Entry, Item]]
    books: Books
    dimension_ids: Mapping[Dimensions, int]

    @property
    def entries(self) -> list[Entry]:
        return [entry for entry, _item in self.postings]


def draft_invoices(requests: Sequence[InvoiceRequest], *, company_id: int, books: Books | None = None) -> Drafted:
    """What issuing the documents will post, worked out; nothing is written but missing dimension sets.

    Raises and asks what issue_invoices says before it posts.
    """
    books = books or books_of(
        company_id,
        parties={request.party_id for request in requests},
        tax_codes={line.tax_code_id for request in requests for line in request.lines if line.tax_code_id},
        currencies={request.currency for request in requests},
    )
    rates = _rates(requests, books)
    used = (line.dimensions for request in requests for line in request.lines)
    dimension_ids = ensure_sets(used, company_id=company_id, known=books.dimension_sets)
    totals = [totals_of(request, books.exponents[request.currency]) for request in requests]
    postings = [
        posting_of(request, total, rate, books) for request, total, rate in zip(requests, totals, rates, strict=True)
    ]
    return Drafted(requests, totals, postings, books, dimension_ids)


@transaction.atomic(savepoint=False)
def issue_invoices(
    requests: Sequence[InvoiceRequest], *, company_id: int, actor: Actor, books: Books | None = None
) -> list[Issued]:
    """Post, number and store documents; the last call of a transaction, for the numbers' lock is held to its end.

    Receivable against revenue, tax and rounding. All deferred checks of the transaction run before a number
    is drawn; a rollback leaves no gap. Topics published: InvoiceIssued, CreditNoteIssued.

    books: with the documents' parties, tax codes and currencies, if the caller has read them.
    Raises NegativeTotal, SourceKeyReused, ExchangeRateMissing, AccountRoleMissing, NotFound; nothing is
    written then. Statements: 7, whatever the number; 1 more for foreign currencies, 1 to 3 for dimensions,
    2 if some were issued already, 1 to 3 if a month is missing.
    """
    if not requests:
        return []
    return issue_drafted(draft_invoices(requests, company_id=company_id, books=books), actor=actor)


@transaction.atomic(savepoint=False)
def issue_drafted(drafted: Drafted, *, actor: Actor) -> list[Issued]:
    """The same for documents that draft_invoices made ready in this transaction."""
    requests, totals, company_id = drafted.requests, drafted.totals, drafted.books.company_id
    entries, items = ask_items(
        drafted.postings, company_id=company_id, actor=actor, dimension_ids=drafted.dimension_ids
    )
    new: dict[int, int] = {}
    for place, entry in enumerate(entries):
        if entry.state == "posted":
            new.setdefault(entry.entry_id, place)  # a document that is given twice is one
    numbers = ask_numbers([requests[place] for place in new.values()], drafted.books) if new else list
    posted = items()
    drawn = dict(zip(new, numbers(), strict=True))
    drafts = {pk: Draft(requests[place], totals[place], posted[place]) for pk, place in new.items()}
    if drafts:
        store(list(drafts.values()), list(drawn.values()), drafted.books, drafted.dimension_ids, actor)
    known = _known([done.entry_id for done in posted if done.state == "already"])
    outbox.publish([_event(draft, drawn[entry_id], company_id) for entry_id, draft in drafts.items()])
    return [
        known.get(done.entry_id) or _issued(drawn[done.entry_id], done, total)
        for done, total in zip(posted, totals, strict=True)
    ]


def _issued(drawn: Number, done: ItemPosted, totals: Totals) -> Issued:
    return Issued(drawn.invoice_id, drawn.number, done.entry_id, done.open_item_id, totals.total, "issued")


def _rates(requests: Sequence[InvoiceRequest], books: Books) -> list[Decimal | None]:
    """The rate of each document; None in the base currency."""
    wanted = {
        (request.currency, books.local_date(request.effective_at))
        for request in requests
        if request.currency != books.base_currency and request.exchange_rate is None
    }
    found = exchange_rates(books.company_id, wanted)
    return [
        None
        if request.currency == books.base_currency
        else request.exchange_rate or found[request.currency, books.local_date(request.effective_at)]
        for request in requests
    ]


def _known(entry_ids: Sequence[int]) -> dict[int, Issued]:
    if not entry_ids:
        return {}
    return {
        invoice.entry_id: Issued(
            invoice.pk, invoice.number, invoice.entry_id, invoice.open_item_id, invoice.total, "already"
        )
        for invoice in Invoice.objects.filter(entry_id__in=entry_ids)
    }


def _event(draft: Draft, drawn: Number, company_id: int) -> outbox.Event:
    request = draft.request
    payload = {
        "invoice_id": drawn.invoice_id,
        "number": drawn.number,
        "source_type": request.source_type,
        "source_id": request.source_id,
    }
    return outbox.Event(TOPICS[InvoiceKind(request.kind)], f"invoice:{drawn.invoice_id}", payload, company_id)
