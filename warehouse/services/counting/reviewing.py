"""From counted to approved: places finished, counted again by others, looked at, approved by value."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver
from backoffice.core.money import ZERO
from backoffice.core.states import check_transition
from inventory.models import Warehouse
from warehouse.errors import CountRefused, NotFound
from warehouse.models import COUNT_OPEN, CountResult, CountTask, Stocktake
from warehouse.services.counting.common import counters_of, hold_stocktake, hold_tasks, set_status
from warehouse.services.counting.posting import post_results
from warehouse.services.counting.recording import check_counter
from warehouse.services.counting.results import evaluate, refresh
from warehouse.states import STOCKTAKE

ACTION = "stocktake"


@transaction.atomic(savepoint=False)
def finish_counts(
    task_ids: Collection[int], *, company_id: int, at: datetime, actor: Actor, device: str = ""
) -> list[Stocktake]:
    """These places are counted, all of one warehouse's stocktakes: what was not seen there is none.

    With the last one its stocktake is to be reviewed; what is beyond the tolerance is counted again by somebody else
    first; without any difference it is approved and posted by itself. A place finished before by the same person is
    passed over. Raises NotFound, CountRefused (see record_counts); nothing is written then. Statements: about 25 for
    each stocktake, whatever the number of places.
    """
    if actor.user_id is None:
        raise CountRefused("person_needed", _("A person counts, not a job."))
    rows = CountTask.objects.filter(pk__in=set(task_ids), stocktake__company_id=company_id)
    by_stocktake: dict[int, list[int]] = {}
    for pk, stocktake_id in rows.values_list("pk", "stocktake_id"):
        by_stocktake.setdefault(stocktake_id, []).append(pk)
    if sum(map(len, by_stocktake.values())) < len(set(task_ids)):
        raise NotFound(_("There is no such count: load the list again."))
    return [
        _finish(stocktake_id, ids, company_id, at, actor, device) for stocktake_id, ids in sorted(by_stocktake.items())
    ]


def _finish(
    stocktake_id: int, ids: Sequence[int], company_id: int, at: datetime, actor: Actor, device: str
) -> Stocktake:
    stocktake = hold_stocktake(stocktake_id, company_id=company_id)
    if stocktake.status == "planned":
        set_status(stocktake, "counting", actor=actor)
    hold_tasks(stocktake, ids)
    tasks = list(
        CountTask.objects.filter(pk__in=ids).select_related("location", "sku", "counter", "assigned_to").order_by("pk")
    )
    tasks = [task for task in tasks if not (task.status == "counted" and task.counter_id == actor.user_id)]
    for task in tasks:
        task.stocktake = stocktake
    check_counter(tasks, actor)
    ids = [task.pk for task in tasks]
    CountTask.objects.filter(pk__in=ids, started_at=None).update(started_at=at)
    CountTask.objects.filter(pk__in=ids).update(
        status="counted", finished_at=at, device=device[:60], counter_id=actor.user_id
    )
    tasks = list(CountTask.objects.filter(pk__in=ids).select_related("counter").order_by("pk"))
    evaluate(stocktake, tasks)
    if not CountTask.objects.filter(stocktake=stocktake, status__in=COUNT_OPEN).exists():
        _look(stocktake, at, actor)
    return stocktake


def _look(stocktake: Stocktake, at: datetime, actor: Actor) -> None:
    """All is counted: what next?"""
    stocktake.value = value_of(stocktake)
    set_status(stocktake, "review", actor=actor, fields=("value",))
    beyond = CountResult.objects.filter(stocktake=stocktake, beyond=True)
    again = set(beyond.filter(task__round=1, round=1).values_list("task_id", flat=True))
    again -= _open_elsewhere(stocktake, again).keys()
    if again:
        job = Actor.job("stocktake")
        _again(stocktake, sorted(again), actor=job, reason=_("Beyond the tolerance: counted again by somebody else."))
    elif not differences(stocktake):
        _approve(stocktake, at, Actor.job("stocktake"), reason=_("All as in the books."))
        post_results(stocktake, at=at, actor=Actor.job("stocktake"))


def value_of(stocktake: Stocktake) -> Decimal:
    """The differences added up without their signs, at cost. Statements: 1."""
    return sum(
        (abs(value) for value in CountResult.objects.filter(stocktake=stocktake).values_list("value", flat=True)), ZERO
    )


def differences(stocktake: Stocktake) -> bool:
    """Whether anything differs from the books: a quantity, units, or goods that a picker did not find."""
    rows = CountResult.objects.filter(stocktake=stocktake)
    return rows.exclude(variance=0, gone=0, beyond=False).exists()


@transaction.atomic(savepoint=False)
def request_recount(
    stocktake_id: int, task_ids: Collection[int], *, company_id: int, actor: Actor, reason: str
) -> Stocktake:
    """review -> recount: these places are counted once more, by somebody who has not counted them.

    Raises NotFound, IllegalTransition, CountRefused (no_reason, no_places); nothing is written then.
    """
    if not reason.strip():
        raise CountRefused("no_reason", _("Say why: the reason is kept with the change."))
    stocktake = hold_stocktake(stocktake_id, company_id=company_id)
    check_transition(STOCKTAKE, "stocktake", stocktake.status, "recount")
    ids = [task.pk for task in hold_tasks(stocktake, task_ids) if task.status == "counted"]
    if not ids or len(ids) < len(set(task_ids)):
        raise CountRefused("no_places", _("Choose places of this stocktake that were counted."))
    for other in _open_elsewhere(stocktake, ids).values():
        raise CountRefused(
            "counted_elsewhere",
            _("%(place)s is being counted in %(number)s: finish or cancel that first.")
            % {"place": other.location.code, "number": other.stocktake.number},
        )
    _again(stocktake, ids, actor=actor, reason=reason)
    return stocktake


def _open_elsewhere(stocktake: Stocktake, ids: Collection[int]) -> dict[int, CountTask]:
    """Which of these places another stocktake counts now: its task by ours. The warehouse is held, as by whoever
    makes stocktakes. Statements: 3, or 0."""
    if not ids:
        return {}
    Warehouse.objects.select_for_update(of=("self",), no_key=True).get(pk=stocktake.warehouse_id)
    own = {task.location_id: task.pk for task in CountTask.objects.filter(pk__in=ids)}
    rows = CountTask.objects.filter(location__in=list(own), status__in=COUNT_OPEN).exclude(stocktake=stocktake)
    return {own[task.location_id]: task for task in rows.select_related("location", "stocktake")}


def _again(stocktake: Stocktake, ids: Sequence[int], *, actor: Actor, reason: str) -> None:
    """The places are open again for the next round. Statements: 3."""
    tasks = list(CountTask.objects.filter(pk__in=ids))
    for number in {task.round for task in tasks}:
        CountTask.objects.filter(pk__in=ids, round=number).update(
            status="open", round=number + 1, counter=None, assigned_to=None, started_at=None, finished_at=None,
            device="", reason=reason[:200],
        )  # fmt: skip
    # A place that is counted again on demand is counted again whole, not only what was beyond the tolerance.
    if actor.user_id is not None:
        CountResult.objects.filter(task__in=ids).update(beyond=True)
    set_status(stocktake, "recount", actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def approve_stocktake(
    stocktake_id: int,
    *,
    company_id: int,
    at: datetime,
    actor: Actor,
    version: int | None = None,
    reason: str = "",
    post: bool = True,
) -> Stocktake:
    """review -> approved, and posted if post. version: of the figures that the approver saw.

    What the differences are worth is reckoned anew from the ledger first: what moved meanwhile is only re-based.
    Raises NotFound, IllegalTransition, CountRefused (stale, counter_approves), ApprovalRefused (own_document,
    over_limit, person_needed); nothing is written then. Statements: about 15; about 45 more if it is posted.
    """
    stocktake = hold_stocktake(stocktake_id, company_id=company_id)
    check_transition(STOCKTAKE, "stocktake", stocktake.status, "approved")
    if version is not None and version != stocktake.version:
        raise CountRefused(
            "stale", _("The figures have changed since you looked at them: look again, then approve."), version=stocktake.version
        )  # fmt: skip
    rebase(stocktake)
    counted = differences(stocktake) and actor.user_id in counters_of(stocktake)
    if counted and not stocktake.one_person:
        raise CountRefused("counter_approves", _("You counted here: somebody else has to approve it."))
    # One person may count and approve where a stocktake says so, but not beyond what the company's four eyes leave free.
    creator = actor.user_id if counted else None
    check_approver(ACTION, actor=actor, creator_id=creator, amount=stocktake.value, company_id=company_id)
    _approve(stocktake, at, actor, reason=reason)
    if post:
        post_results(stocktake, at=at, actor=actor)
    return stocktake


def rebase(stocktake: Stocktake) -> None:
    """Reckon the figures anew, and what they are worth. Statements: those of refresh and 2."""
    refresh(stocktake)
    stocktake.value = value_of(stocktake)
    stocktake.save(update_fields=["value"])


def _approve(stocktake: Stocktake, at: datetime, actor: Actor, *, reason: str) -> None:
    stocktake.approved_by_id, stocktake.approved_label, stocktake.approved_at = actor.user_id, actor.label, at
    fields = ("approved_by", "approved_label", "approved_at", "value")
    set_status(stocktake, "approved", actor=actor, reason=reason, fields=fields)


@transaction.atomic(savepoint=False)
def post_stocktake(stocktake_id: int, *, company_id: int, at: datetime, actor: Actor) -> Stocktake:
    """approved -> posted: the differences go into the books, at the instants at which they were counted.

    What is promised to somebody is not taken from them: it waits, the stocktake stays approved, and posting it once
    more, or the next run of the job, books it when it is free. Raises NotFound, IllegalTransition, StockRefused.
    Statements: about 45, whatever the number of lines.
    """
    stocktake = hold_stocktake(stocktake_id, company_id=company_id)
    check_transition(STOCKTAKE, "stocktake", stocktake.status, "posted")
    post_results(stocktake, at=at, actor=actor)
    return stocktake


@transaction.atomic(savepoint=False)
def cancel_stocktake(stocktake_id: int, *, company_id: int, actor: Actor, reason: str) -> Stocktake:
    """Give up one that is not approved. Raises NotFound, IllegalTransition, CountRefused (no_reason)."""
    if not reason.strip():
        raise CountRefused("no_reason", _("Say why: the reason is kept with the change."))
    stocktake = hold_stocktake(stocktake_id, company_id=company_id)
    check_transition(STOCKTAKE, "stocktake", stocktake.status, "cancelled")
    tasks = [task.pk for task in hold_tasks(stocktake) if task.status in COUNT_OPEN]
    CountTask.objects.filter(pk__in=tasks).update(status="cancelled")
    set_status(stocktake, "cancelled", actor=actor, reason=reason)
    return stocktake


@transaction.atomic(savepoint=False)
def assign_counts(task_ids: Collection[int], *, company_id: int, user_id: int | None, actor: Actor) -> list[CountTask]:
    """Give open places to somebody (None: to whoever comes); what another had begun there begins anew.

    Raises NotFound, CountRefused (counted_already). Statements: 4.
    """
    tasks = list(
        CountTask.objects.select_for_update(of=("self",), no_key=True)
        .select_related("stocktake", "location")
        .filter(pk__in=set(task_ids), stocktake__company_id=company_id)
        .order_by("pk")
    )
    if len(tasks) < len(set(task_ids)):
        raise NotFound(_("There is no such count: load the list again."))
    for task in tasks:
        if task.status not in COUNT_OPEN:
            raise CountRefused(
                "counted_already", _("%(place)s is not to be counted any more.") % {"place": task.location.code}
            )
    begun = [task.pk for task in tasks if task.status == "counting" and task.counter_id != user_id]
    CountTask.objects.filter(pk__in=begun).update(status="open", counter=None, started_at=None)
    CountTask.objects.filter(pk__in=[task.pk for task in tasks]).update(assigned_to=user_id)
    audit.record(
        [
            audit.Change(
                "warehouse.counttask", task.pk, "assigned", "assigned_to", str(task.assigned_to_id or ""),
                str(user_id or ""), company_id=company_id,
            )
            for task in tasks
        ],
        actor=actor,
    )  # fmt: skip
    return tasks
