"""Claims on goods in bins: one unit, one picker."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import ask, insert_rows, prepared_cursor
from inventory.errors import ClaimRefused
from inventory.services.locking import AllocationFacts, ask_allocations, lock_allocations

_CLAIM = {
    "company_id": "bigint",
    "allocation_id": "bigint",
    "sku_id": "bigint",
    "location_id": "bigint",
    "lot_id": "bigint",
    "owner_id": "bigint",
    "quantity": "numeric",
    "actor_label": "text",
}
_RELEASE = {
    "company_id": "bigint",
    "bin_claim_id": "bigint",
    "quantity": "numeric",
    "reason": "text",
    "actor_label": "text",
}
_BINS_SQL = """
SELECT q.sku_id, l.warehouse_id, q.owner_id, q.location_id, q.lot_id, q.quantity - q.claimed, o.expiry_date
FROM (SELECT DISTINCT sku_id AS sku, warehouse_id AS warehouse FROM inventory_allocation
    WHERE company_id = %s AND id = ANY(%s)) k
JOIN inventory_stockquant q ON q.sku_id = k.sku AND q.quantity > q.claimed
JOIN inventory_location l ON l.id = q.location_id AND l.warehouse_id = k.warehouse AND l.is_active
    AND l.blocked_at IS NULL AND l.kind IN ('bin', 'dock', 'tote')
LEFT JOIN inventory_location p ON p.id = l.stands_in_id AND p.is_active AND p.blocked_at IS NULL
JOIN inventory_warehouse w ON w.id = k.warehouse
    AND (l.kind = 'bin' OR p.kind = 'bin' OR w.cross_docks AND (l.kind = 'dock' OR p.kind = 'dock'))
LEFT JOIN inventory_zone z ON z.id = l.zone_id
LEFT JOIN inventory_lot o ON o.id = q.lot_id
WHERE (%s OR z.use IS DISTINCT FROM 'reserve') AND (o.expiry_date IS NULL
    OR o.expiry_date >= (SELECT (clock_timestamp() AT TIME ZONE c.time_zone)::date FROM accounting_company c
        WHERE c.id = q.company_id))
    AND NOT EXISTS (SELECT FROM inventory_lothold h WHERE h.lot_id = q.lot_id AND h.lifted_at IS NULL)
