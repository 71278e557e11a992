"""Trying a rule on orders of the last days: what it would have done; nothing is written."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from backoffice.core.db import database_now
from orders.automation.actions import after, in_words
from orders.automation.conditions import Conditions
from orders.automation.triggers import causes_of, subject_of
from orders.models import AutomationRule, Order, RuleTrigger
from orders.selectors.rule_facts import order_subjects

MOST, BATCH, MOST_ROWS = 5_000, 500, 200


@dataclass(frozen=True, slots=True)
class TrialRow:
    """An order on which the rule would act. changes: (before, after) by field; others: actions without a field."""

    order_id: int
    number: str
    placed_at: datetime.datetime
    channel: str
    total: str
    amount: Decimal
    currency: str
    looked: dict[str, Any]
    changes: dict[str, tuple[str, str]]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """looked_at: orders of these days (cut: there were more than are tried). matched: on which the rule would act."""

    days: int
    looked_at: int
    is_cut: bool
    matched: int
    changed: dict[str, int]
    rows: tuple[TrialRow, ...]


@transaction.atomic
def try_rule(rule: AutomationRule, *, days: int) -> Trial:
    """Ask a rule, saved or not, of the newest orders of the last days as they are now: at most 5,000 of them.

    Rows are the first 200 that match. Only rules about orders. Raises ValueError for others, BadConditions.
    Statements: 12 for each 500 orders; the transaction is read-only.
    """
    if subject_of(rule.trigger) != "order":
        raise ValueError("only rules about orders are tried on orders")
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    conditions = Conditions(rule.conditions, subject="order")
    now = database_now()
    ids = list(
        Order.objects.filter(company=rule.company_id, placed_at__gte=now - datetime.timedelta(days=days))
        .order_by("-placed_at", "-pk")
        .values_list("pk", flat=True)[: MOST + 1]
    )
    rows: list[TrialRow] = []
    changed: Counter[str] = Counter()
    matched = 0
    for start in range(0, len(ids[:MOST]), BATCH):
        part = ids[start : min(start + BATCH, MOST)]
        for row in _matches(rule, conditions, part, now):
            matched += 1
            changed.update([*row.changes, *row.others])
            if len(rows) < MOST_ROWS:
                rows.append(row)
    return Trial(days, min(len(ids), MOST), len(ids) > MOST, matched, dict(changed), tuple(rows))


def _matches(
    rule: AutomationRule, conditions: Conditions, ids: Sequence[int], now: datetime.datetime
) -> list[TrialRow]:
    subjects = order_subjects(ids, now=now)
    placed = dict(Order.objects.filter(pk__in=ids).values_list("pk", "placed_at"))
    found = []
    for pk in ids:
        facts = subjects[pk].facts
        if rule.trigger == RuleTrigger.TIME:
            facts["day"] = now.date().isoformat()
        if causes_of(rule.trigger, facts) and conditions.hold(facts):
            changes = after(facts, rule.actions)
            found.append(
                TrialRow(
                    pk, facts["number"], placed[pk], facts["channel"], f"{facts['total']:.2f} {facts['currency']}",
                    facts["total"], facts["currency"],
                    conditions.looked(facts), changes, _others(rule.actions),
                )
            )  # fmt: skip
    return found


_WITH_FIELDS = ("add_tag", "remove_tag", "hold", "release_holds", "pin", "set_service", "set_priority")


def _others(actions: Sequence[dict[str, str]]) -> tuple[str, ...]:
    return tuple(in_words(a) for a in actions if a["action"] not in _WITH_FIELDS)
