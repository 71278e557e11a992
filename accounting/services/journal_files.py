"""Journals kept as plain text, taken into the books: accounts made, each transaction an entry, the same one once."""

import datetime
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.banking.values import decode
from accounting.errors import PeriodClosed
from accounting.models import Account, AccountType, Currency, ExchangeRate, JournalEntry
from accounting.plaintext.beancount import read_beancount
from accounting.plaintext.booking import book
from accounting.plaintext.journal import Amount, Journal, JournalFileRefused, Posting, Transaction, refuse
from accounting.plaintext.ledger import read_ledger
from accounting.selectors.config import Books, books_of
from accounting.services.posting import Entry, Line, post_entries
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO

SIXTH = Decimal("0.000001")
STEP = 500
MAX_BYTES = 20 * 1024 * 1024
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
ROOTS = {
    "assets": AccountType.ASSET, "asset": AccountType.ASSET, "liabilities": AccountType.LIABILITY,
    "liability": AccountType.LIABILITY, "equity": AccountType.EQUITY, "income": AccountType.INCOME,
    "revenue": AccountType.INCOME, "revenues": AccountType.INCOME, "expenses": AccountType.EXPENSE,
    "expense": AccountType.EXPENSE,
}  # fmt: skip
DIGITS = {kind: str(number) for number, kind in enumerate(AccountType.values, start=1)}
SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₾": "GEL", "₽": "RUB"}
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.'_\-]{0,9}")


@dataclass(frozen=True, slots=True)
class JournalPreview:
    """What a file would do. new_accounts: by name; new_commodities: kept like currencies; unvalued: without money value."""

    format: str
    transactions: int
    already: int
    first_date: datetime.date | None
    last_date: datetime.date | None
    new_accounts: tuple[str, ...]
    new_commodities: tuple[str, ...]
    unvalued: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportedJournal:
    entries: int
    already: int
    accounts: int


@dataclass(slots=True)
class _Plan:
    journal: Journal
    books: Books
    accounts: dict[str, int]  # those that exist, by name
    names: list[str]  # every account that is posted to
    types: dict[str, AccountType]
    keys: list[str]
    no_value: frozenset[str]
    rates: dict[str, tuple[list[datetime.date], list[Decimal]]] = field(default_factory=dict)
    commodities: list[str] = field(default_factory=list)


def preview_journal(
    content: bytes, *, company_id: int, file_format: str = "", no_value: Collection[str] = ()
) -> JournalPreview:
    """Read, book and check a file without writing anything. Raises JournalFileRefused, naming the line."""
    plan = _plan(content, company_id, file_format, no_value)
    _drafts(plan)  # finds what has no rate
    known = _known(plan, company_id)
    days = [one.date for one in plan.journal.transactions]
    return JournalPreview(
        plan.journal.format,
        len(days),
        len(known),
        min(days, default=None),
        max(days, default=None),
        tuple(name for name in plan.names if name not in plan.accounts),
        tuple(_new_commodities(plan)),
        tuple(sorted(plan.no_value & set(plan.commodities))),
    )


def import_journal(
    content: bytes,
    *,
    company_id: int,
    actor: Actor,
    file_format: str = "",
    no_value: Collection[str] = (),
    file_name: str = "",
) -> ImportedJournal:
    """Post every transaction of a beancount or ledger file; those posted before are left alone.

    Accounts are found by their whole name, and made where missing, with their parents. What is held at a cost counts at
    it; another commodity counts at its price on the day, of the file or of the company's rates. no_value: commodities
    that are no money (hours); they are kept in units. A residual within the tolerance goes to Equity:Conversions:Current.

    Raises JournalFileRefused (unbalanced, unknown_account, unknown_root, no_rate, period_closed …), naming the line;
    nothing is written then. Statements: about 12, and 4 for each 500 transactions.
    """
    plan = _plan(content, company_id, file_format, no_value)
    drafts = _drafts(plan)
    with transaction.atomic(savepoint=False):
        return _write(drafts, plan, company_id, actor, file_name)


