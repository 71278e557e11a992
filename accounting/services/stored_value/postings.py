"""The journal entries of stored values, in the making and posted."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.errors import CurrencyDiffers, StoredValueExpired, StoredValueShort
from accounting.models import AccountRole, Side, StoredValueKind, Subledger, ValueUseKind
from accounting.selectors.config import Books
from accounting.services.entries import Entry, Line
from accounting.services.open_items import Item, post_items
from accounting.services.posting import post_entries
from accounting.services.stored_value.inputs import IssueRequest, SpendRequest
from accounting.services.stored_value.locking import Held
from backoffice.core.actor import Actor
from backoffice.core.money import round_money

ZERO = Decimal(0)
ROLE_OF = {
    StoredValueKind.GIFT_CARD: AccountRole.GIFT_CARDS,
    StoredValueKind.STORE_CREDIT: AccountRole.STORE_CREDIT,
    StoredValueKind.DEPOSIT: AccountRole.DEPOSITS,
}


@dataclass(slots=True)
class Posting:
    """An entry in the making, with what it takes from stored values: (value, kind, amount, base, source key)."""

    entry: Entry
    item: Item | None = None
    uses: list[tuple[Held, str, Decimal, Decimal, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Done:
    entry_id: int
    date: datetime.date
    open_item_id: int | None


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


def issue_posting(
    request: IssueRequest,
    values: Mapping[int, Held],
    books: Books,
    rates: Mapping[tuple[str, datetime.date], Decimal],
) -> Posting:
    """Debit what pays, credit the liability at what the parts are worth in the base currency."""
    lines: list[Line] = []
    posting = Posting(_entry(request, request.source_key, lines, Subledger.STORED_VALUE))
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


def spend_posting(
    request: SpendRequest, value: Held, books: Books, rates: Mapping[tuple[str, datetime.date], Decimal]
) -> Posting:
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
    return Posting(entry, item, [(value, request.kind, request.amount, share, request.source_key)])


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


def _check_spendable(value: Held, amount: Decimal, currency: str, day: datetime.date | None) -> None:
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


def post_all(postings: Sequence[Posting], company_id: int, actor: Actor) -> list[Done]:
    """Post all entries; those with an item on receivables leave it open."""
    with_items = [(p.entry, p.item) for p in postings if p.item is not None]
    without = [p.entry for p in postings if p.item is None]
    items = iter(post_items(with_items, company_id=company_id, actor=actor))
    plain = iter(post_entries(without, company_id=company_id, actor=actor))
    done = []
    for posting in postings:
        if posting.item is not None:
            posted = next(items)
            done.append(Done(posted.entry_id, posted.date, posted.open_item_id))
        else:
            entry = next(plain)
            done.append(Done(entry.entry_id, entry.date, None))
    return done
