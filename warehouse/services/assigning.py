"""Who does which open work, and what comes first: picks, rounds, floor tasks and counts alike."""

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.scopes import is_visible, limits_of
from warehouse.errors import CountRefused, NotFound
from warehouse.models import COUNT_OPEN, FLOOR_OPEN, CountTask, FloorTask, PickList, PickRound
from warehouse.services.counting import assign_counts

FLOOR_KINDS = ("put_away", "refill", "move")
MODELS: dict[str, Any] = {
    "pick": PickList,
    "round": PickRound,
    **dict.fromkeys(FLOOR_KINDS, FloorTask),
    "count": CountTask,
}


@transaction.atomic(savepoint=False)
def assign_work(work: Sequence[tuple[str, int]], *, company_id: int, user_id: int | None, actor: Actor) -> int:
    """Give open work, (kind, id) each, to somebody; None: to whoever comes. How many rows.

    Raises NotFound for what does not exist or is not open any more, CountRefused (not_assignable, counted_already);
    nothing is written then. Statements: 4 for each kind.
    """
    by_model = _by_model(work)
    for model, ids in by_model.items():
        if model is CountTask:
            assign_counts(ids, company_id=company_id, user_id=user_id, actor=actor)
            continue
        rows = _hold(model, ids, company_id)
        changed = model.objects.filter(pk__in=ids)
        if model is FloorTask:
            status = models.Case(
                models.When(status="in_progress", then=models.Value("in_progress")),
                default=models.Value("assigned" if user_id else "open"),
            )
            changed.update(assigned_to=user_id, status=status)
        else:
            changed.update(assigned_to=user_id)
        audit.record(
            [
                audit.Change(
                    model._meta.label_lower, row.pk, "assigned", "assigned_to", str(row.assigned_to_id or ""),
                    str(user_id or ""), company_id=company_id,
                )
                for row in rows
            ],
            actor=actor,
        )  # fmt: skip
    return sum(map(len, by_model.values()))


@transaction.atomic(savepoint=False)
def set_priority(work: Sequence[tuple[str, int]], *, company_id: int, priority: int, actor: Actor) -> int:
    """What comes first: the lower the earlier, 0 to 1000; of floor tasks and counts. Raises NotFound, CountRefused.

    Statements: 3 for each kind.
    """
    if not 0 <= priority <= 1000:
        raise CountRefused("bad_priority", _("A priority is 0 (first) to 1000 (last)."))
    by_model = _by_model(work)
    if PickList in by_model or PickRound in by_model:
        raise CountRefused(
            "not_assignable", _("Picks follow the time by which their orders leave: change that instead.")
        )
    for model, ids in by_model.items():
        rows = _hold(model, ids, company_id)
        model.objects.filter(pk__in=ids).update(priority=priority)
        audit.record(
            [
                audit.Change(
                    model._meta.label_lower, row.pk, "changed", "priority", str(row.priority), str(priority),
                    company_id=company_id,
                )
                for row in rows
            ],
            actor=actor,
        )  # fmt: skip
    return sum(map(len, by_model.values()))


def is_own(work: Sequence[tuple[str, int]], user: Any) -> bool:
    """Whether all of it is the person's to work with. Statements: 1 a kind, none for people without limits."""
    if not limits_of(user):
        return True
    return all(is_visible(model, pk, user) for model, ids in _by_model(work).items() for pk in ids)


def _by_model(work: Sequence[tuple[str, int]]) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for kind, pk in work:
        if kind not in MODELS:
            raise CountRefused("not_assignable", _("This work is done by whoever stands at the bench."))
        found.setdefault(MODELS[kind], []).append(pk)
    if not found:
        raise CountRefused("nothing", _("Tick at least one piece of work."))
    return found


def _hold(model: Any, ids: Sequence[int], company_id: int) -> list[Any]:
    """The rows, locked in key order, all of them open. Raises NotFound. Statements: 1."""
    rows = model.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
    if model is CountTask:
        rows = rows.filter(stocktake__company_id=company_id, status__in=COUNT_OPEN)
    else:
        rows = rows.filter(company_id=company_id, status__in=FLOOR_OPEN)
    found = list(rows.order_by("pk"))
    if len(found) < len(set(ids)):
        raise NotFound(_("Some of it is done or was given up meanwhile: load the list again."))
    return found
