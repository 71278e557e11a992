"""Ledger's journals, read by the format's documentation (https://ledger-cli.org/doc/ledger3.html, Journal Format).

Not read: value expressions in brackets, Python, automated transactions, time logs, included files; each is refused by
name. Periodic transactions are budgets and post nothing.
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.plaintext.journal import Amount, Cost, Journal, JournalFileRefused, Posting, Price, Transaction, refuse

_DATE = r"(?:\d{4}[-/.])?\d{1,2}[-/.]\d{1,2}"
_HEAD = re.compile(rf"({_DATE})(?:=({_DATE}))?(?:\s+([*!]))?(?:\s*\(([^)]*)\))?\s*(.*)$")
_NUMBER = r"-?\s*(?:\d[\d,.']*\d|\d|\.\d+)"
_SYMBOL = r'"[^"\n]+"|[^\s\d\-+*/^&|=!?<>,;:.()\[\]{}@"]+'
_AMOUNT = re.compile(rf"\s*(?:(-)?\s*({_SYMBOL})\s*({_NUMBER})|({_NUMBER})\s*({_SYMBOL})?)\s*")
_REFUSED = {
    "=": "automated", "i": "timelog", "o": "timelog", "I": "timelog", "O": "timelog", "h": "timelog",
    "b": "timelog",
}  # fmt: skip
_BLOCKS = {"comment", "test"}
_NOT_READ = {"python", "import", "eval", "expr", "value", "define", "def", "assert", "check", "include", "capture"}


@dataclass(slots=True)
class _State:
    journal: Journal
    year: int | None = None
    bucket: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    commodity_aliases: dict[str, str] = field(default_factory=dict)
    prefixes: list[str] = field(default_factory=list)
    fixed: list[tuple[str, Amount]] = field(default_factory=list)
    decimal_comma: bool = False
    default: str = ""
    payees: dict[str, str] = field(default_factory=dict)
    balances: dict[tuple[str, str], Decimal] = field(default_factory=dict)


def read_ledger(text: str) -> Journal:
    """Raises JournalFileRefused; its code says what is not read."""
    state = _State(Journal("ledger"))
    current: Transaction | None = None
    directive: tuple[str, str] | None = None
    for number, line in _lines(text):
        if line[0] in " \t":
            inside = line.strip()
            if current is not None:
                _inside(inside, number, current, state)
            elif directive is not None:
                _sub_directive(inside, number, directive, state)
            continue
        _finish(current, state)
        current, directive = None, None
        if line[0].isdecimal():
            current = _transaction(line, number, state)
        else:
            directive = _directive(line, number, state)
    _finish(current, state)
    return state.journal


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines but comments and blocks of comments."""
    block = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        word = line.lstrip("!@").split(None, 1)[0] if line.strip() and line[0] not in " \t" else ""
        if block:
            if line.strip() == f"end {block}":
                block = ""
        elif word in _BLOCKS:
            block = word
        elif line.strip() and line[0] not in ";#%|*":
            yield number, line
    return


def _directive(line: str, number: int, state: _State) -> tuple[str, str] | None:
    first = line[0]
    if first in _REFUSED and (first == "=" or line[1:2].isspace()):
        raise refuse(_REFUSED[first], _("“%(text)s” is not read.") % {"text": line[:40]}, number)
    if first == "~":
        return None  # budgets and forecasts; no posting of the books
    word, _space, rest = line.lstrip("!@").partition(" ")
    rest = rest.strip()
    if word in _NOT_READ:
        raise refuse(f"directive_{word}", _("“%(text)s” is not read.") % {"text": line[:40]}, number)
    if word in ("P", "D", "A", "Y", "N", "C"):
        _short(word, rest, number, state)
    elif word == "alias":
        name, _equals, account = rest.partition("=")
        state.aliases[name.strip()] = account.strip()
    elif word == "bucket":
        state.bucket = rest
    elif word == "year":
        state.year = int(rest)
    elif word == "apply":
        _apply(rest, number, state)
    elif word == "end":
        _end(rest, state)
    elif word in ("account", "commodity", "payee", "tag"):
        return word, _unquoted(rest)
    elif not line.startswith("-"):
        raise refuse("bad_directive", _("“%(text)s” is no directive.") % {"text": line[:60]}, number)
    elif line.split()[0] not in ("--no-pager", "--no-color", "--flat", "--strict"):
        raise refuse("option", _("“%(text)s” is not read.") % {"text": line[:40]}, number)
    return None


