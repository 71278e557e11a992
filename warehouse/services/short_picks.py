"""Less was found than directed: the rest is claimed in other bins, or goes back to the order; the bin is to be counted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.services import BinClaimResult, Release, claim_bins, release, release_bins
from warehouse.services.counting_requests import BinCount, open_bin_count
from warehouse.services.pick_tasks import insert_in_place
from warehouse.services.tasks import Task

ZERO = Decimal(0)

# Levels are locked by then: nobody else can promise these goods meanwhile.
_FREE = """
SELECT k.place, v.sku_id, v.owner_id, v.warehouse_id, v.available
FROM unnest(%s::bigint[], %s::bigint[]) AS k (place, sku)
JOIN inventory_location l ON l.id = k.place
JOIN inventory_stocklevel v ON v.sku_id = k.sku AND v.warehouse_id = l.warehouse_id
"""
Key = tuple[int, int, int | None]  # warehouse, SKU, owner


def claim_again(
    short: Sequence[tuple[Task, Decimal]], *, company_id: int, actor: Actor
) -> dict[int, list[BinClaimResult]]:
    """Claims in other bins for what was not found, by task; what nobody can claim goes back to the order.

    Only free goods are taken: a unit that is promised to somebody else stays theirs, though it lies in a bin. The
    bins are given back first, the locks of demands and levels are held from then on, and the goods that are missing
    leave the sellable stock afterwards. Statements: at most 14.
    """
    given_back = [(task.bin_claim_id, missing) for task, missing in short]
    release_bins(given_back, company_id=company_id, actor=actor, reason="short")
    warehouses, free = _free(short)
    wanted: list[tuple[Task, Decimal]] = []
    for task, missing in short:
        key = (warehouses[task.from_location_id], task.sku_id, task.owner_id)
        part = min(missing, free[key])
        free[key] -= part
        if part > 0:
            wanted.append((task, part))
    claims = claim_bins(
        [(task.allocation_id, part) for task, part in wanted],
        company_id=company_id,
        actor=actor,
        without={(task.sku_id, task.from_location_id, task.lot_id) for task, _missing in short},
    )
    found = _by_task(wanted, claims)
    rest = [(task, missing - sum((c.quantity for c in found.get(task.id, ())), ZERO)) for task, missing in short]
    release([Release(task.allocation_id, part) for task, part in rest if part > 0], company_id=company_id, actor=actor)
    reason = [
        BinCount(task.from_location_id, task.sku_id, "short_pick", "warehouse.picktask", task.id) for task, _m in short
    ]
    open_bin_count(reason, company_id=company_id, actor=actor)
    return found


def _free(short: Sequence[tuple[Task, Decimal]]) -> tuple[dict[int, int], dict[Key, Decimal]]:
    """The warehouse of each place, and what is promised to nobody. Statements: 1."""
    warehouses: dict[int, int] = {}
    free: dict[Key, Decimal] = defaultdict(Decimal)
    pairs = sorted({(task.from_location_id, task.sku_id) for task, _missing in short})
    with prepared_cursor() as cursor:
        cursor.execute(_FREE, [[place for place, _sku in pairs], [sku for _place, sku in pairs]])
        for place, sku_id, owner_id, warehouse_id, available in cursor.fetchall():
            warehouses[place] = warehouse_id
            free[warehouse_id, sku_id, owner_id] = available
    return warehouses, free


def _by_task(
    wanted: Sequence[tuple[Task, Decimal]], claims: Sequence[BinClaimResult]
) -> dict[int, list[BinClaimResult]]:
    """Claims come in the order of what was asked for; several tasks can be of one allocation."""
    found: dict[int, list[BinClaimResult]] = defaultdict(list)
    waiting: dict[int, list[list[object]]] = defaultdict(list)
    for task, part in wanted:
        waiting[task.allocation_id].append([task.id, part])
    for claim in claims:
        own = waiting[claim.allocation_id]
        while own[0][1] == 0:
            own.pop(0)
        task_id, left = own[0]
        assert isinstance(task_id, int) and isinstance(left, Decimal)
        found[task_id].append(claim)
        own[0][1] = max(left - claim.quantity, ZERO)
    return dict(found)


def insert_tasks(found: Mapping[int, Sequence[BinClaimResult]], tasks: Mapping[int, Task]) -> None:
    """A task for each new claim, in place of the one that came up short. Statements: 0 or 1."""
    insert_in_place((tasks[task_id], claim) for task_id, claims in found.items() for claim in claims)
