"""Which order line a credit without a reference belongs to. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

Asked = tuple[int | None, int | None, datetime, Decimal]


@dataclass(slots=True)
class Sold:
    """A shipped order line. left: not yet returned. moves: [issue, what may come back to it], oldest first."""

    order_line_id: int
    order_id: int
    placed_at: datetime
    left: Decimal
    moves: list[tuple[int, Decimal]]


@dataclass(frozen=True, slots=True)
class Match:
    """The order line that goods were sold on, and the move whose cost they take back (None: none has it all)."""

    order_line_id: int
    order_id: int
    issue_move_id: int | None


def match_lines(
    asked: Sequence[Asked], sold: Mapping[tuple[int | None, int | None], Sequence[Sold]]
) -> list[Match | None]:
    """For each (contact, SKU, credited at, quantity): the last purchase before the credit that has all of it left.

    sold: by (contact, SKU), newest first; what a match takes is not there for the next.
    """
    left = {line.order_line_id: line.left for lines in sold.values() for line in lines}
    moves = {move_id: quantity for lines in sold.values() for line in lines for move_id, quantity in line.moves}
    found: list[Match | None] = []
    for contact_id, sku_id, credited_at, quantity in asked:
        match = None
        for line in sold.get((contact_id, sku_id), ()):
            if line.placed_at <= credited_at and left[line.order_line_id] >= quantity:
                move_id = next((pk for pk, _quantity in line.moves if moves[pk] >= quantity), None)
                if move_id is not None:
                    moves[move_id] -= quantity
                left[line.order_line_id] -= quantity
                match = Match(line.order_line_id, line.order_id, move_id)
                break
        found.append(match)
    return found
