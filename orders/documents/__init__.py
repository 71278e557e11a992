"""Documents as PDF: confirmation, quote, packing slip, invoice, credit note, return form; the purchase order."""

from collections.abc import Sequence

from orders.documents.building import page_data
from orders.documents.typesetting import typeset
from orders.models import DocumentKind
from orders.papers import Paper
from orders.selectors.invoice_papers import invoice_papers, return_forms
from orders.selectors.order_papers import order_papers, packing_slips
from orders.selectors.purchase_papers import purchase_papers
from orders.selectors.quote_papers import quote_papers

__all__ = ["papers_of", "print_papers", "render"]


def render(kind: str, ids: Sequence[int], language: str = "") -> bytes:
    """Documents of one kind as one PDF, in the order of ids: of drafts (quote), orders (order_confirmation),
    shipments (packing_slip), invoices (invoice, credit_note), returns (return_form) or purchase orders (purchase_order).

    language: of all of them; "" gives each in its customer's. Raises LookupError if none exists.
    Statements: 8 at most, whatever the number.
    """
    return print_papers(papers_of(kind, ids), language)


def papers_of(kind: str, ids: Sequence[int]) -> list[Paper]:
    """The documents' facts, in the order of ids; unknown ids are left out. Statements: 8 at most."""
    kind = DocumentKind(kind)
    if kind == DocumentKind.QUOTE:
        papers = quote_papers(ids)
    elif kind == DocumentKind.ORDER_CONFIRMATION:
        papers = order_papers(ids)
    elif kind == DocumentKind.PACKING_SLIP:
        papers = packing_slips(ids)
    elif kind == DocumentKind.RETURN_FORM:
        papers = return_forms(ids)
    elif kind == DocumentKind.PURCHASE_ORDER:
        papers = purchase_papers(ids)
    else:
        papers = invoice_papers(kind, ids)
    found = {paper.id: paper for paper in papers}
    return [found[pk] for pk in ids if pk in found]


def print_papers(papers: Sequence[Paper], language: str = "") -> bytes:
    """Raises LookupError if there are none."""
    if not papers:
        raise LookupError("no such document")
    return typeset([page_data(paper, language) for paper in papers])
