"""Returns that arrive: received by the warehouse, refunded by a credit note."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.services import Issued, issue_invoices
from backoffice.core.actor import Actor
from orders.errors import NotReady, NotReturnable
from orders.models import Disposition, ReturnStatus
from orders.services.changing import change_status
from orders.services.crediting import credit_requests, refunds_of, remember_notes
from orders.services.requesting import lock_returns, move_returns

EXPECTED = (ReturnStatus.APPROVED, ReturnStatus.IN_TRANSIT, ReturnStatus.RECEIVED)


@dataclass(frozen=True, slots=True)
class ReturnPlanLine:
    """Goods that may arrive. issue_move_id: how they left, and at what cost; None: unknown."""

    return_line_id: int
    order_line_id: int | None
    sku_id: int | None
    quantity: Decimal
    received: Decimal
    issue_move_id: int | None


@dataclass(frozen=True, slots=True)
class ReturnPlan:
    """A return as it stands under its lock."""

    return_order_id: int
    order_id: int | None
    warehouse_id: int | None
    channel_code: str
    lines: list[ReturnPlanLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReturnRecord:
    """A quantity that came in, and what became of it (a Disposition)."""

    return_line_id: int
    quantity: Decimal
    disposition: str


@transaction.atomic(savepoint=False)
def begin_returns(return_order_ids: Sequence[int], *, company_id: int) -> list[ReturnPlan]:
    """Lock returns whose goods arrive, before stock is locked; plans in the order asked for.

    Raises NotReady for one that is not expected (approved, in transit, partly received), NotFound.
    Statements: 3.
    """
    locked = lock_returns(return_order_ids, company_id=company_id)
    for pk, found in locked.items():
        if found.status not in EXPECTED:
            raise NotReady(
                _("Return RMA-%(id)06d is %(status)s: nothing is expected of it.")
                % {"id": pk, "status": found.get_status_display()},
                return_order_id=pk,
                status=found.status,
            )
    plans = {pk: ReturnPlan(pk, found.order_id, found.warehouse_id, found.channel.code) for pk, found in locked.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT return_order_id, id, order_line_id, sku_id, quantity, received, issue_move_id"
            " FROM orders_returnline WHERE return_order_id = ANY(%s) ORDER BY return_order_id, position",
            [list(locked)],
        )
        for return_order_id, *line in cursor.fetchall():
            plans[return_order_id].lines.append(ReturnPlanLine(*line))
    return [plans[pk] for pk in return_order_ids]


# A line takes no more than is expected of it, and counts once on its order line.
_RECEIVE = """
WITH given AS (
    SELECT id, sum(quantity) AS quantity, max(disposition) AS disposition
    FROM unnest(%s::bigint[], %s::numeric[], %s::text[]) AS g(id, quantity, disposition) GROUP BY id
), taken AS (
    UPDATE orders_returnline rl SET received = rl.received + g.quantity, disposition = g.disposition
    FROM given g WHERE rl.id = g.id AND g.quantity > 0 AND rl.received + g.quantity <= rl.quantity
    RETURNING rl.id, rl.return_order_id, rl.order_line_id, g.quantity
), counted AS (
    UPDATE orders_orderline l SET returned = l.returned + n.quantity
    FROM (SELECT order_line_id, sum(quantity) AS quantity FROM taken GROUP BY 1) n
    WHERE l.id = n.order_line_id AND l.kit_id IS NULL
)
SELECT t.id, t.return_order_id, CASE WHEN l.kit_id IS NOT NULL THEN l.id END
FROM taken t LEFT JOIN orders_orderline l ON l.id = t.order_line_id
"""
# A kit is back when all of its components are.
_RECEIVE_KITS = """
UPDATE orders_orderline l SET returned = k.complete
FROM (
    SELECT c.order_line_id, floor(min(coalesce(r.received, 0) / c.per_kit)) AS complete
    FROM orders_orderlinecomponent c
    LEFT JOIN (
        SELECT order_line_id, sku_id, sum(received) AS received FROM orders_returnline
        WHERE order_line_id = ANY(%s) GROUP BY 1, 2
    ) r ON r.order_line_id = c.order_line_id AND r.sku_id = c.sku_id
    WHERE c.order_line_id = ANY(%s) GROUP BY 1
) k WHERE l.id = k.order_line_id
"""


@transaction.atomic(savepoint=False)
def record_returns(receipts: Sequence[ReturnRecord], *, company_id: int, actor: Actor) -> None:
    """Say what came in, after the goods moved (begin_returns has the locks): -> received, -> inspected when all is in.

    Raises NotReturnable for more than is expected, ValueError for an unknown disposition; nothing is written.
    Statements: 2, 4 to 6 with changes of status, 1 more with kits.
    """
    if not receipts:
        return
    line_ids = [receipt.return_line_id for receipt in receipts]
    quantities = [receipt.quantity for receipt in receipts]
    dispositions = [Disposition(receipt.disposition).value for receipt in receipts]
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVE, [line_ids, quantities, dispositions])
        taken = cursor.fetchall()
        if {row[0] for row in taken} != set(line_ids):
            raise NotReturnable(_("More came in than is expected of the return."), return_line_ids=line_ids)
        if kits := sorted({row[2] for row in taken if row[2]}):
            cursor.execute(_RECEIVE_KITS, [kits, kits])
        cursor.execute(
            "SELECT r.id, r.status, bool_and(rl.received = rl.quantity) FROM orders_returnorder r"
            " JOIN orders_returnline rl ON rl.return_order_id = r.id WHERE r.id = ANY(%s) AND r.company_id = %s"
            " GROUP BY r.id, r.status ORDER BY r.id",
            [sorted({row[1] for row in taken}), company_id],
        )
        states = cursor.fetchall()
    received = ReturnStatus.RECEIVED.value
    change_status(
        "orders.returnorder",
        [(pk, status, received) for pk, status, _complete in states if status != received],
        company_id=company_id,
        actor=actor,
    )
    change_status(
        "orders.returnorder",
        [(pk, received, ReturnStatus.INSPECTED.value) for pk, _status, complete in states if complete],
        company_id=company_id,
        actor=actor,
    )


@transaction.atomic(savepoint=False)
def inspect_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """received -> inspected though not all came: the rest is not refunded. Raises IllegalTransition. Statements: 4."""
    move_returns(return_order_ids, ReturnStatus.INSPECTED, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def resolve_returns(
    return_order_ids: Sequence[int], *, company_id: int, effective_at: datetime, actor: Actor
) -> list[Issued]:
    """Refund: one credit note for each return. The last call of its transaction.

    Of an inspected return what came in is refunded; an approved one is refunded without goods. A return of
    which nothing came in is refused.

    Raises NotReady, IllegalTransition, NotFound, and what issue_invoices raises; nothing is written.
    Statements: 9 and issue_invoices'.
    """
    locked = lock_returns(return_order_ids, company_id=company_id)
    moves = [(pk, found.status, ReturnStatus.RESOLVED.value) for pk, found in locked.items()]
    without_goods = [pk for pk, found in locked.items() if found.status == ReturnStatus.APPROVED]
    change_status("orders.returnorder", moves, company_id=company_id, actor=actor)
    if without_goods:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_returnline SET disposition = 'no_goods' WHERE return_order_id = ANY(%s)",
                [without_goods],
            )
    refunds = refunds_of(list(locked), in_full=without_goods)
    for pk in locked:
        if pk not in refunds:
            raise NotReady(_("Nothing of return RMA-%(id)06d came in.") % {"id": pk}, return_order_id=pk)
    requests = credit_requests(refunds, effective_at=dict.fromkeys(locked, effective_at))
    issued = issue_invoices(list(requests.values()), company_id=company_id, actor=actor)
    notes = dict(zip(requests, issued, strict=True))
    remember_notes({pk: note.invoice_id for pk, note in notes.items()})
    return [notes[pk] for pk in return_order_ids]
