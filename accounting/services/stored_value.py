"""Gift cards, store credit and deposits: taken in as liabilities, spent, paid out, run out."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounting.codes import digest_of, make_code
from accounting.errors import (
    CurrencyDiffers,
    NotFound,
    SourceKeyReused,
    StoredValueExpired,
    StoredValueLive,
    StoredValueShort,
)
from accounting.models import AccountRole, Side, StoredValue, StoredValueKind, StoredValueUse, Subledger, ValueUseKind
from accounting.selectors.config import Books, books_of, exchange_rates
from accounting.services.open_items import Item, post_items
from accounting.services.posting import Entry, Line, post_entries
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.money import round_money

ZERO = Decimal(0)
SIXTH = Decimal("0.000001")
ROLE_OF = {
    StoredValueKind.GIFT_CARD: AccountRole.GIFT_CARDS,
    StoredValueKind.STORE_CREDIT: AccountRole.STORE_CREDIT,
    StoredValueKind.DEPOSIT: AccountRole.DEPOSITS,
}


@dataclass(frozen=True, slots=True)
class Paid:
    """What a stored value is issued against: an account in a role (cash, clearing, an expense), another stored
    value that is spent for it, or what we owe a customer on receivables (party_id; its item is settled by the caller).
    """

    amount: Decimal
    account_role: str = ""
    stored_value_id: int | None = None
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """A gift card, store credit or deposit (kind) to be taken in: the sum of what it is paid with.

    party_id: whose it is; empty for a card that belongs to its holder. expires_on: the last day it can be spent.
    """

    kind: str
    currency: str
    paid: Sequence[Paid]
    effective_at: datetime.datetime
    source_key: str
    party_id: int | None = None
    expires_on: datetime.date | None = None
    source_type: str = ""
    source_id: int | None = None
    memo: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.paid), ZERO)


@dataclass(frozen=True, slots=True)
class IssuedValue:
    """code: as printed; empty for deposits. open_item_ids: of the parts owed by receivables, in order."""

    stored_value_id: int
    code: str
    entry_id: int
    state: str  # issued, or already
    date: datetime.date
    open_item_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SpendRequest:
    """A part of a stored value to be used: against a customer's receivable (party_id), or out of an account in a role."""

    stored_value_id: int
    amount: Decimal
    effective_at: datetime.datetime
    source_key: str
    party_id: int | None = None
    account_role: str = ""
    kind: str = ValueUseKind.SPEND
    source_type: str = ""
    source_id: int | None = None
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """open_item_id: the credit that stands on receivables for it, to be settled with an invoice; None otherwise."""

    use_id: int
    entry_id: int
    open_item_id: int | None
    date: datetime.date
    state: str  # spent, or already


@dataclass(slots=True)
class _Value:
    """A stored value as locked; used and base_used go on with the uses of this call."""

    id: int
    company_id: int
    kind: str
    account_id: int
    party_id: int | None
    currency: str
    amount: Decimal
    base_amount: Decimal
    used: Decimal
    base_used: Decimal
    expires_on: datetime.date | None

    def take(self, amount: Decimal) -> Decimal:
        """Use up `amount`; its share of the base amount, of which the last use takes the rest."""
        self.used += amount
        if self.used == self.amount:
            base = self.base_amount
        else:
            base = (self.base_amount * self.used / self.amount).quantize(SIXTH, rounding=ROUND_HALF_UP)
        share = max(base - self.base_used, ZERO)
        self.base_used += share
        return share


