"""Returned goods that waited: decided on once they were looked at, or when quarantine or refurbishing ends."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.errors import NotFound
from orders.models import ReturnedGoods
from orders.selectors.returned import GoodsLeft, goods_left
from orders.services.locking import lock_returns
from orders.services.return_records import ReturnRecord, go_on, store_goods


@transaction.atomic(savepoint=False)
def begin_decisions(goods_ids: Sequence[int], *, company_id: int) -> dict[int, GoodsLeft]:
    """Lock the returns of goods that wait somewhere (to be inspected, in quarantine, being refurbished), before stock
    is locked; how much of each is undecided, by id. Raises NotFound. Statements: 4."""
    rows = ReturnedGoods.objects.filter(pk__in=goods_ids, return_line__return_order__company_id=company_id)
    returns = dict(rows.values_list("pk", "return_line__return_order_id"))
    for pk in goods_ids:
        if pk not in returns:
            raise NotFound(_("There are no returned goods %(id)s in this company.") % {"id": pk}, goods_id=pk)
    lock_returns(sorted(set(returns.values())), company_id=company_id)
    return goods_left(goods_ids)


@transaction.atomic(savepoint=False)
def record_decisions(
    decisions: Sequence[ReturnRecord], *, goods: Mapping[int, GoodsLeft], company_id: int, actor: Actor
) -> list[int]:
    """Say what becomes of goods that waited, after they moved; each names the goods it decides on (parent_id).

    goods: as begin_decisions found them. The last decision makes a return inspected; the ids of those.
    Statements: 4 to 8.
    """
    if not decisions:
        return []
    store_goods(decisions, actor)
    owner = {found.return_line_id: found.return_order_id for found in goods.values()}
    summed: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
    for decision in decisions:
        summed[owner[decision.return_line_id], decision.disposition, decision.grade] += decision.quantity
    record(
        [
            Change(
                "orders.returnorder",
                pk,
                "decided",
                "goods",
                "",
                f"{quantity.normalize():f} {what} {grade}".strip(),
                "",
                company_id,
            )
            for (pk, what, grade), quantity in summed.items()
        ],
        actor=actor,
    )
    return go_on(sorted(set(owner.values())), company_id, actor)
