"""Rules and tasks over HTTP."""

import pytest

from backoffice.core.models import StaffTask
from backoffice.core.proof import run_checks
from orders.models import AutomationRule, OrderTag
from orders.services.automation import look_at_due, notice_changes, run_firings
from tests.api.conftest import order_body

pytestmark = pytest.mark.django_db(transaction=True)  # changes are read once they are committed

BODY = {
    "name": "Big ones",
    "trigger": "placed",
    "conditions": {"groups": [{"match": "any", "rows": [{"field": "units", "op": "ge", "value": "2"}]}]},
    "actions": [{"action": "add_tag", "tag": "big"}, {"action": "task", "role": "order_desk", "title": "Look"}],
}
SCOPES = ("rules:read", "rules:write", "orders:write", "orders:read", "tasks:read", "tasks:write")


def office(world):
    """A key of the whole company, that acts as its owner."""
    world.robot.is_superuser = True
    world.robot.save()
    return world.caller(*SCOPES, bound=False, company_id=world.house.id)


def test_a_rule_is_made_switched_on_and_acts_on_an_order_of_the_storefront(world):
    program = office(world)
    made = program.post("rules/", BODY)
    assert made.status_code == 201, made.content
    rule = made.json()
    assert rule["in_words"].startswith("When: An order is placed") and not rule["is_active"]

    assert [row["id"] for row in program.get("rules/").json()["results"]] == [rule["id"]]
    on = program.post(f"rules/{rule['id']}/on/", {"scope": "new"})
    assert on.status_code == 200, on.content
    placed = world.caller("orders:write", "orders:read").post("orders/", order_body()).json()
    notice_changes(), look_at_due(), run_firings()

    assert OrderTag.objects.get().order_id == placed["id"]
    firing = program.get(f"rules/{rule['id']}/firings/").json()["results"][0]
    assert (firing["state"], firing["order"], firing["looked"]) == ("done", placed["id"], {"units": "2"})
    assert [row["id"] for row in program.get("orders/", tag="big").json()["results"]] == [placed["id"]]
    task = program.get("tasks/", status="open").json()["results"][0]
    assert (task["title"], task["source_id"]) == ("Look", placed["id"])
    ended = program.post(f"tasks/{task['id']}/end/", {"outcome": "fine"})
    assert ended.status_code == 200 and ended.json()["status"] == "done"
    trial = program.post(f"rules/{rule['id']}/trial/", {"days": 365}).json()
    assert trial["matched"] == 1 and trial["rows"][0]["number"] == placed["number"]
    off = program.post(f"rules/{rule['id']}/off/", {})
    assert off.status_code == 200 and not off.json()["is_active"] and run_checks().ok


def test_mistakes_are_named_all_at_once_and_nothing_is_kept(world):
    program = office(world)
    bad = BODY | {
        "conditions": {"groups": [{"rows": [{"field": "shoe", "op": "ge", "value": "2"}]}]},
        "actions": [{"action": "hold", "kind": "moon", "reason": ""}],
    }

    answer = program.post("rules/", bad)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [
        "conditions.groups[0].rows[0].field", "actions[0].kind", "actions[0].reason",
    ]  # fmt: skip
    assert not AutomationRule.objects.exists()


def test_a_change_of_what_somebody_else_changed_is_refused(world):
    program = office(world)
    pk = program.post("rules/", BODY).json()["id"]
    first = program.patch(f"rules/{pk}/", {"name": "One"}, match='"1"')
    assert first.status_code == 200, first.content

    late = program.patch(f"rules/{pk}/", {"name": "Two"}, match='"1"')

    assert late.status_code == 412 and AutomationRule.objects.get().name == "One"


def test_a_storefront_s_key_sees_neither_rules_nor_tasks(world):
    program = office(world)
    pk = program.post("rules/", BODY).json()["id"]
    task = program.post("tasks/", {"title": "T", "role": "picker"}).json()["id"]
    shop = world.caller(*SCOPES)

    assert shop.get("rules/").json()["results"] == [] and shop.get(f"rules/{pk}/").status_code == 404
    assert shop.get("tasks/").json()["results"] == [] and shop.post(f"tasks/{task}/end/", {}).status_code == 404
    assert shop.post("rules/", BODY | {"name": "x"}).status_code == 404
    assert StaffTask.objects.get().status == "open" and AutomationRule.objects.count() == 1
