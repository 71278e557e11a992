"""Moving goods: the only door into the goods book."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounting.selectors import Books, books_of
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.money import ZERO
from inventory.models import CostMethod
from inventory.services.checking import SELLABLE, check_requests, check_stock
from inventory.services.entries import post_move_entries
from inventory.services.events import publish_stock_changed
from inventory.services.locking import MoveFacts, lock_moves
from inventory.services.requests import MoveRequest, MoveResult
from inventory.services.serials import MovedSerial, find_serials, write_serials
from inventory.services.standard_costs import post_variances
from inventory.services.uninvoiced import record_uninvoiced
from inventory.services.valuing import Valued, crosses_border, is_drop_ship, value_moves

LAYER = {
    "move_id": "bigint",
    "company_id": "bigint",
    "sku_id": "bigint",
    "pooled": "boolean",
    "quantity": "numeric",
    "value": "numeric",
}
USE = {
    "company_id": "bigint",
    "sku_id": "bigint",
    "layer_id": "bigint",
    "move_id": "bigint",
    "quantity": "numeric",
    "value": "numeric",
}
MOVE = {
    "id": "bigint",
    "company_id": "bigint",
    "sku_id": "bigint",
    "lot_id": "bigint",
    "owner_id": "bigint",
    "quantity": "numeric",
    "from_location_id": "bigint",
    "to_location_id": "bigint",
    "effective_at": "timestamptz",
    "value": "numeric",
    "entry_id": "bigint",
    "allocation_id": "bigint",
    "bin_claim_id": "bigint",
    "returns_move_id": "bigint",
    "reason": "text",
    "source_type": "text",
    "source_id": "bigint",
    "source_key": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}


@transaction.atomic(savepoint=False)
def post_moves(
    moves: Sequence[MoveRequest], *, company_id: int, actor: Actor, books: Books | None = None
) -> list[MoveResult]:
    """Move goods of one company, in order, with their cost and its journal entries; all or nothing.

    One result per move, in order: done, or already (its source key was posted before, with the same SKU,
    quantity and places). Moves may build on one another: what the first brings the next may take.
    books: the company's settings, if the caller has them.

    Raises StockRefused naming what cannot be moved, EntryKeyReused; ValueError for a caller's mistake.
    Nothing is written then.
    Statements, whatever the number of moves: inside the company 2 (3 if what is available changes); over the
    border 6 and up to 4 more for FIFO layers, standard prices, returns and goods found, 1 more where a supplier is
    concerned; those of dimensions and new months. 4 more for variances from standard prices, up to 3 more where
    units have serial numbers.
    """
    check_requests(moves)
    if not moves:
        return []
    facts = lock_moves(company_id, moves)
    check_stock(moves, facts)
    units = find_serials(moves, facts, company_id=company_id)
    fresh = [(m, f) for m, f in zip(moves, facts, strict=True) if f.old_id is None]
    entered = _enter(fresh, units, company_id, actor, books) if fresh else {}
    return [
        entered[found.n]
        if found.old_id is None
        else MoveResult(found.old_id, "already", found.old_value or ZERO, found.old_entry)
        for found in facts
    ]


def _enter(
    fresh: Sequence[tuple[MoveRequest, MoveFacts]],
    units: Sequence[MovedSerial],
    company_id: int,
    actor: Actor,
    books: Books | None,
) -> dict[int, MoveResult]:
    moves, facts = [m for m, _ in fresh], [f for _, f in fresh]
    valued = [Valued()] * len(fresh)
    entry_ids: list[int | None] = [None] * len(fresh)
    if any(crosses_border(m, f) or is_drop_ship(m, f) for m, f in fresh):
        books = books or books_of(company_id)
        exponent = books.exponents[books.base_currency]
        valued = value_moves(moves, facts, company_id=company_id, exponent=exponent)
        entry_ids = post_move_entries(moves, facts, [v.value for v in valued], books=books, actor=actor)
    write_serials(units, company_id=company_id)
    _write(fresh, valued, entry_ids, company_id, actor)
    record_uninvoiced(list(zip(moves, facts, valued, strict=True)))
    if any(value.variance for value in valued):
        assert books is not None
        arrivals = [(m, f, v.variance) for (m, f), v in zip(fresh, valued, strict=True)]
        post_variances(arrivals, books=books, actor=actor)
    publish_stock_changed(_touched(fresh), company_id=company_id)
    return {
        f.n: MoveResult(f.move_id, "done", v.value, entry_id)
        for f, v, entry_id in zip(facts, valued, entry_ids, strict=True)
    }


def _write(
    fresh: Sequence[tuple[MoveRequest, MoveFacts]],
    valued: Sequence[Valued],
    entry_ids: Sequence[int | None],
    company_id: int,
    actor: Actor,
) -> None:
    """Cost rows first: the moves' trigger compares each move with them."""
    rows = list(zip(fresh, valued, entry_ids, strict=True))
    insert_rows(
        "inventory_costlayer",
        LAYER,
        [
            (f.move_id, company_id, m.sku_id, f.cost_method != CostMethod.FIFO, m.quantity, v.value)
            for (m, f), v, _ in rows
            if v.layer
        ],
    )
    insert_rows(
        "inventory_layeruse",
        USE,
        [
            (company_id, m.sku_id, use.layer_id, f.move_id, use.quantity, use.value)
            for (m, f), v, _ in rows
            for use in v.uses
        ],
    )
    insert_rows("inventory_stockmove", MOVE, [_move_row(m, f, v, e, company_id, actor) for (m, f), v, e in rows])


def _move_row(
    move: MoveRequest, facts: MoveFacts, valued: Valued, entry_id: int | None, company_id: int, actor: Actor
) -> tuple[Any, ...]:
    return (
        facts.move_id,
        company_id,
        move.sku_id,
        move.lot_id,
        move.owner_id,
        move.quantity,
        move.from_location_id,
        move.to_location_id,
        move.effective_at,
        valued.value,
        entry_id,
        move.allocation_id,
        move.bin_claim_id,
        move.returns_move_id,
        move.reason,
        move.source_type,
        move.source_id,
        move.source_key,
        actor.user_id,
        actor.label,
    )


def _touched(fresh: Sequence[tuple[MoveRequest, MoveFacts]]) -> set[tuple[int, int]]:
    """(SKU, warehouse) whose available quantity changed: a move that uses a claim leaves it as it was."""
    touched: set[tuple[int, int]] = set()
    for move, found in fresh:
        taken = found.from_kind in SELLABLE
        put = found.to_kind in SELLABLE
        if taken and put and found.from_warehouse == found.to_warehouse:
            continue
        if taken and move.allocation_id is None and found.from_warehouse:
            touched.add((move.sku_id, found.from_warehouse))
        if put and found.to_warehouse:
            touched.add((move.sku_id, found.to_warehouse))
    return touched
