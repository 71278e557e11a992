"""Giving work back: pick lists that nobody has begun, and whole waves."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import pipelined, prepared_cursor
from backoffice.core.states import check_transition
from inventory.services import release_bins
from orders.models import FulfilmentStatus
from orders.services.changing import change_status
from orders.services.locking import lock_fulfilments
from orders.services.picking import return_to_ready
from warehouse import states
from warehouse.errors import WaveRefused
from warehouse.services.planning import items_of, lock_waves
from warehouse.services.progress import lock_above, settle

UNFINISHED = ("open", "assigned", "in_progress")


@dataclass(frozen=True, slots=True)
class _Task:
    id: int
    pick_list_id: int
    fulfilment_id: int
    bin_claim_id: int
    quantity: Decimal
    picked: Decimal
    status: str
    round_id: int | None
    wave_id: int | None


_TASKS = """
SELECT t.id, l.id, l.fulfilment_id, t.bin_claim_id, t.quantity, t.picked, t.status, t.round_id, l.wave_id
FROM warehouse_picklist l JOIN warehouse_picktask t ON t.pick_list_id = l.id
WHERE l.company_id = %s AND l.id = ANY(%s) AND l.status IN ('open', 'in_progress')
ORDER BY l.id, t.id FOR NO KEY UPDATE OF l, t
"""


def _lock_tasks(list_ids: Sequence[int], company_id: int) -> list[_Task]:
    with prepared_cursor() as cursor:
        cursor.execute(_TASKS, [company_id, sorted(set(list_ids))])
        return [_Task(*row) for row in cursor.fetchall()]


@transaction.atomic(savepoint=False)
@pipelined()
def return_pick_lists(list_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> list[int]:
    """Take open lists off the floor: bins are freed, tasks cancelled, fulfilments ready again; those fulfilments.

    Lists that are finished are passed over. Raises WaveRefused (begun: something was picked), nothing written.
    Statements: at most 17, whatever the number.
    """
    tasks = _lock_tasks(list_ids, company_id)
    lists = sorted({task.pick_list_id for task in tasks})
    above = lock_above(
        rounds={task.round_id for task in tasks if task.round_id is not None},
        waves={task.wave_id for task in tasks if task.wave_id is not None},
    )
    _give_back(tasks, company_id, actor, reason)
    settle(above, company_id=company_id, actor=actor)
    changes = [Change("warehouse.picklist", pk, "returned", reason=reason, company_id=company_id) for pk in lists]
    record(changes, actor=actor)
    return sorted({task.fulfilment_id for task in tasks})


def _give_back(tasks: Sequence[_Task], company_id: int, actor: Actor, reason: str) -> None:
    """Locked tasks of whole lists. Statements: 0, or at most 10."""
    if any(task.picked > 0 for task in tasks):
        raise WaveRefused(_("Somebody has begun to pick: finish the list, or un-pick it."), code="begun")
    if not tasks:
        return
    fulfilments = sorted({task.fulfilment_id for task in tasks})
    lock_fulfilments(fulfilments, company_id=company_id)
    opened = [task for task in tasks if task.status in UNFINISHED]
    release_bins(
        [(task.bin_claim_id, task.quantity) for task in opened], company_id=company_id, actor=actor, reason="returned"
    )
    with prepared_cursor() as cursor:
        cursor.execute(
            "WITH task AS (UPDATE warehouse_picktask SET status = 'cancelled' WHERE id = ANY(%s)), item AS ("
            "UPDATE warehouse_waveitem SET state = 'returned' WHERE fulfilment_id = ANY(%s) AND state = 'released')"
            " UPDATE warehouse_picklist SET status = 'cancelled' WHERE id = ANY(%s)",
            [[task.id for task in opened], fulfilments, sorted({task.pick_list_id for task in tasks})],
        )
    return_to_ready(fulfilments, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
@pipelined()
def cancel_waves(wave_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """Cancel draft or released waves: all their fulfilments are ready again.

    Raises WaveRefused (not_found; begun: somebody has picked of it), IllegalTransition; nothing is written then.
    Statements: at most 22, whatever the number of orders.
    """
    with prepared_cursor() as cursor:
        cursor.execute("SELECT id FROM warehouse_picklist WHERE wave_id = ANY(%s)", [list(wave_ids)])
        tasks = _lock_tasks([pk for (pk,) in cursor.fetchall()], company_id)
    above = lock_above(rounds={task.round_id for task in tasks if task.round_id is not None}, waves=())
    waves = lock_waves(wave_ids, company_id=company_id)
    for pk in wave_ids:
        if pk not in waves:
            raise WaveRefused(_("There is no such wave."), code="not_found", wave_id=pk)
        if waves[pk].status == "in_progress":
            raise WaveRefused(_("Somebody has begun to pick: finish the wave."), code="begun", wave_id=pk)
        check_transition(states.WAVE, "wave", waves[pk].status, "cancelled")
    planned = items_of(list(wave_ids), "planned")
    _give_back(tasks, company_id, actor, reason)
    _give_up_drafts(sorted(planned), company_id, actor, reason)
    record(
        [
            Change("warehouse.wave", pk, "cancelled", "status", wave.status, "cancelled", reason, company_id)
            for pk, wave in waves.items()
        ],
        actor=actor,
        change="WITH changed AS (UPDATE warehouse_wave SET status = 'cancelled', finished_at = clock_timestamp()"
        " WHERE id = ANY(%s))",
        params=[list(waves)],
    )
    settle(above, company_id=company_id, actor=actor)


def _give_up_drafts(fulfilment_ids: Sequence[int], company_id: int, actor: Actor, reason: str) -> None:
    if not fulfilment_ids:
        return
    locked = lock_fulfilments(fulfilment_ids, company_id=company_id)
    in_wave, ready = FulfilmentStatus.IN_WAVE.value, FulfilmentStatus.READY.value
    moves = [(pk, in_wave, ready) for pk, work in locked.items() if work.status == in_wave]
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_waveitem SET state = 'returned' WHERE fulfilment_id = ANY(%s) AND state = 'planned'",
            [list(fulfilment_ids)],
        )
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor, reason=reason)
