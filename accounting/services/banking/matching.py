"""Matching bank lines: documents settled, fees and transfers posted, differences of cents written off."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.errors import BankRefused, NotFound
from accounting.models import (
    Account,
    AccountRole,
    BankAccount,
    BankMatch,
    MatchKind,
    OpenItem,
    PaymentDirection,
    Side,
)
from accounting.selectors.config import Books, books_of, exchange_rates
from accounting.services.open_items import Item, post_items
from accounting.services.payments import PaymentRequest, record_payments
from accounting.services.posting import Entry, Line, post_entries
from accounting.services.settling import UseRequest, apply_items
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.money import ZERO, round_money

CONTROLS = (AccountRole.RECEIVABLE, AccountRole.PAYABLE)


@dataclass(frozen=True, slots=True)
class ItemShare:
    """`amount` > 0 of an open item: what it is settled by with this line."""

    item_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PostShare:
    """A share of the line, signed as it is, posted to an account: a fee, interest, rent."""

    account_id: int
    amount: Decimal
    memo: str = ""


@dataclass(frozen=True, slots=True)
class PartyShare:
    """A share of the line, signed, left on a party's account: an advance, or what is too much."""

    party_id: int
    amount: Decimal
    control: str = AccountRole.RECEIVABLE


@dataclass(frozen=True, slots=True)
class EntryShare:
    """A share of the line, signed, that an entry of the books has posted already."""

    entry_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TransferShare:
    """A share of the line, signed, that came from or went to another bank account of ours."""

    bank_account_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MatchRequest:
    """What a line, or the rest of it, is for. write_off: the difference that is left is given up, within the
    account's limit. Without it a rest stays open.
    """

    line_id: int
    items: tuple[ItemShare, ...] = ()
    posts: tuple[PostShare, ...] = ()
    parties: tuple[PartyShare, ...] = ()
    entries: tuple[EntryShare, ...] = ()
    transfers: tuple[TransferShare, ...] = ()
    write_off: bool = False
    rule_id: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """amount: now matched by this call; open: what is left of the line."""

    line_id: int
    amount: Decimal
    open: Decimal
    match_ids: tuple[int, ...]


@dataclass(slots=True)
class _Line:
    id: int
    company_id: int
    bank_account_id: int
    date: datetime.date
    currency: str
    amount: Decimal
    matched: Decimal

    @property
    def open(self) -> Decimal:
        return self.amount - self.matched


@dataclass(slots=True)
class _Group:
    """One party's share of one line: a payment of `cash` and what it settles."""

    line: _Line
    key: str
    party_id: int
    control: str
    account_id: int
    cash: Decimal = ZERO
    written_off: Decimal = ZERO  # > 0 on the side of the payment
    documents: list[tuple[OpenItem, Decimal]] = field(default_factory=list)
    payment_id: int | None = None
    payment_item: int | None = None
    write_off_item: int | None = None
    entry_id: int | None = None


@dataclass(slots=True)
class _Plan:
    request: MatchRequest
    line: _Line
    bank: BankAccount
    key: str
    groups: list[_Group]
    posts: list[PostShare]


