"""Goods that came back though nobody asked for them: booked in with the return they came with, refunded by nobody."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.models import Sku
from orders.models import ReturnLine
from orders.refunds import portions
from orders.selectors.returnable import returnable_lines
from orders.services.returns import ReturnPlan, ReturnPlanLine

ZERO = Decimal(0)


@transaction.atomic(savepoint=False)
def expect_more(
    plan: ReturnPlan, goods: Sequence[tuple[int, Decimal]], *, company_id: int, actor: Actor
) -> list[list[ReturnPlanLine]]:
    """Add lines for goods (SKU, quantity > 0) that came too much or by mistake; the new lines for each, in order.

    What the order still has out of that SKU comes back to its line, at the cost it left at; the rest is a line of
    nobody's, at today's cost. Nothing is refunded for it: the order desk may, with a refund without goods.
    begin_returns has the locks. Statements: 5.
    """
    if not goods:
        return []
    left = list(returnable_lines([plan.order_id]).values()) if plan.order_id else []
    skus = Sku.objects.in_bulk([sku_id for sku_id, _quantity in goods])
    position = ReturnLine.objects.filter(return_order_id=plan.return_order_id).count()
    rows: list[ReturnLine] = []
    counts: list[int] = []
    taken: dict[int, Decimal] = {}
    for sku_id, quantity in goods:
        rest, before = quantity, len(rows)
        for line in left:
            free = line.left - taken.get(line.order_line_id, ZERO)
            part = min(rest, free)
            if line.sku_id != sku_id or part <= 0 or taken.get(line.order_line_id):
                continue
            taken[line.order_line_id] = part
            rows += [
                _row(plan, skus[sku_id], portion.quantity, line.order_line_id, portion.issue_move_id)
                for portion in portions(line, part, unit_refund=ZERO)
            ]
            rest -= part
        if rest > 0:
            rows.append(_row(plan, skus[sku_id], rest, None, None))
        counts.append(len(rows) - before)
    for number, row in enumerate(rows, position + 1):
        row.position = number
    made = ReturnLine.objects.bulk_create(rows)
    record(
        [
            Change(
                "orders.returnorder",
                plan.return_order_id,
                "unexpected",
                "goods",
                "",
                f"{row.quantity.normalize():f} × {row.code}",
                "",
                company_id,
            )
            for row in made
        ],
        actor=actor,
    )
    lines = iter(
        ReturnPlanLine(row.pk, row.order_line_id, row.sku_id, row.quantity, ZERO, row.issue_move_id) for row in made
    )
    return [[next(lines) for _line in range(count)] for count in counts]


def _row(plan: ReturnPlan, sku: Sku, quantity: Decimal, order_line_id: int | None, move_id: int | None) -> ReturnLine:
    return ReturnLine(
        return_order_id=plan.return_order_id,
        order_line_id=order_line_id,
        sku=sku,
        code=sku.code,
        description=sku.name,
        quantity=quantity,
        unit_price=ZERO,
        net=ZERO,
        account_role="returns",
        issue_move_id=move_id,
        unexpected=True,
    )
