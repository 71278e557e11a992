"""Ledger's own baseline tests: what each shows, compared with what we book. Numbers are compared, not column widths."""

import csv
import re
import shlex
import tarfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from accounting.plaintext.booking import book
from accounting.plaintext.journal import Journal, JournalFileRefused, Posting, Transaction
from accounting.plaintext.ledger import _amount, _State, read_ledger

LIST = Path(__file__).parent.parent / "data" / "ledger_samples.tsv"
BALANCE, REGISTER = {"bal", "balance", "b"}, {"reg", "register", "r"}
SHOWN_ONLY = {"--flat", "--no-total", "-w", "--wide", "--no-pager", "--no-color", "--strict", "--no-titles", "--raw",
              "--abbrev-len", "--truncate", "-O", "--quantity", "--decimal-comma", "--no-aliases", "--permissive"}  # fmt: skip
SHOWN_ONLY_WITH_VALUE = {"--date-format", "-y", "--columns", "--account-width", "--payee-width", "--amount-width",
                         "--total-width",
                         "--abbrev-len", "--truncate", "--prepend-width", "--meta-width", "--account", "--payee", "--now", "--meta", "--prepend-format",
                         "--start-of-week"}  # fmt: skip
GROUPING = {"-M", "--monthly", "-W", "--weekly", "-D", "--daily", "--quarterly", "-Y", "--yearly", "-P", "--by-payee",
            "--dow", "--days-of-week", "-s", "--subtotal"}  # fmt: skip
WITH_VALUE = (
    {"--head", "--first", "--tail", "--last"}
    | SHOWN_ONLY_WITH_VALUE
    | {"-b", "--begin", "-e", "--end", "-S", "--sort", "--depth"}
)


class NotCompared(Exception):
    """Why a test is left out."""


@dataclass(frozen=True, slots=True)
class Command:
    text: str
    expected: list[str]
    fails: bool


def files(reference_data: Path) -> dict[str, str]:
    with tarfile.open(reference_data / "data" / "ledger" / "ledger-cli-baseline.tar.xz") as archive:
        return {
            member.name.removeprefix("baseline/"): archive.extractfile(member).read().decode("utf-8", "replace")
            for member in archive.getmembers()
            if member.isfile() and member.name.startswith("baseline/") and member.name.endswith(".test")
        }


def commands(text: str) -> Iterator[Command]:
    for found in re.finditer(r"^test (.*)\n((?:.*\n)*?)end test", text, re.MULTILINE):
        line, _arrow, status = found[1].partition("->")
        body, error, _rest = found[2].partition("__ERROR__")
        fails = status.strip() not in ("", "0") or (bool(error) and not body.strip())
        yield Command(line.strip(), body.splitlines(), fails)


def outcome(text: str) -> tuple[str, str]:
    """(equal, how many of its commands are compared), (refused, our code) where ledger fails too, or (left out, why)."""
    asked = list(commands(text))
    try:
        journal = read_ledger(text)
        book(journal)
    except JournalFileRefused as refusal:
        fails = asked and all(command.fails for command in asked)
        return ("refused" if fails else "left out"), refusal.code
    compared, reasons = 0, []
    for command in asked:
        try:
            compare(command, journal)
            compared += 1
        except NotCompared as why:
            reasons.append(str(why))
    differs = [reason for reason in reasons if reason.startswith("differs")]
    if differs or not compared:
        return "left out", (differs or reasons or ["no command"])[0]
    return "equal", f"{compared} of {len(asked)}"


