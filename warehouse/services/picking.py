"""Picks: from the bin to staging or into a tote, for one list or on a round over several."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import pipelined, prepared_cursor
from inventory.services import MoveRequest, post_moves
from inventory.services.locking import lock_allocations
from orders.services.picking import PickRecord, begin_recording, record_picks
from warehouse.errors import NoMissingPlace
from warehouse.services.progress import Above, lock_above, settle
from warehouse.services.putting_back import put_back_broken_kits
from warehouse.services.short_picks import claim_again, insert_tasks
from warehouse.services.tasks import Task

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Pick:
    """What was taken for a task: 0 to the task's quantity; less than asked is a short pick.

    lot_id: as scanned; must be the task's. effective_at: when, if not the whole batch's instant. serials: the numbers
    of the units taken; empty where the bin holds just as many.
    """

    task_id: int
    quantity: Decimal
    lot_id: int | None = None
    effective_at: datetime | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PickResult:
    """state: done, short, already or refused. again: of what was short, what is to be picked from another bin.

    Codes: not_found, cancelled, picked_otherwise, more_than_asked, negative, wrong_lot, expired_lot, held_lot.
    """

    task_id: int
    state: str
    code: str = ""
    short: Decimal = ZERO
    fulfilment_id: int | None = None
    again: Decimal = ZERO


_LOCK_TASKS = """
    SELECT t.id, t.pick_list_id, l.status, l.fulfilment_id, t.fulfilment_line_id, c.allocation_id, t.bin_claim_id,
           t.sku_id, t.lot_id, c.owner_id, t.from_location_id, t.to_location_id,
           (SELECT p.id FROM inventory_location p
            WHERE p.warehouse_id = l.warehouse_id AND p.kind = 'missing' AND p.is_active ORDER BY p.id LIMIT 1),
           t.quantity, t.picked, t.status, t.round_id, l.wave_id, w.status,
           CASE WHEN t.lot_id IS NULL THEN ''
               WHEN EXISTS (SELECT FROM inventory_lothold h WHERE h.lot_id = t.lot_id AND h.lifted_at IS NULL) THEN 'held_lot'
               WHEN EXISTS (SELECT FROM inventory_lot x JOIN accounting_company y ON y.id = x.company_id
                   WHERE x.id = t.lot_id AND x.expiry_date < (clock_timestamp() AT TIME ZONE y.time_zone)::date) THEN 'expired_lot'
               ELSE '' END
    FROM warehouse_picklist l
    JOIN warehouse_picktask t ON t.pick_list_id = l.id
    JOIN inventory_binclaim c ON c.id = t.bin_claim_id
    LEFT JOIN warehouse_wave w ON w.id = l.wave_id
    WHERE l.company_id = %s
      AND l.id IN (SELECT pick_list_id FROM warehouse_picktask WHERE id = ANY(%s))
    ORDER BY l.id, t.id
    FOR NO KEY UPDATE OF l, t
"""


def _lock_tasks(task_ids: Sequence[int], company_id: int) -> dict[int, Task]:
    """All tasks of the lists that these tasks belong to, locked list by list. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(_LOCK_TASKS, [company_id, sorted(set(task_ids))])
        return {row[0]: Task(*row) for row in cursor.fetchall()}


