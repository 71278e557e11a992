"""Claiming goods for demands, and giving claims back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from backoffice.core.money import ZERO
from inventory.errors import ClaimRefused
from inventory.kits import whole_kits
from inventory.selectors.waiting import Waiting, in_turn, waiting_demands, waiting_kits
from inventory.services.events import publish_demands_served, publish_stock_changed
from inventory.services.locking import ClaimFacts, lock_allocations, lock_claims

_ENTRY = {
    "company_id": "bigint",
    "allocation_id": "bigint",
    "kind": "text",
    "quantity": "numeric",
    "actor_id": "bigint",
    "actor_label": "text",
}

# Headers that are there already are used again; the demand's lock keeps others from making them meanwhile.
_CLAIM_SQL = """
WITH wanted AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
        %s::numeric[]) w (demand_id, sku_id, warehouse_id, lot_id, owner_id, allocation_id, quantity)
), made AS (
    INSERT INTO inventory_allocation (company_id, demand_id, sku_id, warehouse_id, lot_id, owner_id)
        SELECT DISTINCT %s::bigint, w.demand_id, w.sku_id, w.warehouse_id, w.lot_id, w.owner_id
        FROM wanted w WHERE w.allocation_id IS NULL ORDER BY 2, 4, 5
        RETURNING id, demand_id, warehouse_id, lot_id
), entered AS (
    INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, actor_id, actor_label)
        SELECT %s::bigint, coalesce(w.allocation_id, m.id), 'claim', sum(w.quantity), %s::bigint, %s
        FROM wanted w LEFT JOIN made m ON m.demand_id = w.demand_id AND m.warehouse_id = w.warehouse_id
            AND m.lot_id IS NOT DISTINCT FROM w.lot_id
        GROUP BY coalesce(w.allocation_id, m.id) ORDER BY 2
)
SELECT id, demand_id, warehouse_id, lot_id FROM made
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Goods wanted now for a demand at a warehouse. allow_partial: take what there is rather than nothing.

    kit_group, per_kit: claims of one group at one warehouse stand side by side and take the same whole number of
    kits each, as many as the scarcest component allows (allow_partial=False: all of them or none).
    """

    demand_id: int
    sku_id: int
    warehouse_id: int
    quantity: Decimal
    lot_id: int | None = None
    owner_id: int | None = None
    allow_partial: bool = True
    kit_group: int | None = None
    per_kit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """claimed: by this call. code: empty if all was claimed, else partial, out_of_stock, unknown_sku (the
    demand is for another SKU or owner), demand_closed (missing, expired, pinned elsewhere, or nothing left to
    want) or already (the demand holds all it wants)."""

    demand_id: int
    claimed: Decimal
    code: str = ""
    allocation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Give back part of a claim."""

    allocation_id: int
    quantity: Decimal


@transaction.atomic(savepoint=False)
def allocate(claims: Sequence[Claim], *, company_id: int, actor: Actor) -> list[ClaimResult]:
    """Claim goods for many demands at once; what cannot be claimed stays unmet demand.

    Claims are served in their order; several of one SKU or demand are summed. One result per claim, in order.
    A claim of a lot is checked against the level only; which bins have the lot is seen when picking.
    Statements: 3, whatever the number of claims (1 if nothing can be claimed).
    """
    if not claims:
        return []
    if any(claim.quantity <= 0 for claim in claims):
        raise ValueError("a claim is above zero")
    facts = lock_claims(
        company_id,
        [c.demand_id for c in claims],
        [c.warehouse_id for c in claims],
        [c.lot_id for c in claims],
    )
    decided = _decide(claims, facts)
    taken = [(c, f, d.claimed) for c, f, d in zip(claims, facts, decided, strict=True) if d.claimed]
    if not taken:
        return decided
    made = _write_claims(taken, company_id, actor)
    publish_stock_changed({(c.sku_id, c.warehouse_id) for c, _f, _q in taken}, company_id=company_id)
    return [
        ClaimResult(
            d.demand_id,
            d.claimed,
            d.code,
            f.allocation_id or made.get((c.demand_id, c.warehouse_id, c.lot_id)),
        )
        for c, f, d in zip(claims, facts, decided, strict=True)
    ]


def _decide(claims: Sequence[Claim], facts: Sequence[ClaimFacts]) -> list[ClaimResult]:
    available: dict[tuple[int, int, int | None], Decimal] = {}
    unmet: dict[int, Decimal] = {}
    kits: dict[tuple[int, int], Decimal] = {}
    results = []
    for claim, found in zip(claims, facts, strict=True):
        code, quantity = "", ZERO
        if found.sku_id is None or found.expired or found.pinned not in (None, claim.warehouse_id):
            code = "demand_closed"
        elif found.sku_id != claim.sku_id or found.owner_id != claim.owner_id or found.available is None:
            code = "unknown_sku"
        else:
            left = unmet.setdefault(claim.demand_id, found.quantity - found.claimed - found.used)
            level = (claim.sku_id, claim.warehouse_id, claim.owner_id)
            there = available.setdefault(level, found.available)
            wanted = min(claim.quantity, left)
            if claim.kit_group is not None and claim.per_kit is not None:
                kit = (claim.kit_group, claim.warehouse_id)
                if kit not in kits:
                    kits[kit] = _kits(kit, claims, facts, available, unmet)
                there = min(there, kits[kit] * claim.per_kit)
            if not wanted:
                code = "already" if found.claimed else "demand_closed"
            elif there >= wanted:
                quantity = wanted
            elif there > 0 and claim.allow_partial:
                code, quantity = "partial", there
            else:
                code = "out_of_stock"
            unmet[claim.demand_id] -= quantity
            available[level] -= quantity
        results.append(ClaimResult(claim.demand_id, quantity, code, found.allocation_id))
    return results


