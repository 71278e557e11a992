"""Money received and paid out; what it settles is said by services.settling."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import NotFound, PaymentNotReversible
from accounting.models import AccountRole, Payment, PaymentDirection, Side
from accounting.selectors.config import Books, books_of, exchange_rates
from accounting.services.entries import Entry, Line
from accounting.services.open_items import Item, ItemPosted, post_items
from accounting.services.settling import UseRequest, apply_items
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.money import Money, round_money


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """amount > 0 in `currency`. direction in: from the party, out: to it.

    control: the party's account that it goes against, receivable (a customer's payment, or a refund) or
    payable. account_role or account_id: the bank, cash or clearing account. exchange_rate None: the day's.
    money: what the account itself saw, where that is another currency; the payment is worth that then.
    """

    party_id: int
    direction: str
    amount: Decimal
    currency: str
    effective_at: datetime.datetime
    source_key: str
    account_role: str = AccountRole.BANK
    account_id: int | None = None
    control: str = AccountRole.RECEIVABLE
    method: str = ""
    reference: str = ""
    source_type: str = ""
    source_id: int | None = None
    exchange_rate: Decimal | None = None
    money: Money | None = None

    @property
    def seen(self) -> Money:
        return self.money or Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class Recorded:
    """state: recorded, or already."""

    payment_id: int
    entry_id: int
    open_item_id: int
    state: str


_COLUMNS = {
    "company_id": "bigint",
    "party_id": "bigint",
    "direction": "text",
    "method": "text",
    "reference": "text",
    "account_id": "bigint",
    "currency": "text",
    "amount": "numeric",
    "date": "date",
    "effective_at": "timestamptz",
    "entry_id": "bigint",
    "open_item_id": "bigint",
    "source_key": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}


@transaction.atomic(savepoint=False)
def record_payments(requests: Sequence[PaymentRequest], *, company_id: int, actor: Actor) -> list[Recorded]:
    """Post payments; each leaves an open item that apply_items settles against documents.

    Raises SourceKeyReused, ExchangeRateMissing, AccountRoleMissing, NotFound; ValueError for an amount that
    is not positive. Nothing is written then.
    Statements: 5, whatever the number; 1 more for foreign currencies, 2 if some were recorded already.
    """
    if not requests:
        return []
    for request in requests:
        if request.amount <= 0 or request.direction not in PaymentDirection.values:
            raise ValueError(f"payment {request.source_key} needs an amount above zero and a direction in or out")
    books = books_of(
        company_id,
        parties={request.party_id for request in requests},
        currencies={currency for request in requests for currency in (request.currency, request.seen.currency)},
    )
    rates = _rates(requests, books)
    postings = [_posting_of(request, rate, books) for request, rate in zip(requests, rates, strict=True)]
    posted = post_items(postings, company_id=company_id, actor=actor)
    fresh = {
        done.entry_id: (request, done) for request, done in zip(requests, posted, strict=True) if done.state == "posted"
    }
    stored = insert_rows(
        "accounting_payment",
        _COLUMNS,
        [_row(request, done, books, actor) for request, done in fresh.values()],
        suffix="RETURNING entry_id, id",
    )
    ids: dict[int, int] = dict(stored)
    known = [done.entry_id for done in posted if done.state == "already"]
    if known:
        ids |= dict(Payment.objects.filter(entry_id__in=known).values_list("entry_id", "pk"))
    return [
        Recorded(ids[d.entry_id], d.entry_id, d.open_item_id, "recorded" if d.state == "posted" else "already")
        for d in posted
    ]


def _rates(requests: Sequence[PaymentRequest], books: Books) -> list[Decimal]:
    wanted = {
        (request.seen.currency, books.local_date(request.effective_at))
        for request in requests
        if request.seen.currency != books.base_currency and request.exchange_rate is None
    }
    found = exchange_rates(books.company_id, wanted)
    return [
        Decimal(1)
        if request.seen.currency == books.base_currency
        else request.exchange_rate or found[request.seen.currency, books.local_date(request.effective_at)]
        for request in requests
    ]


def _account(request: PaymentRequest, books: Books) -> int:
    return request.account_id or books.account(request.account_role)


def _posting_of(request: PaymentRequest, rate: Decimal, books: Books) -> tuple[Entry, Item]:
    seen = request.seen
    base = seen.amount
    if seen.currency != books.base_currency:
        base = round_money(seen.amount * rate, books.exponents[books.base_currency])
    sign = 1 if request.direction == PaymentDirection.IN else -1
    control = books.account(request.control)
    entry = Entry(
        date=None,
        effective_at=request.effective_at,
        subledger=request.control,
        source_type=request.source_type,
        source_id=request.source_id,
        source_key=request.source_key,
        lines=[
            Line(_account(request, books), sign * seen.amount, seen.currency, sign * base),
            Line(control, -sign * request.amount, request.currency, -sign * base, request.party_id),
        ],
        memo=request.reference,
    )
    side = Side.CREDIT if sign > 0 else Side.DEBIT
    return entry, Item("payment", request.party_id, control, side, request.currency, request.amount, base)


def _row(request: PaymentRequest, done: ItemPosted, books: Books, actor: Actor) -> tuple[Any, ...]:
    return (
        books.company_id,
        request.party_id,
        str(request.direction),
        request.method,
        request.reference[:120],
        _account(request, books),
        request.currency,
        request.amount,
        done.date,
        request.effective_at,
        done.entry_id,
        done.open_item_id,
        request.source_key,
        actor.user_id,
        actor.label,
    )


@transaction.atomic(savepoint=False)
def reverse_payment(
    payment_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> ItemPosted:
    """Take back a payment that bounced: mirror its entry and settle the two against each other.

    Raises NotFound; PaymentNotReversible while the payment is applied to documents (unapply it first) or
    when it was reversed before. Statements: about 13.
    """
    found = Payment.objects.select_related("open_item", "entry").filter(pk=payment_id, company_id=company_id).first()
    if found is None:
        raise NotFound(_("There is no payment %(id)s in this company.") % {"id": payment_id}, payment_id=payment_id)
    item = found.open_item
    if item.used:
        raise PaymentNotReversible(
            _("The payment is applied to documents, or was reversed before; take the applications back first."),
            payment_id=payment_id,
            used=str(item.used),
        )
    lines = [
        Line(line.account_id, -line.amount, line.currency, -line.base_amount, line.party_id)
        for line in found.entry.lines.order_by("id")
    ]
    key = f"reverse:payment:{payment_id}"
    entry = Entry(None, effective_at, found.entry.subledger, "accounting.payment", payment_id, key, lines, reason)
    side = Side.DEBIT if item.side == Side.CREDIT else Side.CREDIT
    mirror = Item("reversal", item.party_id, item.account_id, side, item.currency, item.amount, item.base_amount)
    (posted,) = post_items([(entry, mirror)], company_id=company_id, actor=actor)
    pair = (item.pk, posted.open_item_id) if item.side == Side.DEBIT else (posted.open_item_id, item.pk)
    apply_items([UseRequest(*pair, item.amount, key)], company_id=company_id, date=posted.date, actor=actor)
    return posted
