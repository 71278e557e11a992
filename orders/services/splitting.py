"""Parting one fulfilment by hand: some of its goods leave apart."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.errors import NotSplittable
from orders.models import Fulfilment, FulfilmentLine, FulfilmentStatus
from orders.services.asking import raise_versions
from orders.services.locking import lock_fulfilments

NOT_BEGUN = (FulfilmentStatus.PENDING, FulfilmentStatus.READY, FulfilmentStatus.ON_HOLD)
ZERO = Decimal(0)


@transaction.atomic(savepoint=False)
def split_fulfilment(
    fulfilment_id: int, *, lines: Mapping[int, Decimal], company_id: int, actor: Actor, reason: str = ""
) -> int:
    """Give quantities of a fulfilment's lines to a new one in the same warehouse; its id. Claims stay as they are.

    lines: quantity > 0 by fulfilment line. What stays behind must be something too.

    Raises NotSplittable (begun, too much, or all of it), NotFound; nothing is written then. Statements: 7.
    """
    work = lock_fulfilments([fulfilment_id], company_id=company_id)[fulfilment_id]
    if work.status not in NOT_BEGUN:
        raise NotSplittable(
            _("Fulfilment FO-%(id)06d is being worked on: it cannot be split any more.") % {"id": fulfilment_id},
            fulfilment_id=fulfilment_id,
            status=work.status,
        )
    present = {line.pk: line for line in FulfilmentLine.objects.filter(fulfilment_id=fulfilment_id)}
    _check(fulfilment_id, present, lines)
    made = Fulfilment.objects.create(
        company_id=company_id, order_id=work.order_id, warehouse_id=work.warehouse_id, status=work.status
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_fulfilmentline fl SET quantity = fl.quantity - n.quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS n(id, quantity) WHERE fl.id = n.id",
            [list(lines), list(lines.values())],
        )
    FulfilmentLine.objects.bulk_create(
        FulfilmentLine(
            fulfilment=made,
            order_line_id=present[pk].order_line_id,
            allocation_id=present[pk].allocation_id,
            quantity=quantity,
        )
        for pk, quantity in lines.items()
    )
    record(
        [
            Change(
                "orders.order",
                work.order_id,
                "split",
                field=f"FO-{fulfilment_id:06d}",
                new=made.number,
                reason=reason,
                company_id=company_id,
            ),
            Change("orders.fulfilment", fulfilment_id, "split", new=made.number, reason=reason, company_id=company_id),
        ],
        actor=actor,
    )
    raise_versions([work.order_id])
    return made.pk


def _check(fulfilment_id: int, present: Mapping[int, FulfilmentLine], lines: Mapping[int, Decimal]) -> None:
    if not lines:
        raise NotSplittable(_("Say which quantities are to leave apart."), fulfilment_id=fulfilment_id)
    for pk, quantity in lines.items():
        line = present.get(pk)
        if line is None or quantity <= 0 or quantity > line.quantity:
            raise NotSplittable(
                _("Of this line at most %(most)s can leave apart.")
                % {"most": f"{line.quantity.normalize():f}" if line else 0},
                fulfilment_id=fulfilment_id,
                fulfilment_line_id=pk,
            )
    if sum((line.quantity for line in present.values()), ZERO) == sum(lines.values(), ZERO):
        raise NotSplittable(_("Something must stay behind: leave a part in the first."), fulfilment_id=fulfilment_id)
