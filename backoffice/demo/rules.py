"""Rules of the demo company, switched on: what the sample shop sends from now on is sorted by them."""

from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.staff_tasks import give_task, role_group
from backoffice.demo.company import Demo
from orders.automation.actions import ACTIONS
from orders.services.automation import RuleInput, create_rule, switch_on

_BIG_NEW = {
    "match": "all",
    "groups": [
        {"match": "all", "rows": [
            {"field": "total", "op": "gt", "value": "400"}, {"field": "orders_before", "op": "eq", "value": "0"},
        ]},
    ],
}  # fmt: skip
_GIFT = {
    "match": "any",
    "groups": [
        {"match": "any", "rows": [
            {"field": "note", "op": "contains", "value": "gift"}, {"field": "tags", "op": "any", "value": "gift, present"},
        ]},
        {"match": "all", "rows": [{"field": "units", "op": "ge", "value": "6"}]},
    ],
}  # fmt: skip
RULES = (
    RuleInput(
        "Check big first orders", "placed", _BIG_NEW,
        [
            {"action": "hold", "kind": "fraud", "reason": "A big first order: look at it"},
            {"action": "task", "role": "order_desk", "title": "Look at a big first order", "days": "1"},
        ],
        position=10,
    ),
    RuleInput("Wrap with care", "placed", _GIFT, [{"action": "add_tag", "tag": "wrap"}], position=20),
    RuleInput(
        "Hurry what is late", "late", {},
        [{"action": "set_priority", "priority": "10"}, {"action": "add_tag", "tag": "late"}], position=30,
    ),
    RuleInput(
        "Order what runs low", "stock_low", {"match": "all", "groups": []},
        [{"action": "task", "role": "buyer", "title": "Stock is low: look at the proposal", "days": "2"}], position=40,
    ),
)  # fmt: skip


def rule(demo: Demo) -> None:
    """In the owner's name. The rule for low stock stays off: its switch is left to try."""
    owner = User.objects.get(username="owner")
    actor = Actor.of(owner)
    allowed = {action.permission for action in ACTIONS.values()}
    for given in RULES:
        made = create_rule(given, company_id=demo.company.pk, actor=actor)
        if given.trigger != "stock_low":
            switch_on(made.pk, scope="new", company_id=demo.company.pk, actor=actor, allowed=allowed)
    give_task(
        title="Show a colleague how rules are tried on past orders",
        owner=owner,
        role=role_group("owner"),
        company_id=demo.company.pk,
        actor=actor,
    )
