"""What stands in goods received, not invoiced, for each move over the supplier's border."""

from collections.abc import Sequence

from django.db import connection

from accounting.models import AccountRole
from backoffice.core.money import ZERO
from inventory.services.entries import offset_role
from inventory.services.locking import MoveFacts
from inventory.services.requests import MoveRequest
from inventory.services.valuing import Valued, is_drop_ship

_ITEMS = """
INSERT INTO inventory_grniitem
    (company_id, kind, side, supplier_id, sku_id, po_line_id, move_id, quantity, value, date, entry_id)
SELECT m.company_id, CASE WHEN a.back THEN 'supplier_return' ELSE 'receipt' END,
    CASE WHEN a.back THEN 'debit' ELSE 'credit' END, coalesce(o.supplier_id, a.supplier), m.sku_id, l.id, m.id,
    m.quantity, a.value, coalesce(e.date, (m.effective_at AT TIME ZONE c.time_zone)::date), m.entry_id
FROM unnest(%s::bigint[], %s::boolean[], %s::bigint[], %s::bigint[], %s::numeric[])
    WITH ORDINALITY AS a (move, back, line, supplier, value, place)
JOIN inventory_stockmove m ON m.id = a.move
JOIN accounting_company c ON c.id = m.company_id
LEFT JOIN accounting_journalentry e ON e.id = m.entry_id
LEFT JOIN inventory_purchaseorderline l ON l.id = a.line
LEFT JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id
ORDER BY a.place
"""


def record_uninvoiced(rows: Sequence[tuple[MoveRequest, MoveFacts, Valued]]) -> None:
    """Write the items of new moves whose other side is the role grni: a bill will clear what came, a credit note what
    went back. Statements: 0, or 1 if a supplier is concerned.
    """
    found = [(move, facts, valued) for move, facts, valued in rows if _is_uninvoiced(move, facts)]
    if not found:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _ITEMS,
            [
                [facts.move_id for _move, facts, _valued in found],
                [facts.to_kind == "supplier" for _move, facts, _valued in found],
                [_order_line(move) for move, _facts, _valued in found],
                [move.supplier_id for move, _facts, _valued in found],
                [abs(valued.value or ZERO) if move.owed is None else move.owed for move, _facts, valued in found],
            ],
        )


def _is_uninvoiced(move: MoveRequest, facts: MoveFacts) -> bool:
    if move.owner_id is not None or "supplier" not in (facts.from_kind, facts.to_kind):
        return False
    return is_drop_ship(move, facts) or offset_role(move, facts) == AccountRole.GRNI


def _order_line(move: MoveRequest) -> int | None:
    if move.po_line_id is None and move.source_type == "inventory.purchaseorderline":
        return move.source_id
    return move.po_line_id
