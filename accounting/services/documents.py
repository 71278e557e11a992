"""Numbering and storing documents: the last lock of a transaction, then plain inserts."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

from accounting.dimensions import Dimensions
from accounting.models import InvoiceKind
from accounting.selectors.config import Books
from accounting.services.drafts import InvoiceRequest, Totals, line_account
from accounting.services.open_items import ItemPosted
from backoffice.core.actor import Actor
from backoffice.core.db import ask, insert_tree

SERIES = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CRN"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A posted document that still lacks its number."""

    request: InvoiceRequest
    totals: Totals
    posted: ItemPosted


_INVOICE_COLUMNS = {
    "id": "bigint",
    "company_id": "bigint",
    "kind": "text",
    "series_id": "bigint",
    "sequence": "bigint",
    "number": "text",
    "party_id": "bigint",
    "contact_id": "bigint",
    "address_id": "bigint",
    "currency": "text",
    "date": "date",
    "due_date": "date",
    "effective_at": "timestamptz",
    "net": "numeric",
    "tax": "numeric",
    "rounding": "numeric",
    "total": "numeric",
    "corrects_id": "bigint",
    "entry_id": "bigint",
    "open_item_id": "bigint",
    "source_type": "text",
    "source_id": "bigint",
    "source_key": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}
_LINE_COLUMNS = {
    "position": "integer",
    "kind": "text",
    "sku_code": "text",
    "description": "text",
    "quantity": "numeric",
    "unit_price": "numeric",
    "net": "numeric",
    "tax": "numeric",
    "tax_code_id": "bigint",
    "tax_rate": "numeric",
    "exemption_reason": "text",
    "account_id": "bigint",
    "dimension_set_id": "bigint",
    "source_type": "text",
    "source_id": "bigint",
}


class Number(NamedTuple):
    """What was drawn for a document."""

    invoice_id: int
    series_id: int
    sequence: int
    number: str


def store(
    drafts: Sequence[Draft],
    numbers: Sequence[Number],
    books: Books,
    dimension_ids: Mapping[Dimensions, int],
    actor: Actor,
) -> None:
    """Store the drafts under their numbers; nobody waits for the answer. Statements: 1."""
    rows = [
        (
            drawn.invoice_id,
            books.company_id,
            str(draft.request.kind),
            drawn.series_id,
            drawn.sequence,
            drawn.number,
            draft.request.party_id,
            draft.request.contact_id,
            draft.request.address_id,
            draft.request.currency,
            draft.posted.date,
            draft.posted.due_date,
            draft.request.effective_at,
            draft.totals.net,
            draft.totals.tax,
            draft.totals.rounding,
            draft.totals.total,
            draft.request.corrects_id,
            draft.posted.entry_id,
            draft.posted.open_item_id,
            draft.request.source_type,
            draft.request.source_id,
            draft.request.source_key,
            actor.user_id,
            actor.label,
        )
        for draft, drawn in zip(drafts, numbers, strict=True)
    ]
    insert_tree(
        "accounting_invoice",
        _INVOICE_COLUMNS,
        rows,
        "accounting_invoiceline",
        _LINE_COLUMNS,
        _line_rows(drafts, books, dimension_ids),
        key="entry_id",
        link="invoice_id",
        returning="id",
        wait=False,
    )


_DRAW = """
SELECT d.series, d.drawn_from, ARRAY(
    SELECT nextval(pg_get_serial_sequence('accounting_invoice', 'id')) FROM generate_series(1, w.count))
FROM unnest(%s::bigint[], %s::bigint[]) AS w (series, count)
JOIN accounting_draw_numbers(%s::bigint[], %s::bigint[]) AS d ON d.series = w.series
"""


def ask_numbers(requests: Sequence[InvoiceRequest], books: Books) -> Callable[[], list[Number]]:
    """Ids and numbers for the documents, in order, answered when they are called for. Statements: 1.

    The database runs the deferred checks first: whoever waits for our series must not wait for them too.
    """
    counts = Counter(SERIES[InvoiceKind(request.kind)] for request in requests)
    by_id = {books.series[code].id: many for code, many in counts.items()}
    wanted = [list(by_id), list(by_id.values())]
    rows = ask(_DRAW, [*wanted, *wanted])

    def answer() -> list[Number]:
        following = {series: zip(count(first), ids) for series, first, ids in rows()}
        numbers = []
        for request in requests:
            series = books.series[SERIES[InvoiceKind(request.kind)]]
            sequence, invoice_id = next(following[series.id])
            numbers.append(Number(invoice_id, series.id, sequence, series.number(sequence)))
        return numbers

    return answer


def _line_rows(drafts: Sequence[Draft], books: Books, dimension_ids: Mapping[Dimensions, int]) -> list[tuple[Any, ...]]:
    return [
        (
            draft.posted.entry_id,
            position,
            str(line.kind),
            line.sku_code,
            line.description[:300],
            line.quantity,
            line.unit_price,
            line.net,
            line.tax,
            line.tax_code_id,
            line.tax_rate,
            "" if line.tax or line.tax_code_id is None else books.tax_reasons.get(line.tax_code_id, ""),
            line_account(line, books),
            dimension_ids[line.dimensions] if line.dimensions else None,
            line.source_type,
            line.source_id,
        )
        for draft in drafts
        for position, line in enumerate(draft.request.lines, start=1)
    ]
