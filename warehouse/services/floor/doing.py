"""Doing floor tasks: goods move, the task counts them, and nothing is put where it may not lie."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.states import check_transition
from inventory.services import post_moves
from inventory.services.requests import MoveRequest
from warehouse.models import FloorTask
from warehouse.services.floor import reading
from warehouse.services.floor.ending import finish_receipts
from warehouse.services.floor.judging import plain, task_problem
from warehouse.services.floor.looking import (
    expired_of,
    free_of,
    key_of,
    limits_of,
    lock_places,
    lock_tasks,
    moved_by,
)
from warehouse.services.floor.requests import SOURCE, Put, TaskResult
from warehouse.states import FLOOR_TASK


@transaction.atomic(savepoint=False)
def do_tasks(
    puts: Sequence[Put], *, company_id: int, effective_at: datetime, actor: Actor, device: str = ""
) -> list[TaskResult]:
    """Book what was carried. What cannot be is refused by its code and writes nothing; the rest is done.

    A receipt whose last task is over is put away. Statements: 14 and those of post_moves, however many.
    Raises StockRefused if the goods went between look and move.
    """
    tasks = lock_tasks([put.task_id for put in puts], company_id)
    places = lock_places([put.location_id for put in puts if put.location_id], company_id)
    bins = {place.id: place for place in reading.bins_of(ids=list(places), without_tasks=list(tasks))}
    articles = reading.articles_of({task.sku_id for task in tasks.values()})
    free = free_of(list(tasks.values()))
    expired = expired_of([task.lot_id for task in tasks.values() if task.lot_id], company_id)
    done_before = moved_by([put.source_key for put in puts], company_id)
    faces = {pk: dict(rows) for pk, rows in limits_of(places).items()}
    results: list[TaskResult] = []
    moves: list[tuple[int, MoveRequest]] = []
    for put in puts:
        task = tasks.get(put.task_id)
        if put.source_key in done_before:
            results.append(TaskResult(put.task_id, "already", done_before[put.source_key]))
            continue
        code, detail = task_problem(put, task, places, bins, articles, free, expired, faces)
        if code or task is None:
            results.append(TaskResult(put.task_id, "refused", code=code, detail=detail))
            continue
        if put.quantity > 0 and put.location_id is not None:
            bins[put.location_id].put(articles[task.sku_id], task.lot_id, put.quantity)
            free[key_of(task)] -= put.quantity
            moves.append((len(results), _move(put, task, effective_at)))
        task.done += put.quantity
        state = "done" if task.done == task.quantity else "short" if put.short else "part"
        results.append(TaskResult(put.task_id, state))
        _advance(task, put, state, effective_at, actor, device)
    posted = post_moves([move for _index, move in moves], company_id=company_id, actor=actor) if moves else []
    for (index, _move_request), move in zip(moves, posted, strict=True):
        old = results[index]
        results[index] = TaskResult(old.task_id, old.state, move.move_id)
    _save([tasks[r.task_id] for r in results if r.state in ("done", "short", "part")])
    _audit(puts, results, company_id, actor)
    finish_receipts([tasks[r.task_id] for r in results if r.state in ("done", "short")], company_id, actor)
    return results


def _move(put: Put, task: FloorTask, at: datetime) -> MoveRequest:
    assert put.location_id is not None
    return MoveRequest(
        sku_id=task.sku_id,
        quantity=put.quantity,
        from_location_id=task.from_location_id,
        to_location_id=put.location_id,
        effective_at=at,
        source_type=SOURCE,
        source_id=task.pk,
        source_key=put.source_key,
        lot_id=task.lot_id,
        owner_id=task.owner_id,
        reason=task.kind,
        serials=put.serials,
    )


def _advance(task: FloorTask, put: Put, state: str, at: datetime, actor: Actor, device: str) -> None:
    status = "in_progress" if state == "part" else state
    if status != task.status:
        check_transition(FLOOR_TASK, "floor task", task.status, status)
    task.status = status
    task.started_at = task.started_at or at
    task.finished_at = at if state != "part" else None
    task.assigned_to_id = actor.user_id or task.assigned_to_id
    task.device = device or task.device
    if put.location_id is not None and state == "done":
        task.to_location_id = put.location_id


_SAVE = """
UPDATE warehouse_floortask t SET status = n.status, done = n.done, started_at = n.started_at,
    finished_at = n.finished_at, assigned_to_id = n.assigned_to, device = n.device, to_location_id = n.to_location
FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::text[],
    %s::bigint[]) AS n (id, status, done, started_at, finished_at, assigned_to, device, to_location)
WHERE t.id = n.id
"""


def _save(tasks: Sequence[FloorTask]) -> None:
    rows = [
        (t.pk, t.status, t.done, t.started_at, t.finished_at, t.assigned_to_id, t.device, t.to_location_id)
        for t in {task.pk: task for task in tasks}.values()
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_SAVE, [list(column) for column in zip(*rows, strict=True)])


def _audit(puts: Sequence[Put], results: Sequence[TaskResult], company_id: int, actor: Actor) -> None:
    record(
        [
            Change(SOURCE, r.task_id, r.state, "done", "", plain(put.quantity), put.reason[:300], company_id)
            for put, r in zip(puts, results, strict=True)
            if r.state in ("done", "short", "part")
        ],
        actor=actor,
    )
