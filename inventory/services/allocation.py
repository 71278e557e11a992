"""Claiming goods for demands, and giving claims back."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

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

_Level = tuple[int, int, int | None]  # SKU, warehouse, owner
_Place = tuple[int, int, int | None, int | None]  # demand, warehouse, lot, owner

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
        %s::numeric[], %s::bigint[])
        w (demand_id, sku_id, warehouse_id, lot_id, owner_id, allocation_id, quantity, drawn)
), made AS (
    INSERT INTO inventory_allocation (id, company_id, demand_id, sku_id, warehouse_id, lot_id, owner_id)
        SELECT coalesce(min(w.drawn), nextval(pg_get_serial_sequence('inventory_allocation', 'id'))), %s::bigint,
            w.demand_id, w.sku_id, w.warehouse_id, w.lot_id, w.owner_id
        FROM wanted w WHERE w.allocation_id IS NULL GROUP BY 3, 4, 5, 6, 7 ORDER BY 3, 5, 6
        RETURNING id, demand_id, warehouse_id, lot_id, owner_id
), entered AS (
    INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, actor_id, actor_label)
        SELECT %s::bigint, coalesce(w.allocation_id, m.id), 'claim', sum(w.quantity), %s::bigint, %s
        FROM wanted w LEFT JOIN made m ON m.demand_id = w.demand_id AND m.warehouse_id = w.warehouse_id
            AND m.lot_id IS NOT DISTINCT FROM w.lot_id AND m.owner_id IS NOT DISTINCT FROM w.owner_id
        GROUP BY coalesce(w.allocation_id, m.id) ORDER BY 2
)
SELECT id, demand_id, warehouse_id, lot_id, owner_id FROM made
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Goods wanted now for a demand at a warehouse. allow_partial: take what there is rather than nothing.

    kit_group, per_kit: claims of one group at one warehouse stand side by side and take the same whole number of
    kits each, as many as the scarcest component allows (allow_partial=False: all of them or none). owner_id: whose
    goods; None: whose the demand wants.
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
    want) or already (the demand holds all it wants). consigned: of what was claimed, (allocation id, quantity) of
    goods that are still a consignor's; allocation_id is of our own, if there are any."""

    demand_id: int
    claimed: Decimal
    code: str = ""
    allocation_id: int | None = None
    consigned: tuple[tuple[int, Decimal], ...] = ()

    @property
    def parts(self) -> list[tuple[int, Decimal]]:
        """(allocation id, quantity) of all that was claimed, our own goods first."""
        own = self.claimed - sum((quantity for _pk, quantity in self.consigned), ZERO)
        return [*([(self.allocation_id, own)] if own and self.allocation_id is not None else []), *self.consigned]


@dataclass(frozen=True, slots=True)
class Release:
    """Give back part of a claim."""

    allocation_id: int
    quantity: Decimal


