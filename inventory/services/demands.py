"""Who wants goods: demands are made, lowered, and handed from one owner to the next."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from inventory.errors import ClaimRefused
from inventory.services.allocation import write_releases
from inventory.services.events import publish_stock_changed
from inventory.services.locking import AllocationFacts, lock_allocations
from inventory.services.serving import lock_waiting, serve_waiting

_DEMAND = {
    "company_id": "bigint",
    "sku_id": "bigint",
    "owner_id": "bigint",
    "warehouse_id": "bigint",
    "kind": "text",
    "source_type": "text",
    "source_id": "bigint",
    "quantity": "numeric",
    "priority": "smallint",
    "promise_date": "date",
    "wanted_at": "timestamptz",
    "expires_at": "timestamptz",
    "kit_group": "bigint",
    "kit_ratio": "numeric",
    "min_expiry_date": "date",
}


@dataclass(frozen=True, slots=True)
class DemandRequest:
    """Somebody wants `quantity` of a SKU. warehouse_id pins where it may be met; lower priority comes first.

    min_expiry_date: of a SKU with lots, only what keeps until then will do.
    """

    sku_id: int
    quantity: Decimal
    kind: str
    source_type: str
    source_id: int
    wanted_at: datetime.datetime
    priority: int = 100
    promise_date: datetime.date | None = None
    warehouse_id: int | None = None
    owner_id: int | None = None
    expires_at: datetime.datetime | None = None
    kit_group: int | None = None
    kit_ratio: Decimal | None = None
    min_expiry_date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Repoint:
    """A demand gets a new owner, such as a cart hold that becomes an order line; its claims stay.

    quantity: what is wanted from now on, at least what is claimed and used. Empty quantity, priority and promise:
    as before.
    """

    demand_id: int
    kind: str
    source_type: str
    source_id: int
    expires_at: datetime.datetime | None = None
    quantity: Decimal | None = None
    priority: int | None = None
    promise_date: datetime.date | None = None
    kit_group: int | None = None
    kit_ratio: Decimal | None = None


_REPOINT = """
UPDATE inventory_demand d SET kind = w.kind, source_type = w.source_type, source_id = w.source_id,
    expires_at = w.expires_at, quantity = coalesce(w.quantity, d.quantity), priority = coalesce(w.priority, d.priority),
    promise_date = coalesce(w.promise_date, d.promise_date), kit_group = w.kit_group, kit_ratio = w.kit_ratio
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::numeric[], %s::smallint[],
    %s::date[], %s::bigint[], %s::numeric[]) w (id, kind, source_type, source_id, expires_at, quantity, priority,
    promise_date, kit_group, kit_ratio)
