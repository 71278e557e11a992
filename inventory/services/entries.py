"""The journal entries of moves and changes of value: goods on one side, why they changed on the other."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.models import AccountRole, Subledger
from accounting.selectors import Books
from accounting.services.dimensions import ensure_sets
from accounting.services.entries import Entry, Line
from accounting.services.posting import post_entries
from backoffice.core.actor import Actor
from inventory.errors import EntryKeyReused
from inventory.services.checking import INTERNAL
from inventory.services.locking import MoveFacts
from inventory.services.requests import MoveRequest

Dimensions = tuple[tuple[str, str], ...]

_OFFSETS = {
    ("supplier", True): AccountRole.GRNI,
    ("supplier", False): AccountRole.GRNI,
    ("customer", True): AccountRole.COGS,
    ("customer", False): AccountRole.COGS,
    ("adjustment", True): AccountRole.INVENTORY_GAIN,
    ("adjustment", False): AccountRole.INVENTORY_LOSS,
    ("opening", True): AccountRole.OPENING_EQUITY,
    ("opening", False): AccountRole.OPENING_EQUITY,
}


@dataclass(slots=True)
class Draft:
    """An entry while its values are added up. sums: by (account, dimensions, debit or credit)."""

    effective_at: datetime.datetime
    source: tuple[str, int | None]
    sums: defaultdict[tuple[int, Dimensions, bool], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(
        self,
        books: Books,
        value: Decimal,
        offset_role: str,
        dimensions: Dimensions,
        *,
        role: str = AccountRole.INVENTORY,
    ) -> None:
        self.put(books.account(role), value, dimensions)
        self.put(books.account(offset_role), -value, dimensions)

    def put(self, account_id: int, amount: Decimal, dimensions: Dimensions) -> None:
        """One side by itself; whoever puts one puts the other."""
        self.sums[account_id, dimensions, amount > 0] += amount

    def lines(self, currency: str) -> list[Line]:
        """Debits first, then by account."""
        ordered = sorted(self.sums.items(), key=lambda item: (not item[0][2], item[0][:2]))
        return [
            Line(account_id=account, amount=amount, currency=currency, dimensions=dimensions)
            for (account, dimensions, _side), amount in ordered
        ]


def offset_role(move: MoveRequest, facts: MoveFacts) -> str:
    """The role of the other side; raises ValueError where none is usual and none was given."""
    if move.offset_role:
        return move.offset_role
    arrives = facts.to_kind in INTERNAL
    try:
        return _OFFSETS[(facts.from_kind if arrives else facts.to_kind) or "", arrives]
    except KeyError:
        raise ValueError(f"moves between {facts.from_kind} and {facts.to_kind} need an offset_role") from None


def post_move_entries(
    moves: Sequence[MoveRequest],
    facts: Sequence[MoveFacts],
    values: Sequence[Decimal],
    *,
    books: Books,
    actor: Actor,
) -> list[int | None]:
    """Post the entries of the moves that have a value; the entry's id for each move, or None.

    Raises EntryKeyReused if an entry of that key was posted before. Statements: those of post_entries, or 0.
    """
    drafts: dict[str, Draft] = {}
    keys: list[str | None] = []
    for move, found, value in zip(moves, facts, values, strict=True):
        if not value:
            keys.append(None)
            continue
        key = move.entry_key or f"stock:{facts[0].move_id}:{books.local_date(move.effective_at)}"
        keys.append(key)
        source = move.entry_source or (move.source_type, move.source_id)
        draft = drafts.get(key)
        if draft is None:
            draft = drafts[key] = Draft(move.effective_at, source)
        elif draft.source != source:
            draft.source = (source[0] if draft.source[0] == source[0] else "", None)
        draft.effective_at = min(draft.effective_at, move.effective_at)
        # What goes from the supplier to the customer is owed for and sold, and was never stock.
        role = (
            AccountRole.GRNI if found.from_kind == "supplier" and found.to_kind == "customer" else AccountRole.INVENTORY
        )
        draft.add(books, value, offset_role(move, found), move.dimensions, role=role)
    ids = post_drafts(drafts, books=books, actor=actor)
    return [None if key is None else ids[key] for key in keys]


def post_drafts(drafts: Mapping[str, Draft], *, books: Books, actor: Actor) -> dict[str, int]:
    """Entry id by key. Raises EntryKeyReused."""
    if not drafts:
        return {}
    used = (dimensions for draft in drafts.values() for _account, dimensions, _side in draft.sums)
    sets = ensure_sets(used, company_id=books.company_id, known=books.dimension_sets)
    posted = post_entries(
        [
            Entry(
                date=None,
                effective_at=draft.effective_at,
                subledger=Subledger.INVENTORY,
                source_type=draft.source[0],
                source_id=draft.source[1],
                source_key=key,
                lines=draft.lines(books.base_currency),
            )
            for key, draft in drafts.items()
        ],
        company_id=books.company_id,
        actor=actor,
        dimension_ids=sets,
    )
    for key, entry in zip(drafts, posted, strict=True):
        if entry.state != "posted":
            raise EntryKeyReused(_("%(key)s was posted before.") % {"key": key}, source_key=key)
    return {key: entry.entry_id for key, entry in zip(drafts, posted, strict=True)}
