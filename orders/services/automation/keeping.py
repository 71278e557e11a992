"""Making, changing and switching rules."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from backoffice.core.errors import InvalidInput, NotPermitted
from orders.automation import actions as doing
from orders.automation.conditions import BadConditions, Conditions, Mistake
from orders.automation.triggers import subject_of
from orders.errors import NotFound, VersionConflict
from orders.models import AutomationRule, RuleScope, RuleTrigger
from orders.services.automation.checking import unknown_names

MOST_RULES = 200
OBJECT = "orders.automationrule"


@dataclass(frozen=True, slots=True)
class RuleInput:
    """conditions, actions: as orders.automation has them. at_time: of rules with the trigger `time` only."""

    name: str
    trigger: str
    conditions: Mapping[str, Any] = field(default_factory=dict)
    actions: Any = ()
    position: int = 100
    at_time: datetime.time | None = None


@transaction.atomic(savepoint=False)
def create_rule(given: RuleInput, *, company_id: int, actor: Actor) -> AutomationRule:
    """Keep a rule, switched off. Raises InvalidInput with every mistake, nothing written."""
    if AutomationRule.objects.filter(company=company_id).count() >= MOST_RULES:
        raise _refused([Mistake("name", _("there are %(most)s rules already") % {"most": MOST_RULES})])
    kept = _checked(given, company_id)
    rule = AutomationRule.objects.create(company_id=company_id, **kept)
    record([Change(OBJECT, rule.pk, "created", new=rule.name, company_id=company_id)], actor=actor)
    return rule


@transaction.atomic(savepoint=False)
def update_rule(
    rule_id: int,
    given: RuleInput,
    *,
    company_id: int,
    actor: Actor,
    version: int | None = None,
    allowed: Collection[str] = (),
) -> AutomationRule:
    """Change a rule; one that is on acts by its new form from now on.

    allowed: permissions of whoever changes it: the actions of one that is on stay within them.
    Raises InvalidInput, VersionConflict, NotPermitted, NotFound, nothing written.
    """
    rule = _locked(rule_id, company_id, version)
    kept = _checked(given, company_id, rule)
    if rule.is_active:
        _check_rights(kept["actions"], allowed)
    changes = [
        Change(OBJECT, rule.pk, "changed", name, str(getattr(rule, name))[:500], str(value)[:500], "", company_id)
        for name, value in kept.items()
        if getattr(rule, name) != value
    ]
    for name, value in kept.items():
        setattr(rule, name, value)
    if rule.is_active:
        rule.switched_on_by_id = actor.user_id  # from now on in the name of who wrote it
    rule.version += 1
    rule.save()
    record(changes, actor=actor)
    return rule


@transaction.atomic(savepoint=False)
def switch_on(
    rule_id: int, *, scope: str, company_id: int, actor: Actor, allowed: Collection[str], version: int | None = None
) -> AutomationRule:
    """Let a rule act: on what comes from now on, or (scope open) on what is open too.

    allowed: permissions of whoever switches it on, for it acts in their name.
    Raises NotPermitted, InvalidInput (not a person, or what it names is gone), VersionConflict, NotFound.
    Statements: 8, and 1 for open orders.
    """
    rule = _locked(rule_id, company_id, version)
    if actor.user_id is None:
        raise _refused([Mistake("rule", _("a person switches a rule on"))])
    subject = subject_of(rule.trigger)
    mistakes = _wrong_conditions(rule.conditions, subject) or unknown_names(
        rule.conditions, rule.actions, subject=subject, company_id=company_id
    )
    if mistakes:
        raise _refused(mistakes)
    _check_rights(rule.actions, allowed)
    rule.scope, rule.is_active = RuleScope(scope).value, True
    rule.since, rule.switched_on_by_id, rule.version = database_now(), actor.user_id, rule.version + 1
    rule.swept_on = None
    rule.save()
    record([Change(OBJECT, rule.pk, "switched_on", new=rule.scope, company_id=company_id)], actor=actor)
    if rule.scope == RuleScope.OPEN and subject_of(rule.trigger) == "order":
        _take_open_orders(company_id)
    return rule


@transaction.atomic(savepoint=False)
def switch_off(rule_id: int, *, company_id: int, actor: Actor, reason: str = "") -> AutomationRule:
    """Let a rule rest; what it was about to do is not done. Raises NotFound. Statements: 4."""
    rule = _locked(rule_id, company_id, None)
    if rule.is_active:
        rule.is_active, rule.version = False, rule.version + 1
        rule.save(update_fields=["is_active", "version"])
        record([Change(OBJECT, rule.pk, "switched_off", reason=reason, company_id=company_id)], actor=actor)
    return rule


def _locked(rule_id: int, company_id: int, version: int | None) -> AutomationRule:
    rules = AutomationRule.objects.select_for_update(of=("self",), no_key=True)
    rule = rules.filter(pk=rule_id, company=company_id).first()
    if rule is None:
        raise NotFound(_("There is no rule %(id)s in this company.") % {"id": rule_id}, rule_id=rule_id)
    if version is not None and version != rule.version:
        raise VersionConflict(
            _("Somebody changed the rule “%(name)s” meanwhile: read it again, then decide.") % {"name": rule.name},
            version=rule.version, sent=version,
        )  # fmt: skip
    return rule


def _checked(given: RuleInput, company_id: int, rule: AutomationRule | None = None) -> dict[str, Any]:
    """The rule's columns; raises InvalidInput with every mistake."""
    mistakes = []
    name = " ".join(given.name.split())
    if not name or len(name) > 80:
        mistakes.append(Mistake("name", _("give a name of at most 80 characters")))
    same = AutomationRule.objects.filter(company=company_id, name=name)
    if same.exclude(pk=rule.pk if rule else None).exists():
        mistakes.append(Mistake("name", _("another rule has this name")))
    if not 0 <= given.position <= 30_000:
        mistakes.append(Mistake("position", _("give a whole number from 0 to 30000")))
    if given.trigger not in RuleTrigger.values:
        raise _refused([*mistakes, Mistake("trigger", _("choose when the rule is to act"))])
    is_timed = given.trigger == RuleTrigger.TIME
    if is_timed and given.at_time is None:
        mistakes.append(Mistake("at_time", _("give the time of day")))
    subject = subject_of(given.trigger)
    bad = _wrong_conditions(given.conditions, subject)
    actions, wrong = doing.check_actions(given.actions, subject=subject)
    mistakes += (
        bad + wrong + unknown_names({} if bad else given.conditions, actions, subject=subject, company_id=company_id)
    )
    if mistakes:
        raise _refused(mistakes)
    return {
        "name": name,
        "trigger": given.trigger,
        "conditions": dict(given.conditions),
        "actions": actions,
        "position": given.position,
        "at_time": given.at_time if is_timed else None,
    }


def _wrong_conditions(given: Any, subject: str) -> list[Mistake]:
    try:
        Conditions(given, subject=subject)
    except BadConditions as bad:
        return bad.mistakes
    return []


def _refused(mistakes: list[Mistake]) -> InvalidInput:
    detail = "; ".join(f"{mistake.path}: {mistake.message}" for mistake in mistakes)
    return InvalidInput(detail, errors=[{"field": m.path, "message": m.message} for m in mistakes])


def _check_rights(actions: list[dict[str, str]], allowed: Collection[str]) -> None:
    for action in actions:
        permission = doing.ACTIONS[action["action"]].permission
        if permission and permission not in allowed:
            raise NotPermitted(
                _("You may not do “%(action)s” yourself, so you cannot have a rule do it.")
                % {"action": doing.ACTIONS[action["action"]].label},
                permission=permission,
            )


def _take_open_orders(company_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_ruledue (company_id, subject_type, subject_id, facts)"
            " SELECT company_id, 'order', id, '{}' FROM orders_order"
            " WHERE company_id = %s AND status IN ('placed', 'released', 'partly_shipped')"
            " ON CONFLICT (subject_type, subject_id) DO NOTHING",
            [company_id],
        )