@transaction.atomic(savepoint=False)
def match_lines(requests: Sequence[MatchRequest], *, company_id: int, actor: Actor) -> list[Matched]:
    """Tie lines to what they are for. What is not posted yet is posted: payments with their settlements, entries.

    Raises NotFound, BankRefused (already_matched, more_than_the_line, wrong_direction, currency_differs,
    control_account, write_off_too_large, nothing_to_match, entry_not_open), ItemOverused, PeriodClosed,
    ReconciledBalance, ExchangeRateMissing; nothing is written then.
    Statements: about 25, whatever the number of lines; 4 more for each further day among them.
    """
    if not requests:
        return []
    if len({request.line_id for request in requests}) < len(requests):
        raise ValueError("a line is named twice")
    lines = lock_lines([request.line_id for request in requests], company_id)
    banks = {
        bank.pk: bank
        for bank in BankAccount.objects.filter(company_id=company_id).select_related("account").order_by("pk")
    }
    books = books_of(company_id, currencies={line.currency for line in lines.values()})
    items = _items(requests, company_id)
    numbers = _numbers(list(lines))
    plans = []
    for request in requests:
        line = lines[request.line_id]
        plans.append(_plan(request, line, banks, items, f"bank:{line.id}:{numbers[line.id]}", books))
    groups = [group for plan in plans for group in plan.groups]
    rates = _rates(plans, books)
    _record_payments(groups, banks, books, actor)
    _post_write_offs(groups, books, rates, actor)
    posted = _post_entries(plans, banks, books, rates, actor)
    _settle(groups, company_id, actor)
    _check_entries(plans, company_id)
    rows = [row for plan in plans for row in _rows(plan, posted, actor)]
    made: dict[int, list[int]] = defaultdict(list)
    for line_id, match_id in insert_rows("accounting_bankmatch", _COLUMNS, rows, suffix="RETURNING line_id, id"):
        made[line_id].append(match_id)
    done = _amounts(plans)
    audit.record(
        [
            audit.Change("accounting.bankline", plan.line.id, "matched", "matched", f"{plan.line.matched:f}",
                         f"{plan.line.matched + done[plan.line.id]:f}", plan.request.why[:300], company_id)
            for plan in plans
        ],
        actor=actor,
    )  # fmt: skip
    return [
        Matched(plan.line.id, done[plan.line.id], plan.line.open - done[plan.line.id], tuple(made[plan.line.id]))
        for plan in plans
    ]