def compare(command: Command, journal: Journal) -> None:
    """Raises NotCompared; its text begins with "differs" where we could compare and found another number."""
    try:
        words = shlex.split(command.text.partition(" | ")[0])  # without the shell's part
    except ValueError:
        raise NotCompared("command line") from None
    while words and words[0].startswith("-"):  # options before the command
        if words[0] in ("-f", "--file", "--pedantic", "--date-format", "--lot-matching"):
            raise NotCompared(f"option {words[0]}")
        words = words[2:] if words[0] == "--now" else words[1:]
    if command.fails:
        raise NotCompared("an error is expected")
    if not words:
        raise NotCompared("command line")
    verb = words[0]
    if verb not in BALANCE | REGISTER | LISTS | {"print", "csv", "xml", "equity"}:
        raise NotCompared(f"command {verb}")
    asked = _asked(words[1:])
    if asked.market and (
        journal.prices or any(posting.price or posting.cost for one in journal.transactions for posting in one.postings)
    ):
        raise NotCompared("option --market")
    if verb in LISTS:
        return listed(verb, command, _rows(asked, journal))
    if verb == "print":
        return printed(command, _rows(asked, journal))
    if verb == "xml":
        return marked_up(command, _rows(asked, journal))
    if verb == "equity":
        return carried(command, _rows(asked, journal))
    if verb == "csv":
        return written(command, _rows(asked, journal), journal)
    if verb in BALANCE and (asked.grouped or asked.head or asked.tail or "--account" in command.text):
        raise NotCompared("option of a register")
    if asked.sorted and verb in BALANCE:
        raise NotCompared("option --sort")
    (balance if verb in BALANCE else register)(command, _rows(asked, journal), journal, asked)


LISTS = {"accounts", "payees", "commodities"}


@dataclass(slots=True)
class Asked:
    patterns: list[str]
    real: bool = False
    cost: bool = False
    state: str = ""
    begin: date | None = None
    end: date | None = None
    sorted: bool = False
    collapsed: bool = False
    grouped: bool = False
    empty: bool = False
    market: bool = False
    head: int = 0
    tail: int = 0


def _asked(words: list[str]) -> Asked:
    asked, at = Asked([]), 0
    while at < len(words):
        word, _equals, value = words[at].partition("=")
        if word in WITH_VALUE and not value:
            at += 1
            value = words[at] if at < len(words) else ""
        if word in ("-R", "--real"):
            asked.real = True
        elif word in ("-B", "--basis", "--cost"):
            asked.cost = True
        elif word in ("-C", "--cleared", "-U", "--uncleared", "--pending"):
            asked.state = {"-C": "*", "--cleared": "*", "--pending": "!"}.get(word, "-*")
        elif word in ("-b", "--begin", "-e", "--end"):
            setattr(asked, "begin" if word in ("-b", "--begin") else "end", _day(value))
        elif word in ("-S", "--sort"):
            asked.sorted = True
        elif word in ("-V", "--market"):
            asked.market = True
        elif word in GROUPING:
            asked.grouped = True
        elif word in ("-E", "--empty"):
            asked.empty = True
        elif word in ("--head", "--first", "--tail", "--last"):
            setattr(asked, "head" if word in ("--head", "--first") else "tail", int(value))
        elif word in ("-n", "--collapse", "--depth"):
            asked.collapsed = True
        elif word.startswith("-") and word not in SHOWN_ONLY | SHOWN_ONLY_WITH_VALUE:
            raise NotCompared(f"option {word}")
        elif not word.startswith("-"):
            asked.patterns.append(words[at])
        at += 1
    if any(
        re.search(r"[%=()&|]|(?<=.)@|^(and|or|not|expr|payee|code|note|show|for)$", word) for word in asked.patterns
    ):
        raise NotCompared("query")
    return asked


def _day(text: str) -> date:
    parts = re.split(r"[-/.]", text)
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts) or len(parts[0]) != 4:
        raise NotCompared("period")
    return date(int(parts[0]), int(parts[1]), int(parts[2]) if len(parts) == 3 else 1)


def _rows(asked: Asked, journal: Journal) -> list[tuple[Transaction, Posting]]:
    rows = [
        (one, posting)
        for one in sorted(journal.transactions, key=lambda one: one.line)
        for posting in one.postings
        if posting.amount is not None
        and not (asked.real and posting.virtual)
        and (not asked.state or _in_state(posting.state or one.state, asked.state))
        and (asked.begin is None or one.date >= asked.begin)
        and (asked.end is None or one.date < asked.end)
        and (not asked.patterns or any(_fits(word, one, posting) for word in asked.patterns))
    ]
    if asked.cost:
        rows = [(one, replace(posting, amount=posting.weight or posting.amount)) for one, posting in rows]
    return rows


def _fits(word: str, one: Transaction, posting: Posting) -> bool:
    if word.startswith("@"):
        return bool(re.search(word[1:], one.payee, re.IGNORECASE))
    return bool(re.search(word, posting.account, re.IGNORECASE))


