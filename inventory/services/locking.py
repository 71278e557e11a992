"""Calls of the owner functions that lock totals in the house's order and return what was locked."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from backoffice.core.db import Rows, ask, prepared_cursor


class MoveFacts(NamedTuple):
    """What a move finds, read after its locks were taken; the same fields as inventory_lock_moves returns.

    there, picked: what lies at the place it leaves and how much of it is claimed for picking. old_*: the move
    that has the source key already. Empty where there is nothing.
    lot_lacks: lot_needed or expiry_date_needed if the goods cannot come in like that, lot_held if they may not leave.
    """

    n: int
    move_id: int
    sku_code: str | None
    cost_method: str
    from_kind: str | None
    from_code: str
    from_warehouse: int | None
    to_kind: str | None
    to_code: str
    to_warehouse: int | None
    there: Decimal | None
    picked: Decimal | None
    sellable: Decimal | None
    reserved: Decimal | None
    allocation_open: Decimal | None
    allocation_fits: bool | None
    bin_open: Decimal | None
    bin_fits: bool | None
    cost_quantity: Decimal | None
    cost_value: Decimal | None
    old_id: int | None
    old_value: Decimal | None
    old_entry: int | None
    old_same: bool | None
    lot_lacks: str
    serial_tracked: bool | None


class ClaimFacts(NamedTuple):
    """A demand and the level it would be met from. pinned: the only warehouse that may meet it.

    shelf_days, shelf_free: of a SKU with lots, what of it is free for whoever wants it to keep until a day, for
    today and each day that somebody asks for; consigned: what consignors have that may serve the demand too, by
    owner, the cheapest first, with the allocation that the demand has of it already. drawn: the id for an allocation
    where the demand has none yet.
    """

    n: int
    sku_id: int | None
    owner_id: int | None
    pinned: int | None
    quantity: Decimal
    claimed: Decimal
    used: Decimal
    expired: bool | None
    available: Decimal | None
    allocation_id: int | None
    min_expiry_date: datetime.date | None = None
    shelf_days: list[datetime.date] | None = None
    shelf_free: list[Decimal] | None = None
    consigned_owners: list[int] | None = None
    consigned: list[Decimal] | None = None
    consigned_allocations: list[int | None] | None = None
    drawn: int | None = None


class AllocationFacts(NamedTuple):
    """An allocation. in_bins: what is claimed for it in bins and not yet picked."""

    id: int
    demand_id: int
    sku_id: int
    warehouse_id: int
    lot_id: int | None
    owner_id: int | None
    open: Decimal
    used: Decimal
    in_bins: Decimal
    min_expiry_date: datetime.date | None = None


def lock_moves(company_id: int, moves: Sequence[Any]) -> list[MoveFacts]:
    """Lock the demands, levels and costs of moves (MoveRequest), in that order. Statements: 1."""
    return [
        MoveFacts(*row)
        for row in _call(
            "SELECT * FROM inventory_lock_moves(%s, %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[],"
            " %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])",
            [
                company_id,
                [m.sku_id for m in moves],
                [m.lot_id for m in moves],
                [m.owner_id for m in moves],
                [m.quantity for m in moves],
                [m.from_location_id for m in moves],
                [m.to_location_id for m in moves],
                [m.allocation_id for m in moves],
                [m.bin_claim_id for m in moves],
                [m.source_key for m in moves],
            ],
        )
    ]


def lock_levels(places: Sequence[tuple[int, int]], *, company_id: int) -> None:
    """Lock the levels of own goods at (SKU, warehouse) in key order; missing ones are made. Statements: 1."""
    _call(
        "SELECT count(*) FROM inventory_lock_levels(%s, %s::bigint[], %s::bigint[], %s::bigint[])",
        [company_id, [sku for sku, _w in places], [warehouse for _s, warehouse in places], [None] * len(places)],
    )


def lock_owned_levels(levels: Sequence[tuple[int, int, int | None]], *, company_id: int) -> None:
    """Lock the levels at (SKU, warehouse, owner; none: our own) in key order; missing ones are made. Statements: 1."""
    _call(
        "SELECT count(*) FROM inventory_lock_levels(%s, %s::bigint[], %s::bigint[], %s::bigint[])",
        [company_id, [row[0] for row in levels], [row[1] for row in levels], [row[2] for row in levels]],
    )


def lock_claims(
    company_id: int, demands: Sequence[int], warehouses: Sequence[int], lots: Sequence[int | None]
) -> list[ClaimFacts]:
    """Lock demands and the levels that may meet them; one row for each, in order. Statements: 1."""
    return [
        ClaimFacts(*row)
        for row in _call(
            "SELECT found.*, CASE WHEN found.allocation_id IS NULL"
            " THEN nextval(pg_get_serial_sequence('inventory_allocation', 'id')) END"
            " FROM inventory_lock_claims(%s, %s::bigint[], %s::bigint[], %s::bigint[]) found",
            [company_id, list(demands), list(warehouses), list(lots)],
        )
    ]


def lock_allocations(company_id: int, allocations: Sequence[int], demands: Sequence[int] = ()) -> list[AllocationFacts]:
    """Lock these allocations and those of these demands, with their demands and levels. Statements: 1."""
    return [AllocationFacts(*row) for row in ask_allocations(company_id, allocations, demands)()]


def ask_allocations(company_id: int, allocations: Sequence[int], demands: Sequence[int] = ()) -> Rows:
    """The same, answered when it is called for: what is asked next is read under the locks."""
    return ask(
        "SELECT * FROM inventory_lock_allocations(%s, %s::bigint[], %s::bigint[])",
        [company_id, list(allocations), list(demands)],
    )


def lock_costs(company_id: int, skus: Sequence[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """Lock cost rows: (quantity, value) by SKU. Statements: 1."""
    rows = _call("SELECT sku_id, quantity, value FROM inventory_lock_costs(%s, %s::bigint[])", [company_id, list(skus)])
    return {sku: (quantity, value) for sku, quantity, value in rows}


def lock_stock(places: Sequence[tuple[int, int]], *, company_id: int) -> dict[int, tuple[Decimal, Decimal]]:
    """Lock the levels of own goods at (SKU, warehouse), then the costs of these SKUs: (quantity, value) by SKU.

    For whoever moves goods inside and then changes their value: both ranks are held before either is worked on.
    Statements: 2.
    """
    _call(
        "SELECT id FROM inventory_lock_levels(%s, %s::bigint[], %s::bigint[], %s::bigint[])",
        [company_id, [sku for sku, _ in places], [warehouse for _, warehouse in places], [None] * len(places)],
    )
    return lock_costs(company_id, sorted({sku for sku, _ in places}))


def _call(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
