"""The channel's own ids of lines that were told without them."""

from collections.abc import Mapping

from django.db import connection, transaction

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.inputs import MADE_UP
from orders.services.locking import lock_orders


@transaction.atomic(savepoint=False)
def name_lines(order_id: int, *, names: Mapping[int, str], company_id: int, actor: Actor, reason: str) -> int:
    """Give lines that have no id of the channel's one; how many there were.

    names: by our line. One that has an id of the channel's keeps it. Raises NotFound. Statements: 3.
    """
    lock_orders([order_id], company_id=company_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_orderline l SET external_id = n.name FROM unnest(%s::bigint[], %s::text[]) AS n(id, name)"
            " WHERE l.id = n.id AND l.order_id = %s AND (l.external_id = '' OR starts_with(l.external_id, %s))"
            " RETURNING l.position, l.external_id",
            [list(names), list(names.values()), order_id, MADE_UP],
        )
        named = sorted(cursor.fetchall())
    record(
        [
            Change(
                "orders.order", order_id, "line_named", f"lines.{position}.external_id", "", name, reason, company_id
            )
            for position, name in named
        ],
        actor=actor,
    )
    return len(named)