def _short(word: str, rest: str, number: int, state: _State) -> None:
    if word == "P":
        parts = rest.split(None, 2)
        if len(parts) == 3 and ":" in parts[1]:
            parts = [parts[0], *parts[2].split(None, 1)]
        if len(parts) < 3:
            raise refuse("bad_directive", _("“%(text)s” is no directive.") % {"text": rest[:60]}, number)
        day = _day(parts[0], number, state)
        price, left = _amount(parts[2], number, state)
        if left:
            raise refuse("bad_amount", _("“%(text)s” is no amount.") % {"text": parts[2][:60]}, number)
        state.journal.prices.append(Price(day, _unquoted(parts[1]), price))
    elif word == "D":
        amount, _left = _amount(rest, number, state)
        state.journal.see(amount)
        state.default = amount.commodity
    elif word == "A":
        state.bucket = rest
    elif word == "Y":
        state.year = int(rest)
    elif word == "C":
        raise refuse("conversion", _("“%(text)s” is not read.") % {"text": f"C {rest}"[:40]}, number)


def _apply(rest: str, number: int, state: _State) -> None:
    kind, _space, value = rest.partition(" ")
    if kind == "account":
        state.prefixes.append(value.strip())
    elif kind == "year":
        state.year = int(value)
    elif kind in ("fixed", "rate"):
        name, _gap, price = value.strip().partition(" ")
        amount, _left = _amount(price, number, state)
        state.fixed.append((_unquoted(name), amount))
    elif kind != "tag":
        raise refuse("bad_directive", _("“%(text)s” is no directive.") % {"text": f"apply {rest}"[:60]}, number)


def _end(rest: str, state: _State) -> None:
    words = rest.split()
    kind = words[-1] if words else ""
    if kind in ("fixed", "rate") and state.fixed:
        state.fixed.pop()
    elif kind in ("account", "apply", "") and state.prefixes:
        state.prefixes.pop()


def _sub_directive(text: str, number: int, directive: tuple[str, str], state: _State) -> None:
    kind, name = directive
    word, _space, rest = text.partition(" ")
    if word == "alias" and kind == "account":
        state.aliases[rest.strip()] = name
    elif word == "alias" and kind == "commodity":
        state.commodity_aliases[_unquoted(rest.strip())] = name
    elif word == "alias" and kind == "payee":
        state.payees[rest.strip()] = name
    elif word == "default" and kind == "account":
        state.bucket = name
    elif word == "default" and kind == "commodity":
        state.default = name
    elif word == "format":
        amount, _left = _amount(rest, number, state)
        state.journal.see(amount)
    elif word in ("check", "assert", "eval", "value"):
        raise refuse(f"directive_{word}", _("“%(text)s” is not read.") % {"text": text[:40]}, number)


def _day(text: str, number: int, state: _State) -> datetime.date:
    parts = re.split(r"[-/.]", text)
    if len(parts) == 2:
        if state.year is None:
            raise refuse("no_year", _("the date has no year."), number)
        parts = [str(state.year), *parts]
    try:
        return datetime.date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        raise refuse("bad_date", _("“%(text)s” is no date.") % {"text": text}, number) from None


def _transaction(line: str, number: int, state: _State) -> Transaction:
    head, _semicolon, _note = _note_of(line)
    found = _HEAD.fullmatch(head.rstrip())
    if found is None:
        raise refuse("bad_date", _("“%(text)s” is no transaction.") % {"text": line[:60]}, number)
    day = _day(found[1], number, state)
    payee = found[5].strip()
    one = Transaction(day, number, state.payees.get(payee, payee), "", state=found[3] or "", code=found[4] or "")
    state.journal.transactions.append(one)
    return one


def _note_of(text: str) -> tuple[str, str, str]:
    found = re.search(r"(?:^|\s{2,}|\t)\s*;", text)
    return (text[: found.start()], ";", text[found.end() :]) if found else (text, "", "")


def _inside(text: str, number: int, one: Transaction, state: _State) -> None:
    if text.startswith(";"):
        return
    if re.match(r"(assert|check|expr)\s", text):
        raise refuse("directive_check", _("“%(text)s” is not read.") % {"text": text[:40]}, number)
    body, _semicolon, note = _note_of(text)
    amount_at = re.search(r"\s{2,}|\t", body.strip())
    if amount_at and ";" in body.strip()[amount_at.end() :]:  # behind an amount one space is enough
        body, _semicolon, note = body.partition(";")
    body = body.strip()
    mark = body[0] if body[:1] in ("*", "!") else ""
    body = body.lstrip("*! ")
    account, rest = _split_account(body)
    virtual = ""
    if account.startswith(("(", "[", "<")) and account.endswith((")", "]", ">")):
        virtual = {"(": "()", "[": "[]", "<": ""}[account[0]]
        account = account[1:-1].strip()
    posting = Posting(_account(account, state), number, virtual=virtual, note=note.strip(), state=mark)
    if rest:
        _value(posting, rest, number, state)
    one.postings.append(posting)


def _split_account(text: str) -> tuple[str, str]:
    found = re.search(r"\s{2,}|\t", text)
    return (text, "") if found is None else (text[: found.start()], text[found.end() :].strip())


def _account(name: str, state: _State) -> str:
    first, colon, rest = name.partition(":")
    if name in state.aliases:
        name = state.aliases[name]
    elif colon and first in state.aliases:
        name = f"{state.aliases[first]}:{rest}"
    return ":".join([*state.prefixes, name])