WHERE d.id = w.id
"""


@transaction.atomic(savepoint=False)
def create_demands(requests: Sequence[DemandRequest], *, company_id: int, drawn: Sequence[int] = ()) -> list[int]:
    """Write demands and return their ids, in order. They claim nothing yet. Statements: 1.

    drawn: ids for them that the caller has drawn; then nobody waits for the answer.
    """
    for request in requests:
        if request.quantity <= 0:
            raise ValueError(f"a demand is above zero, not {request.quantity}")
    rows = [
        (
            company_id,
            r.sku_id,
            r.owner_id,
            r.warehouse_id,
            str(r.kind),
            r.source_type,
            r.source_id,
            r.quantity,
            r.priority,
            r.promise_date,
            r.wanted_at,
            r.expires_at,
            r.kit_group,
            r.kit_ratio,
            r.min_expiry_date,
        )
        for r in requests
    ]
    if drawn:
        ids = list(drawn[: len(rows)])
        with_ids = [(pk, *row) for pk, row in zip(ids, rows, strict=True)]
        insert_rows("inventory_demand", {"id": "bigint", **_DEMAND}, with_ids)
        return ids
    return [demand_id for (demand_id,) in insert_rows("inventory_demand", _DEMAND, rows, suffix="RETURNING id")]


@transaction.atomic(savepoint=False)
def reduce_demands(reductions: Sequence[tuple[int, Decimal]], *, company_id: int, actor: Actor) -> dict[int, Decimal]:
    """Lower what is wanted by (demand id, quantity), releasing what is claimed beyond it; newest claims first.

    What is released goes to those who wait, before anybody new can ask for it (topic DemandsServed).

    Returns the quantity released by demand. Raises ClaimRefused, nothing written, if more is taken back than
    has not gone out, or if goods are being picked (release the bins first).
    Statements: 5 to 7, 1 more for each warehouse that held some, and those of allocate if somebody waits.
    """
    lower: defaultdict[int, Decimal] = defaultdict(Decimal)
    for demand_id, quantity in reductions:
        if quantity <= 0:
            raise ValueError(f"a reduction is above zero, not {quantity}")
        lower[demand_id] += quantity
    if not lower:
        return {}
    waiting = lock_waiting(lower, company_id=company_id)
    held: defaultdict[int, list[AllocationFacts]] = defaultdict(list)
    for allocation in lock_allocations(company_id, [], sorted(lower)):
        held[allocation.demand_id].append(allocation)
    excess = _excess(lower, company_id)
    releases: list[tuple[AllocationFacts, Decimal]] = []
    for demand_id, over in excess.items():
        for allocation in reversed(held[demand_id]):
            part = min(over, allocation.open - allocation.in_bins)
            if part > 0:
                releases.append((allocation, part))
                over -= part
        if over > 0:
            raise ClaimRefused(
                _("Goods of demand %(demand)s are being picked; take them back from picking first.")
                % {"demand": demand_id},
                code="being_picked",
                demand_id=demand_id,
            )
    write_releases([(a.id, part) for a, part in releases], company_id=company_id, actor=actor)
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_demand d SET quantity = d.quantity - w.quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) w (id, quantity) WHERE d.id = w.id",
            [list(lower), list(lower.values())],
        )
    publish_stock_changed({(a.sku_id, a.warehouse_id) for a, _part in releases}, company_id=company_id)
    if releases:
        serve_waiting(waiting, company_id=company_id, actor=actor)
    released: defaultdict[int, Decimal] = defaultdict(Decimal)
    for allocation, part in releases:
        released[allocation.demand_id] += part
    return dict(released)


@transaction.atomic(savepoint=False)
def raise_demands(raises: Sequence[tuple[int, Decimal]], *, company_id: int) -> None:
    """Want more by (demand id, quantity); nothing more is claimed yet. Statements: 2, or 0 without raises.

    Raises ClaimRefused, nothing written, if a demand is unknown.
    """
    higher: defaultdict[int, Decimal] = defaultdict(Decimal)
    for demand_id, quantity in raises:
        if quantity <= 0:
            raise ValueError(f"a raise is above zero, not {quantity}")
        higher[demand_id] += quantity
    if not higher:
        return
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT id FROM inventory_demand WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [company_id, sorted(higher)],
        )
        missing = sorted(set(higher) - {pk for (pk,) in cursor.fetchall()})
        if missing:
            raise ClaimRefused(
                _("There is no demand %(id)s.") % {"id": missing[0]}, code="unknown", demand_id=missing[0]
            )
        cursor.execute(
            "UPDATE inventory_demand d SET quantity = d.quantity + w.quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) w (id, quantity) WHERE d.id = w.id",
            [list(higher), list(higher.values())],
        )


def _excess(lower: dict[int, Decimal], company_id: int) -> dict[int, Decimal]:
    """How much of each demand's claim must go; the demands are locked."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT id, quantity, claimed, used FROM inventory_demand WHERE id = ANY(%s) AND company_id = %s",
            [list(lower), company_id],
        )
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    excess = {}
    for demand_id, quantity in lower.items():
        wanted, claimed, used = found.get(demand_id, (Decimal(0),) * 3)
        if wanted - used < quantity:
            raise ClaimRefused(
                _("Only %(left)s of demand %(demand)s can still be taken back.")
                % {"left": f"{(wanted - used).normalize():f}", "demand": demand_id},
                code="more_than_open",
                demand_id=demand_id,
            )
        excess[demand_id] = max(claimed + used - (wanted - quantity), Decimal(0))
    return excess


