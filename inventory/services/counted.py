"""What a count found, put into the books: approved by whoever approved the count, posted in one go."""

import datetime
from collections.abc import Sequence

from django.db import transaction

from accounting.selectors import books_of
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import array_literal, prepared_cursor
from inventory.models import Adjustment, AdjustmentLine, AdjustmentStatus
from inventory.services.adjusting import OBJECT, AdjustmentLineInput, check_lines, estimate, lines_of, post_lines
from inventory.services.reasons import ensure_reason

REASON = "count"


@transaction.atomic(savepoint=False)
def post_counted(
    lines: Sequence[AdjustmentLineInput],
    *,
    instants: Sequence[datetime.datetime],
    company_id: int,
    warehouse_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    note: str = "",
) -> Adjustment:
    """An adjustment for the reason “count”, posted: each line moves at the instant at which it was counted.

    instants: of each line. The caller has had the variances approved, and holds the levels that they are of.
    Raises AdjustmentRefused, StockRefused; nothing is written then. Statements: about 30, whatever the number.
    """
    reason = ensure_reason(REASON, company_id=company_id)
    check_lines(lines, reason, company_id, warehouse_id)
    adjustment = Adjustment.objects.create(
        company_id=company_id,
        warehouse_id=warehouse_id,
        reason=reason,
        status=AdjustmentStatus.APPROVED,
        note=note[:500],
        created_by_id=actor.user_id,
        created_label=actor.label,
    )
    rows = lines_of(adjustment, lines)
    estimate(adjustment, rows, books_of(company_id))
    _insert(rows)
    change = audit.Change(
        OBJECT, adjustment.pk, "created", field="status", new=adjustment.status, reason=note, company_id=company_id
    )
    audit.record([change], actor=actor)
    post_lines(adjustment, rows, effective_at, actor, instants=instants)
    return adjustment


_LINE = (
    "INSERT INTO inventory_adjustmentline (adjustment_id, position, sku_id, location_id, lot_id, owner_id, quantity, value,"
    " note, serials) SELECT %s, n.position, n.sku, n.place, n.lot, n.owner, n.quantity, n.value, n.note, n.serials::varchar[]"
    " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[],"
    " %s::text[], %s::text[]) n (position, sku, place, lot, owner, quantity, value, note, serials)"
    " ORDER BY n.position RETURNING position, id"
)


def _insert(rows: Sequence[AdjustmentLine]) -> None:
    """As bulk_create, for thousands: the keys are set on the rows. Statements: 1."""
    columns = [
        [row.position for row in rows],
        [row.sku_id for row in rows],
        [row.location_id for row in rows],
        [row.lot_id for row in rows],
        [row.owner_id for row in rows],
        [row.quantity for row in rows],
        [row.value for row in rows],
        [row.note for row in rows],
        [array_literal([*row.serials]) if row.serials else "{}" for row in rows],
    ]
    with prepared_cursor() as cursor:
        cursor.execute(_LINE, [rows[0].adjustment_id, *columns])
        ids = dict(cursor.fetchall())
    for row in rows:
        row.pk = ids[row.position]
        row._state.adding = False
