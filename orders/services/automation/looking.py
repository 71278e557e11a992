"""Asking rules of what is due: what fires is written down, once for each cause, and acted upon later."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.db import database_now, insert_rows
from orders.automation.conditions import BadConditions, Conditions
from orders.automation.triggers import causes_of, subject_of
from orders.models import AutomationRule, RuleDue, RuleFiring, RuleScope
from orders.selectors.rule_facts import Subject, alert_subjects, order_subjects, purchase_subjects

BATCH = 100
_COLUMNS = {
    "rule_id": "bigint", "company_id": "bigint", "subject_type": "text", "subject_id": "bigint", "order_id": "bigint",
    "cause": "text", "looked": "jsonb", "actions": "jsonb", "results": "jsonb", "state": "text", "attempts": "smallint",
    "rule_version": "integer", "actor_id": "bigint",
}  # fmt: skip


def look_at_due(*, rounds: int = 20) -> int:
    """Ask all active rules of what is due, in transactions of 100 subjects; the firings that were written.

    Two at once take different subjects.
    """
    written = 0
    for _round in range(rounds):
        count, made = _one_batch()
        written += made
        if count < BATCH:
            break
    return written


@transaction.atomic
def _one_batch() -> tuple[int, int]:
    """(subjects, firings). Statements: 5 and those of the facts, whatever the number of subjects."""
    locked = RuleDue.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    due = list(locked.order_by("due_at", "pk")[:BATCH])
    if not due:
        return 0, 0
    rules = list(
        AutomationRule.objects.filter(is_active=True, company__in={row.company_id for row in due}).order_by(
            "position", "pk"
        )
    )
    made = _write(_fire(rules, _subjects(due))) if rules else 0
    RuleDue.objects.filter(pk__in=[row.pk for row in due]).delete()
    return len(due), made


def look_at(rule: AutomationRule, order_ids: Sequence[int]) -> dict[int, str]:
    """Ask one rule of chosen orders, whenever they came: fired, already (for all its causes) or no_match by order.

    Statements: 12, whatever the number of orders.
    """
    subjects = order_subjects(order_ids, now=database_now())
    known = set(
        RuleFiring.objects.filter(rule=rule, subject_type="order", subject_id__in=order_ids).values_list(
            "subject_id", "cause"
        )
    )
    rows = list(_fire([rule], {("order", pk): subject for pk, subject in subjects.items()}, whenever=True))
    fresh = [row for row in rows if (row[3], row[5]) not in known]
    _write(fresh)
    results = dict.fromkeys(subjects, "no_match")
    results |= {row[3]: "already" for row in rows}
    results |= {row[3]: "fired" for row in fresh}
    return results


def _subjects(due: Sequence[RuleDue]) -> dict[tuple[str, int], Subject]:
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for row in due:
        ids[row.subject_type].append(row.subject_id)
    now = database_now()
    found: dict[tuple[str, int], Subject] = {}
    if ids["order"]:
        found |= {("order", pk): subject for pk, subject in order_subjects(ids["order"], now=now).items()}
    if ids["alert"]:
        found |= {("alert", pk): subject for pk, subject in alert_subjects(ids["alert"], now=now).items()}
    if ids["purchase_order"]:
        found |= {
            ("purchase_order", pk): subject for pk, subject in purchase_subjects(ids["purchase_order"], now=now).items()
        }
    for row in due:
        key = row.subject_type, row.subject_id
        if row.subject_type == "alarm":
            found[key] = Subject(row.subject_id, row.company_id, now, {})
        if key in found:
            found[key].facts.update(row.facts)
    return found


def _fire(
    rules: Sequence[AutomationRule], subjects: dict[tuple[str, int], Subject], *, whenever: bool = False
) -> Iterable[tuple[Any, ...]]:
    """Rows of firings, in the order of the rules. A rule that cannot be asked any more is left alone."""
    for rule in rules:
        kind = subject_of(rule.trigger)
        try:
            conditions = Conditions(rule.conditions, subject=kind)
        except BadConditions:
            continue  # a field of an older release; the rule's page says so
        for (subject_type, pk), subject in subjects.items():
            if subject_type != kind or subject.company_id != rule.company_id:
                continue
            if not (whenever or _concerns(rule, subject)):
                continue
            causes = causes_of(rule.trigger, subject.facts)
            if causes and conditions.hold(subject.facts):
                looked = json.dumps(conditions.looked(subject.facts))
                for cause in causes:
                    yield (
                        rule.pk, rule.company_id, kind, pk, pk if kind == "order" else None, cause, looked,
                        json.dumps(rule.actions), "[]", "due", 0, rule.version, rule.switched_on_by_id,
                    )  # fmt: skip


def _concerns(rule: AutomationRule, subject: Subject) -> bool:
    """Whether it came since the rule is on; where open ones are taken in, whether it was still going on by then."""
    since = rule.since
    if since is None or subject.since >= since:
        return since is not None
    return rule.scope == RuleScope.OPEN and (subject.ended_at is None or subject.ended_at >= since)


def _write(rows: Iterable[tuple[Any, ...]]) -> int:
    """The firings that are new. Statements: 1, or 0."""
    found = insert_rows("orders_rulefiring", _COLUMNS, list(rows), suffix="ON CONFLICT DO NOTHING RETURNING id")
    return len(found)


def describe(result: str) -> str:
    """A result of look_at in words."""
    return {
        "fired": _("The rule acts on it now."),
        "already": _("The rule has acted on it before."),
        "no_match": _("The rule's conditions do not hold."),
    }[result]
