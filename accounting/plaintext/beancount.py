"""Beancount's journals, read by the format's documentation (https://beancount.github.io/docs/beancount_language_syntax)."""

import datetime
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounting.plaintext.arithmetic import evaluate
from accounting.plaintext.journal import (
    Amount,
    Balance,
    Cost,
    Journal,
    Opening,
    Pad,
    Posting,
    Price,
    Transaction,
    refuse,
)

CURRENCY = r"[A-Z/][A-Z0-9'._\-]*[A-Z0-9]|[A-Z]"
ACCOUNT = r"(?:[A-Z][\w\-]*)(?::[A-Z0-9][\w\-]*)+"
_DATED = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})\s+(\S+)\s*(.*)", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_AMOUNT = re.compile(rf"([-+(.\d][-+*/().,\d\s]*?)\s*({CURRENCY})")
_POSTING = re.compile(rf"(?:([*!&#?%A-Z])\s+)?({ACCOUNT})(?:\s+(.*))?$")
_META = re.compile(r"[a-z][\w\-]*:(\s|$)")
_COST = re.compile(r"(\{\{?)([^{}]*)(\}\}?)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SILENT = {"commodity", "note", "document", "event", "query", "custom"}
_IGNORED = {"pushtag", "poptag", "pushmeta", "popmeta", "plugin", "option"}


def read_beancount(text: str) -> Journal:
    """Raises JournalFileRefused."""
    journal = Journal("beancount", strict=True)
    current: Transaction | None = None
    for number, line in _logical_lines(text):
        if line[0] in " \t":
            inside = line.strip()
            if current is not None and inside and not inside.startswith(("#", "^")) and not _META.match(inside):
                current.postings.append(_posting(inside, number, journal))
            continue
        current = None
        word = line.split(None, 1)[0]
        if word == "include":
            raise refuse("include_refused", _("included files are not followed; bring one file."), number)
        if word in _IGNORED:
            _option(line, word, journal)
            continue
        found = _DATED.fullmatch(line.rstrip())
        if found is None:
            if line[0] in "*#;!&?%" or line.startswith(":"):
                continue  # an org-mode heading
            raise refuse("bad_directive", _("“%(text)s” is no directive.") % {"text": line.strip()[:60]}, number)
        current = _directive(found, number, journal)
    return journal


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments; one whose string goes on is joined with the next."""
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = f"{pending}\n{raw}" if pending else raw
        if _open_string(line):
            if not pending:
                start = number
            if number - start > 60:
                raise refuse("bad_string", _("a text in quotes is not closed."), start)
            pending = line
            continue
        where, pending = (start if pending else number), ""
        line = _without_comment(line)
        if line.strip():
            yield where, line
    if pending:
        raise refuse("bad_string", _("a text in quotes is not closed."), start)


def _open_string(line: str) -> bool:
    if line.lstrip().startswith((";", "*")):
        return False
    return '"' in _STRING.sub("", _without_comment(line)) and _without_comment(line).count('"') % 2 == 1


def _without_comment(line: str) -> str:
    inside = False
    for at, letter in enumerate(line):
        if letter == '"' and (at == 0 or line[at - 1] != "\\"):
            inside = not inside
        elif letter == ";" and not inside:
            return line[:at]
    return line


def _option(line: str, word: str, journal: Journal) -> None:
    texts = _STRING.findall(line)
    if word == "option" and len(texts) == 2:
        journal.options.setdefault(texts[0], []).append(texts[1])
    elif word == "plugin" and texts and texts[0].endswith("auto_accounts"):
        journal.auto_accounts = True


def _day(year: str, month: str, day: str, line: int) -> datetime.date:
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        text = f"{year}-{month}-{day}"
        raise refuse("bad_date", _("“%(text)s” is no date.") % {"text": text}, line) from None


def _directive(found: re.Match[str], line: int, journal: Journal) -> Transaction | None:
    day, kind, rest = _day(found[1], found[2], found[3], line), found[4], found[5]
    if kind in ("*", "!", "txn") or (len(kind) == 1 and kind in "P#&?%STCURM"):
        texts = [text.replace('\\"', '"') for text in _STRING.findall(rest)]
        payee, narration = (texts[0], texts[1]) if len(texts) > 1 else ("", texts[0] if texts else "")
        journal.transactions.append(Transaction(day, line, payee, narration, state=kind))
        return journal.transactions[-1]
    words = rest.split()
    if kind == "open" and words:
        commodities = tuple(re.findall(CURRENCY, _STRING.sub("", " ".join(words[1:]))))
        journal.openings.append(Opening(day, line, _account(words[0], line), commodities))
    elif kind == "close" and words:
        journal.openings.append(Opening(day, line, _account(words[0], line), closes=True))
    elif kind == "pad" and len(words) > 1:
        journal.pads.append(Pad(day, line, _account(words[0], line), _account(words[1], line)))
    elif kind == "price" and len(words) > 1:
        journal.prices.append(Price(day, words[0], _amount(" ".join(words[1:]), line)))
    elif kind == "balance" and len(words) > 1:
        text, _tilde, tolerance = " ".join(words[1:]).partition("~")
        if _tilde:
            number, commodity = re.sub(r"[^\d.]", "", tolerance), re.findall(CURRENCY, tolerance)[:1]
            amount = _amount(f"{text} {commodity[0] if commodity else ''}", line)
            journal.balances.append(Balance(day, line, words[0], amount, evaluate(number or "0")))
        else:
            journal.balances.append(Balance(day, line, _account(words[0], line), _amount(text, line)))
    elif kind not in _SILENT:
        raise refuse("bad_directive", _("“%(text)s” is no directive.") % {"text": kind[:60]}, line)
    return None


def _account(text: str, line: int) -> str:
    if not re.fullmatch(ACCOUNT, text):
        raise refuse("bad_account", _("“%(text)s” is no account.") % {"text": text[:60]}, line)
    return text


def _amount(text: str, line: int) -> Amount:
    found = _AMOUNT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        return Amount(evaluate(found[1]), found[2])
    except ValueError:
        raise refuse("bad_amount", _("“%(text)s” is no amount.") % {"text": text.strip()[:60]}, line) from None


def _posting(text: str, line: int, journal: Journal) -> Posting:
    found = _POSTING.fullmatch(text)
    if found is None:
        raise refuse("bad_posting", _("“%(text)s” is no posting.") % {"text": text[:60]}, line)
    posting = Posting(found[2], line)
    rest = (found[3] or "").strip()
    rest, at, price = _split_price(rest)
    if cost := _COST.search(rest):
        if len(cost[1]) != len(cost[3]):
            raise refuse("bad_cost", _("the brackets of the cost do not match."), line)
        posting.cost = _cost(cost[2], line, is_total=cost[1] == "{{")
        rest = (rest[: cost.start()] + rest[cost.end() :]).strip()
    if rest:
        if re.search(r"[A-Z]", rest):
            posting.amount = _amount(rest, line)
        else:
            posting.amount, posting.commodity_missing = _amount(f"{rest} XXX", line), True
    if posting.amount is not None and not posting.commodity_missing:
        journal.see(posting.amount)
    if at and price:
        posting.price, posting.price_is_total = _amount(price, line), at == "@@"
    return posting


def _split_price(text: str) -> tuple[str, str, str]:
    inside = text.rfind("}")
    at = text.find("@", inside + 1)
    if at < 0:
        return text, "", ""
    sign = "@@" if text[at : at + 2] == "@@" else "@"
    return text[:at].strip(), sign, text[at + len(sign) :].strip()


def _cost(text: str, line: int, *, is_total: bool) -> Cost:
    cost = Cost(None, "", is_total)
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        if _DATE.fullmatch(part):
            year, month, day = part.split("-")
            cost.date = _day(year, month, day, line)
        elif part.startswith('"'):
            cost.label = part.strip('"')
        elif part != "*":
            if "#" in part:
                raise refuse("bad_cost", _("a cost per unit and in total at once is not read."), line)
            amount = _amount(part, line)
            cost.number, cost.commodity = amount.number, amount.commodity
    return cost
