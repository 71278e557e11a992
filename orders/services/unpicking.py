"""What was picked is not picked any more."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from backoffice.core.db import prepared_cursor


def give_picks_back(lines: Sequence[tuple[int, Decimal]]) -> None:
    """Quantities of fulfilment lines that are to be picked again; their fulfilments are locked. Statements: 1, or 0.

    The database refuses to take back what has left (fulfilmentline_shipped_within_picked_within_quantity).
    """
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for pk, quantity in lines:
        sums[pk] += quantity
    if not sums:
        return
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE orders_fulfilmentline f SET picked = f.picked - g.quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) WHERE f.id = g.id",
            [list(sums), list(sums.values())],
        )
