"""What a bank line may be for, each suggestion with its reasons. Pure: what is known is given."""

import datetime
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

ZERO = Decimal(0)
CERTAIN, POSSIBLE = 90, 40
MANY = 40  # open documents of a party among which sums are sought
TRIES = 20_000
NEAR_DAYS = 5
_TOKEN = re.compile(r"[0-9A-Z]+")


@dataclass(frozen=True, slots=True)
class Document:
    """Something open: amount without sign; it brings money in (an invoice) or takes it out (a bill, a credit note)."""

    item_id: int
    number: str
    party_id: int
    party: str
    control: str
    brings_in: bool
    amount: Decimal
    due_date: datetime.date
    other_number: str = ""
    currency: str = ""

    @property
    def signed(self) -> Decimal:
        return self.amount if self.brings_in else -self.amount


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry that the books have and the bank line not yet."""

    entry_id: int
    amount: Decimal
    date: datetime.date
    reference: str
    party: str


@dataclass(frozen=True, slots=True)
class Rule:
    id: int
    name: str
    bank_account_id: int | None
    direction: str
    texts: tuple[str, ...]
    counterparty: str
    min_amount: Decimal | None
    max_amount: Decimal | None
    action: str
    target_id: int
    automatic: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """A line as far as guessing needs it. amount: what is open of it, signed."""

    id: int
    bank_account_id: int
    date: datetime.date
    amount: Decimal
    name: str
    counterparty: str
    text: str
    kind: str = ""
    parts: tuple[tuple[Decimal, str, str], ...] = ()  # (amount, name, text)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """action: settle (documents with amounts), entry, account, transfer or party (target_id); rest: left on account.

    score: 0 to 100. certain: may be done without asking.
    """

    action: str
    score: int
    reasons: tuple[str, ...]
    documents: tuple[tuple[Document, Decimal], ...] = ()
    target_id: int | None = None
    write_off: Decimal = ZERO
    rest: Decimal = ZERO
    rule_id: int | None = None
    certain: bool = False

    @property
    def key(self) -> str:
        """The same for the same proposal."""
        shares = ",".join(f"{doc.item_id}={amount:f}" for doc, amount in self.documents)
        return f"{self.action}:{self.target_id or ''}:{shares}"


@dataclass(slots=True)
class Known:
    """Everything that lines are compared with, indexed once for all of them."""

    documents: Sequence[Document] = ()
    posted: Sequence[Posted] = ()
    rules: Sequence[Rule] = ()
    own_accounts: dict[str, int] = field(default_factory=dict)  # bank account by its number
    payers: dict[str, int] = field(default_factory=dict)  # party by the other side's account, as matched before
    transfers: Sequence[Subject] = ()  # open lines of the other accounts
    write_off_limit: Decimal = ZERO
    by_number: dict[str, list[Document]] = field(init=False)
    by_amount: dict[Decimal, list[Document]] = field(init=False)
    by_party: dict[int, list[Document]] = field(init=False)
    by_word: dict[str, set[int]] = field(init=False)
    posted_by_amount: dict[Decimal, list[Posted]] = field(init=False)
    transfers_by_amount: dict[Decimal, list[Subject]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_number, self.by_amount, self.by_party = defaultdict(list), defaultdict(list), defaultdict(list)
        self.by_word, self.posted_by_amount = defaultdict(set), defaultdict(list)
        self.transfers_by_amount = defaultdict(list)
        for document in sorted(self.documents, key=lambda one: (one.due_date, one.item_id)):
            for number in {plain(document.number), plain(document.other_number)} - {""}:
                self.by_number[number].append(document)
            self.by_amount[document.signed].append(document)
            self.by_party[document.party_id].append(document)
            for word in words(document.party):
                self.by_word[word].add(document.party_id)
        for entry in self.posted:
            self.posted_by_amount[entry.amount].append(entry)
        for line in self.transfers:
            self.transfers_by_amount[line.amount].append(line)


def plain(text: str) -> str:
    return "".join(_TOKEN.findall(_unaccented(text)))


def words(name: str) -> set[str]:
    """Of a name, what tells it from others."""
    return {word for word in _TOKEN.findall(_unaccented(name)) if len(word) > 2 and word not in _COMMON}


_COMMON = frozenset(
    ("LTD", "LIMITED", "LLC", "INC", "GMBH", "AND", "UND", "THE", "PLC", "CORP", "COMPANY", "SARL", "SRL", "SPA", "OOO",
     "CUSTOMER", "SUPPLIER", "HERR", "FRAU")
)  # fmt: skip


def _unaccented(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(c))


def suggest(line: Subject, known: Known, *, limit: int = 6) -> list[Suggestion]:
    """The likeliest first. No two propose the same."""
    found: dict[str, Suggestion] = {}
    for one in _all(line, known):
        if one.key not in found or one.score > found[one.key].score:
            found[one.key] = one
    return sorted(found.values(), key=lambda one: -one.score)[:limit]


def _all(line: Subject, known: Known) -> Iterator[Suggestion]:
    yield from _by_rule(line, known)
    named = _named(f"{line.text} {line.name}", known)
    if named:
        yield from _of_named(line, named, known)
    if line.parts:
        yield from _of_parts(line, known)
    yield from _of_posted(line, known)
    yield from _of_transfers(line, known)
    party_id, why = _party(line, known)
    if party_id is not None:
        yield from _of_party(line, known.by_party.get(party_id, ()), why)
    if not named:
        yield from _of_amount(line, known, party_id)


# Rules


def fits(rule: Rule, line: Subject) -> bool:
    size = abs(line.amount)
    haystack = f"{line.text}\n{line.name}\n{line.kind}".casefold()
    return (
        rule.bank_account_id in (None, line.bank_account_id)
        and (not rule.direction or (rule.direction == "in") == (line.amount > 0))
        and (not rule.texts or any(text.casefold() in haystack for text in rule.texts))
        and (not rule.counterparty or plain(rule.counterparty) == plain(line.counterparty))
        and (rule.min_amount is None or size >= rule.min_amount)
        and (rule.max_amount is None or size <= rule.max_amount)
    )


def _by_rule(line: Subject, known: Known) -> Iterator[Suggestion]:
    rule = next((rule for rule in known.rules if fits(rule, line)), None)
    if rule is None:
        return
    reasons = (_("Rule “%(name)s”") % {"name": rule.name},)
    if rule.action != "party":
        yield Suggestion(rule.action, 96, reasons, target_id=rule.target_id, rule_id=rule.id, certain=rule.automatic)
        return
    documents, rest = _oldest_first(line, known.by_party.get(rule.target_id, ()))
    yield Suggestion(
        "settle" if documents else "party",
        96,
        reasons,
        documents,
        target_id=rule.target_id,
        rest=rest,
        rule_id=rule.id,
        certain=rule.automatic,
    )


def _oldest_first(line: Subject, documents: Iterable[Document]) -> tuple[tuple[tuple[Document, Decimal], ...], Decimal]:
    left, taken = abs(line.amount), []
    for document in documents:
        if document.brings_in == (line.amount > 0) and left:
            share = min(left, document.amount)
            taken.append((document, share))
            left -= share
    return tuple(taken), left if line.amount > 0 else -left


# Documents


def _named(text: str, known: Known) -> list[Document]:
    """Documents whose number the text holds, as one token or as neighbours that a line break parted."""
    tokens = _TOKEN.findall(_unaccented(text))
    found: dict[int, Document] = {}
    for start in range(len(tokens)):
        joined = ""
        for token in tokens[start : start + 4]:
            joined += token
            for document in known.by_number.get(joined, ()):
                if len(joined) > 2:
                    found[document.item_id] = document
    return list(found.values())


def _of_named(line: Subject, named: Sequence[Document], known: Known) -> Iterator[Suggestion]:
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
        shares, rest = _oldest_first(line, named)
        if rest:
            reasons = (reason, _("%(rest)s is more than is open") % {"rest": f"{abs(rest):f}"})
            yield Suggestion("settle", 76, reasons, shares, rest=rest)
        else:
            yield Suggestion("settle", 84, (reason, _("the amount is a part of what is open")), shares)


def _of_parts(line: Subject, known: Known) -> Iterator[Suggestion]:
    """A collective booking whose payments each name their documents."""
    shares: list[tuple[Document, Decimal]] = []
    for amount, name, text in line.parts:
        named = _named(f"{text} {name}", known)
        if not named or sum((one.signed for one in named), ZERO) != amount:
            return
        shares += [(one, one.amount) for one in named]
    if len({document.item_id for document, _share in shares}) == len(shares):
        reason = _("%(count)s payments in one booking, each names its document") % {"count": len(line.parts)}
        yield Suggestion("settle", 99, (reason,), tuple(shares), certain=True)


def _party(line: Subject, known: Known) -> tuple[int | None, str]:
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


def _of_party(line: Subject, documents: Sequence[Document], why: str) -> Iterator[Suggestion]:
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
    shares, rest = _oldest_first(line, mine)
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


def _of_amount(line: Subject, known: Known, party_id: int | None) -> Iterator[Suggestion]:
    found = known.by_amount.get(line.amount, ())
    others = [document for document in found if document.party_id != party_id]
    if len(others) > 5:
        return
    for document in others[:3]:
        reasons = (_("%(number)s is open with this amount") % {"number": document.number},)
        yield Suggestion("settle", POSSIBLE + (10 if len(found) == 1 else 0), reasons, ((document, document.amount),))


# What the books have already


def _of_posted(line: Subject, known: Known) -> Iterator[Suggestion]:
    text = plain(f"{line.text} {line.name}")
    near = [entry for entry in known.posted_by_amount.get(line.amount, ()) if abs((entry.date - line.date).days) <= 30]
    for entry in sorted(near, key=lambda one: abs((one.date - line.date).days))[:3]:
        named = len(plain(entry.reference)) > 3 and plain(entry.reference) in text
        same = words(entry.party) & words(line.name)
        days = abs((entry.date - line.date).days)
        reasons = [_("posted before with this amount (%(date)s)") % {"date": entry.date.isoformat()}]
        if named:
            reasons.append(_("the text names its reference"))
        if same:
            reasons.append(_("the name is theirs"))
        score = 98 if named else 86 if same else 74 if days <= NEAR_DAYS else 50
        yield Suggestion("entry", score, tuple(reasons), target_id=entry.entry_id, certain=named and len(near) == 1)


def _of_transfers(line: Subject, known: Known) -> Iterator[Suggestion]:
    own = known.own_accounts.get(plain(line.counterparty)) if line.counterparty else None
    if own is not None and own != line.bank_account_id:
        yield Suggestion("transfer", 94, (_("the other side is an account of ours"),), target_id=own, certain=True)
        return
    for other in known.transfers_by_amount.get(-line.amount, ())[:3]:
        if abs((other.date - line.date).days) <= NEAR_DAYS:
            reasons = (_("the same amount on another account of ours, the other way"),)
            yield Suggestion("transfer", 60, reasons, target_id=other.bank_account_id)
