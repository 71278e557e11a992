"""What the page of a document shows of the books below it: its moves and their journal entries."""

from collections.abc import Sequence
from typing import Any

from inventory.models import StockMove


def moves_of(source_type: str, source_ids: Sequence[int], *, limit: int = 400) -> list[Any]:
    """The moves of a document's lines, oldest first, with SKU, places, lot and entry. Statements: 1."""
    moves = StockMove.objects.filter(source_type=source_type, source_id__in=list(source_ids))
    related = ("sku", "lot", "from_location__warehouse", "to_location__warehouse", "company", "actor")
    return list(moves.select_related(*related).order_by("id")[:limit])
