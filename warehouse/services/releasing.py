"""Releasing waves to the floor: pick lists with their bins claimed, and the rounds on which people walk them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows, pipelined, prepared_cursor
from backoffice.core.states import check_transition
from orders.models import FulfilmentStatus
from orders.services.changing import change_status
from orders.services.locking import lock_fulfilments
from warehouse import states
from warehouse.errors import WaveRefused
from warehouse.models import PickMethod, Wave
from warehouse.rounds import Stop, Walk, make_walks
from warehouse.services.planning import items_of, lock_waves
from warehouse.services.waves import PickListResult, release_to_floor

IN_WAVE = FulfilmentStatus.IN_WAVE.value
BACK = {"order_held": FulfilmentStatus.ON_HOLD.value}  # others are ready again


@dataclass(frozen=True, slots=True)
class WaveResult:
    """What became of a wave: state released, already or cancelled (nothing of it could be picked).

    lists: made; rounds: made of them; refused: (fulfilment, code) of what left the wave, as in PickListResult.
    """

    wave_id: int
    state: str
    lists: int = 0
    rounds: int = 0
    refused: tuple[tuple[int, str], ...] = ()


@transaction.atomic(savepoint=False)
@pipelined()
def release_waves(wave_ids: Sequence[int], *, company_id: int, actor: Actor) -> list[WaveResult]:
    """Make the pick lists of draft waves, and rounds of them; one result for each, in order.

    What cannot be picked (held, cancelled, not in the bins) leaves its wave with its code and is ready again, so one
    bad order stops no wave. A wave of which nothing is left is cancelled.

    Raises WaveRefused (not_found, or it was cancelled); nothing is written then. Statements: 18 at most and those of
    create_pick_lists, whatever the number of orders.
    """
    waves = lock_waves(wave_ids, company_id=company_id)
    drafts = {pk: wave for pk, wave in waves.items() if wave.status == "draft"}
    for pk in wave_ids:
        if pk not in waves:
            raise WaveRefused(_("There is no such wave."), code="not_found", wave_id=pk)
        if waves[pk].status == "cancelled":
            check_transition(states.WAVE, "wave", "cancelled", "released")
    owner = items_of(list(drafts), "planned")
    made = release_to_floor(sorted(owner), company_id=company_id, actor=actor, waves=owner) if owner else None
    results: Mapping[int, PickListResult] = made.results if made else {}
    _drop_refused(owner, results, {pk: made.locked[pk].status for pk in owner} if made else {}, company_id, actor)
    lists: dict[int, list[int]] = defaultdict(list)
    for pk, result in results.items():
        if result.state == "created" and result.pick_list_id is not None:
            lists[owner[pk]].append(result.pick_list_id)
    walks = _walks(lists, drafts)
    _insert_rounds(walks, drafts, company_id)
    _mark(drafts, lists, company_id, actor)
    return [_result(pk, drafts, lists, walks, owner, results) for pk in wave_ids]


def _drop_refused(
    owner: Mapping[int, int],
    results: Mapping[int, PickListResult],
    statuses: Mapping[int, str],
    company_id: int,
    actor: Actor,
) -> None:
    """Statements: 1, 2 more if something is refused."""
    rows = [(pk, results[pk].state == "created", results[pk].code) for pk in owner]
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_waveitem i SET state = CASE WHEN g.ok THEN 'released' ELSE 'refused' END, code = g.code"
            " FROM unnest(%s::bigint[], %s::boolean[], %s::text[]) AS g(id, ok, code)"
            " WHERE i.fulfilment_id = g.id AND i.state = 'planned'",
            [[pk for pk, _ok, _code in rows], [ok for _pk, ok, _code in rows], [code for _pk, _ok, code in rows]],
        )
    back = [
        (pk, IN_WAVE, BACK.get(results[pk].code, FulfilmentStatus.READY.value))
        for pk, ok, _code in rows
        if not ok and statuses[pk] == IN_WAVE
    ]
    change_status("orders.fulfilment", back, company_id=company_id, actor=actor, reason=_("Could not be picked."))


_STOPS = """
SELECT l.wave_id, t.id, t.pick_list_id,
    dense_rank() OVER (ORDER BY z.position, z.code, x.pick_sequence, x.code, x.id), coalesce(z.code, '')
