"""A consignor's goods that are sold are bought in the same breath."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from accounting.selectors import books_of
from backoffice.core.db import prepared_cursor
from backoffice.core.money import round_money
from inventory.selectors.places import counterpart
from inventory.services.requests import MoveRequest

# A term that was given up since still counts for what was claimed under it.
_TERMS = """
SELECT a.id, t.id, t.unit_price FROM inventory_allocation a
JOIN inventory_demand d ON d.id = a.demand_id AND d.owner_id IS NULL
JOIN inventory_stockowner o ON o.party_id = a.owner_id
JOIN inventory_consignmentterm t ON t.owner_id = o.id AND t.sku_id = a.sku_id
WHERE a.company_id = %s AND a.id = ANY(%s) AND a.owner_id IS NOT NULL
"""


def buy_consigned(moves: Sequence[MoveRequest], *, company_id: int) -> list[tuple[bool, MoveRequest]]:
    """The moves, in order, each True; before the sale of a consignor's goods come those by which we buy them, False.

    Statements: 0 unless a move of other owners' goods uses a claim, else up to 6.
    """
    claimed = [move.allocation_id for move in moves if move.owner_id is not None and move.allocation_id is not None]
    terms: dict[int, tuple[int, Decimal]] = {}
    if claimed:
        with prepared_cursor() as cursor:
            cursor.execute(_TERMS, [company_id, claimed])
            terms = {allocation_id: (term_id, price) for allocation_id, term_id, price in cursor.fetchall()}
    if not terms:
        return [(True, move) for move in moves]
    supplier = counterpart(company_id, "supplier")
    books = books_of(company_id)
    exponent = books.exponents[books.base_currency]
    done: list[tuple[bool, MoveRequest]] = []
    for move in moves:
        if move.owner_id is None or move.allocation_id not in terms:
            done.append((True, move))
            continue
        term_id, price = terms[move.allocation_id]
        taken = replace(
            move,
            to_location_id=supplier,
            source_type="inventory.consignmentterm",
            source_id=term_id,
            source_key=None,
            reason="consigned",
            entry_key="",
            entry_source=None,
            offset_role=None,
        )
        bought = replace(
            taken,
            from_location_id=supplier,
            to_location_id=move.from_location_id,
            owner_id=None,
            allocation_id=None,
            bin_claim_id=None,
            value=round_money(move.quantity * price, exponent),
            supplier_id=move.owner_id,
            entry_key=f"{move.entry_key}:consigned" if move.entry_key else "",
            entry_source=move.entry_source,
        )
        sold = replace(move, owner_id=None, allocation_id=None, bin_claim_id=None)
        done += [(False, taken), (False, bought), (True, sold)]
    return done
