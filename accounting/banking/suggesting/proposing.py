"""What a bank line may be for, the likeliest first."""

from collections.abc import Iterator

from accounting.banking.suggesting.documents import named_in, of_amount, of_named, of_parts, of_party, party_of
from accounting.banking.suggesting.facts import Known, Subject, Suggestion
from accounting.banking.suggesting.posted import of_posted, of_transfers
from accounting.banking.suggesting.rules import by_rule


def suggest(line: Subject, known: Known, *, limit: int = 6) -> list[Suggestion]:
    """The likeliest first. No two propose the same."""
    found: dict[str, Suggestion] = {}
    for one in _all(line, known):
        if one.key not in found or one.score > found[one.key].score:
            found[one.key] = one
    return sorted(found.values(), key=lambda one: -one.score)[:limit]


def _all(line: Subject, known: Known) -> Iterator[Suggestion]:
    yield from by_rule(line, known)
    named = named_in(f"{line.text} {line.name}", known)
    if named:
        yield from of_named(line, named, known)
    if line.parts:
        yield from of_parts(line, known)
    yield from of_posted(line, known)
    yield from of_transfers(line, known)
    party_id, why = party_of(line, known)
    if party_id is not None:
        yield from of_party(line, known.by_party.get(party_id, ()), why)
    if not named:
        yield from of_amount(line, known, party_id)