def _kits(
    kit: tuple[int, int],
    claims: Sequence[Claim],
    facts: Sequence[ClaimFacts],
    available: dict[tuple[int, int, int | None], Decimal],
    unmet: dict[int, Decimal],
) -> Decimal:
    """How many whole kits a group can claim at a warehouse, what came before it being given."""
    parts, wanted = [], []
    for claim, found in zip(claims, facts, strict=True):
        if (claim.kit_group, claim.warehouse_id) != kit or not claim.per_kit:
            continue
        if found.sku_id != claim.sku_id or found.expired or found.pinned not in (None, claim.warehouse_id):
            return ZERO
        level = (claim.sku_id, claim.warehouse_id, claim.owner_id)
        left = unmet.get(claim.demand_id, found.quantity - found.claimed - found.used)
        wanted.append((min(claim.quantity, left), claim.per_kit))
        parts.append((available.get(level, found.available or ZERO), claim.per_kit))
        if not claim.allow_partial and parts[-1][0] < claim.quantity:
            return ZERO
    return whole_kits([*parts, *wanted])


def _write_claims(
    taken: Sequence[tuple[Claim, ClaimFacts, Decimal]], company_id: int, actor: Actor
) -> dict[tuple[int, int, int | None], int]:
    """The new headers' ids by (demand, warehouse, lot). Statements: 1."""
    columns = zip(
        *[
            (c.demand_id, c.sku_id, c.warehouse_id, c.lot_id, c.owner_id, f.allocation_id, quantity)
            for c, f, quantity in taken
        ],
        strict=True,
    )
    with prepared_cursor() as cursor:
        cursor.execute(_CLAIM_SQL, [*map(list, columns), company_id, company_id, actor.user_id, actor.label])
        return {(demand, warehouse, lot): pk for pk, demand, warehouse, lot in cursor.fetchall()}


@transaction.atomic(savepoint=False)
def release(releases: Sequence[Release], *, company_id: int, actor: Actor) -> None:
    """Give claims back; the demands become unmet by as much.

    Raises ClaimRefused, nothing written, if an allocation is unknown, holds less (more_than_open), or what is
    left would not cover what is claimed in bins (being_picked: release_bins first). Statements: 3.
    """
    wanted: defaultdict[int, Decimal] = defaultdict(Decimal)
    for item in releases:
        if item.quantity <= 0:
            raise ValueError("a release is above zero")
        wanted[item.allocation_id] += item.quantity
    if not wanted:
        return
    held = {a.id: a for a in lock_allocations(company_id, sorted(wanted))}
    for allocation_id, quantity in wanted.items():
        allocation = held.get(allocation_id)
        if allocation is None or allocation.open < quantity:
            code = "more_than_open"
        elif allocation.open - allocation.in_bins < quantity:
            code = "being_picked"
        else:
            continue
        raise ClaimRefused(
            _("Allocation %(allocation)s cannot give back %(quantity)s: %(code)s.")
            % {"allocation": allocation_id, "quantity": f"{quantity.normalize():f}", "code": code},
            code=code,
            allocation_id=allocation_id,
        )
    write_releases(list(wanted.items()), company_id=company_id, actor=actor)
    touched = {(held[pk].sku_id, held[pk].warehouse_id) for pk in wanted}
    publish_stock_changed(touched, company_id=company_id)


def write_releases(releases: Sequence[tuple[int, Decimal]], *, company_id: int, actor: Actor) -> None:
    """Insert release entries of (allocation id, quantity); their demands and levels are locked. Statements: 1."""
    rows = [(company_id, pk, "release", -quantity, actor.user_id, actor.label) for pk, quantity in releases]
    insert_rows("inventory_allocationentry", _ENTRY, rows)


@transaction.atomic(savepoint=False)
def allocate_waiting(*, company_id: int, sku_ids: Sequence[int], warehouse_id: int, actor: Actor) -> list[ClaimResult]:
    """Claim what is there for unmet demands by priority, promise date and age; results of those tried.

    Demands pinned elsewhere, expired or of other owners' goods are passed over; kits that leave whole claim whole
    kits. Topic published: DemandsServed. Statements: 2 + allocate's, 1 more if somebody was served.
    """
    waiting = [*waiting_demands(company_id, sku_ids, warehouse_id), *waiting_kits(company_id, sku_ids, warehouse_id)]
    results = allocate(claims_in_turn(waiting, warehouse_id), company_id=company_id, actor=actor)
    publish_demands_served({result.demand_id for result in results if result.claimed}, company_id=company_id)
    return results


def claims_in_turn(waiting: Sequence[Waiting], warehouse_id: int) -> list[Claim]:
    """A claim for each, by priority, promise date and age; the components of a kit side by side."""
    return [
        Claim(w.demand_id, w.sku_id, warehouse_id, w.unmet, kit_group=w.kit_group, per_kit=w.per_kit)
        for w in in_turn(waiting)
    ]