@transaction.atomic(savepoint=False)
@pipelined()
def confirm_picks(
    picks: Sequence[Pick], *, company_id: int, effective_at: datetime, actor: Actor, device: str = ""
) -> list[PickResult]:
    """Book what was taken from the bins: bin to staging, in the name of the task's bin claim.

    A short pick books the missing units to the warehouse's `missing` place and asks for the bin to be counted. What
    lies free in another bin is claimed there, as a new task of the list and round; of the rest the claim is given back
    (the order line is back-ordered) and the fulfilment line falls. A task that was confirmed with the same quantity is
    answered `already`. When the last task of a list is confirmed, its fulfilment is picked (cancelled, if
    nothing at all was found). Of a kit that leaves whole, components without the missing one are put back.

    Statements: 9 at most, whatever the number, 5 more in a wave; 17 more if something is short, about 8 more if something is put back.
    """
    tasks = _lock_tasks([pick.task_id for pick in picks], company_id)
    results: list[PickResult] = []
    taken: dict[int, tuple[Pick, Task]] = {}
    for pick in picks:
        result = _judge(pick, tasks.get(pick.task_id), taken)
        if result.state in ("done", "short"):
            taken[pick.task_id] = (pick, tasks[pick.task_id])
        results.append(result)
    if taken:
        above = _lock_above(list(taken.values()), tasks)
        begin_recording([task.fulfilment_id for _pick, task in taken.values()], company_id=company_id)
        again = _book(list(taken.values()), tasks, company_id, effective_at, actor, device)
        settle(above, company_id=company_id, actor=actor)
        results = [
            replace(each, again=again[each.task_id]) if each.state == "short" and each.task_id in again else each
            for each in results
        ]
    return results


def _lock_above(taken: Sequence[tuple[Pick, Task]], tasks: dict[int, Task]) -> Above:
    """The rounds of the tasks, and the waves that begin or may end with them: others are left to other pickers."""
    ending = _finished_lists(taken, tasks)
    return lock_above(
        rounds={task.round_id for _pick, task in taken if task.round_id is not None},
        waves={
            task.wave_id
            for _pick, task in taken
            if task.wave_id is not None and (task.pick_list_id in ending or task.wave_status == "released")
        },
    )


def _judge(pick: Pick, task: Task | None, taken: dict[int, tuple[Pick, Task]]) -> PickResult:
    if task is None:
        return PickResult(pick.task_id, "refused", "not_found")
    before = taken[task.id][0].quantity if task.id in taken else None
    if task.status in ("done", "short"):
        before = task.picked
    if before is not None:
        same = before == pick.quantity
        return _answer(task, pick, "already" if same else "refused", "" if same else "picked_otherwise")
    if task.status == "cancelled" or task.list_status == "cancelled":
        return _answer(task, pick, "refused", "cancelled")
    if pick.quantity < 0:
        return _answer(task, pick, "refused", "negative")
    if pick.quantity > task.quantity:
        return _answer(task, pick, "refused", "more_than_asked")
    if pick.lot_id is not None and pick.lot_id != task.lot_id:
        return _answer(task, pick, "refused", "wrong_lot")
    if task.lot_refusal and pick.quantity > 0:
        return _answer(task, pick, "refused", task.lot_refusal)
    return _answer(task, pick, "done" if pick.quantity == task.quantity else "short")


def _answer(task: Task, pick: Pick, state: str, code: str = "") -> PickResult:
    short = task.quantity - pick.quantity if state == "short" else ZERO
    return PickResult(task.id, state, code, short, task.fulfilment_id)


def _book(
    taken: Sequence[tuple[Pick, Task]],
    tasks: dict[int, Task],
    company_id: int,
    effective_at: datetime,
    actor: Actor,
    device: str,
) -> dict[int, Decimal]:
    """Move what was taken and say so upstairs; what is to be picked from another bin, by task that was short.

    The tasks and, through begin_recording, their fulfilments are locked.
    """
    short = [(task, task.quantity - pick.quantity) for pick, task in taken if pick.quantity < task.quantity]
    done_lists = _finished_lists(taken, tasks)
    incomplete = _incomplete(taken, tasks, done_lists)
    if incomplete:  # what may have to go back is locked in order, before the first goods move
        lock_allocations(company_id, sorted({task.allocation_id for task in incomplete.values()}))
    # given back before the goods leave the sellable stock, or the claims would exceed it
    claims = claim_again(short, company_id=company_id, actor=actor) if short else {}
    again = {task_id: sum((claim.quantity for claim in own), ZERO) for task_id, own in claims.items()}
    post_moves(_moves(taken, effective_at), company_id=company_id, actor=actor)
    record_picks(
        [
            PickRecord(
                task.fulfilment_line_id,
                pick.quantity,
                task.quantity - pick.quantity - again.get(task.id, ZERO),
            )
            for pick, task in taken
        ],
        company_id=company_id,
        actor=actor,
    )
    insert_tasks(claims, tasks)
    going_on = {tasks[task_id].pick_list_id for task_id in claims}
    done_lists -= going_on
    incomplete = {pk: task for pk, task in incomplete.items() if task.pick_list_id not in going_on}
    _finish(taken, done_lists, effective_at, actor, device)
    if incomplete:
        put_back_broken_kits(
            {task.fulfilment_id for task in incomplete.values()},
            tasks=incomplete,
            picked={task.id: pick.quantity for pick, task in taken},
            company_id=company_id,
            at=effective_at,
            actor=actor,
        )
    return again


