"""What giving up cancelled goods takes: which tasks shrink, and which picks go back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from orders.services.answering import Asked
from warehouse.errors import CannotPutBack

ZERO = Decimal(0)
UNFINISHED = ("open", "assigned", "in_progress")


class PickedTask(NamedTuple):
    id: int
    pick_list_id: int
    fulfilment_line_id: int
    bin_claim_id: int
    allocation_id: int
    sku_id: int
    lot_id: int | None
    owner_id: int | None
    from_location_id: int
    to_location_id: int
    quantity: Decimal
    picked: Decimal
    put_back: Decimal
    shipped: Decimal
    status: str
    round_id: int | None


@dataclass(slots=True)
class Work:
    """What giving up the requests takes. shrink: new quantities of unfinished tasks; back: quantities by picked task."""

    released: list[tuple[PickedTask, Decimal]] = field(default_factory=list)  # unfinished tasks, and what stays of each
    back: list[tuple[PickedTask, Decimal, int]] = field(
        default_factory=list
    )  # picked tasks, quantity, into which place
    directed: list[tuple[PickedTask, Decimal]] = field(
        default_factory=list
    )  # picked tasks, quantity that is brought back
    unpicked: dict[int, Decimal] = field(default_factory=dict)
    put_back: dict[int, Decimal] = field(default_factory=dict)


_TASKS = """
SELECT t.id, t.pick_list_id, t.fulfilment_line_id, t.bin_claim_id, c.allocation_id, t.sku_id, t.lot_id, c.owner_id,
    t.from_location_id, t.to_location_id, t.quantity, t.picked, t.put_back, 0::numeric, t.status, t.round_id
FROM warehouse_picklist l
JOIN warehouse_picktask t ON t.pick_list_id = l.id
JOIN inventory_binclaim c ON c.id = t.bin_claim_id
WHERE l.company_id = %s AND l.fulfilment_id IN (SELECT fulfilment_id FROM orders_cancelrequest WHERE id = ANY(%s))
ORDER BY l.id, t.id FOR NO KEY UPDATE OF l, t
"""


def lock_tasks(request_ids: Sequence[int], company_id: int) -> dict[int, list[PickedTask]]:
    """The tasks of the requests' fulfilments by fulfilment line, locked list by list. Statements: 1, or 0."""
    found: dict[int, list[PickedTask]] = defaultdict(list)
    if request_ids:
        with connection.cursor() as cursor:
            cursor.execute(_TASKS, [company_id, list(request_ids)])
            for row in cursor.fetchall():
                task = PickedTask(*row)
                found[task.fulfilment_line_id].append(task)
    return found


def plan(asked: Sequence[Asked], tasks: Mapping[int, list[PickedTask]], places: Mapping[int, int | None]) -> Work:
    """First what nobody has picked yet, then the last picks. Raises CannotPutBack if the tasks hold less."""
    work = Work()
    left = {task.id: task.quantity for own in tasks.values() for task in own if task.status in UNFINISHED}
    in_staging = {
        task.id: task.picked - task.put_back for own in tasks.values() for task in own if task.status not in UNFINISHED
    }
    touched: dict[int, PickedTask] = {}
    for item in asked:
        missing = item.quantity
        own = tasks.get(item.fulfilment_line_id, [])
        for task in reversed(own):
            if (part := min(missing, left.get(task.id, ZERO))) > 0:
                left[task.id] -= part
                touched[task.id] = task
                missing -= part
        work.unpicked[item.request_id] = item.quantity - missing
        for task in reversed(own):
            if (part := min(missing, in_staging.get(task.id, ZERO))) > 0:
                in_staging[task.id] -= part
                if (place := places[item.request_id]) is not None:
                    work.back.append((task, part, place))
                else:
                    work.directed.append((task, part))
                missing -= part
        work.put_back[item.request_id] = item.quantity - work.unpicked[item.request_id] - missing
        if missing and own:
            raise CannotPutBack(
                _("Of cancel request CR-%(id)06d, %(quantity)s are not in staging any more.")
                % {"id": item.request_id, "quantity": f"{missing.normalize():f}"},
                request_id=item.request_id,
            )
        if missing:  # in a wave, or begun without a list: nothing is picked, so only the claim is to be freed
            work.unpicked[item.request_id] += missing
    work.released = [(task, left[task.id]) for task in touched.values()]
    return work
