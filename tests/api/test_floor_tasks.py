"""Putting away and refilling over HTTP, and on the handheld."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from backoffice.core.proof import run_checks
from inventory.services import FaceInput, post_moves, set_pick_faces
from tests.factories.books import ACTOR
from tests.factories.floor import facts, in_place
from tests.factories.goods import make_move
from tests.factories.handhelds import CUP_CODE, MUG_CODE, Floor
from warehouse.models import FloorTask, PutAwayRule, ScanCommand
from warehouse.services import plan_put_aways

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def caller(world):
    world.robot.user_permissions.set(Permission.objects.filter(content_type__app_label__in=("inventory", "warehouse")))
    post_moves(
        [make_move(world.house, world.mug, "6", world.house.bin, world.house.dock)],
        company_id=world.house.id,
        actor=ACTOR,
    )
    return world.caller("warehouse:read", "warehouse:write")


def test_what_lies_on_the_dock_is_planned_by_a_rule_and_put_away_once(world, caller):
    rule = {"warehouse": "LON", "position": 1, "name": "Mugs to A2", "sku": "MUG", "location": "A2"}
    made = caller.post("put-away-rules/", rule)
    assert made.status_code == 201, made.content

    planned = caller.post("floor-tasks/plan/", {"warehouse": "LON", "kind": "put_away"}).json()
    assert [(row["quantity"], row["reason"]) for row in planned] == [("6.000000", "Mugs to A2")]
    assert caller.post("floor-tasks/plan/", {"warehouse": "LON", "kind": "put_away"}).json() == []
    pk = planned[0]["task_id"]
    puts = {"tasks": [{"task": pk, "quantity": "4", "to_location": "A2", "key": "a"}]}
    first, again = caller.post("floor-tasks/do/", puts, key="x"), caller.post("floor-tasks/do/", puts, key="y")
    assert (first.json()[0]["state"], again.json()[0]["state"]) == ("part", "already")
    [task] = caller.get("floor-tasks/", warehouse="LON", kind="put_away", status="in_progress").json()["results"]
    assert (task["done"], task["to_location"], task["reason"]) == ("4.000000", "A2", "Mugs to A2")
    rest = {"tasks": [{"task": pk, "quantity": "0", "short": True, "reason": "gone", "key": "b"}]}
    assert caller.post("floor-tasks/do/", rest).json()[0]["state"] == "short"
    assert in_place(world.mug, world.house.second_bin) == (4, 0)
    assert run_checks(names=["floor_tasks_are_moves"]).ok


def test_what_cannot_be_is_refused_and_nothing_is_written(world, caller):
    [task] = caller.post("floor-tasks/plan/", {"warehouse": "LON", "kind": "put_away"}).json()
    before, pk = facts(), task["task_id"]

    def done(**values):
        given = {"task": pk, "quantity": "1", "to_location": "A2", "key": "k"} | values
        return caller.post("floor-tasks/do/", {"tasks": [given]})

    for values, code in (
        ({"quantity": "7"}, "more_than_asked"),
        ({"to_location": "NONE"}, "no_place"),
        ({"to_location": "MISSING"}, "not_a_bin"),
        ({"task": 999_999}, "unknown"),
    ):
        [answer] = done(**values).json()
        assert (answer["state"], answer["code"]) == ("refused", code) and answer["detail"]
    assert done(short=True, quantity="0").status_code == 400
    assert caller.post("floor-tasks/plan/", {"warehouse": "NONE", "kind": "refill"}).status_code == 400
    wrong = {"warehouse": "LON", "name": "X", "sku": "MUG", "location": "Z9"}
    assert caller.post("put-away-rules/", wrong).status_code == 400 and not PutAwayRule.objects.exists()
    assert world.caller("warehouse:read").post("floor-tasks/do/", {}).status_code == 403
    assert facts() == before
    [given_up] = caller.post("floor-tasks/give-up/", {"tasks": [pk], "reason": "wrong"}).json()
    assert given_up["state"] == "cancelled" and done().json()[0]["code"] == "over"


class Dock(Floor):
    """Five mugs on the dock with a task to A2."""

    def __init__(self) -> None:
        super().__init__()
        post_moves(
            [make_move(self.house, self.mug, "5", self.house.bin, self.house.dock)],
            company_id=self.house.id, actor=ACTOR,
        )  # fmt: skip
        plan_put_aways(self.house.warehouse.pk, company_id=self.house.id, actor=ACTOR)
        self.task = FloorTask.objects.get()
        self.to = self.task.to_location.code

    def put(self, **values):
        body = {"task": self.task.pk, "from": "RECEIVING", "code": MUG_CODE, "quantity": "5", "to": self.to} | values
        return self.handheld.does("floor", body)


def test_the_handheld_puts_away_and_says_what_is_wrong():
    """OCA/stock-logistics-barcode#468, odoo/odoo#3564, #8344: a bin is scanned by its label in any letter case, once."""
    dock = Dock()
    wrong = "A1" if dock.to == "A2" else "A2"

    for values, code, says in (
        ({"code": CUP_CODE}, "wrong_item", "take MUG"),
        ({"code": "999"}, "unknown_item", "Nobody knows"),
        ({"from": "A1"}, "wrong_bin", "go to RECEIVING"),
        ({"to": "Z9"}, "unknown_bin", "scan the label"),
        ({"to": wrong}, "other_bin", "Another bin"),
        ({"to": "QUARANTINE", "other": True}, "not_a_bin", "take another"),
        ({"quantity": "6"}, "more_than_asked", "5 are to be moved"),
        ({"quantity": "2", "short": True}, "no_reason", "say why"),
        ({"task": 999}, "unknown_task", "load the list"),
        ({"lot": "L1"}, "wrong_lot", "take lot"),
    ):
        answer = dock.put(**values)
        assert (answer["state"], answer["code"]) == ("refused", code) and says in answer["detail"]
    assert in_place(dock.mug, dock.house.dock) == (5, 0)
    first = dock.put(quantity="3", to=dock.to.lower())
    rest = dock.put(quantity="2", to=wrong, other=True)

    assert (first["result"]["state"], rest["result"]["state"]) == ("part", "done")
    assert in_place(dock.mug, dock.house.dock) == (0, 0)
    assert ScanCommand.objects.filter(state="done").count() == 2
    assert run_checks(names=["floor_tasks_are_moves"]).ok


def test_a_blocked_bin_takes_nothing_from_a_handheld():
    from inventory.services import block_bins

    dock = Dock()
    block_bins([dock.task.to_location_id], reason="Wet", company_id=dock.house.id, actor=ACTOR)

    put = dock.put()
    move = dock.handheld.does("move", {"from": "RECEIVING", "to": dock.to, "code": MUG_CODE, "quantity": "1"})

    assert put["code"] == move["code"] == "blocked_bin" and "Wet" in put["detail"]
    assert in_place(dock.mug, dock.house.dock) == (5, 0)


def test_refills_are_planned_over_http(world, caller):
    set_pick_faces([FaceInput(world.cup, world.house.second_bin, D(1), D(2))], company_id=world.house.id, actor=ACTOR)

    planned = caller.post("floor-tasks/plan/", {"warehouse": "LON", "kind": "refill"}).json()

    assert [(row["quantity"], row["reason"]) for row in planned] == [("2.000000", "Below the minimum of the pick face")]
