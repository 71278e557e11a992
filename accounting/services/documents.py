"""Numbering and storing documents: the last lock of a transaction, then plain inserts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounting.dimensions import Dimensions
from accounting.models import InvoiceKind
from accounting.selectors.config import Books
from accounting.services.drafts import InvoiceRequest, Totals, line_account
from accounting.services.open_items import ItemPosted
from backoffice.core.actor import Actor
from backoffice.core.db import insert_tree, prepared_cursor

SERIES = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CRN"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A posted document that still lacks its number."""

    request: InvoiceRequest
    totals: Totals
    posted: ItemPosted


_INVOICE_COLUMNS = {
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


def store(
    drafts: Sequence[Draft], books: Books, dimension_ids: Mapping[Dimensions, int], actor: Actor
) -> dict[int, tuple[int, str]]:
    """Number the drafts in their order and store them; (invoice id, number) by entry id. Statements: 2."""
    numbers = _draw(drafts, books)
    rows = [
        (
            books.company_id,
            str(draft.request.kind),
            series_id,
            sequence,
            number,
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
        for draft, (series_id, sequence, number) in zip(drafts, numbers, strict=True)
    ]
    stored = insert_tree(
        "accounting_invoice",
        _INVOICE_COLUMNS,
        rows,
        "accounting_invoiceline",
        _LINE_COLUMNS,
        _line_rows(drafts, books, dimension_ids),
        key="entry_id",
        link="invoice_id",
        returning="entry_id, id, number",
    )
    return {entry_id: (invoice_id, number) for entry_id, invoice_id, number in stored}


def _draw(drafts: Sequence[Draft], books: Books) -> list[tuple[int, int, str]]:
    """(series id, sequence, number) of each draft, in order.

    The database runs the deferred checks first: whoever waits for our series must not wait for them too.
    """
    counts = Counter(SERIES[InvoiceKind(draft.request.kind)] for draft in drafts)
    by_id = {books.series[code].id: count for code, count in counts.items()}
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT series, drawn_from FROM accounting_draw_numbers(%s::bigint[], %s::bigint[])",
            [list(by_id), list(by_id.values())],
        )
        following = dict(cursor.fetchall())
    numbers = []
    for draft in drafts:
        series = books.series[SERIES[InvoiceKind(draft.request.kind)]]
        sequence = following[series.id]
        following[series.id] += 1
        numbers.append((series.id, sequence, series.number(sequence)))
    return numbers


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
