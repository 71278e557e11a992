"""Releasing fulfilments to the floor: a pick list for each, with its bins claimed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import ask, pipelined, prepared_cursor
from inventory.services import BinClaimResult, BinPlace, claim_bins, release_bins
from orders.models import FulfilmentStatus
from orders.services.changing import change_status
from orders.services.locking import LockedWork, ask_fulfilments
from orders.services.picking import STARTABLE
from warehouse.errors import NoStaging
from warehouse.selectors import tasks_of

ZERO = Decimal(0)
BEING_PICKED = "being_picked"
_CODES = {FulfilmentStatus.ON_HOLD.value: "on_hold", FulfilmentStatus.PICKING.value: BEING_PICKED}
Place = TypeVar("Place", bound=BinPlace)


@dataclass(frozen=True, slots=True)
class PickListResult:
    """state: created, already (its open list is returned) or refused with a code.

    tasks: (task id, quantity) in walking order. Codes: on_hold, order_held, not_ready (see the fulfilment's status), empty,
    not_in_bins (the goods claimed are not all in bins: on the dock, or being picked for somebody else).
    """

    fulfilment_id: int
    state: str
    pick_list_id: int | None = None
    tasks: tuple[tuple[int, Decimal], ...] = ()
    code: str = ""


class OpenLine(NamedTuple):
    """What is still to be picked of a fulfilment line, and what was picked before. held: its order is."""

    id: int
    fulfilment_id: int
    allocation_id: int
    quantity: Decimal
    picked: Decimal
    held: bool


@transaction.atomic(savepoint=False)
@pipelined()
def create_pick_lists(fulfilment_ids: Sequence[int], *, company_id: int, actor: Actor) -> list[PickListResult]:
    """Put ready fulfilments on pick lists, one each: bins are claimed, one task a bin, in walking order.

    One result per id, in order. What is refused leaves nothing behind; the rest go on.

    Raises NotFound for a fulfilment of another company, NoStaging. Statements: 7, whatever the number; 4 more if
    goods are not in bins, 1 more if something is being picked already.
    """
    made = release_to_floor(fulfilment_ids, company_id=company_id, actor=actor)
    return [made.results[pk] for pk in fulfilment_ids]


class Released(NamedTuple):
    """Answers by fulfilment; the fulfilments as they were when they were locked."""

    results: dict[int, PickListResult]
    locked: Mapping[int, LockedWork]


def release_to_floor(
    fulfilment_ids: Sequence[int],
    *,
    company_id: int,
    actor: Actor,
    waves: Mapping[int, int] | None = None,
) -> Released:
    """What create_pick_lists does, with what a caller needs who goes on in the same transaction.

    waves: of which wave each fulfilment's list is.
    """
    locked, lines, refused = open_lines(fulfilment_ids, company_id=company_id)
    results = {
        pk: PickListResult(pk, "refused", code="not_ready" if code == BEING_PICKED else code)
        for pk, code in refused.items()
    }
    _find_lists(results, [pk for pk, code in refused.items() if code == BEING_PICKED])
    claims = _claim(lines, results, company_id, actor)
    ready = [pk for pk in lines if pk not in results]
    if ready:
        results |= _insert(ready, lines, claims, locked, company_id, waves or {})
        moves = [(pk, locked[pk].status, FulfilmentStatus.PICKING.value) for pk in ready]
        change_status("orders.fulfilment", moves, company_id=company_id, actor=actor)
    return Released(results, locked)


def open_lines(
    fulfilment_ids: Sequence[int], *, company_id: int
) -> tuple[dict[int, LockedWork], dict[int, list[OpenLine]], dict[int, str]]:
    """The fulfilments, locked; what is to be picked of those that can be; the codes of the others. Statements: 2.

    Codes: on_hold, order_held, not_ready, empty, being_picked. Raises NotFound.
    """
    locking = ask_fulfilments(fulfilment_ids, company_id=company_id)
    rows = ask(_LINES, [sorted(set(fulfilment_ids))])
    locked = locking()
    refused = {pk: code for pk, work in locked.items() if (code := _refusal(work))}
    lines: dict[int, list[OpenLine]] = {}
    for row in rows():
        if row[1] not in refused:
            lines.setdefault(row[1], []).append(OpenLine(*row))
    for pk in locked:
        if pk not in refused and (pk not in lines or lines[pk][0].held):
            refused[pk] = "order_held" if pk in lines else "empty"
            lines.pop(pk, None)
    return locked, lines, refused


def _refusal(work: LockedWork) -> str:
    if work.status in STARTABLE and work.order_status in ("released", "partly_shipped"):
        return ""
    return _CODES.get(work.status, "not_ready")


def _find_lists(results: dict[int, PickListResult], picking: Collection[int]) -> None:
    """Fulfilments on an open list are answered with it. Statements: 0 or 1."""
    for fulfilment_id, (list_id, tasks) in (tasks_of(picking) if picking else {}).items():
        results[fulfilment_id] = PickListResult(fulfilment_id, "already", list_id, tasks)


_LINES = """
SELECT fl.id, fl.fulfilment_id, fl.allocation_id, fl.quantity - fl.picked, fl.picked,
    EXISTS (SELECT FROM orders_hold h WHERE h.order_id = f.order_id AND h.released_at IS NULL)
FROM orders_fulfilment f JOIN orders_fulfilmentline fl ON fl.fulfilment_id = f.id
WHERE f.id = ANY(%s) AND fl.quantity > fl.picked ORDER BY fl.fulfilment_id, fl.id
"""


def _claim(
    lines: Mapping[int, list[OpenLine]], results: dict[int, PickListResult], company_id: int, actor: Actor
) -> dict[int, list[BinClaimResult]]:
    """Bin claims by fulfilment line; what cannot be claimed whole is given back and its fulfilment refused."""
    asked = [(line.allocation_id, line.quantity) for each in lines.values() for line in each]
    found = by_line(lines, claim_bins(asked, company_id=company_id, actor=actor))
    lacking = not_in_bins(lines, found)
    for pk in lacking:
        results[pk] = PickListResult(pk, "refused", code="not_in_bins")
    given_back = [(c.bin_claim_id, c.quantity) for pk in lacking for line in lines[pk] for c in found[line.id]]
    release_bins(given_back, company_id=company_id, actor=actor, reason="not_in_bins")
    return found


def by_line(lines: Mapping[int, Sequence[OpenLine]], places: Sequence[Place]) -> dict[int, list[Place]]:
    """What was found for the allocations of lines, by line, in the order in which it was asked for.

    Two lines of one allocation (a split by hand) have their own.
    """
    waiting: dict[int, list[OpenLine]] = defaultdict(list)
    for each in lines.values():
        for line in each:
            waiting[line.allocation_id].append(line)
    found: dict[int, list[Place]] = defaultdict(list)
    left: dict[int, Decimal] = {line.id: line.quantity for each in lines.values() for line in each}
    for place in places:
        mine = waiting[place.allocation_id]
        if left[mine[0].id] == 0:
            mine.pop(0)
        found[mine[0].id].append(place)
        left[mine[0].id] -= place.quantity
    return found


def not_in_bins(lines: Mapping[int, Sequence[OpenLine]], found: Mapping[int, Sequence[BinPlace]]) -> list[int]:
    """Fulfilments of which a line was not found whole."""
    return [
        pk
        for pk, each in lines.items()
        if any(sum((place.quantity for place in found[line.id]), ZERO) < line.quantity for line in each)
    ]


# One statement for lists and tasks; task ids rise in walking order within their list.
_INSERT = """
WITH list AS (
    INSERT INTO warehouse_picklist (company_id, warehouse_id, fulfilment_id, wave_id, status)
    SELECT %(company)s, g.warehouse_id, g.fulfilment_id, g.wave_id, 'open'
    FROM unnest(%(warehouses)s::bigint[], %(fulfilments)s::bigint[], %(waves)s::bigint[])
        AS g (warehouse_id, fulfilment_id, wave_id)
    ORDER BY g.fulfilment_id
    RETURNING id, fulfilment_id, warehouse_id
), staging AS (
    SELECT warehouse_id, min(id) AS id FROM inventory_location
    WHERE kind = 'staging' AND is_active AND warehouse_id = ANY(%(warehouses)s) GROUP BY warehouse_id
), task AS (
    INSERT INTO warehouse_picktask (pick_list_id, fulfilment_line_id, bin_claim_id, sku_id, lot_id,
        from_location_id, to_location_id, quantity, picked, status, picked_by_id, started_at, finished_at, device)
    SELECT list.id, g.line_id, g.claim_id, g.sku_id, g.lot_id, g.location_id, staging.id, g.quantity,
        0, 'open', NULL, NULL, NULL, ''
    FROM unnest(%(parents)s::bigint[], %(lines)s::bigint[], %(claims)s::bigint[], %(skus)s::bigint[],
        %(lots)s::bigint[], %(locations)s::bigint[], %(quantities)s::numeric[])
        AS g (fulfilment_id, line_id, claim_id, sku_id, lot_id, location_id, quantity)
    JOIN list ON list.fulfilment_id = g.fulfilment_id
    JOIN inventory_location bin ON bin.id = g.location_id
    LEFT JOIN inventory_zone zone ON zone.id = bin.zone_id
    JOIN staging ON staging.warehouse_id = list.warehouse_id
    ORDER BY list.id, zone.position, zone.code, bin.pick_sequence, bin.code, bin.id, g.line_id
    RETURNING id, pick_list_id, quantity
)
SELECT list.fulfilment_id, list.id, task.id, task.quantity
FROM list LEFT JOIN task ON task.pick_list_id = list.id ORDER BY list.id, task.id
"""


def _insert(
    ready: Sequence[int],
    lines: Mapping[int, list[OpenLine]],
    claims: Mapping[int, list[BinClaimResult]],
    locked: Mapping[int, LockedWork],
    company_id: int,
    waves: Mapping[int, int],
) -> dict[int, PickListResult]:
    """The new lists by fulfilment, their tasks in walking order. Statements: 1. Raises NoStaging."""
    tasks = [(pk, line.id, claim) for pk in ready for line in lines[pk] for claim in claims[line.id]]
    with prepared_cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "company": company_id,
                "warehouses": [locked[pk].warehouse_id for pk in ready],
                "fulfilments": list(ready),
                "waves": [waves.get(pk) for pk in ready],
                "parents": [pk for pk, _line, _claim in tasks],
                "lines": [line_id for _pk, line_id, _claim in tasks],
                "claims": [claim.bin_claim_id for _pk, _line, claim in tasks],
                "skus": [claim.sku_id for _pk, _line, claim in tasks],
                "lots": [claim.lot_id for _pk, _line, claim in tasks],
                "locations": [claim.location_id for _pk, _line, claim in tasks],
                "quantities": [claim.quantity for _pk, _line, claim in tasks],
            },
        )
        rows = cursor.fetchall()
    made: dict[tuple[int, int], list[tuple[int, Decimal]]] = defaultdict(list)
    for pk, list_id, task_id, quantity in rows:
        if task_id is None:
            raise NoStaging(
                _("The warehouse has no active staging place; add one first."), warehouse_id=locked[pk].warehouse_id
            )
        made[pk, list_id].append((task_id, quantity))
    return {pk: PickListResult(pk, "created", list_id, tuple(tasks)) for (pk, list_id), tasks in made.items()}