def lock_lines(ids: Sequence[int], company_id: int) -> dict[int, _Line]:
    """Bank lines locked in id order until commit. Raises NotFound. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounting_lock_bank_lines(%s::bigint[])", [sorted(ids)])
        found = {row[0]: _Line(*row) for row in cursor.fetchall()}
    for line_id in ids:
        if line_id not in found or found[line_id].company_id != company_id:
            raise NotFound(_("There is no bank line %(id)s.") % {"id": line_id}, line_id=line_id)
    return found


def _numbers(line_ids: Sequence[int]) -> dict[int, int]:
    """How often each line was matched or unmatched before: source keys go on from there."""
    numbers = dict.fromkeys(line_ids, 1)
    for line_id in BankMatch.objects.filter(line_id__in=line_ids).values_list("line_id", flat=True):
        numbers[line_id] += 1
    return numbers


def _items(requests: Sequence[MatchRequest], company_id: int) -> dict[int, OpenItem]:
    wanted = {share.item_id for request in requests for share in request.items}
    rows = OpenItem.objects.filter(company_id=company_id, pk__in=wanted).select_related("account")
    found = {row.pk: row for row in rows}
    for item_id in wanted:
        if item_id not in found:
            raise NotFound(_("There is no open item %(id)s in this company.") % {"id": item_id}, item_id=item_id)
    return found


def _refused(code: str, detail: str, line: _Line, **context: Any) -> BankRefused:
    return BankRefused(detail, code=code, line_id=line.id, **context)


def _plan(
    request: MatchRequest,
    line: _Line,
    banks: Mapping[int, BankAccount],
    items: Mapping[int, OpenItem],
    key: str,
    books: Books,
) -> _Plan:
    if not line.open:
        raise _refused("already_matched", _("The bank line is matched already."), line)
    groups = list(_groups(request, line, items, key, books))
    total = sum((group.cash for group in groups), ZERO) + sum(_posted_amounts(request.posts, request), ZERO)
    plan = _Plan(request, line, banks[line.bank_account_id], key, groups, list(request.posts))
    if request.write_off:
        total += _write_off(plan, line.open - total, books)
    if not total:
        raise _refused("nothing_to_match", _("Choose what the line is for."), line)
    if (total > 0) != (line.open > 0):
        raise _refused(
            "wrong_direction",
            _("The line is money %(way)s; what was chosen goes the other way.")
            % {"way": _("in") if line.open > 0 else _("out")},
            line,
            amount=str(total),
        )
    if abs(total) > abs(line.open):
        raise _refused(
            "more_than_the_line",
            _("%(total)s is more than the %(open)s that are open on the line.")
            % {"total": f"{abs(total):f}", "open": f"{abs(line.open):f}"},
            line,
            open=str(line.open),
            amount=str(total),
        )
    _check_transfers(request, line, banks)
    return plan


def _groups(
    request: MatchRequest, line: _Line, items: Mapping[int, OpenItem], key: str, books: Books
) -> Iterator[_Group]:
    groups: dict[tuple[int, str], _Group] = {}

    def group(party_id: int, control: str, account_id: int) -> _Group:
        place = (party_id, control)
        if place not in groups:
            groups[place] = _Group(line, f"{key}:{party_id}:{control}", party_id, control, account_id)
        return groups[place]

    for share in request.items:
        item = items[share.item_id]
        if share.amount <= 0:
            raise _refused("bad_amount", _("Amounts are above zero."), line, item_id=item.pk)
        if item.currency != line.currency:
            raise _refused(
                "currency_differs",
                _("The document is in %(own)s, the bank line in %(currency)s.")
                % {"own": item.currency, "currency": line.currency},
                line,
                item_id=item.pk,
            )
        if item.account.control not in CONTROLS:
            raise _refused("control_account", _("Only receivables and payables are settled."), line, item_id=item.pk)
        into = group(item.party_id, item.account.control, item.account_id)
        into.documents.append((item, share.amount))
        into.cash += share.amount if item.side == Side.DEBIT else -share.amount
    for share_ in request.parties:
        if share_.control not in CONTROLS:
            raise _refused("control_account", _("Only receivables and payables are settled."), line)
        group(share_.party_id, share_.control, books.account(share_.control)).cash += share_.amount
    yield from groups.values()


def _write_off(plan: _Plan, difference: Decimal, books: Books) -> Decimal:
    """Give up the difference: less than the documents ask for, or more. What it adds to the total."""
    if not difference:
        return ZERO
    limit = plan.bank.write_off_limit
    if abs(difference) > limit:
        raise _refused(
            "write_off_too_large",
            _("The difference of %(difference)s is above the account's limit for write-offs, %(limit)s.")
            % {"difference": f"{abs(difference):f}", "limit": f"{limit:f}"},
            plan.line,
            difference=str(difference),
            limit=str(limit),
        )
    short = next((group for group in plan.groups if group.cash * difference < 0), None)
    if short is not None:
        if abs(difference) >= abs(short.cash):
            raise _refused("write_off_too_large", _("All of a document cannot be written off here."), plan.line)
        short.cash += difference
        short.written_off = abs(difference)
    else:
        plan.posts.append(PostShare(books.account(AccountRole.ROUNDING), difference, _("Difference written off")))
    return difference


def _check_transfers(request: MatchRequest, line: _Line, banks: Mapping[int, BankAccount]) -> None:
    for share in request.transfers:
        other = banks.get(share.bank_account_id)
        if other is None or other.pk == line.bank_account_id:
            raise NotFound(_("There is no such bank account."), bank_account_id=share.bank_account_id)
        if other.currency_id != line.currency:
            raise _refused(
                "currency_differs",
                _("The document is in %(own)s, the bank line in %(currency)s.")
                % {"own": other.currency_id, "currency": line.currency},
                line,
            )


def _noon(line: _Line, books: Books) -> datetime.datetime:
    return datetime.datetime.combine(line.date, datetime.time(12), books.zone)


def _rates(plans: Sequence[_Plan], books: Books) -> dict[tuple[str, datetime.date], Decimal]:
    wanted = {(plan.line.currency, plan.line.date) for plan in plans if plan.line.currency != books.base_currency}
    return exchange_rates(books.company_id, wanted)


def _base(amount: Decimal, line: _Line, books: Books, rates: Mapping[tuple[str, datetime.date], Decimal]) -> Decimal:
    if line.currency == books.base_currency:
        return amount
    return round_money(amount * rates[line.currency, line.date], books.exponents[books.base_currency])


def _record_payments(groups: Sequence[_Group], banks: Mapping[int, BankAccount], books: Books, actor: Actor) -> None:
    paying = [group for group in groups if group.cash]
    recorded = record_payments(
        [
            PaymentRequest(
                party_id=group.party_id,
                direction=PaymentDirection.IN if group.cash > 0 else PaymentDirection.OUT,
                amount=abs(group.cash),
                currency=group.line.currency,
                effective_at=_noon(group.line, books),
                source_key=group.key,
                account_id=banks[group.line.bank_account_id].account_id,
                control=group.control,
                method="bank",
                reference=banks[group.line.bank_account_id].name,
                source_type="accounting.bankline",
                source_id=group.line.id,
            )
            for group in paying
        ],
        company_id=books.company_id,
        actor=actor,
    )
    for group, done in zip(paying, recorded, strict=True):
        group.payment_id, group.payment_item, group.entry_id = done.payment_id, done.open_item_id, done.entry_id


def _post_write_offs(
    groups: Sequence[_Group], books: Books, rates: Mapping[tuple[str, datetime.date], Decimal], actor: Actor
) -> None:
    giving_up = [group for group in groups if group.written_off]
    postings = []
    for group in giving_up:
        line, amount = group.line, group.written_off
        base = _base(amount, line, books, rates)
        sign = 1 if group.cash > 0 else -1  # money in: the customer owes less
        entry = Entry(
            date=None,
            effective_at=_noon(line, books),
            subledger=group.control,
            source_type="accounting.bankline",
            source_id=line.id,
            source_key=f"{group.key}:off",
            lines=[
                Line(books.account(AccountRole.ROUNDING), sign * amount, line.currency, sign * base),
                Line(group.account_id, -sign * amount, line.currency, -sign * base, group.party_id),
            ],
            memo=_("Difference written off"),
        )
        side = Side.CREDIT if sign > 0 else Side.DEBIT
        postings.append((entry, Item("write_off", group.party_id, group.account_id, side, line.currency, amount, base)))
    for group, done in zip(giving_up, post_items(postings, company_id=books.company_id, actor=actor), strict=True):
        group.write_off_item = done.open_item_id


def _post_entries(
    plans: Sequence[_Plan],
    banks: Mapping[int, BankAccount],
    books: Books,
    rates: Mapping[tuple[str, datetime.date], Decimal],
    actor: Actor,
) -> dict[str, int]:
    """Fees and transfers; the entry's id by its key."""
    entries = []
    targets = _targets(plans, books.company_id)
    for plan in plans:
        line, bank = plan.line, plan.bank.account_id
        shares = [(f"{plan.key}:post{n}", post.account_id, post.amount, post.memo) for n, post in enumerate(plan.posts)]
        shares += [
            (f"{plan.key}:to{n}", banks[share.bank_account_id].account_id, share.amount, _("Transfer"))
            for n, share in enumerate(plan.request.transfers)
        ]
        for key, account_id, amount, memo in shares:
            if account_id == bank or targets.get(account_id) is None or targets[account_id].control:
                raise _refused(
                    "control_account",
                    _("Choose an account that takes postings by hand, other than the bank's own."),
                    line,
                    account_id=account_id,
                )
            base = _base(amount, line, books, rates)
            entries.append(
                Entry(
                    date=None,
                    effective_at=_noon(line, books),
                    subledger="general",
                    source_type="accounting.bankline",
                    source_id=line.id,
                    source_key=key,
                    lines=[
                        Line(bank, amount, line.currency, base, memo=memo),
                        Line(account_id, -amount, line.currency, -base, memo=memo),
                    ],
                    memo=memo or plan.request.why[:200],
                )
            )
    posted = post_entries(entries, company_id=books.company_id, actor=actor)
    return {entry.source_key: done.entry_id for entry, done in zip(entries, posted, strict=True)}