@dataclass(slots=True)
class _Posting:
    """An entry in the making, with what it takes from stored values: (value, kind, amount, base, source key)."""

    entry: Entry
    item: Item | None = None
    uses: list[tuple[_Value, str, Decimal, Decimal, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Done:
    entry_id: int
    date: datetime.date
    open_item_id: int | None


@transaction.atomic(savepoint=False)
def issue_stored_value(requests: Sequence[IssueRequest], *, company_id: int, actor: Actor) -> list[IssuedValue]:
    """Take money for gift cards, store credit or deposits: debit what pays, credit the liability.

    Idempotent by source key: a second call answers `already`, with the same code. Codes are made from the source
    key and the installation's secret; only their hashes are kept.

    Raises SourceKeyReused (another amount under a known key), StoredValueShort, StoredValueExpired,
    CurrencyDiffers, AccountRoleMissing, ExchangeRateMissing, NotFound; ValueError for an amount that is not
    positive. Nothing is written then. Statements: 5, whatever the number; 2 more if stored values pay, 1 for foreign currencies.
    """
    if not requests:
        return []
    _check_parts(requests)
    known = _known_values([request.source_key for request in requests], company_id)
    fresh = [request for request in requests if request.source_key not in known]
    books, rates = _books(fresh, company_id)
    paying = [part.stored_value_id for request in fresh for part in request.paid if part.stored_value_id]
    values = lock_values(paying, company_id=company_id)
    postings = [_issue_posting(request, values, books, rates) for request in fresh]
    done = _post(postings, company_id, actor)
    _insert_uses(postings, done, company_id, actor)
    rows = [
        _value_row(request, posting, posted, company_id, actor)
        for request, posting, posted in zip(fresh, postings, done, strict=True)
    ]
    ids: dict[str, int] = dict(insert_rows("accounting_storedvalue", _VALUE_COLUMNS, rows, suffix=_RETURN_KEY))
    made = {
        request.source_key: IssuedValue(
            ids[request.source_key],
            _code_of(request.kind, request.source_key, company_id),
            posted.entry_id,
            "issued",
            posted.date,
            () if posted.open_item_id is None else (posted.open_item_id,),
        )
        for request, posted in zip(fresh, done, strict=True)
    }
    return [
        made.get(request.source_key) or _issued_before(request, known[request.source_key], company_id)
        for request in requests
    ]


@transaction.atomic(savepoint=False)
def spend_stored_value(requests: Sequence[SpendRequest], *, company_id: int, actor: Actor) -> list[Spent]:
    """Use parts of gift cards, store credit or deposits: debit the liability, credit what they pay.

    Against a party's receivable an open credit item is left for settling.apply_items. Out of an account in a role
    (cash for a refund) the rate of the day counts, and the difference to the rate at which it came in is posted
    as an exchange gain or loss. Idempotent by source key.

    Raises StoredValueShort, StoredValueExpired (a deposit and a pay-out never are), SourceKeyReused,
    AccountRoleMissing, ExchangeRateMissing, NotFound; ValueError for an amount that is not positive. Nothing is
    written then. Statements: 7, whatever the number.
    """
    if not requests:
        return []
    if any(request.amount <= 0 for request in requests) or len({r.source_key for r in requests}) < len(requests):
        raise ValueError("amounts above zero and a source key for each use are needed")
    known = _known_uses([request.source_key for request in requests], company_id)
    fresh = [request for request in requests if request.source_key not in known]
    values = lock_values([request.stored_value_id for request in fresh], company_id=company_id)
    books, rates = _books_for_spending(fresh, values, company_id)
    postings = [_spend_posting(request, values[request.stored_value_id], books, rates) for request in fresh]
    done = _post(postings, company_id, actor)
    ids = _insert_uses(postings, done, company_id, actor)
    made = {
        request.source_key: Spent(ids[request.source_key], posted.entry_id, posted.open_item_id, posted.date, "spent")
        for request, posted in zip(fresh, done, strict=True)
    }
    return [made.get(request.source_key) or _spent_before(request, known[request.source_key]) for request in requests]


@transaction.atomic(savepoint=False)
def expire_stored_value(
    stored_value_ids: Sequence[int], *, company_id: int, effective_at: datetime.datetime, actor: Actor
) -> list[Spent]:
    """Take what is left on expired gift cards and credits as income (the role other_revenue); one result each.

    Raises StoredValueLive (its last day is not over, it has none, or nothing is left), NotFound and what
    spend_stored_value raises; nothing is written then. Statements: 9, whatever the number.
    """
    values = lock_values(stored_value_ids, company_id=company_id)
    today = books_of(company_id).local_date(effective_at)
    for value in values.values():
        if value.expires_on is None or value.expires_on >= today or value.used == value.amount:
            raise StoredValueLive(
                _("SV-%(id)06d has not expired, or nothing is left on it.") % {"id": value.id},
                stored_value_id=value.id,
                expires_on=str(value.expires_on or ""),
            )
    requests = [
        SpendRequest(
            pk,
            values[pk].amount - values[pk].used,
            effective_at,
            f"expire:{pk}",
            account_role=AccountRole.OTHER_REVENUE,
            kind=ValueUseKind.EXPIRE,
        )
        for pk in stored_value_ids
    ]
    return spend_stored_value(requests, company_id=company_id, actor=actor)


def lock_values(ids: Sequence[int], *, company_id: int) -> dict[int, _Value]:
    """Lock stored values in id order until commit. Statements: 1, or 0 without ids. Raises NotFound."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounting_lock_stored_values(%s::bigint[])", [sorted(set(ids))])
        found = {row[0]: _Value(*row) for row in cursor.fetchall()}
    for pk in ids:
        if pk not in found or found[pk].company_id != company_id:
            raise NotFound(_("There is no stored value %(id)s in this company.") % {"id": pk}, stored_value_id=pk)
    return found


def _check_parts(requests: Sequence[IssueRequest]) -> None:
    for request in requests:
        if request.kind not in StoredValueKind.values or any(part.amount <= 0 for part in request.paid):
            raise ValueError(f"stored value {request.source_key} needs a known kind and amounts above zero")
        if not request.paid or sum(part.party_id is not None for part in request.paid) > 1:
            raise ValueError(f"stored value {request.source_key} is paid by something, and by one customer at most")


def _books(requests: Sequence[IssueRequest], company_id: int) -> tuple[Books, dict[tuple[str, datetime.date], Decimal]]:
    parties = {request.party_id for request in requests if request.party_id}
    books = books_of(company_id, parties=parties, currencies={request.currency for request in requests})
    return books, _rates([(request.currency, request.effective_at) for request in requests], books)


def _books_for_spending(
    requests: Sequence[SpendRequest], values: Mapping[int, _Value], company_id: int
) -> tuple[Books, dict[tuple[str, datetime.date], Decimal]]:
    books = books_of(
        company_id,
        parties={request.party_id for request in requests if request.party_id},
        currencies={value.currency for value in values.values()},
    )
    paid_out = [(values[r.stored_value_id].currency, r.effective_at) for r in requests if r.party_id is None]
    return books, _rates(paid_out, books)


def _rates(wanted: Sequence[tuple[str, datetime.datetime]], books: Books) -> dict[tuple[str, datetime.date], Decimal]:
    foreign = {(currency, books.local_date(at)) for currency, at in wanted if currency != books.base_currency}
    return exchange_rates(books.company_id, foreign)


def _in_base(
    amount: Decimal,
    currency: str,
    at: datetime.datetime,
    books: Books,
    rates: Mapping[tuple[str, datetime.date], Decimal],
) -> Decimal:
    if currency == books.base_currency:
        return amount
    return round_money(amount * rates[currency, books.local_date(at)], books.exponents[books.base_currency])


def _issue_posting(
    request: IssueRequest,
    values: Mapping[int, _Value],
    books: Books,
    rates: Mapping[tuple[str, datetime.date], Decimal],
) -> _Posting:
    """Debit what pays, credit the liability at what the parts are worth in the base currency."""
    lines: list[Line] = []
    posting = _Posting(_entry(request, request.source_key, lines, Subledger.STORED_VALUE))
    total = ZERO
    for place, part in enumerate(request.paid):
        if part.stored_value_id is not None:
            value = values[part.stored_value_id]
            _check_spendable(value, part.amount, request.currency, books.local_date(request.effective_at))
            base = value.take(part.amount)
            posting.uses.append((value, ValueUseKind.SPEND, part.amount, base, f"{request.source_key}:{place}"))
            lines.append(Line(value.account_id, part.amount, request.currency, base, value.party_id))
        else:
            base = _in_base(part.amount, request.currency, request.effective_at, books, rates)
            role = AccountRole.RECEIVABLE if part.party_id is not None else part.account_role
            account_id = books.account(role)
            lines.append(Line(account_id, part.amount, request.currency, base, part.party_id))
            if part.party_id is not None:
                posting.item = Item(
                    "refund", part.party_id, account_id, Side.DEBIT, request.currency, part.amount, base
                )
                posting.entry = _entry(request, request.source_key, lines, Subledger.RECEIVABLE)
        total += base
    liability = books.account(ROLE_OF[StoredValueKind(request.kind)])
    lines.append(Line(liability, -request.amount, request.currency, -total, request.party_id))
    return posting


def _spend_posting(
    request: SpendRequest, value: _Value, books: Books, rates: Mapping[tuple[str, datetime.date], Decimal]
) -> _Posting:
    """Debit the liability at its own share; a receivable takes that share, an account today's worth."""
    day = books.local_date(request.effective_at)
    lasting = request.kind != ValueUseKind.SPEND or value.kind == StoredValueKind.DEPOSIT
    _check_spendable(value, request.amount, value.currency, None if lasting else day)
    share = value.take(request.amount)
    lines = [Line(value.account_id, request.amount, value.currency, share, value.party_id)]
    item = None
    if request.party_id is not None:
        receivable = books.account(AccountRole.RECEIVABLE)
        lines.append(Line(receivable, -request.amount, value.currency, -share, request.party_id))
        item = Item(value.kind, request.party_id, receivable, Side.CREDIT, value.currency, request.amount, share)
    else:
        base = _in_base(request.amount, value.currency, request.effective_at, books, rates)
        lines.append(Line(books.account(request.account_role), -request.amount, value.currency, -base))
        if base != share:
            role = AccountRole.FX_LOSS if base > share else AccountRole.FX_GAIN
            lines.append(Line(books.account(role), ZERO, value.currency, base - share))
    subledger = Subledger.STORED_VALUE if item is None else Subledger.RECEIVABLE
    entry = _entry(request, request.source_key, lines, subledger)
    return _Posting(entry, item, [(value, request.kind, request.amount, share, request.source_key)])


def _entry(request: IssueRequest | SpendRequest, key: str, lines: list[Line], subledger: str) -> Entry:
    return Entry(
        date=None,
        effective_at=request.effective_at,
        subledger=subledger,
        source_type=request.source_type,
        source_id=request.source_id,
        source_key=key,
        lines=lines,
        memo=request.memo,
    )


def _check_spendable(value: _Value, amount: Decimal, currency: str, day: datetime.date | None) -> None:
    """day: when it is spent; None where an expiry does not matter."""
    if currency != value.currency:
        raise CurrencyDiffers(
            _("It is in %(own)s and pays in no other currency.") % {"own": value.currency},
            stored_value_id=value.id,
            currency=value.currency,
        )
    if day is not None and value.expires_on is not None and value.expires_on < day:
        raise StoredValueExpired(
            _("It could be spent until %(day)s.") % {"day": value.expires_on},
            stored_value_id=value.id,
            expires_on=str(value.expires_on),
        )
    if value.used + amount > value.amount:
        left = value.amount - value.used
        raise StoredValueShort(
            _("Only %(left)s %(currency)s is left on it; take the rest another way.")
            % {"left": f"{left.normalize():f}", "currency": value.currency},
            stored_value_id=value.id,
            left=str(left),
            asked=str(amount),
        )


def _post(postings: Sequence[_Posting], company_id: int, actor: Actor) -> list[_Done]:
    """Post all entries; those with an item on receivables leave it open."""
    with_items = [(p.entry, p.item) for p in postings if p.item is not None]
    without = [p.entry for p in postings if p.item is None]
    items = iter(post_items(with_items, company_id=company_id, actor=actor))
    plain = iter(post_entries(without, company_id=company_id, actor=actor))
    done = []
    for posting in postings:
        if posting.item is not None:
            posted = next(items)
            done.append(_Done(posted.entry_id, posted.date, posted.open_item_id))
        else:
            entry = next(plain)
            done.append(_Done(entry.entry_id, entry.date, None))
    return done


_RETURN_KEY = "RETURNING source_key, id"
_VALUE_COLUMNS = {
    "company_id": "bigint",
    "kind": "text",
    "party_id": "bigint",
    "account_id": "bigint",
    "entry_id": "bigint",
    "currency": "text",
    "amount": "numeric",
    "base_amount": "numeric",
    "code_digest": "text",
    "code_hint": "text",
    "date": "date",
    "expires_on": "date",
    "source_type": "text",
    "source_id": "bigint",
    "source_key": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}
_USE_COLUMNS = {
    "company_id": "bigint",
    "stored_value_id": "bigint",
    "kind": "text",
    "amount": "numeric",
    "base_amount": "numeric",
    "date": "date",
    "entry_id": "bigint",
    "source_key": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}


def _value_row(request: IssueRequest, posting: _Posting, done: _Done, company_id: int, actor: Actor) -> tuple[Any, ...]:
    liability = posting.entry.lines[-1]
    code = _code_of(request.kind, request.source_key, company_id)
    assert liability.base_amount is not None
    return (
        company_id,
        str(request.kind),
        request.party_id,
        liability.account_id,
        done.entry_id,
        request.currency,
        request.amount,
        -liability.base_amount,
        digest_of(code) if code else None,
        code[-4:],
        done.date,
        request.expires_on,
        request.source_type,
        request.source_id,
        request.source_key,
        actor.user_id,
        actor.label,
    )


def _insert_uses(postings: Sequence[_Posting], done: Sequence[_Done], company_id: int, actor: Actor) -> dict[str, int]:
    rows = [
        (
            company_id,
            value.id,
            str(kind),
            amount,
            base,
            posted.date,
            posted.entry_id,
            key,
            actor.user_id,
            actor.label,
        )
        for posting, posted in zip(postings, done, strict=True)
        for value, kind, amount, base, key in posting.uses
    ]
    return dict(insert_rows("accounting_storedvalueuse", _USE_COLUMNS, rows, suffix=_RETURN_KEY))


def _code_of(kind: str, source_key: str, company_id: int) -> str:
    """The code of what was issued under a source key: made again from the secret, never kept; "" for a deposit."""
    if kind == StoredValueKind.DEPOSIT:
        return ""
    return make_code(salted_hmac("accounting.stored_value", f"{company_id}:{source_key}", algorithm="sha256").digest())


def code_of(value: StoredValue) -> str:
    """The code to print again; "" where the installation's secret has changed since, or for a deposit."""
    code = _code_of(value.kind, value.source_key, value.company_id)
    return code if code and digest_of(code) == value.code_digest else ""


def _known_values(keys: Sequence[str], company_id: int) -> dict[str, StoredValue]:
    return {row.source_key: row for row in StoredValue.objects.filter(company_id=company_id, source_key__in=keys)}


def _known_uses(keys: Sequence[str], company_id: int) -> dict[str, StoredValueUse]:
    return {row.source_key: row for row in StoredValueUse.objects.filter(company_id=company_id, source_key__in=keys)}


def _issued_before(request: IssueRequest, known: StoredValue, company_id: int) -> IssuedValue:
    if (known.kind, known.amount, known.currency) != (request.kind, request.amount, request.currency):
        raise _reused(request.source_key)
    code = _code_of(known.kind, known.source_key, company_id)
    return IssuedValue(known.pk, code, known.entry_id, "already", known.date)


def _spent_before(request: SpendRequest, known: StoredValueUse) -> Spent:
    if (known.stored_value_id, known.amount, known.kind) != (request.stored_value_id, request.amount, request.kind):
        raise _reused(request.source_key)
    item = known.entry.openitem_set.order_by("pk").values_list("pk", flat=True).first()
    return Spent(known.pk, known.entry_id, item, known.date, "already")


def _reused(source_key: str) -> SourceKeyReused:
    return SourceKeyReused(
        _("%(key)s was used before with other content.") % {"key": source_key}, source_key=source_key
    )