def _incomplete(taken: Sequence[tuple[Pick, Task]], tasks: dict[int, Task], done_lists: set[int]) -> dict[int, Task]:
    """All tasks of the finished lists on which something came up short, now or before."""
    short = {task.pick_list_id for pick, task in taken if pick.quantity < task.quantity}
    short |= {task.pick_list_id for task in tasks.values() if task.status == "short"}
    return {pk: task for pk, task in tasks.items() if task.pick_list_id in short & done_lists}


def _finished_lists(taken: Sequence[tuple[Pick, Task]], tasks: dict[int, Task]) -> set[int]:
    """The lists of which no task is left open."""
    now = {task.id for _pick, task in taken}
    touched = {task.pick_list_id for _pick, task in taken}
    left = {
        task.pick_list_id
        for task in tasks.values()
        if task.id not in now and task.status not in ("done", "short", "cancelled")
    }
    return touched - left


def _moves(taken: Sequence[tuple[Pick, Task]], effective_at: datetime) -> list[MoveRequest]:
    """Bin to staging what was taken, bin to the missing place what was not there."""
    moves = []
    for pick, task in taken:
        at = pick.effective_at or effective_at
        if pick.quantity > 0:
            move = _move(task, pick.quantity, task.to_location_id, at, task.bin_claim_id, "pick")
            moves.append(replace(move, serials=pick.serials))
        if pick.quantity < task.quantity:
            if task.missing_location_id is None:
                raise NoMissingPlace(_("The warehouse has no active place for missing goods; add one first."))
            moves.append(_move(task, task.quantity - pick.quantity, task.missing_location_id, at, None, "short"))
    return moves


def _move(task: Task, quantity: Decimal, to: int, at: datetime, bin_claim_id: int | None, reason: str) -> MoveRequest:
    return MoveRequest(
        sku_id=task.sku_id,
        quantity=quantity,
        from_location_id=task.from_location_id,
        to_location_id=to,
        effective_at=at,
        source_type="warehouse.picktask",
        source_id=task.id,
        lot_id=task.lot_id,
        owner_id=task.owner_id,
        bin_claim_id=bin_claim_id,
        reason=reason,
    )


_FINISH = """
    WITH given AS (
        SELECT * FROM unnest(%s::bigint[], %s::numeric[], %s::text[], %s::timestamptz[]) AS g(id, picked, status, at)
    ), task AS (
        UPDATE warehouse_picktask t
        SET picked = g.picked, status = g.status, picked_by_id = %s, device = %s,
            started_at = coalesce(t.started_at, g.at), finished_at = g.at
        FROM given g WHERE t.id = g.id
    )
    UPDATE warehouse_picklist l SET status = g.status
    FROM unnest(%s::bigint[], %s::text[]) AS g(id, status) WHERE l.id = g.id
"""


def _finish(
    taken: Sequence[tuple[Pick, Task]], done_lists: set[int], effective_at: datetime, actor: Actor, device: str
) -> None:
    lists = sorted({task.pick_list_id for _pick, task in taken})
    columns: list[Any] = [
        [task.id for _pick, task in taken],
        [pick.quantity for pick, _task in taken],
        ["done" if pick.quantity == task.quantity else "short" for pick, task in taken],
        [pick.effective_at or effective_at for pick, _task in taken],
        actor.user_id,
        device,
        lists,
        ["done" if list_id in done_lists else "in_progress" for list_id in lists],
    ]
    with prepared_cursor() as cursor:
        cursor.execute(_FINISH, columns)
