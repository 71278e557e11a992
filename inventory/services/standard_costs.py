"""Standard cost: stock counts at a fixed price; what arrives at another value leaves the difference as a variance."""

from collections.abc import Sequence
from decimal import Decimal

from accounting.models import AccountRole
from accounting.selectors import Books
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from inventory.services.entries import Draft, post_drafts
from inventory.services.locking import MoveFacts
from inventory.services.requests import MoveRequest
from inventory.services.revaluing import VALUE_CHANGE

REASON = "standard_cost"


def post_variances(arrivals: Sequence[tuple[MoveRequest, MoveFacts, Decimal]], *, books: Books, actor: Actor) -> None:
    """Take what arrivals brought above (or below) the standard price off their stock again, by entries of their own.

    arrivals: each with its variance. A move keeps the value that the supplier asks, so that goods received and
    not invoiced clear by the bill; statements: those of post_entries and 1, or 0 without a variance.
    """
    differing = [row for row in arrivals if row[2]]
    drafts: dict[str, Draft] = {}
    keys: dict[tuple[str, str], str] = {}
    rows = []
    for move, found, variance in differing:
        day = str(books.local_date(move.effective_at))
        key = keys.setdefault((move.entry_key, day), f"standard:{found.move_id}")
        source = move.entry_source or (move.source_type, move.source_id)
        draft = drafts.setdefault(key, Draft(move.effective_at, source))
        draft.add(books, -variance, AccountRole.PRICE_VARIANCE, move.dimensions)
        rows.append((key, move, found, variance))
    ids = post_drafts(drafts, books=books, actor=actor)
    insert_rows(
        "inventory_valuechange",
        VALUE_CHANGE,
        [
            (
                books.company_id,
                move.sku_id,
                found.move_id,
                -variance,
                ids[key],
                REASON,
                move.source_type,
                move.source_id,
                actor.label,
            )
            for key, move, found, variance in rows
        ],
    )