def _write(
    drafts: Sequence[tuple[list["_Draft"], Transaction, str]],
    plan: _Plan,
    company_id: int,
    actor: Actor,
    file_name: str,
) -> ImportedJournal:
    _make_commodities(plan)
    made = _make_accounts(plan, company_id)
    entries = [_entry(lines, one, key, plan) for lines, one, key in drafts if len(lines) > 1]
    counts: Counter[str] = Counter()
    for start in range(0, len(entries), STEP):
        counts.update(_post(entries[start : start + STEP], plan, company_id, actor))
    said = f"{counts['posted']} / {counts['already']}"
    audit.record(
        [audit.Change("accounting.company", company_id, "journal_imported", "", "", said, file_name[:300], company_id)],
        actor=actor,
    )
    return ImportedJournal(counts["posted"], counts["already"], made)


def _post(entries: Sequence[Entry], plan: _Plan, company_id: int, actor: Actor) -> Iterator[str]:
    try:
        for done in post_entries(entries, company_id=company_id, actor=actor):
            yield done.state
    except PeriodClosed as closed:
        day = closed.context.get("date", "")
        line = next((one.line for one in plan.journal.transactions if str(one.date) == day), 1)
        raise refuse("period_closed", closed.detail, line, date=day) from closed


def _plan(content: bytes, company_id: int, file_format: str, no_value: Collection[str]) -> _Plan:
    if len(content) > MAX_BYTES:
        raise JournalFileRefused(
            _("The file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024**2}, code="too_large"
        )
    text = decode(content)
    journal = read_journal(text, file_format)
    book(journal)
    _only_real(journal)
    plan = _Plan(
        journal,
        books_of(company_id),
        dict(Account.objects.filter(company_id=company_id).values_list("name", "pk")),
        [],
        {},
        [],
        frozenset(_code(commodity, 1) for commodity in no_value),
    )
    _name_accounts(plan)
    _rates(plan, company_id)
    plan.keys = _keys(journal)
    return plan


def read_journal(text: str, file_format: str = "") -> Journal:
    """By the format named, or by what the file looks like. Raises JournalFileRefused."""
    if not file_format:
        beancount = re.search(r'^(option "|plugin "|\d{4}-\d\d-\d\d (open|txn|balance|commodity|price) )', text, re.M)
        file_format = "beancount" if beancount else "ledger"
    if file_format not in ("beancount", "ledger"):
        raise JournalFileRefused(_("The format is beancount or ledger."), code="unknown_format")
    return read_beancount(text) if file_format == "beancount" else read_ledger(text)


def _only_real(journal: Journal) -> None:
    for one in journal.transactions:
        for posting in one.postings:
            if posting.virtual:
                raise refuse(
                    "virtual_posting", _("a virtual posting stands beside the books, and is not posted."), posting.line
                )
        if not FIRST_DAY <= one.date <= LAST_DAY:
            raise refuse("bad_date", _("“%(text)s” is no date.") % {"text": one.date}, one.line)


def _conversions(journal: Journal) -> str:
    equity = (journal.options.get("name_equity") or ["Equity"])[-1]
    return f"{equity}:{(journal.options.get('account_current_conversions') or ['Conversions:Current'])[-1]}"


def _name_accounts(plan: _Plan) -> None:
    """Every account posted to or opened, with its type; refused where the first part says none."""
    roots = dict(ROOTS)
    for name, kind in (
        ("assets", AccountType.ASSET), ("liabilities", AccountType.LIABILITY), ("equity", AccountType.EQUITY),
        ("income", AccountType.INCOME), ("expenses", AccountType.EXPENSE),
    ):  # fmt: skip
        for given in plan.journal.options.get(f"name_{name}", []):
            roots[given.lower()] = kind
    seen: dict[str, int] = {}
    for opening in plan.journal.openings:
        seen.setdefault(opening.account, opening.line)
    for one in plan.journal.transactions:
        for posting in one.postings:
            seen.setdefault(posting.account, posting.line)
    seen.setdefault(_conversions(plan.journal), 1)
    for name, line in seen.items():
        found = roots.get(name.split(":")[0].lower())
        if found is None:
            raise refuse(
                "unknown_root",
                _("%(account)s begins with none of Assets, Liabilities, Equity, Income and Expenses.")
                % {"account": name},
                line,
                account=name,
            )
        if len(name) > 200:
            raise refuse("bad_account", _("“%(text)s” is no account.") % {"text": name[:60]}, line)
        plan.types[name] = found
    plan.names = sorted(seen)


def _code(commodity: str, line: int) -> str:
    """The commodity as the books name it: "$" is USD."""
    code = SYMBOLS.get(commodity, commodity.strip('"').upper().replace("/", ""))
    if not _CODE.fullmatch(code):
        raise refuse(
            "bad_commodity",
            _("“%(text)s” cannot name a commodity here: at most ten letters and digits.") % {"text": commodity[:40]},
            line,
        )
    return code


def _rates(plan: _Plan, company_id: int) -> None:
    """What one unit is worth in the base currency, by day: of the company's rates and the file's prices."""
    base = plan.books.base_currency
    found: dict[str, dict[datetime.date, Decimal]] = defaultdict(dict)
    rows = ExchangeRate.objects.filter(company_id=company_id).values_list("currency_id", "date", "rate")
    for currency, day, rate in rows:
        found[currency][day] = rate
    for price in plan.journal.prices:
        if _code(price.price.commodity, 1) == base:
            found[_code(price.commodity, 1)][price.date] = price.price.number
    for commodity, days in found.items():
        dates = sorted(days)
        plan.rates[commodity] = (dates, [days[day] for day in dates])
    codes = {
        _code(posting.amount.commodity, posting.line)
        for one in plan.journal.transactions
        for posting in one.postings
        if posting.amount is not None
    }
    plan.commodities = sorted(codes)


def _rate(commodity: str, day: datetime.date, plan: _Plan) -> Decimal | None:
    if commodity == plan.books.base_currency:
        return Decimal(1)
    if commodity in plan.no_value:
        return ZERO
    dates, values = plan.rates.get(commodity, ([], []))
    at = bisect_right(dates, day)
    return values[at - 1] if at else None


def _keys(journal: Journal) -> list[str]:
    """Each transaction's own key, by what it says; those that say the same are counted."""
    counts: Counter[str] = Counter()
    keys = []
    for one in journal.transactions:
        said = (one.date, one.payee, one.narration, [
            (posting.account, posting.amount, posting.weight) for posting in one.postings
        ])  # fmt: skip
        digest = blake2b(repr(said).encode(), digest_size=12).hexdigest()
        counts[digest] += 1
        keys.append(f"text:{digest}:{counts[digest]}")
    return keys


def _known(plan: _Plan, company_id: int) -> set[str]:
    rows = JournalEntry.objects.filter(company_id=company_id, source_key__in=plan.keys)
    return set(rows.values_list("source_key", flat=True))


@dataclass(frozen=True, slots=True)
class _Draft:
    account: str
    amount: Decimal
    commodity: str
    base: Decimal


def _drafts(plan: _Plan) -> list[tuple[list[_Draft], Transaction, str]]:
    """The lines of every transaction; the account of conversions is made only if it is needed."""
    found = [(_lines_of(one, plan), one, key) for one, key in zip(plan.journal.transactions, plan.keys, strict=True)]
    conversions = _conversions(plan.journal)
    if not any(line.account == conversions for lines, _one, _key in found for line in lines):
        plan.names.remove(conversions)
    return found


def _lines_of(one: Transaction, plan: _Plan) -> list[_Draft]:
    """The entry's lines; what rounding and tolerance leave stands on the account of conversions."""
    lines = [_draft(posting, one, plan) for posting in one.postings if posting.amount is not None]
    conversions, base = _conversions(plan.journal), plan.books.base_currency
    for commodity, left in one.residual.items():
        code = _code(commodity, one.line)
        if code != base and left and all(line.commodity == code for line in lines):
            lines.append(_Draft(conversions, -left, code, ZERO))
    rest = sum((line.base for line in lines), ZERO)
    if rest:
        lines.append(_Draft(conversions, -rest, base, -rest))
    return lines


def _draft(posting: Posting, one: Transaction, plan: _Plan) -> _Draft:
    assert posting.amount is not None
    weight: Amount = posting.weight or posting.amount
    code, in_code = _code(posting.amount.commodity, posting.line), _code(weight.commodity, posting.line)
    amount = _sixth(posting.amount.number)
    if amount != posting.amount.number:
        raise refuse(
            "too_precise", _("%(number)s has more than six decimals.") % {"number": posting.amount.number}, posting.line
        )
    rate = _rate(in_code, one.date, plan)
    if rate is None:
        raise refuse(
            "no_rate",
            _(
                "no price of %(commodity)s in %(base)s is known on %(date)s: add one, or say that the commodity has no"
                " money value."
            )
            % {"commodity": in_code, "base": plan.books.base_currency, "date": one.date},
            posting.line,
            commodity=in_code,
        )
    return _Draft(posting.account, amount, code, _sixth(weight.number * rate))


def _sixth(number: Decimal) -> Decimal:
    return number.quantize(SIXTH, rounding=ROUND_HALF_UP)


def _new_commodities(plan: _Plan) -> list[str]:
    known = set(Currency.objects.filter(code__in=plan.commodities).values_list("code", flat=True))
    return [code for code in plan.commodities if code not in known]


def _make_commodities(plan: _Plan) -> None:
    places = {_code(name, 1): count for name, count in plan.journal.precisions.items()}
    Currency.objects.bulk_create(
        [
            Currency(code=code, name=code, exponent=min(max(places.get(code, 2), 0), 6))
            for code in _new_commodities(plan)
        ],
        ignore_conflicts=True,
    )


def _make_accounts(plan: _Plan, company_id: int) -> int:
    """Accounts with their parents, level by level; a parent that is posted to takes postings. How many were made."""
    posted = set(plan.names)
    wanted = {":".join(name.split(":")[:depth]) for name in plan.names for depth in range(1, name.count(":") + 2)}
    headings = [name for name in posted if name in plan.accounts]
    Account.objects.filter(company_id=company_id, name__in=headings, is_postable=False).update(is_postable=True)
    taken = set(Account.objects.filter(company_id=company_id).values_list("code", flat=True))
    numbers: Counter[str] = Counter()
    made = 0
    for depth in range(1, max((name.count(":") for name in wanted), default=0) + 2):
        level = sorted(name for name in wanted - plan.accounts.keys() if name.count(":") == depth - 1)
        rows = []
        for name in level:
            kind = _type_of(name, plan)
            rows.append(
                Account(
                    company_id=company_id,
                    code=_free_code(DIGITS[kind], taken, numbers),
                    name=name,
                    type=kind,
                    parent_id=plan.accounts.get(name.rpartition(":")[0]),
                    is_postable=name in posted,
                )
            )
        plan.accounts |= {row.name: row.pk for row in Account.objects.bulk_create(rows)}
        made += len(rows)
    return made


def _type_of(name: str, plan: _Plan) -> AccountType:
    return next(kind for known, kind in plan.types.items() if known == name or known.startswith(f"{name}:"))


def _free_code(digit: str, taken: set[str], numbers: Counter[str]) -> str:
    while True:
        numbers[digit] += 1
        code = f"J{digit}{numbers[digit]:04d}"
        if code not in taken:
            taken.add(code)
            return code


def _entry(lines: Sequence[_Draft], one: Transaction, key: str, plan: _Plan) -> Entry:
    rows: list[Any] = [Line(plan.accounts[line.account], line.amount, line.commodity, line.base) for line in lines]
    at = datetime.datetime.combine(one.date, datetime.time(12), plan.books.zone)
    return Entry(one.date, at, "general", "accounting.journal_file", None, key, rows, one.memo[:200])
