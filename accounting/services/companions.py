"""Entries that a later step of the transaction posts, written together with those of an earlier one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from accounting.dimensions import Dimensions
from accounting.services.entries import Entry, Posted

SetIds = Mapping[Dimensions, int]


@dataclass(slots=True)
class Companions:
    """entries wait for the first posting of the block; posted: what was answered for each, by source key."""

    company_id: int
    entries: Sequence[Entry]
    dimension_ids: SetIds
    posted: dict[str, tuple[Entry, Posted]] = field(default_factory=dict)

    def post(
        self,
        entries: Sequence[Entry],
        dimension_ids: SetIds | None,
        write: Callable[[Sequence[Entry], SetIds | None], list[Posted]],
    ) -> list[Posted]:
        """The answers for `entries`: those that went along before are not written again."""
        if not self.posted:
            ids = None if dimension_ids is None else {**dimension_ids, **self.dimension_ids}
            answers = write([*entries, *self.entries], ids)
            with_them = zip(self.entries, answers[len(entries) :], strict=True)
            self.posted = {entry.source_key: (entry, answer) for entry, answer in with_them}
            return answers[: len(entries)]
        found = [self.posted.get(entry.source_key) for entry in entries]
        other = [entry for entry, known in zip(entries, found, strict=True) if known is None or known[0] != entry]
        written = iter(write(other, dimension_ids) if other else [])
        return [
            known[1] if known is not None and known[0] == entry else next(written)
            for entry, known in zip(entries, found, strict=True)
        ]


_current: ContextVar[Companions | None] = ContextVar("companions", default=None)


@contextmanager
def posted_together(entries: Sequence[Entry], *, company_id: int, dimension_ids: SetIds) -> Iterator[None]:
    """Entries that a later step of this transaction posts are written with the first entries of the block.

    For callers whose locks see to it that nobody else posts these entries, or those of the block, meanwhile.

    The later step posts them as it always does, within the block, and is answered what was written: one look at
    periods and known keys, and one statement, for both. dimension_ids: of their lines.
    """
    token = _current.set(Companions(company_id, entries, dimension_ids))
    try:
        yield
    finally:
        _current.reset(token)


def companions(company_id: int) -> Companions | None:
    """What waits in this block for the company's next posting, or went with an earlier one."""
    found = _current.get()
    return found if found is not None and found.entries and found.company_id == company_id else None
