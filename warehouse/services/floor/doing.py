"""Doing floor tasks: goods move, the task counts them, and nothing is put where it may not lie."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.states import check_transition
from inventory.models import Location
from inventory.services import post_moves
from inventory.services.requests import MoveRequest
from warehouse.models import FLOOR_OPEN, FloorTask
from warehouse.placing import ZERO, Bin, misfit, room
from warehouse.services.floor import reading
from warehouse.states import FLOOR_TASK

SOURCE = "warehouse.floortask"


@dataclass(frozen=True, slots=True)
class Put:
    """Goods of a task put into a place. short: there is no more of them, the rest of the task is given up (reason).

    source_key: unique for this act, so that the same again changes nothing. serials: of tracked units, if not all.
    """

    task_id: int
    quantity: Decimal
    location_id: int | None
    source_key: str
    short: bool = False
    reason: str = ""
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskResult:
    """state: done, short, part (the rest stays to be done), already, or refused with its code and what to do.

    Codes: unknown, over, more_than_asked, not_there, no_place, blocked_bin, not_a_bin, wrong_class, too_big, mixed,
    full, same_bin, expired_lot, face_full.
    """

    task_id: int
    state: str
    move_id: int | None = None
    code: str = ""
    detail: str = ""


@transaction.atomic(savepoint=False)
def do_tasks(
    puts: Sequence[Put], *, company_id: int, effective_at: datetime, actor: Actor, device: str = ""
) -> list[TaskResult]:
    """Book what was carried. What cannot be is refused by its code and writes nothing; the rest is done.

    A receipt whose last task is over is put away. Statements: 14 and those of post_moves, however many.
    Raises StockRefused if the goods went between look and move.
    """
    tasks = _lock_tasks([put.task_id for put in puts], company_id)
    places = _lock_places([put.location_id for put in puts if put.location_id], company_id)
    bins = {place.id: place for place in reading.bins_of(ids=list(places), without_tasks=list(tasks))}
    articles = reading.articles_of({task.sku_id for task in tasks.values()})
    free = _free(list(tasks.values()))
    expired = _expired([task.lot_id for task in tasks.values() if task.lot_id], company_id)
    done_before = _moved([put.source_key for put in puts], company_id)
    faces = {pk: dict(rows) for pk, rows in _limits(places).items()}
    results: list[TaskResult] = []
    moves: list[tuple[int, MoveRequest]] = []
    for put in puts:
        task = tasks.get(put.task_id)
        if put.source_key in done_before:
            results.append(TaskResult(put.task_id, "already", done_before[put.source_key]))
            continue
        code, detail = _problem(put, task, places, bins, articles, free, expired, faces)
        if code or task is None:
            results.append(TaskResult(put.task_id, "refused", code=code, detail=detail))
            continue
        if put.quantity > 0 and put.location_id is not None:
            bins[put.location_id].put(articles[task.sku_id], task.lot_id, put.quantity)
            free[_key(task)] -= put.quantity
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
    _finish_receipts([tasks[r.task_id] for r in results if r.state in ("done", "short")], company_id, actor)
    return results


def _lock_tasks(ids: Sequence[int], company_id: int) -> dict[int, FloorTask]:
    rows = FloorTask.objects.filter(pk__in=ids, company_id=company_id).select_related("lot", "from_location")
    return {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",), no_key=True)}


def _lock_places(ids: Sequence[int], company_id: int) -> dict[int, Location]:
    """Locked, so that two people do not fill the same bin, and nobody blocks it between look and move."""
    rows = Location.objects.filter(pk__in=ids, company_id=company_id).order_by("pk")
    return {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}


Key = tuple[int, int, int | None, int | None]


def _key(task: FloorTask) -> Key:
    return (task.from_location_id, task.sku_id, task.lot_id, task.owner_id)


def _free(tasks: Sequence[FloorTask]) -> defaultdict[Key, Decimal]:
    found: defaultdict[Key, Decimal] = defaultdict(Decimal)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT location_id, sku_id, lot_id, owner_id, quantity - claimed FROM inventory_stockquant"
            " WHERE location_id = ANY(%s) AND sku_id = ANY(%s)",
            [[task.from_location_id for task in tasks], [task.sku_id for task in tasks]],
        )
        for *key, quantity in cursor.fetchall():
            found[key[0], key[1], key[2], key[3]] = quantity
    return found


def _expired(lot_ids: Sequence[int], company_id: int) -> set[int]:
    if not lot_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id FROM inventory_lot o JOIN accounting_company c ON c.id = o.company_id WHERE o.id = ANY(%s)"
            " AND o.expiry_date < (clock_timestamp() AT TIME ZONE c.time_zone)::date AND c.id = %s",
            [list(lot_ids), company_id],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _moved(keys: Sequence[str], company_id: int) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_key, id FROM inventory_stockmove WHERE company_id = %s AND source_key = ANY(%s)",
            [company_id, list(keys)],
        )
        return dict(cursor.fetchall())


def _limits(places: Mapping[int, Location]) -> dict[int, list[tuple[int, Decimal]]]:
    """Of pick faces: the most of each SKU, by place."""
    found: dict[int, list[tuple[int, Decimal]]] = {pk: [] for pk in places}
    faces = [pk for pk, place in places.items() if place.is_pick_face]
    if not faces:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT location_id, sku_id, maximum FROM inventory_pickface WHERE location_id = ANY(%s)", [faces]
        )
        for place, sku, most in cursor.fetchall():
            found[place].append((sku, most))
    return found


def _problem(
    put: Put,
    task: FloorTask | None,
    places: Mapping[int, Location],
    bins: Mapping[int, Bin],
    articles: Mapping[int, Any],
    free: Mapping[Key, Decimal],
    expired: set[int],
    faces: Mapping[int, Mapping[int, Decimal]],
) -> tuple[str, str]:
    """What speaks against it, and what to do; ("", "") if nothing does."""
    if task is None:
        return "unknown", _("This task does not exist in this warehouse: load the list again.")
    source = task.from_location.code
    if task.status not in FLOOR_OPEN:
        return "over", _("This task is over: put what you took back to %(bin)s, and load the list again.") % {
            "bin": source
        }
    left = task.quantity - task.done
    if put.quantity > left:
        return "more_than_asked", _("More than asked: %(quantity)s are to be moved.") % {"quantity": plain(left)}
    if put.quantity < 0 or (put.quantity == 0 and not put.short):
        return "no_quantity", _("How many? Give a quantity above zero.")
    if put.quantity == 0:
        return "", ""
    if put.quantity > free[_key(task)]:
        return "not_there", _("%(bin)s has only %(free)s that are free: take these, and say that the rest is not there.") % {
            "bin": source, "free": plain(max(free[_key(task)], ZERO))
        }  # fmt: skip
    if task.lot_id in expired:
        lot = task.lot.code if task.lot else ""
        return "expired_lot", _("Lot %(lot)s has expired: bring it to quarantine and ask your lead.") % {"lot": lot}
    place = places.get(put.location_id or 0)
    if place is None or place.warehouse_id != task.warehouse_id:
        return "no_place", _("This is no bin of this warehouse: scan the label of the shelf.")
    if place.pk == task.from_location_id:
        return "same_bin", _("This is the bin you took it from: scan where it goes.")
    return place_problem(
        place, bins[place.pk], articles[task.sku_id], task.lot_id, put.quantity, faces.get(place.pk, {})
    )


def place_problem(
    place: Location, there: Bin, article: Any, lot_id: int | None, quantity: Decimal, face: Mapping[int, Decimal]
) -> tuple[str, str]:
    """Why goods may not be put there; ("", "") if they may. face: the most of each SKU, of a pick face."""
    code = {"code": place.code}
    if place.kind != "bin" or not place.is_active:
        return "not_a_bin", _("%(code)s is no bin that is used: take another.") % code
    if place.blocked_at is not None:
        words = code | {"reason": place.blocked_reason}
        return "blocked_bin", _("%(code)s is blocked (%(reason)s): take another bin.") % words
    wrong = misfit(there, article, lot_id)
    if wrong == "wrong_class":
        return wrong, _("%(code)s is not fit for these goods (cold, hazard or such): take a bin of their class.") % code
    if wrong == "too_big":
        return wrong, _("It is bigger than %(code)s: take a bigger bin.") % code
    if wrong:
        return wrong, _("%(code)s holds other goods, and takes one kind at a time: take another bin.") % code
    fits = room(there, article, lot_id)
    if article.id in face:
        held = sum((q for (sku, _lot), q in there.contents.items() if sku == article.id), ZERO)
        fits = min(fits, max(face[article.id] - held, ZERO))
    if quantity > fits:
        words = code | {"fits": plain(fits)}
        return "full", _("%(code)s is full: %(fits)s more fit. Put these there, and the rest into another bin.") % words
    return "", ""


def plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


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


def _finish_receipts(tasks: Sequence[FloorTask], company_id: int, actor: Actor) -> None:
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
    tasks = _lock_tasks(ids, company_id)
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
    _finish_receipts(todo, company_id, actor)
    return [
        TaskResult(pk, "cancelled") if pk in before else TaskResult(pk, "refused", code="over" if pk in tasks else "unknown")
        for pk in ids
    ]  # fmt: skip


@transaction.atomic(savepoint=False)
def assign_tasks(ids: Sequence[int], *, user_id: int | None, company_id: int, actor: Actor) -> list[TaskResult]:
    """Give tasks to somebody, or (None) back to everybody. Those in progress stay so. Statements: 3."""
    tasks = _lock_tasks(ids, company_id)
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