def _in_state(state: str, asked: str) -> bool:
    return state != "*" if asked == "-*" else state == asked


def listed(verb: str, command: Command, rows: list[tuple[Transaction, Posting]]) -> None:
    """Names, one a line."""
    shown = {line.strip().strip('"') for line in command.expected if line.strip()}
    ours = {
        "accounts": {posting.account for _one, posting in rows},
        "payees": {one.payee for one, _posting in rows} or {"<None>"},
        "commodities": {posting.amount.commodity for _one, posting in rows},
    }[verb]
    if shown != ours:
        raise NotCompared(f"differs: {verb}")


def printed(command: Command, rows: list[tuple[Transaction, Posting]]) -> None:
    """What ledger prints is a journal again: read and booked it says the same."""
    try:
        again = read_ledger("\n".join(command.expected) + "\n")
        book(again)
    except JournalFileRefused as refusal:
        raise NotCompared(f"printed {refusal.code}") from None

    def content(pairs: Iterable[tuple[Transaction, Posting]]) -> list[tuple[object, ...]]:
        return sorted((one.date, posting.account, str(posting.amount.commodity), posting.amount.number.normalize())
                      for one, posting in pairs)  # fmt: skip

    theirs = [(one, posting) for one in again.transactions for posting in one.postings if posting.amount is not None]
    if content(theirs) != content(rows):
        raise NotCompared("differs: print")


def marked_up(command: Command, rows: list[tuple[Transaction, Posting]]) -> None:
    text = "\n".join(command.expected)
    shown = [
        (account, Decimal(quantity))
        for account, quantity in re.findall(
            r"<posting[ >].*?<name>(.*?)</name>.*?<quantity>(-?[\d.]+)</quantity>.*?</posting>", text, re.DOTALL
        )
    ]
    if not shown:
        raise NotCompared("shown rows")
    if sorted(shown) != sorted((posting.account, posting.amount.number) for _one, posting in rows):
        raise NotCompared("differs: xml")


def carried(command: Command, rows: list[tuple[Transaction, Posting]]) -> None:
    """Opening balances are a transaction that holds what each account has."""
    try:
        again = read_ledger("\n".join(command.expected) + "\n")
        book(again)
    except JournalFileRefused as refusal:
        raise NotCompared(f"printed {refusal.code}") from None
    own: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for _one, posting in rows:
        own[posting.account, posting.amount.commodity] += posting.amount.number
    theirs = {
        (posting.account, posting.amount.commodity): posting.amount.number
        for one in again.transactions
        for posting in one.postings
        if posting.amount is not None and not posting.account.startswith("Equity:Opening")
    }
    if theirs != {key: value for key, value in own.items() if value}:
        raise NotCompared("differs: equity")


def written(command: Command, rows: list[tuple[Transaction, Posting]], journal: Journal) -> None:
    shown = list(csv.reader(line for line in command.expected if line.strip()))
    if any(len(row) < 6 for row in shown) or len(shown) != len(rows):
        raise NotCompared("shown rows")
    for row, (_one, posting) in zip(shown, rows, strict=True):
        if row[3] != posting.account or not re.fullmatch(r"-?[\d.]+", row[5]):
            raise NotCompared("shown rows")
        if not _same({posting.amount.commodity: Decimal(row[5])}, {posting.amount.commodity: posting.amount.number}):
            raise NotCompared("differs: csv")


def _shown(text: str, journal: Journal) -> tuple[str, Decimal]:
    if text.strip() == "0":
        return "", Decimal(0)
    try:
        amount, rest = _amount(text.strip(), 0, _State(journal))
    except JournalFileRefused:
        raise NotCompared("shown amount") from None
    if rest:
        raise NotCompared("shown amount")
    return amount.commodity, amount.number


def _same(shown: dict[str, Decimal], ours: dict[str, Decimal]) -> bool:
    """Equal when ours is rounded as what is shown; commodities that show nothing are next to nothing."""
    for commodity, number in ours.items():
        if commodity not in shown:
            if abs(number) >= Decimal("0.005"):
                return False
        elif number.quantize(shown[commodity]) != shown[commodity] and abs(number - shown[commodity]) >= Decimal(
            1
        ).scaleb(shown[commodity].as_tuple().exponent):
            return False
    return all(not number or commodity in ours for commodity, number in shown.items())


