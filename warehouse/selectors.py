"""Named reads of the warehouse."""

from collections.abc import Collection
from decimal import Decimal

from backoffice.core.db import prepared_cursor

# Pick tasks in the order in which one walks past them.
WALK = (
    "from_location__zone__position",
    "from_location__zone__code",
    "from_location__pick_sequence",
    "from_location__code",
    "pk",
)


def tasks_of(fulfilment_ids: Collection[int]) -> dict[int, tuple[int, tuple[tuple[int, Decimal], ...]]]:
    """The open list of each fulfilment with its unfinished tasks, (id, quantity) in walking order. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT l.fulfilment_id, l.id, t.id, t.quantity FROM warehouse_picklist l LEFT JOIN warehouse_picktask t"
            " ON t.pick_list_id = l.id AND t.status IN ('open', 'assigned', 'in_progress')"
            " WHERE l.fulfilment_id = ANY(%s) AND l.status IN ('open', 'in_progress') ORDER BY l.id, t.id",
            [list(fulfilment_ids)],
        )
        found: dict[int, tuple[int, tuple[tuple[int, Decimal], ...]]] = {}
        for fulfilment_id, list_id, task_id, quantity in cursor.fetchall():
            before = found.get(fulfilment_id, (list_id, ()))[1]
            found[fulfilment_id] = (list_id, (*before, (task_id, quantity)) if task_id else before)
        return found
