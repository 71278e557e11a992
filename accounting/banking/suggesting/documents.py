"""Open documents that a bank line may pay: by their numbers, by who paid, by the amount."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.banking.suggesting.facts import (
    TOKEN,
    ZERO,
    Document,
    Known,
    Subject,
    Suggestion,
    oldest_first,
    plain,
    unaccented,
    words,
)

CERTAIN, POSSIBLE = 90, 40
MANY = 40  # open documents of a party among which sums are sought
TRIES = 20_000


def named_in(text: str, known: Known) -> list[Document]:
    """Documents whose number the text holds, as one token or as neighbours that a line break parted."""
    tokens = TOKEN.findall(unaccented(text))
    found: dict[int, Document] = {}
    for start in range(len(tokens)):
        joined = ""
        for token in tokens[start : start + 4]:
            joined += token
            for document in known.by_number.get(joined, ()):
                if len(joined) > 2:
                    found[document.item_id] = document
    return list(found.values())


def of_named(line: Subject, named: Sequence[Document], known: Known) -> Iterator[Suggestion]:
    total = sum((document.signed for document in named), ZERO)
    numbers = ", ".join(document.number for document in named[:5])
    reason = _("The text names %(numbers)s") % {"numbers": numbers}
    whole = tuple((document, document.amount) for document in named)
    difference = line.amount - total
    if not difference:
        yield Suggestion("settle", 100, (reason, _("the amount is what is open")), whole, certain=True)
    elif total and (total > 0) == (line.amount > 0) and abs(difference) <= known.write_off_limit:
        yield Suggestion(
            "settle",
            CERTAIN,
            (reason, _("%(difference)s is within the limit for write-offs") % {"difference": f"{difference:f}"}),
            whole,
            write_off=difference,
        )
    elif all(document.brings_in == (line.amount > 0) for document in named):
        shares, rest = oldest_first(line, named)
        if rest:
            reasons = (reason, _("%(rest)s is more than is open") % {"rest": f"{abs(rest):f}"})
            yield Suggestion("settle", 76, reasons, shares, rest=rest)
        else:
            yield Suggestion("settle", 84, (reason, _("the amount is a part of what is open")), shares)


def of_parts(line: Subject, known: Known) -> Iterator[Suggestion]:
    """A collective booking whose payments each name their documents."""
    shares: list[tuple[Document, Decimal]] = []
    for amount, name, text in line.parts:
        named = named_in(f"{text} {name}", known)
        if not named or sum((one.signed for one in named), ZERO) != amount:
            return
        shares += [(one, one.amount) for one in named]
    if len({document.item_id for document, _share in shares}) == len(shares):
        reason = _("%(count)s payments in one booking, each names its document") % {"count": len(line.parts)}
        yield Suggestion("settle", 99, (reason,), tuple(shares), certain=True)


def party_of(line: Subject, known: Known) -> tuple[int | None, str]:
    """Who paid, by the account they paid from before, or by name; and how one knows."""
    before = known.payers.get(plain(line.counterparty)) if line.counterparty else None
    if before is not None:
        return before, _("this account was matched with them before")
    named = words(line.name)
    if not named:
        return None, ""
    counts: dict[int, int] = defaultdict(int)
    for word in named:
        for party_id in known.by_word.get(word, ()):
            counts[party_id] += 1
    best = sorted(counts.items(), key=lambda pair: -pair[1])[:2]
    if best and (len(best) == 1 or best[0][1] > best[1][1]) and best[0][1] * 2 >= len(named):
        return best[0][0], _("the name is theirs")
    return None, ""


def of_party(line: Subject, documents: Sequence[Document], why: str) -> Iterator[Suggestion]:
    mine = [document for document in documents if document.brings_in == (line.amount > 0)]
    size = abs(line.amount)
    exact = [document for document in mine if document.amount == size]
    for document in exact[:3]:
        reasons = (_("%(number)s is open with this amount") % {"number": document.number}, why)
        yield Suggestion("settle", 88 if len(exact) == 1 else 72, reasons, ((document, size),))
    if exact or not mine:
        return
    chosen = _sum_to(mine[:MANY], size)
    if chosen:
        numbers = ", ".join(document.number for document in chosen[:5])
        reasons = (_("%(numbers)s together make this amount") % {"numbers": numbers}, why)
        yield Suggestion("settle", 78, reasons, tuple((document, document.amount) for document in chosen))
        return
    shares, rest = oldest_first(line, mine)
    reasons = (_("the oldest open documents of %(party)s") % {"party": mine[0].party}, why)
    yield Suggestion("settle", 45, reasons, shares, rest=rest)


def _sum_to(documents: Sequence[Document], amount: Decimal) -> list[Document]:
    """Documents that make exactly the amount: the oldest in a row if they do, else any found in bounded time."""
    total, run = ZERO, []
    for document in documents:
        total += document.amount
        run.append(document)
        if total == amount:
            return run
        if total > amount:
            break
    reached: dict[Decimal, tuple[int, ...]] = {ZERO: ()}
    for place, document in enumerate(documents):
        for sum_so_far, places in list(reached.items()):
            next_sum = sum_so_far + document.amount
            if next_sum == amount:
                return [documents[at] for at in (*places, place)]
            if next_sum < amount and next_sum not in reached:
                reached[next_sum] = (*places, place)
        if len(reached) > TRIES:
            return []
    return []


def of_amount(line: Subject, known: Known, party_id: int | None) -> Iterator[Suggestion]:
    found = known.by_amount.get(line.amount, ())
    others = [document for document in found if document.party_id != party_id]
    if len(others) > 5:
        return
    for document in others[:3]:
        reasons = (_("%(number)s is open with this amount") % {"number": document.number},)
        yield Suggestion("settle", POSSIBLE + (10 if len(found) == 1 else 0), reasons, ((document, document.amount),))
