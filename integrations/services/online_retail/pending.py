"""What of a file is still to be done: its sorted documents less what the records already hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from integrations.importing.online_retail import Document, Refused, Row, Sorted, raw_of
from integrations.services.online_retail.outcome import Outcome
from integrations.services.online_retail.records import Records, move_key, posting_key, row_keys

ZERO = Decimal(0)
NO_STOCK = "not_enough_stock"
NEVER_KEPT = (0, "", "")
OPEN_STATUSES = {"placed", "released", "partly_shipped"}


@dataclass(slots=True)
class Pending:
    """One document's part that is not here yet.

    keys: row key by line number, where rows are known by key (adjustments, postings, refusals).
    open_order_id: placed before, not yet shipped.
    """

    rows: Sorted
    keys: Mapping[int, str] = field(default_factory=dict)
    open_order_id: int | None = None

    @property
    def document(self) -> Document:
        return self.rows.document


def pending_of(
    sorted_: Sorted, records: Records, channel_id: int, outcome: Outcome, *, keys: Mapping[int, str] | None = None
) -> Pending | None:
    """What is left to do of a document; what is done already is counted in the outcome. None: nothing is left.

    keys: given for rows out of the quarantine, which are tried again whatever they were kept for.
    """
    document = sorted_.document
    left = Pending(Sorted(document), keys=keys or {})
    if keys is None and (sorted_.adjustments or sorted_.postings or sorted_.refused):
        left.keys = row_keys(document)
    _sale(sorted_, left, records, outcome)
    _credit(sorted_, left, records, outcome)
    for row in sorted_.adjustments:  # kept for want of stock: only a re-run of the quarantine tries again
        if move_key(channel_id, left.keys[row.number]) in records.moves:
            outcome.imported_before.add(1, row.value)
        elif keys is None and records.kept.get(left.keys[row.number], NEVER_KEPT)[1:] == ("open", NO_STOCK):
            outcome.quarantined_before.add(1, row.value)
        else:
            left.rows.adjustments.append(row)
    for row, meaning in sorted_.postings:
        if posting_key(channel_id, left.keys[row.number]) in records.postings:
            outcome.imported_before.add(1, row.value)
        else:
            left.rows.postings.append((row, meaning))
    for refused in sorted_.refused:
        _refuse(refused, left, records, outcome)
    found = left.rows
    parts = (found.goods, found.charges, found.credits, found.adjustments, found.postings, found.refused)
    return left if any(parts) or left.open_order_id else None


def _before(outcome: Outcome, rows: Sequence[Row]) -> None:
    outcome.imported_before.add(len(rows), sum((row.value for row in rows), ZERO))


def _sale(sorted_: Sorted, left: Pending, records: Records, outcome: Outcome) -> None:
    rows = [*sorted_.goods, *(row for row, _ in sorted_.charges)]
    known = records.orders.get(sorted_.document.number)
    if not rows:
        return
    if known is None:
        left.rows.goods, left.rows.charges = sorted_.goods, sorted_.charges
    elif (known.lines, known.value) == (len(rows), sorted_.sale_total):
        _before(outcome, rows)
        if known.status in OPEN_STATUSES:
            left.open_order_id = known.order_id
    else:
        _changed(sorted_.document, rows, left, records, outcome)


def _credit(sorted_: Sorted, left: Pending, records: Records, outcome: Outcome) -> None:
    rows = [row for row, _ in sorted_.credits]
    known = records.credits.get(sorted_.document.number)
    if not rows:
        return
    if known is None:
        left.rows.credits = sorted_.credits
    elif known == (len(rows), sum((row.value for row in rows), ZERO)):
        _before(outcome, rows)
    else:
        _changed(sorted_.document, rows, left, records, outcome)


def _changed(document: Document, rows: Sequence[Row], left: Pending, records: Records, outcome: Outcome) -> None:
    """The invoice is here with other lines: none of these is added to it."""
    reason = _("invoice {number} was imported before with other lines").format(number=document.number)
    left.keys = left.keys or row_keys(document)
    for row in rows:
        refused = Refused(row.number, "changed_after_import", reason, raw_of(document, row), row.value)
        _refuse(refused, left, records, outcome)


def _refuse(refused: Refused, left: Pending, records: Records, outcome: Outcome) -> None:
    if left.keys[refused.number] in records.kept:
        outcome.quarantined_before.add(1, refused.value)
    else:
        left.rows.refused.append(refused)


def kept_rows(pending: Pending, records: Records) -> dict[int, int]:
    """Ids of open rows in the quarantine by line number: to be resolved when the line is booked after all."""
    if pending.document.number not in records.kept_invoices:
        return {}
    keys = pending.keys or row_keys(pending.document)
    found = {number: records.kept.get(key, NEVER_KEPT) for number, key in keys.items()}
    return {number: pk for number, (pk, status, _code) in found.items() if status == "open"}
