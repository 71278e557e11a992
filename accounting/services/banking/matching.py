"""Matching bank lines: documents settled, fees and transfers posted, differences of cents written off."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting.models import (
    BankAccount,
    BankMatch,
    MatchKind,
)
from accounting.selectors.config import books_of
from accounting.services.banking.crossing import crossing_rates
from accounting.services.banking.match_plans import (
    MatchPlan,
    check_entries,
    items_of,
    lock_lines,
    plan_match,
    posted_amounts,
)
from accounting.services.banking.match_posting import (
    line_rates,
    post_shares,
    post_write_offs,
    record_group_payments,
    settle_groups,
)
from accounting.services.banking.shares import Matched, MatchRequest
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.money import ZERO


@transaction.atomic(savepoint=False)
def match_lines(requests: Sequence[MatchRequest], *, company_id: int, actor: Actor) -> list[Matched]:
    """Tie lines to what they are for. What is not posted yet is posted: payments with their settlements, entries.

    A document of another currency than the line is paid in its own, at what the line's money comes to; what its rates
    leave is posted as a realised exchange difference.

    Raises NotFound, BankRefused (already_matched, more_than_the_line, wrong_direction, currency_differs,
    rate_implausible, control_account, write_off_too_large, nothing_to_match, entry_not_open), ItemOverused, PeriodClosed,
    ReconciledBalance, ExchangeRateMissing; nothing is written then.
    Statements: about 26, whatever the number of lines; 4 more for each further day among them.
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
    items = items_of(requests, company_id)
    crossing = crossing_rates(requests, lines, items, books)
    numbers = _numbers(list(lines))
    plans = []
    for request in requests:
        line = lines[request.line_id]
        key = f"bank:{line.id}:{numbers[line.id]}"
        plans.append(plan_match(request, line, banks, items, key, books, crossing))
    groups = [group for plan in plans for group in plan.groups]
    rates = line_rates(plans, books)
    record_group_payments(groups, banks, books, actor)
    post_write_offs(groups, books, rates, actor)
    posted = post_shares(plans, banks, books, rates, actor)
    settle_groups(groups, company_id, actor)
    check_entries(plans, company_id)
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


def _numbers(line_ids: Sequence[int]) -> dict[int, int]:
    """How often each line was matched or unmatched before: source keys go on from there."""
    numbers = dict.fromkeys(line_ids, 1)
    for line_id in BankMatch.objects.filter(line_id__in=line_ids).values_list("line_id", flat=True):
        numbers[line_id] += 1
    return numbers


_COLUMNS = {
    "company_id": "bigint", "line_id": "bigint", "bank_account_id": "bigint", "kind": "text", "amount": "numeric",
    "entry_id": "bigint", "payment_id": "bigint", "written_off_id": "bigint", "rule_id": "bigint", "why": "text",
    "source_key": "text", "actor_id": "bigint", "actor_label": "text",
}  # fmt: skip


def _rows(plan: MatchPlan, posted: Mapping[str, int], actor: Actor) -> Iterator[tuple[Any, ...]]:
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


def _amounts(plans: Sequence[MatchPlan]) -> dict[int, Decimal]:
    return {
        plan.line.id: sum((group.cash for group in plan.groups), ZERO)
        + sum(posted_amounts(plan.posts, plan.request), ZERO)
        for plan in plans
    }