FROM warehouse_picklist l JOIN warehouse_picktask t ON t.pick_list_id = l.id
JOIN inventory_location x ON x.id = t.from_location_id
LEFT JOIN inventory_zone z ON z.id = x.zone_id
WHERE l.id = ANY(%s)
"""


def _walks(lists: Mapping[int, Sequence[int]], waves: Mapping[int, Wave]) -> list[tuple[int, Walk]]:
    """(wave, walk). Single picking walks list by list, without rounds. Statements: 1, or 0."""
    wanted = [pk for wave_id, own in lists.items() if waves[wave_id].method != PickMethod.SINGLE for pk in own]
    if not wanted:
        return []
    stops: dict[int, list[Stop]] = defaultdict(list)
    with prepared_cursor() as cursor:
        cursor.execute(_STOPS, [wanted])
        for wave_id, *stop in cursor.fetchall():
            stops[wave_id].append(Stop(*stop))
    return [
        (pk, walk)
        for pk, own in sorted(stops.items())
        for walk in make_walks(own, method=waves[pk].method, orders=waves[pk].round_orders)
    ]


_ROUND = {
    "company_id": "bigint",
    "warehouse_id": "bigint",
    "wave_id": "bigint",
    "method": "text",
    "zone": "text",
    "status": "text",
}
_TOTE = {"round_id": "bigint", "pick_list_id": "bigint", "position": "int", "is_open": "boolean"}


def _insert_rounds(walks: Sequence[tuple[int, Walk]], waves: Mapping[int, Wave], company_id: int) -> None:
    """Rounds, their tasks and, on cluster rounds, the places of their totes. Statements: 0 to 3."""
    rows: list[tuple[Any, ...]] = [
        (company_id, waves[pk].warehouse_id, pk, waves[pk].method, walk.zone, "open") for pk, walk in walks
    ]
    ids = [pk for (pk,) in insert_rows("warehouse_pickround", _ROUND, rows, suffix="RETURNING id")]
    if not ids:
        return
    pairs = [(task, pk) for pk, (_wave, walk) in zip(ids, walks, strict=True) for task in walk.task_ids]
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_picktask t SET round_id = g.round_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS g(id, round_id) WHERE t.id = g.id",
            [[task for task, _round in pairs], [pk for _task, pk in pairs]],
        )
    totes = [
        (pk, list_id, position, True)
        for pk, (wave_id, walk) in zip(ids, walks, strict=True)
        if waves[wave_id].method == PickMethod.CLUSTER
        for position, list_id in enumerate(walk.pick_list_ids, 1)
    ]
    insert_rows("warehouse_roundtote", _TOTE, totes)


def _mark(drafts: Mapping[int, Wave], lists: Mapping[int, Sequence[int]], company_id: int, actor: Actor) -> None:
    changes = [(pk, "released" if lists.get(pk) else "cancelled") for pk in drafts]
    for _pk, new in changes:
        check_transition(states.WAVE, "wave", "draft", new)
    record(
        [
            Change("warehouse.wave", pk, new, field="status", old="draft", new=new, company_id=company_id)
            for pk, new in changes
        ],
        actor=actor,
        change="WITH changed AS (UPDATE warehouse_wave w SET status = g.status,"
        " released_at = CASE WHEN g.status = 'released' THEN clock_timestamp() END,"
        " finished_at = CASE WHEN g.status = 'cancelled' THEN clock_timestamp() END"
        " FROM unnest(%s::bigint[], %s::text[]) AS g(id, status) WHERE w.id = g.id)",
        params=[[pk for pk, _new in changes], [new for _pk, new in changes]],
    )


def _result(
    pk: int,
    drafts: Mapping[int, Wave],
    lists: Mapping[int, Sequence[int]],
    walks: Sequence[tuple[int, Walk]],
    owner: Mapping[int, int],
    results: Mapping[int, PickListResult],
) -> WaveResult:
    if pk not in drafts:
        return WaveResult(pk, "already")
    refused = tuple((each, results[each].code) for each in owner if owner[each] == pk and results[each].code)
    own = len(lists.get(pk, ()))
    return WaveResult(
        pk, "released" if own else "cancelled", own, sum(1 for wave, _walk in walks if wave == pk), refused
    )


@transaction.atomic(savepoint=False)
def take_out(fulfilment_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """Take fulfilments out of draft waves: in_wave -> ready. Raises WaveRefused (begun). Statements: 5."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT wave_id FROM warehouse_waveitem WHERE fulfilment_id = ANY(%s) AND state = 'planned'",
            [list(fulfilment_ids)],
        )
        waves = lock_waves([pk for (pk,) in cursor.fetchall()], company_id=company_id)
    if any(wave.status != "draft" for wave in waves.values()):
        raise WaveRefused(_("The wave was released meanwhile: give its pick list back instead."), code="begun")
    locked = lock_fulfilments(fulfilment_ids, company_id=company_id)
    moves = [(pk, work.status, FulfilmentStatus.READY.value) for pk, work in locked.items() if work.status == IN_WAVE]
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_waveitem SET state = 'returned' WHERE fulfilment_id = ANY(%s) AND state = 'planned'",
            [[pk for pk, _old, _new in moves]],
        )
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor, reason=reason)
