"""Answering cancel requests: bins are freed, picked goods go back into a bin, packed parcels are unpacked."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from inventory.services import BinClaimResult, claim_bins, release_bins
from orders.errors import NotReady
from orders.models import CancelRequest
from orders.services import refuse_cancels
from orders.services.answering import accept_asked, answered_together, begin_answers
from orders.services.unpacking import void_packed
from warehouse.errors import CannotPutBack
from warehouse.services.answer_plans import PickedTask, lock_tasks, plan
from warehouse.services.labelling import void_labels
from warehouse.services.pick_tasks import insert_in_place
from warehouse.services.putting_back import count_back, direct_back, move_back

ZERO = Decimal(0)
UNFINISHED = ("open", "assigned", "in_progress")


@dataclass(frozen=True, slots=True)
class Answer:
    """The warehouse's word on one cancel request.

    location_id: the bin that picked goods were put back into; None: whoever picked them gets tasks that bring them
    back to where they were taken from.
    """

    request_id: int
    accept: bool
    answer: str = ""
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """state: accepted or refused. unpicked: taken off pick lists; put_back: from staging into a bin, or to be
    brought there by a task."""

    request_id: int
    state: str
    unpicked: Decimal = ZERO
    put_back: Decimal = ZERO


@transaction.atomic(savepoint=False)
def answer_cancels(
    answers: Sequence[Answer], *, company_id: int, effective_at: datetime, actor: Actor
) -> list[AnswerResult]:
    """Accept or refuse requests to cancel what the warehouse works on; one result for each, in order.

    Accepted: tasks not yet picked are cancelled or made smaller, their bins freed; what was picked is brought
    from staging back into its bin by a task of whoever picked it (or was put into location_id); a packed shipment is voided and packed anew without it; then
    exactly that much is cancelled upstairs and its claim freed. Refused, with a reason: the goods may leave.

    The answer to one component of a kit is the answer to all of them: a kit is given up with every part.

    Raises CannotPutBack (the place is no bin of the warehouse, or goods are not in staging any more), NotReady
    (answered already, refused without a reason, or parts of a kit answered differently), NotFound; nothing is written then.
    Statements: at most 66, whatever the number.
    """
    mates = answered_together([given.request_id for given in answers], company_id=company_id)
    accepted = [given for given in _with_mates(answers, mates) if given.accept]
    refused = [given for given in answers if not given.accept]
    tasks = lock_tasks([given.request_id for given in accepted], company_id)
    results: dict[int, AnswerResult] = {}
    if accepted:
        asked = begin_answers([given.request_id for given in accepted], company_id=company_id)
        places = {given.request_id: given.location_id for given in accepted}
        _check_places([pk for pk in places.values() if pk is not None], company_id)
        work = plan(asked, tasks, places)
        packed = [item.fulfilment_id for item in asked if item.fulfilment_status == "packed"]
        voided = void_packed(packed, company_id=company_id, actor=actor, reason=_("Unpacked: a part is cancelled."))
        if voided:
            void_labels(voided, company_id=company_id, actor=actor, reason=_("Unpacked: a part is cancelled."))
        _shrink_tasks(work.released, company_id, actor)
        if work.back:
            move_back(work.back, company_id=company_id, at=effective_at, actor=actor)
        if work.directed:
            count_back(work.directed)
            why = _("the order was cancelled")
            direct_back(work.directed, reason=why, company_id=company_id, actor=actor)
        said = "; ".join(dict.fromkeys(given.answer for given in accepted if given.answer)) or _("Accepted.")
        accept_asked(asked, put_back=work.put_back, company_id=company_id, actor=actor, answer=said)
        _close_lists([item.fulfilment_id for item in asked])
        for item in asked:
            pk = item.request_id
            results[pk] = AnswerResult(pk, "accepted", work.unpicked.get(pk, ZERO), work.put_back.get(pk, ZERO))
    for given in refused:
        if given.request_id not in results:
            refuse_cancels([given.request_id], company_id=company_id, actor=actor, answer=given.answer)
            together = mates[given.request_id]
            results |= {pk: AnswerResult(pk, "refused") for pk in [given.request_id, *together]}
    return [results[given.request_id] for given in answers]


def _with_mates(answers: Sequence[Answer], mates: Mapping[int, Mapping[int, int]]) -> list[Answer]:
    """The answers, and the same ones for the other components of kits. Raises NotReady if they contradict each other."""
    found: dict[int, Answer] = {given.request_id: given for given in answers}
    for given in answers:
        own = mates[given.request_id]
        for pk, fulfilment_id in own.items():
            place = given.location_id if fulfilment_id == own[given.request_id] else None
            mate = found.setdefault(pk, Answer(pk, given.accept, given.answer, place))
            if mate.accept != given.accept:
                raise NotReady(_("The parts of a kit are given up or kept together: answer them alike."))
    return list(found.values())


def _check_places(location_ids: Sequence[int], company_id: int) -> None:
    if not location_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM inventory_location WHERE id = ANY(%s) AND company_id = %s AND kind = 'bin' AND is_active"
            " AND blocked_at IS NULL",
            [sorted(set(location_ids)), company_id],
        )
        if cursor.fetchone()[0] < len(set(location_ids)):
            raise CannotPutBack(
                _("Goods go back into an active bin of this warehouse that is not blocked."), location_ids=location_ids
            )


def _shrink_tasks(released: Sequence[tuple[PickedTask, Decimal]], company_id: int, actor: Actor) -> None:
    """Cancel unfinished tasks and free their bins; what stays of one is claimed again as a new task of its list.

    A task is its bin claim, whose quantity never changes. Statements: at most 9.
    """
    if not released:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_picktask SET status = 'cancelled' WHERE id = ANY(%s)",
            [[task.id for task, _stays in released]],
        )
    release_bins(
        [(task.bin_claim_id, task.quantity) for task, _stays in released],
        company_id=company_id,
        actor=actor,
        reason="cancelled",
    )
    kept = [(task, stays) for task, stays in released if stays > 0]
    claims = claim_bins([(task.allocation_id, stays) for task, stays in kept], company_id=company_id, actor=actor)
    insert_in_place(_again(kept, claims))


def _again(
    kept: Sequence[tuple[PickedTask, Decimal]], claims: Sequence[BinClaimResult]
) -> Iterator[tuple[PickedTask, BinClaimResult]]:
    """Each new claim with its task; claims come in the order of what was asked for."""
    waiting = deque(kept)
    for claim in claims:
        task, stays = waiting.popleft()
        while stays <= 0 or task.allocation_id != claim.allocation_id:
            task, stays = waiting.popleft()
        waiting.appendleft((task, stays - claim.quantity))
        yield task, claim


def _close_lists(fulfilment_ids: Sequence[int]) -> None:
    """A list without open tasks is done, or cancelled if nothing was picked on it. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_picklist l SET status = CASE WHEN EXISTS (SELECT 1 FROM warehouse_picktask t"
            " WHERE t.pick_list_id = l.id AND t.picked > 0) THEN 'done' ELSE 'cancelled' END"
            " WHERE l.fulfilment_id = ANY(%s) AND l.status IN ('open', 'in_progress') AND NOT EXISTS (SELECT 1"
            " FROM warehouse_picktask t WHERE t.pick_list_id = l.id AND t.status IN ('open', 'assigned', 'in_progress'))",
            [list(fulfilment_ids)],
        )


