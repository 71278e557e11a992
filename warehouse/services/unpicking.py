"""Un-picking: work goes back to ready, and what was picked already gets put-back tasks. Unpacking: a parcel is opened."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import pipelined, prepared_cursor
from inventory.services import release_bins
from orders.models import FulfilmentStatus
from orders.services.changing import change_status
from orders.services.locking import lock_fulfilments
from orders.services.unpacking import void_packed
from orders.services.unpicking import give_picks_back
from warehouse.services.labelling import void_labels
from warehouse.services.progress import lock_above, settle
from warehouse.services.putting_back import direct_back

UNFINISHED = ("open", "assigned", "in_progress")
PICKED = (FulfilmentStatus.PICKING, FulfilmentStatus.PICKED, FulfilmentStatus.PACKING)


@dataclass(frozen=True, slots=True)
class UnpickResult:
    """state: unpicked or refused. put_back: units that a put-back task brings from staging into a bin.

    Codes: packed (unpack it first), not_picking (see its status), cancel_requested (answer it first).
    """

    fulfilment_id: int
    state: str
    put_back: Decimal = Decimal(0)
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    id: int
    pick_list_id: int
    fulfilment_id: int
    fulfilment_line_id: int
    bin_claim_id: int
    sku_id: int
    lot_id: int | None
    owner_id: int | None
    from_location_id: int
    to_location_id: int
    quantity: Decimal
    lying: Decimal
    status: str
    round_id: int | None
    wave_id: int | None


_TASKS = """
SELECT t.id, l.id, l.fulfilment_id, t.fulfilment_line_id, t.bin_claim_id, t.sku_id, t.lot_id, c.owner_id,
    t.from_location_id, t.to_location_id,
    t.quantity, t.picked - t.put_back, t.status, t.round_id, l.wave_id
FROM warehouse_picklist l
JOIN warehouse_picktask t ON t.pick_list_id = l.id
JOIN inventory_binclaim c ON c.id = t.bin_claim_id
WHERE l.company_id = %s AND l.fulfilment_id = ANY(%s) AND (t.status IN ('open', 'assigned', 'in_progress') OR t.picked > t.put_back)
ORDER BY l.id, t.id FOR NO KEY UPDATE OF l, t
"""


@transaction.atomic(savepoint=False)
@pipelined()
def unpick(fulfilment_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> list[UnpickResult]:
    """Take work off the floor although it was begun: picking, picked or packing -> ready; one result for each, in order.

    Tasks that nobody has done are cancelled and their bins freed. What was picked stays in staging, or in its tote,
    with a task that brings it back to its bin; the orders keep their claims.

    Raises NotFound for a fulfilment of another company. Statements: at most 21, whatever the number.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_TASKS, [company_id, list(fulfilment_ids)])
        tasks = [_Task(*row) for row in cursor.fetchall()]
    above = lock_above(
        rounds={task.round_id for task in tasks if task.round_id is not None},
        waves={task.wave_id for task in tasks if task.wave_id is not None},
    )
    locked = lock_fulfilments(fulfilment_ids, company_id=company_id)
    asked = _asked(fulfilment_ids)
    results: dict[int, UnpickResult] = {}
    for pk, work in locked.items():
        if pk in asked:
            results[pk] = UnpickResult(pk, "refused", code="cancel_requested")
        elif work.status not in PICKED:
            code = "packed" if work.status == FulfilmentStatus.PACKED else "not_picking"
            results[pk] = UnpickResult(pk, "refused", code=code)
    going = [task for task in tasks if task.fulfilment_id not in results]
    moves = [(pk, work.status, FulfilmentStatus.READY.value) for pk, work in locked.items() if pk not in results]
    if moves:
        _take_back(going, [pk for pk, _old, _new in moves], company_id, actor, reason)
        change_status("orders.fulfilment", moves, company_id=company_id, actor=actor, reason=reason)
        settle(above, company_id=company_id, actor=actor)
    lying: dict[int, Decimal] = defaultdict(Decimal)
    for task in going:
        lying[task.fulfilment_id] += task.lying
    return [results.get(pk) or UnpickResult(pk, "unpicked", lying[pk]) for pk in fulfilment_ids]


def _asked(fulfilment_ids: Sequence[int]) -> set[int]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT fulfilment_id FROM orders_cancelrequest WHERE fulfilment_id = ANY(%s) AND status = 'open'",
            [list(fulfilment_ids)],
        )
        return {pk for (pk,) in cursor.fetchall()}


# A list of which nothing was picked is cancelled; one that was finished stays what it was.
_CLOSE = """
WITH task AS (UPDATE warehouse_picktask SET status = 'cancelled' WHERE id = ANY(%s)),
back AS (
    UPDATE warehouse_picktask t SET put_back = t.put_back + g.quantity
    FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) WHERE t.id = g.id
), item AS (
    UPDATE warehouse_waveitem SET state = 'returned' WHERE fulfilment_id = ANY(%s) AND state = 'released'
)
UPDATE warehouse_picklist l SET status = CASE WHEN EXISTS (
    SELECT FROM warehouse_picktask t WHERE t.pick_list_id = l.id AND t.picked > 0) THEN 'done' ELSE 'cancelled' END
WHERE l.fulfilment_id = ANY(%s) AND l.status IN ('open', 'in_progress')
"""


def _take_back(
    tasks: Sequence[_Task], fulfilment_ids: Sequence[int], company_id: int, actor: Actor, reason: str
) -> None:
    opened = [task for task in tasks if task.status in UNFINISHED]
    lying = [task for task in tasks if task.lying > 0]
    release_bins(
        [(task.bin_claim_id, task.quantity) for task in opened], company_id=company_id, actor=actor, reason="unpicked"
    )
    with prepared_cursor() as cursor:
        cursor.execute(
            _CLOSE,
            [
                [task.id for task in opened],
                [task.id for task in lying],
                [task.lying for task in lying],
                list(fulfilment_ids),
                list(fulfilment_ids),
            ],
        )
    give_picks_back([(task.fulfilment_line_id, task.lying) for task in lying])
    direct_back([(task, task.lying) for task in lying], reason=reason, company_id=company_id, actor=actor)
    lists = sorted({task.pick_list_id for task in tasks})
    record(
        [Change("warehouse.picklist", pk, "unpicked", reason=reason, company_id=company_id) for pk in lists],
        actor=actor,
    )


@transaction.atomic(savepoint=False)
def unpack(fulfilment_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> list[int]:
    """Open packed parcels again: packed -> packing, their shipments and labels are void; the voided shipments.

    Raises IllegalTransition (not packed, or handed over), NotFound; nothing is written then. Statements: at most 12.
    """
    voided = void_packed(fulfilment_ids, company_id=company_id, actor=actor, reason=reason)
    void_labels(voided, company_id=company_id, actor=actor, reason=reason)
    return voided
