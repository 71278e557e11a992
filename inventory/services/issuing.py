"""Goods that leave to a customer, with the claims they use."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounting.selectors import Books
from backoffice.core.actor import Actor
from inventory.selectors.places import counterpart
from inventory.services.consigning import buy_consigned
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest, MoveResult


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """One line of a shipment. entry_key: the source key of the entry that takes its cost ("shipment:123")."""

    sku_id: int
    quantity: Decimal
    from_location_id: int
    allocation_id: int | None
    effective_at: datetime.datetime
    source_type: str
    source_id: int
    entry_key: str
    source_key: str | None = None
    lot_id: int | None = None
    owner_id: int | None = None
    bin_claim_id: int | None = None
    offset_role: str | None = None
    entry_source: tuple[str, int] | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def issue(
    requests: Sequence[IssueRequest],
    *,
    company_id: int,
    actor: Actor,
    customer_location_id: int | None = None,
    books: Books | None = None,
) -> list[MoveResult]:
    """Move goods to the customer: stock falls, claims are used, cost is taken and posted; all or nothing.

    A consignor's goods that serve a demand of ours are bought first, at the agreed price, in the same transaction:
    they leave the owner's stock to the supplier's place, come in as ours (GRNI) and are sold.

    One result per request, in order; value is negative: the cost that left.
    Raises as post_moves does. Statements: 8, 1 more with FIFO layers; 1 less each for customer_location_id and
    books given; those of dimensions and new months; 2 more if goods are a consignor's.
    """
    if not requests:
        return []
    to = customer_location_id or counterpart(company_id, "customer")
    moves = buy_consigned(
        [
            MoveRequest(
                sku_id=r.sku_id,
                quantity=r.quantity,
                from_location_id=r.from_location_id,
                to_location_id=to,
                effective_at=r.effective_at,
                source_type=r.source_type,
                source_id=r.source_id,
                lot_id=r.lot_id,
                owner_id=r.owner_id,
                allocation_id=r.allocation_id,
                bin_claim_id=r.bin_claim_id,
                reason=r.reason,
                source_key=r.source_key,
                offset_role=r.offset_role,
                entry_key=r.entry_key,
                entry_source=r.entry_source,
                dimensions=r.dimensions,
                serials=r.serials,
            )
            for r in requests
        ],
        company_id=company_id,
    )
    results = post_moves([move for _sold, move in moves], company_id=company_id, actor=actor, books=books)
    return [result for (sold, _move), result in zip(moves, results, strict=True) if sold]