_UNTOUCHED = """
SELECT r.id FROM orders_cancelrequest r
JOIN orders_fulfilment f ON f.id = r.fulfilment_id AND f.status IN ('in_wave', 'picking')
WHERE r.company_id = %s AND r.status = 'open' AND NOT EXISTS (
    SELECT 1 FROM warehouse_picklist l WHERE l.fulfilment_id = f.id
        AND (l.status = 'in_progress' OR (l.status = 'open' AND l.assigned_to_id IS NOT NULL)
            OR EXISTS (SELECT 1 FROM warehouse_picktask t WHERE t.pick_list_id = l.id
                AND (t.picked > 0 OR t.status = 'in_progress' OR t.started_at IS NOT NULL))))
ORDER BY r.id LIMIT %s
"""


def answer_untouched(*, company_id: int, effective_at: datetime, actor: Actor, limit: int = 200) -> list[AnswerResult]:
    """Accept what no hand has begun: open lists without a picker and without a pick. Statements: 1 and answer_cancels'.

    The lists are looked at again under their locks: a pick that was confirmed meanwhile is put back, never lost.
    One that cannot be answered by itself does not stop the rest: each is then its own transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNTOUCHED, [company_id, limit])
        due = [pk for (pk,) in cursor.fetchall()]
    mates = answered_together(due, company_id=company_id) if due else {}
    due = [pk for pk in due if mates[pk].keys() <= set(due)]
    said = _("Nothing was picked yet.")
    answers = [Answer(pk, accept=True, answer=said) for pk in due]
    given: dict[str, Any] = {"company_id": company_id, "effective_at": effective_at, "actor": actor}
    try:
        return answer_cancels(answers, **given)
    except DomainError:
        results = []
        for answer in answers:
            with suppress(DomainError):  # it stays open: people answer it
                results += answer_cancels([answer], **given)
        return results


def open_requests(*, company_id: int | None = None, limit: int = 200) -> list[CancelRequest]:
    """What waits for an answer, oldest first. Statements: 1."""
    rows = CancelRequest.objects.filter(status="open").select_related(
        "order", "order_line__sku", "fulfilment__warehouse", "fulfilment_line__allocation__sku"
    )
    if company_id is not None:
        rows = rows.filter(company_id=company_id)
    return list(rows.order_by("pk")[:limit])