ORDER BY o.expiry_date NULLS LAST, coalesce(p.kind, l.kind), p.id IS NOT NULL, NOT l.is_pick_face, l.pick_sequence, l.code, q.lot_id
"""


@dataclass(frozen=True, slots=True)
class BinPlace:
    """Where goods of an allocation lie; an allocation can have several."""

    allocation_id: int
    sku_id: int
    location_id: int
    lot_id: int | None
    owner_id: int | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class BinClaimResult(BinPlace):
    """Where to pick for an allocation, claimed."""

    bin_claim_id: int


class _Bin(NamedTuple):
    location_id: int
    lot_id: int | None
    expiry_date: datetime.date | None


@transaction.atomic(savepoint=False)
def claim_bins(
    requests: Sequence[tuple[int, Decimal]],
    *,
    company_id: int,
    actor: Actor,
    reserve: bool = False,
    without: Collection[tuple[int, int, int | None]] = (),
) -> list[BinClaimResult]:
    """Find pick places for (allocation id, quantity), as find_bins does, and claim the goods there.

    Statements: 3, whatever the number.
    """
    places = find_bins(requests, company_id=company_id, reserve=reserve, without=without)
    ids = insert_rows(
        "inventory_binclaim",
        _CLAIM,
        [
            (company_id, p.allocation_id, p.sku_id, p.location_id, p.lot_id, p.owner_id, p.quantity, actor.label)
            for p in places
        ],
        suffix="RETURNING id",
    )
    return [
        BinClaimResult(p.allocation_id, p.sku_id, p.location_id, p.lot_id, p.owner_id, p.quantity, pk)
        for p, (pk,) in zip(places, ids, strict=True)
    ]


def find_bins(
    requests: Sequence[tuple[int, Decimal]],
    *,
    company_id: int,
    reserve: bool = False,
    without: Collection[tuple[int, int, int | None]] = (),
) -> list[BinPlace]:
    """Pick places for (allocation id, quantity), free under the locks that are taken: for whoever claims or moves the
    goods in this transaction.

    Lots that expire first come first, then pick faces, then bins in pick sequence; what has expired, or keeps less
    long than the demand wants, is passed over, and so are blocked bins and, unless reserve, zones of reserve. Pallets
    and cartons of stock come after the loose goods of bins; where the warehouse cross-docks, docks come last. Results are in the order of the requests. A
    request gets less, or no result, if the bins hold less (goods on a dock, or not found) or the allocation
    has less that is not claimed in bins yet. without: (SKU, location, lot) where nothing was found just now.
    Statements: 2, whatever the number. Raises ClaimRefused for an unknown allocation.
    """
    if not requests:
        return []
    wanted_ids = sorted({pk for pk, _q in requests})
    locking = ask_allocations(company_id, wanted_ids)
    free_bins = ask(_BINS_SQL, [company_id, wanted_ids, reserve])
    held = {row[0]: AllocationFacts(*row) for row in locking()}
    bins = _by_goods(free_bins())
    left = {pk: a.open - a.in_bins for pk, a in held.items()}
    found: list[BinPlace] = []
    for allocation_id, quantity in requests:
        allocation = held.get(allocation_id)
        if allocation is None:
            raise ClaimRefused(
                _("There is no allocation %(id)s.") % {"id": allocation_id}, code="unknown", allocation_id=allocation_id
            )
        sku_id, owner_id = allocation.sku_id, allocation.owner_id
        wanted = min(quantity, left[allocation_id])
        free = bins[sku_id, allocation.warehouse_id, owner_id]
        for place in free:
            if wanted <= 0:
                break
            part = min(wanted, free[place])
            if (sku_id, place.location_id, place.lot_id) in without:
                continue
            if part > 0 and allocation.lot_id in (None, place.lot_id) and _keeps(place, allocation.min_expiry_date):
                found.append(BinPlace(allocation_id, sku_id, place.location_id, place.lot_id, owner_id, part))
                free[place] -= part
                left[allocation_id] -= part
                wanted -= part
    return found


def _by_goods(rows: Iterable[tuple[Any, ...]]) -> defaultdict[tuple[int, int, int | None], dict[_Bin, Decimal]]:
    """What is free in each bin, by SKU, warehouse and owner, in picking order."""
    bins: defaultdict[tuple[int, int, int | None], dict[_Bin, Decimal]] = defaultdict(dict)
    for sku, warehouse, owner, location, lot, free, expiry_date in rows:
        bins[sku, warehouse, owner][_Bin(location, lot, expiry_date)] = free
    return bins


def _keeps(place: _Bin, until: datetime.date | None) -> bool:
    return until is None or place.expiry_date is None or place.expiry_date >= until


@transaction.atomic(savepoint=False)
def release_bins(releases: Sequence[tuple[int, Decimal]], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """Give back (bin claim id, quantity) without picking; the allocation stays. Statements: 4.

    Raises ClaimRefused, nothing written, if a claim is unknown or has less open.
    """
    wanted: defaultdict[int, Decimal] = defaultdict(Decimal)
    for pk, quantity in releases:
        if quantity <= 0:
            raise ValueError("a release is above zero")
        wanted[pk] += quantity
    if not wanted:
        return
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT b.id, b.allocation_id FROM inventory_binclaim b WHERE b.company_id = %s AND b.id = ANY(%s)",
            [company_id, list(wanted)],
        )
        allocations = dict(cursor.fetchall())
        lock_allocations(company_id, sorted(set(allocations.values())))
        cursor.execute("SELECT id, open FROM inventory_binclaim WHERE id = ANY(%s)", [list(allocations)])
        opened = dict(cursor.fetchall())
    for pk, quantity in wanted.items():
        if opened.get(pk, Decimal(0)) < quantity:
            raise ClaimRefused(
                _("Bin claim %(id)s has less than %(quantity)s open.")
                % {"id": pk, "quantity": f"{quantity.normalize():f}"},
                code="more_than_open",
                bin_claim_id=pk,
            )
    insert_rows(
        "inventory_binrelease",
        _RELEASE,
        [(company_id, pk, quantity, reason, actor.label) for pk, quantity in wanted.items()],
    )