@transaction.atomic(savepoint=False)
def repoint_demands(repoints: Sequence[Repoint], *, company_id: int, even_expired: bool = False) -> int:
    """Give demands their new owners without releasing anything; returns how many. Statements: 2.

    even_expired: also those whose time is over; whether goods are still claimed for them is for the caller to see.

    Raises ClaimRefused, nothing changed, if a demand is missing or has expired.
    """
    if not repoints:
        return 0
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM inventory_demand WHERE company_id = %s AND id = ANY(%s)"
            " AND (%s OR expires_at IS NULL OR expires_at > clock_timestamp()) ORDER BY id FOR NO KEY UPDATE) locked",
            [company_id, [r.demand_id for r in repoints], even_expired],
        )
        if cursor.fetchone()[0] < len({r.demand_id for r in repoints}):
            raise ClaimRefused(_("A hold has expired; claim the goods again."), code="demand_expired")
        cursor.execute(
            _REPOINT,
            [
                [r.demand_id for r in repoints],
                [str(r.kind) for r in repoints],
                [r.source_type for r in repoints],
                [r.source_id for r in repoints],
                [r.expires_at for r in repoints],
                [r.quantity for r in repoints],
                [r.priority for r in repoints],
                [r.promise_date for r in repoints],
                [r.kit_group for r in repoints],
                [r.kit_ratio for r in repoints],
            ],
        )
        return len({r.demand_id for r in repoints})


@transaction.atomic(savepoint=False)
def release_expired(*, actor: Actor, limit: int = 500) -> int:
    """Give back what expired demands (cart holds) still hold; returns how many demands.

    By the database's clock. Demands that another process is working on are left for the next round. They want
    nothing any more; what they held goes to those who wait (topic DemandsServed).
    Statements: 1, and for each company that has some 5, 1 more for each warehouse and those of allocate.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT company_id, id FROM inventory_demand WHERE expires_at <= clock_timestamp() AND claimed > 0"
            " ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
            [limit],
        )
        expired: defaultdict[int, list[int]] = defaultdict(list)
        for company_id, demand_id in cursor.fetchall():
            expired[company_id].append(demand_id)
    for company_id, demand_ids in expired.items():
        waiting = lock_waiting(demand_ids, company_id=company_id, skip_locked=True)
        held = [a for a in lock_allocations(company_id, [], demand_ids) if a.open > a.in_bins]
        write_releases([(a.id, a.open - a.in_bins) for a in held], company_id=company_id, actor=actor)
        with prepared_cursor() as cursor:
            cursor.execute("UPDATE inventory_demand SET quantity = claimed + used WHERE id = ANY(%s)", [demand_ids])
        publish_stock_changed({(a.sku_id, a.warehouse_id) for a in held}, company_id=company_id)
        serve_waiting(waiting, company_id=company_id, actor=actor)
    return sum(len(demand_ids) for demand_ids in expired.values())


_PRIORITY = """
UPDATE inventory_demand SET priority = %s WHERE id = ANY(ARRAY(
    SELECT id FROM inventory_demand WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE))
"""


@transaction.atomic(savepoint=False)
def set_demand_priority(demand_ids: Sequence[int], *, priority: int, company_id: int) -> None:
    """Who waits is served in this place from now on, the lowest first; claims stay. Statements: 1, or 0."""
    if demand_ids:
        with connection.cursor() as cursor:
            cursor.execute(_PRIORITY, [priority, company_id, list(demand_ids)])
