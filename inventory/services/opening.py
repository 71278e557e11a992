"""Stock that was there before the books began."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from backoffice.core.actor import Actor
from inventory.selectors.places import counterpart
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest, MoveResult


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """value: the total of the quantity, in the base currency's minor units."""

    sku_id: int
    location_id: int
    quantity: Decimal
    value: Decimal
    lot_id: int | None = None
    owner_id: int | None = None
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def post_opening_stock(
    lines: Sequence[OpeningLine],
    *,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    source_key: str = "opening",
    entry_key: str = "",
) -> list[MoveResult]:
    """Bring in opening stock against opening balances, under one entry; a line posted before is `already`.

    source_key: of the entry; each line's key adds its SKU, place, lot and owner. To add stock to a place that
    was opened before, use another source_key. entry_key: of the entry, where several batches share a source_key. Raises as post_moves does. Statements: 9.
    """
    if not lines:
        return []
    opening = counterpart(company_id, "opening")
    return post_moves(
        [
            MoveRequest(
                sku_id=line.sku_id,
                quantity=line.quantity,
                from_location_id=opening,
                to_location_id=line.location_id,
                effective_at=effective_at,
                source_type="inventory.opening",
                source_id=None,
                lot_id=line.lot_id,
                owner_id=line.owner_id,
                value=None if line.owner_id else line.value,
                source_key=f"{source_key}:{line.sku_id}:{line.location_id}:{line.lot_id or ''}:{line.owner_id or ''}",
                entry_key=entry_key or source_key,
                serials=line.serials,
            )
            for line in lines
        ],
        company_id=company_id,
        actor=actor,
    )
