"""What matches post: payments with their settlements, write-offs, fees and transfers."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounting.models import (
    Account,
    AccountRole,
    BankAccount,
    PaymentDirection,
    Side,
)
from accounting.selectors.config import Books, exchange_rates
from accounting.services.banking.match_plans import MatchPlan, PartyGroup
from accounting.services.banking.refusing import LockedLine, refused
from accounting.services.entries import Entry, Line
from accounting.services.open_items import Item, post_items
from accounting.services.payments import PaymentRequest, record_payments
from accounting.services.posting import post_entries
from accounting.services.settling import UseRequest, apply_items
from backoffice.core.actor import Actor
from backoffice.core.money import Money, round_money


def _noon(line: LockedLine, books: Books) -> datetime.datetime:
    return datetime.datetime.combine(line.date, datetime.time(12), books.zone)


def line_rates(plans: Sequence[MatchPlan], books: Books) -> dict[tuple[str, datetime.date], Decimal]:
    wanted = {(plan.line.currency, plan.line.date) for plan in plans if plan.line.currency != books.base_currency}
    return exchange_rates(books.company_id, wanted)


def _base(
    amount: Decimal, line: LockedLine, books: Books, rates: Mapping[tuple[str, datetime.date], Decimal]
) -> Decimal:
    if line.currency == books.base_currency:
        return amount
    return round_money(amount * rates[line.currency, line.date], books.exponents[books.base_currency])


def record_group_payments(
    groups: Sequence[PartyGroup], banks: Mapping[int, BankAccount], books: Books, actor: Actor
) -> None:
    paying = [group for group in groups if group.cash]
    recorded = record_payments(
        [
            PaymentRequest(
                party_id=group.party_id,
                direction=PaymentDirection.IN if group.cash > 0 else PaymentDirection.OUT,
                amount=group.settled,
                currency=group.foreign or group.line.currency,
                money=Money(abs(group.cash), group.line.currency) if group.foreign else None,
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


def post_write_offs(
    groups: Sequence[PartyGroup], books: Books, rates: Mapping[tuple[str, datetime.date], Decimal], actor: Actor
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


def post_shares(
    plans: Sequence[MatchPlan],
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
                raise refused(
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


def _targets(plans: Sequence[MatchPlan], company_id: int) -> dict[int, Account]:
    wanted = {post.account_id for plan in plans for post in plan.posts}
    wanted |= set(BankAccount.objects.filter(company_id=company_id).values_list("account_id", flat=True))
    return Account.objects.filter(company_id=company_id, is_postable=True, is_active=True).in_bulk(wanted)


def settle_groups(groups: Sequence[PartyGroup], company_id: int, actor: Actor) -> None:
    """Each group's documents against each other, the write-off and the payment, in that order."""
    by_day: defaultdict[datetime.date, list[UseRequest]] = defaultdict(list)
    for group in groups:
        debits = [[item.pk, amount] for item, amount in group.documents if item.side == Side.DEBIT]
        credits = [[item.pk, amount] for item, amount in group.documents if item.side == Side.CREDIT]
        money = credits if group.cash > 0 else debits
        if group.write_off_item is not None:
            money.append([group.write_off_item, group.written_off])
        if group.payment_item is not None:
            money.append([group.payment_item, group.settled])
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
