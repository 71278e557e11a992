"""Posting a bill: what was received or spent and its tax against what we owe; and taking it back."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.dimensions import Dimensions, read_key
from accounting.errors import BillRefused
from accounting.models import AccountRole, Bill, BillKind, BillLine, BillLineKind, BillStatus, Side, Subledger
from accounting.selectors.config import Books, books_of, exchange_rates
from accounting.services.bills.states import OBJECT, lock_bill, set_bill_status
from accounting.services.entries import Entry, Line
from accounting.services.open_items import Item, ItemPosted, post_items
from accounting.services.reversing import mirrored_lines
from accounting.services.settling import UseRequest, apply_items
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money

CLEARED = (BillLineKind.GOODS, BillLineKind.PRICE)  # what the goods book clears


@dataclass(frozen=True, slots=True)
class PostedBill:
    """base: each line's net in the base currency, whole minor units, by line id. effective_at: of the entry."""

    entry_id: int
    open_item_id: int
    date: datetime.date
    effective_at: datetime.datetime
    base: Mapping[int, Decimal]


@transaction.atomic(savepoint=False)
def post_bill(bill: Bill, *, lines: Sequence[BillLine], actor: Actor, books: Books | None = None) -> PostedBill:
    """Post an approved bill that the caller has locked; a credit note mirrors it.

    Goods and price differences go to the role grni, landed cost and expenses to their accounts, tax to input_tax; a
    reverse charge's tax is owed to the tax code's account too. Each line's net is rounded in the base currency; what
    is left of the rounded total goes to the role rounding.

    Raises IllegalTransition, PeriodClosed, ExchangeRateMissing, AccountRoleMissing; nothing written. Statements: 10.
    """
    books = books or books_of(
        bill.company_id,
        parties={bill.party_id},
        tax_codes={line.tax_code_id for line in lines if line.tax_code_id},
        currencies={bill.currency},
    )
    rate = _rate(bill, books)
    effective_at = noon(bill.bill_date, books)
    entry, item, base = _posting(bill, lines, rate, effective_at, books)
    (posted,) = post_items([(entry, item)], company_id=bill.company_id, actor=actor)
    bill.entry_id, bill.open_item_id, bill.exchange_rate = posted.entry_id, posted.open_item_id, rate
    bill.posted_at = timezone.now()
    set_bill_status(
        bill,
        status=BillStatus.POSTED,
        actor=actor,
        fields=["entry", "open_item", "exchange_rate", "posted_at"],
    )
    return PostedBill(posted.entry_id, posted.open_item_id, posted.date, effective_at, base)


def noon(day: datetime.date, books: Books) -> datetime.datetime:
    """The middle of a day in the company's time zone."""
    return datetime.datetime.combine(day, datetime.time(12), books.zone)


def _rate(bill: Bill, books: Books) -> Decimal:
    if bill.currency == books.base_currency:
        return Decimal(1)
    key = (bill.currency, bill.bill_date)
    return bill.exchange_rate or exchange_rates(books.company_id, {key})[key]


def _posting(
    bill: Bill, lines: Sequence[BillLine], rate: Decimal, effective_at: datetime.datetime, books: Books
) -> tuple[Entry, Item, dict[int, Decimal]]:
    sign = 1 if bill.kind == BillKind.BILL else -1
    exponent = books.exponents[books.base_currency]
    payable = books.account(AccountRole.PAYABLE)
    sums: dict[tuple[int, Dimensions], list[Decimal]] = {}
    base: dict[int, Decimal] = {}

    def add(account_id: int, dimensions: Dimensions, amount: Decimal, value: Decimal) -> None:
        both = sums.setdefault((account_id, dimensions), [ZERO, ZERO])
        both[0] += amount
        both[1] += value

    for line in lines:
        base[line.pk] = round_money(line.net * rate, exponent)
        dimensions = read_key(line.dimension_set.key) if line.dimension_set else ()
        add(_account(line, books), dimensions, line.net, base[line.pk])
        if line.tax:
            tax = round_money(line.tax * rate, exponent)
            add(books.account(AccountRole.INPUT_TAX), (), line.tax, tax)
            if line.reverse_charge:
                owed = books.tax_accounts[line.tax_code_id or 0] or books.account(AccountRole.OUTPUT_TAX)
                add(owed, (), -line.tax, -tax)
    total = round_money(bill.total * rate, exponent)
    left = total - sum((value for _amount, value in sums.values()), ZERO)
    if left:
        add(books.account(AccountRole.ROUNDING), (), ZERO, left)
    posted = [(place, both) for place, both in sums.items() if any(both)] or list(sums.items())[:1]
    entry = Entry(
        date=None,
        effective_at=effective_at,
        subledger=Subledger.PAYABLE,
        source_type=OBJECT,
        source_id=bill.pk,
        source_key=f"bill:{bill.pk}",
        lines=[
            *(
                Line(account, sign * amount, bill.currency, sign * value, None, dimensions)
                for (account, dimensions), (amount, value) in posted
            ),
            Line(payable, -sign * bill.total, bill.currency, -sign * total, bill.party_id),
        ],
        memo=bill.number,
    )
    side = Side.CREDIT if sign > 0 else Side.DEBIT
    item = Item(bill.kind, bill.party_id, payable, side, bill.currency, bill.total, total, due_date=bill.due_date)
    return entry, item, base


def _account(line: BillLine, books: Books) -> int:
    if line.kind in CLEARED:
        return books.account(AccountRole.GRNI)
    assert line.account_id is not None
    return line.account_id


@transaction.atomic(savepoint=False)
def reverse_bill(
    bill_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> ItemPosted:
    """Take a posted bill back: its entry is mirrored, and the two open items settle each other.

    What its goods cleared is the goods book's: see inventory.services.reverse_matched_bill.
    Raises NotFound, IllegalTransition, BillRefused (bill_applied while something is paid or settled on it).
    Statements: about 14.
    """
    bill = lock_bill(bill_id, company_id=company_id)
    item = bill.open_item
    if item is not None and item.used:
        raise BillRefused(
            _("%(number)s is paid or settled in part: take that back first.") % {"number": bill.number},
            code="bill_applied",
            used=str(item.used),
        )
    if item is None or bill.entry is None:
        set_bill_status(bill, status=BillStatus.REVERSED, actor=actor, reason=reason)  # refuses, naming both states
        raise AssertionError("unreachable")
    key = f"reverse:bill:{bill.pk}"
    entry = Entry(
        None,
        effective_at,
        bill.entry.subledger,
        OBJECT,
        bill.pk,
        key,
        mirrored_lines([bill.entry.pk])[bill.entry.pk],
        reason,
    )
    side = Side.DEBIT if item.side == Side.CREDIT else Side.CREDIT
    mirror = Item("reversal", item.party_id, item.account_id, side, item.currency, item.amount, item.base_amount)
    (posted,) = post_items([(entry, mirror)], company_id=company_id, actor=actor)
    if item.amount:
        pair = (item.pk, posted.open_item_id) if item.side == Side.DEBIT else (posted.open_item_id, item.pk)
        apply_items([UseRequest(*pair, item.amount, key)], company_id=company_id, date=posted.date, actor=actor)
    bill.reversal_entry_id = posted.entry_id
    set_bill_status(bill, status=BillStatus.REVERSED, actor=actor, reason=reason, fields=["reversal_entry"])
    return posted
