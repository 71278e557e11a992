"""The end of floor tasks: given up, given to somebody, and receipts whose last task is over."""

from collections.abc import Sequence

from django.db import connection, transaction

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from warehouse.models import FLOOR_OPEN, FloorTask
from warehouse.services.floor.looking import lock_tasks
from warehouse.services.floor.requests import SOURCE, TaskResult


def finish_receipts(tasks: Sequence[FloorTask], company_id: int, actor: Actor) -> None:
    """Receipts whose last put-away task is over are put away."""
    ids = sorted({t.source_id for t in tasks if t.kind == "put_away" and t.source_type == "warehouse.receipt"} - {None})  # type: ignore[type-var]
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM warehouse_receipt WHERE id = ANY(%s) AND company_id = %s ORDER BY id FOR NO KEY UPDATE",
            [ids, company_id],
        )
        cursor.execute(
            "UPDATE warehouse_receipt r SET status = 'put_away', put_away_at = clock_timestamp()"
            " WHERE r.id = ANY(%s) AND r.company_id = %s AND r.status = 'received' AND NOT EXISTS ("
            "  SELECT FROM warehouse_floortask t WHERE t.source_type = 'warehouse.receipt' AND t.source_id = r.id"
            "  AND t.kind = 'put_away' AND t.status IN ('open', 'assigned', 'in_progress')) RETURNING r.id",
            [ids, company_id],
        )
        over = [pk for (pk,) in cursor.fetchall()]
    record(
        [
            Change("warehouse.receipt", pk, "status", "status", "received", "put_away", company_id=company_id)
            for pk in over
        ],
        actor=actor,
    )


@transaction.atomic(savepoint=False)
def cancel_tasks(ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> list[TaskResult]:
    """Give tasks up; what was moved stays moved, and the next plan makes new ones where they are needed. Statements: 6."""
    tasks = lock_tasks(ids, company_id)
    todo = [task for task in tasks.values() if task.status in FLOOR_OPEN]
    before = {task.pk: task.status for task in todo}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_floortask SET status = 'cancelled', finished_at = clock_timestamp() WHERE id = ANY(%s)",
            [list(before)],
        )
    record(
        [Change(SOURCE, pk, "cancelled", "status", old, "cancelled", reason[:300], company_id) for pk, old in before.items()],
        actor=actor,
    )  # fmt: skip
    finish_receipts(todo, company_id, actor)
    return [
        TaskResult(pk, "cancelled") if pk in before else TaskResult(pk, "refused", code="over" if pk in tasks else "unknown")
        for pk in ids
    ]  # fmt: skip


@transaction.atomic(savepoint=False)
def assign_tasks(ids: Sequence[int], *, user_id: int | None, company_id: int, actor: Actor) -> list[TaskResult]:
    """Give tasks to somebody, or (None) back to everybody. Those in progress stay so. Statements: 3."""
    tasks = lock_tasks(ids, company_id)
    todo = [task for task in tasks.values() if task.status in ("open", "assigned") and task.assigned_to_id != user_id]
    status = "open" if user_id is None else "assigned"
    FloorTask.objects.filter(pk__in=[task.pk for task in todo]).update(assigned_to_id=user_id, status=status)
    record(
        [
            Change(SOURCE, t.pk, "assigned", "assigned_to", str(t.assigned_to_id or ""), str(user_id or ""), "", company_id)
            for t in todo
        ],
        actor=actor,
    )  # fmt: skip
    changed = {task.pk for task in todo}
    return [TaskResult(pk, status if pk in changed else "already" if pk in tasks else "refused") for pk in ids]
