"""Rules, and what the worker does with them."""

from typing import Any

from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.outbox import deliver_due
from orders.models import AutomationRule
from orders.services.automation import RuleInput, create_rule, look_at_due, notice_changes, run_firings, switch_on
from tests.factories.books import ACTOR
from tests.factories.staff import make_staff

ALL = frozenset(
    {
        "orders.add_hold", "orders.change_hold", "orders.change_order", "orders.add_documentmail", "core.add_stafftask",
        "inventory.add_purchaseorder", "inventory.add_transfer", "accounting.add_invoice",
    }
)  # fmt: skip


def when(*rows: tuple[str, str, str], match: str = "all") -> dict[str, Any]:
    return {
        "match": "all",
        "groups": [{"match": match, "rows": [dict(zip(("field", "op", "value"), row, strict=True)) for row in rows]}],
    }


def make_rule(
    shop: Any,
    actions: list[dict[str, str]],
    *,
    trigger: str = "placed",
    scope: str = "new",
    on: bool = True,
    **values: Any,
) -> AutomationRule:
    given = {"name": f"rule {AutomationRule.objects.count() + 1}", "conditions": {}} | values
    rule = create_rule(RuleInput(trigger=trigger, actions=actions, **given), company_id=shop.id, actor=ACTOR)
    if on:
        rule = switch_on(rule.pk, scope=scope, company_id=shop.id, actor=owner(), allowed=ALL)
    return rule


def owner() -> Actor:
    return Actor.of(User.objects.filter(username="owner").first() or make_staff("owner"))


def work() -> dict[str, int]:
    """What the worker does every few seconds."""
    deliver_due()
    notice_changes()
    look_at_due()
    return run_firings()
