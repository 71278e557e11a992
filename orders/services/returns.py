"""Returned goods: expected at the dock and taken in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from orders.errors import NotReady, NotReturnable
from orders.models import ReturnStatus
from orders.selectors.returned import inspection_states
from orders.services.changing import change_status
from orders.services.exchange_ends import free_exchanges
from orders.services.locking import lock_returns
from orders.services.return_records import EXPECTED, ReturnRecord, go_on, store_goods


@dataclass(frozen=True, slots=True)
class ReturnPlanLine:
    """Goods that may arrive. issue_move_id: how they left, and at what cost; None: unknown."""

    return_line_id: int
    order_line_id: int | None
    sku_id: int | None
    quantity: Decimal
    received: Decimal
    issue_move_id: int | None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnPlan:
    """A return as it stands under its lock. lines: of goods only."""

    return_order_id: int
    order_id: int | None
    warehouse_id: int | None
    channel_code: str
    lines: list[ReturnPlanLine] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def begin_returns(return_order_ids: Sequence[int], *, company_id: int) -> list[ReturnPlan]:
    """Lock returns whose goods arrive, before stock is locked; plans in the order asked for.

    Raises NotReady for one of which no goods are expected (now: approved, in transit, partly received), NotFound.
    Statements: 3.
    """
    locked = lock_returns(return_order_ids, company_id=company_id)
    for pk, found in locked.items():
        if found.status not in EXPECTED or not found.goods_expected:
            raise NotReady(
                _("Return RMA-%(id)06d is %(status)s: nothing is expected of it.")
                % {"id": pk, "status": found.get_status_display()},
                return_order_id=pk,
                status=found.status,
            )
    plans = {pk: ReturnPlan(pk, found.order_id, found.warehouse_id, found.channel.code) for pk, found in locked.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rl.return_order_id, rl.id, rl.order_line_id, rl.sku_id, rl.quantity, rl.received, rl.issue_move_id,"
            " g.code FROM orders_returnline rl JOIN inventory_sku u ON u.id = rl.sku_id"
            " JOIN inventory_product p ON p.id = u.product_id LEFT JOIN inventory_category g ON g.id = p.category_id"
            " WHERE rl.return_order_id = ANY(%s) ORDER BY rl.return_order_id, rl.position",
            [list(locked)],
        )
        for return_order_id, *line in cursor.fetchall():
            plans[return_order_id].lines.append(ReturnPlanLine(*line))
    return [plans[pk] for pk in return_order_ids]


# A line takes no more than is expected of it, and counts once on its order line.
_RECEIVE = """
WITH given AS (
    SELECT id, sum(quantity) AS quantity FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) GROUP BY id
), taken AS (
    UPDATE orders_returnline rl SET received = rl.received + g.quantity
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
def record_returns(receipts: Sequence[ReturnRecord], *, company_id: int, actor: Actor) -> list[int]:
    """Say what came in, after the goods moved (begin_returns has the locks): -> received, and -> inspected when all
    is in and nothing waits to be inspected; an exchange that waited for it goes on then. The ids of those.

    Raises NotReturnable for more than is expected, ValueError for an unknown disposition; nothing is written.
    Statements: 4 to 8 with changes of status, 1 more with kits, more where exchanges go on.
    """
    if not receipts:
        return []
    line_ids = [receipt.return_line_id for receipt in receipts]
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVE, [line_ids, [receipt.quantity for receipt in receipts]])
        taken = cursor.fetchall()
        if {row[0] for row in taken} != set(line_ids):
            raise NotReturnable(_("More came in than is expected of the return."), return_line_ids=line_ids)
        if kits := sorted({row[2] for row in taken if row[2]}):
            cursor.execute(_RECEIVE_KITS, [kits, kits])
    store_goods(receipts, actor)
    return go_on(sorted({row[1] for row in taken}), company_id, actor)


@transaction.atomic(savepoint=False)
def inspect_returns(return_order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """received -> inspected though not all came: the rest is not refunded. An exchange that waited goes on.

    Raises NotReady where goods that came still wait to be inspected, IllegalTransition. Statements: 6.
    """
    locked = lock_returns(return_order_ids, company_id=company_id)
    for pk, state in inspection_states(return_order_ids).items():
        if state.waiting:
            raise NotReady(
                _("Goods of return %(number)s wait to be inspected: say first what becomes of them.")
                % {"number": locked[pk].number},
                return_order_id=pk,
            )
    moves = [(pk, found.status, ReturnStatus.INSPECTED.value) for pk, found in locked.items()]
    change_status("orders.returnorder", moves, company_id=company_id, actor=actor, reason=reason)
    free_exchanges(return_order_ids, company_id=company_id, actor=actor)