def balance(command: Command, rows: list[tuple[Transaction, Posting]], journal: Journal, asked: Asked) -> None:
    own: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for _one, posting in rows:
        own[posting.account][posting.amount.commodity] += posting.amount.number
    pending: dict[str, Decimal] = {}
    parents: list[tuple[int, str]] = []
    seen_total = False
    for line in command.expected:
        if line.startswith("----"):
            seen_total, pending = True, {}
            continue
        if not line.strip():
            continue
        commodity, number = _shown(line[:20] if len(line) > 22 else line, journal)
        pending[commodity] = number
        if seen_total or len(line) <= 22:
            continue
        text = line[22:]
        depth = len(text) - len(text.lstrip())
        while parents and parents[-1][0] >= depth:
            parents.pop()
        name = ":".join([parents[-1][1], text.strip()] if parents else [text.strip()])
        parents.append((depth, name))
        ours: dict[str, Decimal] = defaultdict(Decimal)
        flat = "--flat" in command.text
        for account, amounts in own.items():
            if account == name or (not flat and account.startswith(f"{name}:")):
                for unit, value in amounts.items():
                    ours[unit] += value
        if not _same({unit: value for unit, value in pending.items() if unit or value}, ours):
            raise NotCompared(f"differs: {name}")
        pending = {}
    if seen_total:
        total: dict[str, Decimal] = defaultdict(Decimal)
        for amounts in own.values():
            for unit, value in amounts.items():
                total[unit] += value
        if not _same({unit: value for unit, value in pending.items() if unit or value}, total):
            raise NotCompared("differs: total")
    shown = sum(1 for line in command.expected if line.strip())
    if not shown and any(value for amounts in own.values() for value in amounts.values()):
        raise NotCompared("differs: nothing shown")


def register(command: Command, rows: list[tuple[Transaction, Posting]], journal: Journal, asked: Asked) -> None:
    running: dict[str, Decimal] = defaultdict(Decimal)
    shown: list[tuple[tuple[str, Decimal], dict[str, Decimal]]] = []
    for line in command.expected:
        if not line.strip():
            continue
        parts = re.split(r"\s{2,}", line.strip())
        if len(parts) == 1 and shown:
            unit, value = _shown(parts[0], journal)
            shown[-1][1][unit] = value
        elif len(parts) >= 3:
            unit, value = _shown(parts[-1], journal)
            shown.append((_shown(parts[-2], journal), {unit: value}))
        else:
            raise NotCompared("shown rows")
    if asked.grouped or asked.collapsed:  # rows are added up: the last running total is everything
        total: dict[str, Decimal] = defaultdict(Decimal)
        for _one, posting in rows:
            total[posting.amount.commodity] += posting.amount.number
        if not shown or not _same({unit: value for unit, value in shown[-1][1].items() if unit or value}, total):
            raise NotCompared("differs: last total")
        return
    if not asked.empty:
        rows = [row for row in rows if row[1].amount.number]
    if asked.head or asked.tail:
        for _one, posting in rows[: -asked.tail] if asked.tail else ():
            running[posting.amount.commodity] += posting.amount.number
        rows = rows[: asked.head] if asked.head else rows[-asked.tail :]
    if len(shown) != len(rows):
        raise NotCompared("differs: rows")
    if asked.sorted:  # the same rows in another order
        ours = sorted((posting.amount.commodity, posting.amount.number) for _one, posting in rows)
        theirs = sorted(amount for amount, _total in shown)
        if not all(_same({a[0]: a[1]}, {b[0]: b[1]}) for a, b in zip(theirs, ours, strict=True)):
            raise NotCompared("differs: amount")
        return
    for (amount, total), (_one, posting) in zip(shown, rows, strict=True):
        running[posting.amount.commodity] += posting.amount.number
        if not _same({amount[0]: amount[1]}, {posting.amount.commodity: posting.amount.number}):
            raise NotCompared("differs: amount")
        if not _same({unit: value for unit, value in total.items() if unit or value}, running):
            raise NotCompared("differs: running total")