def _targets(plans: Sequence[_Plan], company_id: int) -> dict[int, Account]:
    wanted = {post.account_id for plan in plans for post in plan.posts}
    wanted |= set(BankAccount.objects.filter(company_id=company_id).values_list("account_id", flat=True))
    return Account.objects.filter(company_id=company_id, is_postable=True, is_active=True).in_bulk(wanted)


def _settle(groups: Sequence[_Group], company_id: int, actor: Actor) -> None:
    """Each group's documents against each other, the write-off and the payment, in that order."""
    by_day: defaultdict[datetime.date, list[UseRequest]] = defaultdict(list)
    for group in groups:
        debits = [[item.pk, amount] for item, amount in group.documents if item.side == Side.DEBIT]
        credits = [[item.pk, amount] for item, amount in group.documents if item.side == Side.CREDIT]
        money = credits if group.cash > 0 else debits
        if group.write_off_item is not None:
            money.append([group.write_off_item, group.written_off])
        if group.payment_item is not None:
            money.append([group.payment_item, abs(group.cash)])
        by_day[group.line.date] += _pairs(debits, credits, group.key)
    for day, uses in sorted(by_day.items()):
        apply_items(uses, company_id=company_id, date=day, actor=actor)


def _pairs(debits: list[list[Any]], credits: list[list[Any]], key: str) -> Iterator[UseRequest]:
    number, at = 0, 0
    for debit in debits:
        while debit[1] and at < len(credits):
            part = min(debit[1], credits[at][1])
            if part:
                number += 1
                yield UseRequest(debit[0], credits[at][0], part, f"{key}:use{number}")
            debit[1] -= part
            credits[at][1] -= part
            at += not credits[at][1]