def _value(posting: Posting, text: str, number: int, state: _State) -> None:
    """AMOUNT {cost} [date] (note) @ price = assertion."""
    if text.startswith("="):
        posting.assertion, text = _assertion(text, number, state)
        return
    if text.startswith("("):
        raise refuse("value_expression", _("“%(text)s” is a value expression.") % {"text": text[:40]}, number)
    posting.amount, rest = _amount(text, number, state)
    state.journal.see(posting.amount)
    rest = _lot(posting, rest, number, state)
    if rest.startswith(("(@", "@")):
        rest = _price(posting, rest, number, state)
    if rest.startswith("="):
        posting.assertion, rest = _assertion(rest, number, state)
    if rest.strip():
        raise refuse("bad_amount", _("“%(text)s” is no amount.") % {"text": text[:60]}, number)
    if posting.price is None and posting.cost is None:
        for commodity, price in reversed(state.fixed):
            if commodity == posting.amount.commodity:
                posting.price = price
                break


def _lot(posting: Posting, rest: str, number: int, state: _State) -> str:
    cost = Cost(None, "")
    while found := re.match(r"(\{\{?)\s*=?\s*([^{}]*)\}\}?|\[([^\]]*)\]|\(([^@(][^)]*)\)", rest):
        if found[1]:
            amount, left = _amount(found[2], number, state)
            if left:
                raise refuse("bad_cost", _("“%(text)s” is no amount.") % {"text": found[2][:60]}, number)
            cost.number, cost.commodity, cost.is_total = amount.number, amount.commodity, found[1] == "{{"
        elif found[3]:
            cost.date = _day(found[3], number, state)
        else:
            cost.label = found[4]
        rest = rest[found.end() :].strip()
    if cost.number is not None or cost.date or cost.label:
        posting.cost = cost if cost.number is not None else None
    return rest


def _price(posting: Posting, rest: str, number: int, state: _State) -> str:
    found = re.match(r"\(?(@@?)\)?\s*=?\s*", rest)
    assert found is not None
    tail = rest[found.end() :]
    if tail.startswith("("):
        raise refuse("value_expression", _("“%(text)s” is a value expression.") % {"text": tail[:40]}, number)
    amount, rest = _amount(tail, number, state)
    if "." in str(amount.number) and amount.commodity not in state.journal.precisions:
        state.journal.precisions.setdefault(amount.commodity, -int(amount.number.as_tuple().exponent))
    posting.price, posting.price_is_total = amount, found[1] == "@@"
    return rest


def _assertion(text: str, number: int, state: _State) -> tuple[Amount, str]:
    tail = text[1:].strip()
    if tail.startswith("("):
        raise refuse("value_expression", _("“%(text)s” is a value expression.") % {"text": tail[:40]}, number)
    return _amount(tail, number, state)


def _amount(text: str, number: int, state: _State) -> tuple[Amount, str]:
    found = _AMOUNT.match(text)
    if found is None:
        raise refuse("bad_amount", _("“%(text)s” is no amount.") % {"text": text.strip()[:60]}, number)
    symbol = found[2] or found[5] or ""
    digits = (found[3] or found[4]).replace(" ", "")
    value = _digits(digits, text, number, state)
    if found[1]:
        value = -value
    commodity = _unquoted(symbol) if symbol else state.default
    commodity = state.commodity_aliases.get(commodity, commodity)
    return Amount(value, commodity), text[found.end() :].strip()


def _digits(digits: str, text: str, number: int, state: _State) -> Decimal:
    """ "1,000.00", "1.000,00" and "1'000": the last separator with other than three digits after it is the decimal one."""
    body = digits.lstrip("-").replace("'", "")
    comma, point = body.rfind(","), body.rfind(".")
    if comma >= 0 and (comma > point >= 0 or (point < 0 and (state.decimal_comma or len(body) - comma != 4))):
        body = body.replace(".", "").replace(",", ".", 1) if body.count(",") == 1 else body.replace(",", "")
    else:
        body = body.replace(",", "")
    try:
        value = Decimal(body)
    except ArithmeticError:
        raise refuse("bad_amount", _("“%(text)s” is no amount.") % {"text": text.strip()[:60]}, number) from None
    return -value if digits.startswith("-") else value


def _unquoted(text: str) -> str:
    return text.strip().strip('"')


def _finish(one: Transaction | None, state: _State) -> None:
    """Postings without amount that assert a balance get what it takes; a single posting is met by the bucket."""
    if one is None:
        return
    if len(one.postings) == 1 and state.bucket and one.postings[0].amount is not None:
        one.postings.append(Posting(state.bucket, one.line))
    if not one.postings:
        raise refuse("bad_posting", _("the transaction has no postings."), one.line)


__all__ = ["JournalFileRefused", "read_ledger"]