@transaction.atomic(savepoint=False)
def allocate(claims: Sequence[Claim], *, company_id: int, actor: Actor) -> list[ClaimResult]:
    """Claim goods for many demands at once; what cannot be claimed stays unmet demand.

    Claims are served in their order; several of one SKU or demand are summed. One result per claim, in order.
    A claim of a lot is checked against the level only; which bins have the lot is seen when picking. Of SKUs with
    lots nothing is claimed that has expired or keeps less long than the demand wants; which lots are taken is
    decided when bins are claimed, what expires first going first. What our own goods do not cover is claimed of
    consignors' that may be sold; it becomes ours when it leaves (issue).
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
    claims = [
        claim if claim.owner_id is not None or found.owner_id is None else replace(claim, owner_id=found.owner_id)
        for claim, found in zip(claims, facts, strict=True)
    ]
    decided = _decide(claims, facts)
    taken = [part for parts in decided for part in parts.taken]
    if not taken:
        return [d.result for d in decided]
    made = _write_claims(taken, company_id, actor)
    publish_stock_changed({(part.claim.sku_id, part.claim.warehouse_id) for part in taken}, company_id=company_id)
    return [_answer(c, f, d, made) for c, f, d in zip(claims, facts, decided, strict=True)]


class _Taken(NamedTuple):
    """drawn: the id for its allocation, if there is none yet; the database draws what nobody has drawn."""

    claim: Claim
    owner_id: int | None
    allocation_id: int | None
    quantity: Decimal
    drawn: int | None = None

    @property
    def place(self) -> _Place:
        return (self.claim.demand_id, self.claim.warehouse_id, self.claim.lot_id, self.owner_id)


class _Decided(NamedTuple):
    result: ClaimResult
    taken: list[_Taken]


def _answer(claim: Claim, found: ClaimFacts, decided: _Decided, made: Mapping[_Place, int]) -> ClaimResult:
    result = decided.result
    consigned = []
    own = found.allocation_id or made.get((claim.demand_id, claim.warehouse_id, claim.lot_id, claim.owner_id))
    for part in decided.taken:
        if part.owner_id != claim.owner_id:
            pk = part.allocation_id or made[claim.demand_id, claim.warehouse_id, claim.lot_id, part.owner_id]
            consigned.append((pk, part.quantity))
    return ClaimResult(result.demand_id, result.claimed, result.code, own, tuple(consigned))


class _Free:
    """What can be claimed at each level while a batch is worked through, in order."""

    def __init__(self) -> None:
        self.available: dict[_Level, Decimal] = {}
        self.shelf: dict[_Level, dict[datetime.date, Decimal]] = {}

    def of(self, claim: Claim, found: ClaimFacts) -> Decimal:
        """For this claim: of goods with lots what keeps long enough, and leaves enough for those who want it fresh."""
        level = (claim.sku_id, claim.warehouse_id, claim.owner_id)
        there = self.available.setdefault(level, found.available or ZERO)
        if found.shelf_days and found.shelf_free:
            shelf = self.shelf.setdefault(level, dict(zip(found.shelf_days, found.shelf_free, strict=True)))
            there = min(there, *(shelf[day] for day in _days(found)))
        return max(there, ZERO)

    def take(self, claim: Claim, found: ClaimFacts, quantity: Decimal) -> None:
        level = (claim.sku_id, claim.warehouse_id, claim.owner_id)
        self.available[level] -= quantity
        for day in _days(found):
            self.shelf[level][day] -= quantity

    def take_consigned(self, claim: Claim, found: ClaimFacts, wanted: Decimal) -> list[_Taken]:
        """What consignors can add to a claim, the cheapest first."""
        taken = []
        owners = zip(
            found.consigned_owners or (), found.consigned or (), found.consigned_allocations or (), strict=True
        )
        for owner_id, quantity, allocation_id in owners:
            level = (claim.sku_id, claim.warehouse_id, owner_id)
            there = min(quantity, self.available.setdefault(level, quantity))
            part = min(there, wanted)
            if part > 0:
                self.available[level] -= part
                wanted -= part
                taken.append(_Taken(claim, owner_id, allocation_id, part))
        return taken


def _days(found: ClaimFacts) -> list[datetime.date]:
    """The days until which goods are asked to keep that a claim of this demand counts for: its own and earlier ones."""
    days = found.shelf_days or []
    last = max(days[:1] + ([found.min_expiry_date] if found.min_expiry_date else []), default=None)
    return [day for day in days if last is not None and day <= last]


def _decide(claims: Sequence[Claim], facts: Sequence[ClaimFacts]) -> list[_Decided]:
    free = _Free()
    unmet: dict[int, Decimal] = {}
    kits: dict[tuple[int, int], Decimal] = {}
    results = []
    for claim, found in zip(claims, facts, strict=True):
        code, quantity = "", ZERO
        taken: list[_Taken] = []
        if found.sku_id is None or found.expired or found.pinned not in (None, claim.warehouse_id):
            code = "demand_closed"
        elif found.sku_id != claim.sku_id or found.owner_id != claim.owner_id or found.available is None:
            code = "unknown_sku"
        else:
            left = unmet.setdefault(claim.demand_id, found.quantity - found.claimed - found.used)
            there = free.of(claim, found)
            wanted = min(claim.quantity, left)
            if wanted > there and found.consigned and claim.kit_group is None:
                added = sum(found.consigned, ZERO)
                if claim.allow_partial or there + added >= wanted:
                    taken = free.take_consigned(claim, found, wanted - there)
            consigned = sum((part.quantity for part in taken), ZERO)
            if claim.kit_group is not None and claim.per_kit is not None:
                kit = (claim.kit_group, claim.warehouse_id)
                if kit not in kits:
                    kits[kit] = _kits(kit, claims, facts, free, unmet)
                there = min(there, kits[kit] * claim.per_kit)
            if not wanted:
                code = "already" if found.claimed else "demand_closed"
            elif there + consigned >= wanted:
                quantity = wanted
            elif there + consigned > 0 and claim.allow_partial:
                code, quantity = "partial", there + consigned
            else:
                code = "out_of_stock"
            unmet[claim.demand_id] -= quantity
            if quantity > consigned:
                free.take(claim, found, quantity - consigned)
                own = _Taken(claim, claim.owner_id, found.allocation_id, quantity - consigned, found.drawn)
                taken = [own, *taken]
        results.append(_Decided(ClaimResult(claim.demand_id, quantity, code, found.allocation_id), taken))
    return results


def _kits(
    kit: tuple[int, int],
    claims: Sequence[Claim],
    facts: Sequence[ClaimFacts],
    free: _Free,
    unmet: dict[int, Decimal],
) -> Decimal:
    """How many whole kits a group can claim at a warehouse, what came before it being given."""
    parts, wanted = [], []
    for claim, found in zip(claims, facts, strict=True):
        if (claim.kit_group, claim.warehouse_id) != kit or not claim.per_kit:
            continue
        if found.sku_id != claim.sku_id or found.expired or found.pinned not in (None, claim.warehouse_id):
            return ZERO
        left = unmet.get(claim.demand_id, found.quantity - found.claimed - found.used)
        wanted.append((min(claim.quantity, left), claim.per_kit))
        parts.append((free.of(claim, found), claim.per_kit))
        if not claim.allow_partial and parts[-1][0] < claim.quantity:
            return ZERO
    return whole_kits([*parts, *wanted])


def _write_claims(taken: Sequence[_Taken], company_id: int, actor: Actor) -> dict[_Place, int]:
    """The new headers' ids by (demand, warehouse, lot, owner). Statements: 1.

    Where all their ids are drawn nobody waits for the answer: the levels are locked, and others wait for them.
    """
    drawn: dict[_Place, int] = {}
    for part in taken:
        if part.allocation_id is None and part.drawn is not None:
            drawn.setdefault(part.place, part.drawn)
    columns = zip(
        *[
            (
                part.claim.demand_id,
                part.claim.sku_id,
                part.claim.warehouse_id,
                part.claim.lot_id,
                part.owner_id,
                part.allocation_id,
                part.quantity,
                drawn.get(part.place),
            )
            for part in taken
        ],
        strict=True,
    )
    with prepared_cursor() as cursor:
        cursor.execute(_CLAIM_SQL, [*map(list, columns), company_id, company_id, actor.user_id, actor.label])
        if all(part.allocation_id is not None or part.place in drawn for part in taken):
            return drawn
        return {(demand, warehouse, lot, owner): pk for pk, demand, warehouse, lot, owner in cursor.fetchall()}


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
