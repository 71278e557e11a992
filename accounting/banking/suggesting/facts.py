"""What a bank line is compared with, indexed once for all lines, and what is suggested for it."""

import datetime
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
TOKEN = re.compile(r"[0-9A-Z]+")


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
    return "".join(TOKEN.findall(unaccented(text)))


def words(name: str) -> set[str]:
    """Of a name, what tells it from others."""
    return {word for word in TOKEN.findall(unaccented(name)) if len(word) > 2 and word not in _COMMON}


_COMMON = frozenset(
    ("LTD", "LIMITED", "LLC", "INC", "GMBH", "AND", "UND", "THE", "PLC", "CORP", "COMPANY", "SARL", "SRL", "SPA", "OOO",
     "CUSTOMER", "SUPPLIER", "HERR", "FRAU")
)  # fmt: skip


def unaccented(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(c))


def oldest_first(line: Subject, documents: Iterable[Document]) -> tuple[tuple[tuple[Document, Decimal], ...], Decimal]:
    left, taken = abs(line.amount), []
    for document in documents:
        if document.brings_in == (line.amount > 0) and left:
            share = min(left, document.amount)
            taken.append((document, share))
            left -= share
    return tuple(taken), left if line.amount > 0 else -left