def _check_entries(plans: Sequence[_Plan], company_id: int) -> None:
    """That entries named are there and have that much left on the bank's account; the database holds it too."""
    wanted = {(plan.bank.pk, share.entry_id) for plan in plans for share in plan.request.entries}
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, l.entry_id, sum(l.amount) - coalesce((SELECT sum(m.amount) FROM accounting_bankmatch m"
            "  WHERE m.entry_id = l.entry_id AND m.bank_account_id = b.id), 0)"
            " FROM accounting_journalline l JOIN accounting_bankaccount b ON b.account_id = l.account_id"
            "  AND b.currency_id = l.currency WHERE l.entry_id = ANY(%s) AND l.company_id = %s GROUP BY 1, 2",
            [sorted({entry for _bank, entry in wanted}), company_id],
        )
        left = {(bank, entry): amount for bank, entry, amount in cursor.fetchall()}
    for plan in plans:
        for share in plan.request.entries:
            open_amount = left.get((plan.bank.pk, share.entry_id), ZERO)
            if share.amount * open_amount <= 0 or abs(share.amount) > abs(open_amount):
                raise _refused(
                    "entry_not_open",
                    _("JE-%(id)s has %(open)s left on this bank account.")
                    % {"id": share.entry_id, "open": f"{open_amount:f}"},
                    plan.line,
                    entry_id=share.entry_id,
                )
            left[plan.bank.pk, share.entry_id] = open_amount - share.amount


_COLUMNS = {
    "company_id": "bigint", "line_id": "bigint", "bank_account_id": "bigint", "kind": "text", "amount": "numeric",
    "entry_id": "bigint", "payment_id": "bigint", "written_off_id": "bigint", "rule_id": "bigint", "why": "text",
    "source_key": "text", "actor_id": "bigint", "actor_label": "text",
}  # fmt: skip


def _rows(plan: _Plan, posted: Mapping[str, int], actor: Actor) -> Iterator[tuple[Any, ...]]:
    request, line = plan.request, plan.line

    def row(kind: str, amount: Decimal, entry_id: int, key: str, payment: int | None = None, off: int | None = None):  # type: ignore[no-untyped-def]
        return (line.company_id, line.id, line.bank_account_id, str(kind), amount, entry_id, payment, off,
                request.rule_id, request.why[:300], key, actor.user_id, actor.label)  # fmt: skip

    for group in plan.groups:
        if group.entry_id is not None:
            yield row(MatchKind.PAYMENT, group.cash, group.entry_id, group.key, group.payment_id, group.write_off_item)
    for number, post in enumerate(plan.posts):
        key = f"{plan.key}:post{number}"
        yield row(MatchKind.ACCOUNT, post.amount, posted[key], key)
    for number, share in enumerate(request.transfers):
        key = f"{plan.key}:to{number}"
        yield row(MatchKind.TRANSFER, share.amount, posted[key], key)
    for number, entry in enumerate(request.entries):
        yield row(MatchKind.ENTRY, entry.amount, entry.entry_id, f"{plan.key}:entry{number}")


def _posted_amounts(posts: Sequence[PostShare], request: MatchRequest) -> Iterator[Decimal]:
    """The shares of a line beside payments."""
    yield from (post.amount for post in posts)
    yield from (entry.amount for entry in request.entries)
    yield from (transfer.amount for transfer in request.transfers)


def _amounts(plans: Sequence[_Plan]) -> dict[int, Decimal]:
    return {
        plan.line.id: sum((group.cash for group in plan.groups), ZERO)
        + sum(_posted_amounts(plan.posts, plan.request), ZERO)
        for plan in plans
    }
