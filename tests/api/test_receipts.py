"""Deliveries over HTTP: blind receipts, problems, photos."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from accounting.services import ensure_party
from inventory.models import Lot, Sku
from tests.factories.buying import in_days
from tests.factories.floor import broken_checks, facts
from tests.factories.goods import balance, level, make_sku
from tests.factories.photos import png
from warehouse.models import FloorTask, Receipt, ReceiptPhoto, ReceiptProblem

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def caller(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    ensure_party(company_id=world.house.id, code="SUP", name="Supplier", currency="GBP", is_supplier=True)
    world.robot.user_permissions.set(Permission.objects.filter(content_type__app_label="warehouse"))
    return world.caller("warehouse:read", "warehouse:write")


def body(**changes):
    line = {"sku": "MUG", "quantity": "4", "unit_cost": "2.50", "location": "RECEIVING"}
    return {
        "supplier": "SUP",
        "warehouse": "LON",
        "reference": "DN-9",
        "lines": [line | changes.pop("line", {})],
    } | changes


def test_goods_that_nobody_ordered_come_in_once_and_are_put_away(world, caller):
    before = balance(world.house.company, "grni")

    made = caller.post("receipts/blind/", body(), key="a")
    again = caller.post("receipts/blind/", body(), key="b")

    assert (made.status_code, again.status_code) == (201, 200), made.content
    assert made.json()["id"] == again.json()["id"] and made.json()["is_blind"] is True
    assert level(world.house, world.mug)[0] == 14
    assert balance(world.house.company, "grni") - before == -10
    task = FloorTask.objects.get()
    assert (task.source_id, task.quantity) == (made.json()["id"], 4)
    listed = caller.get("receipts/", warehouse="LON").json()["results"]
    assert [row["supplier"] for row in listed] == ["SUP"]
    assert broken_checks() == []


def test_without_a_cost_they_come_in_at_the_known_one_with_a_new_lot_and_damage_is_told(world, caller):
    milk = make_sku(world.house, "MILK")
    Sku.objects.filter(pk=milk).update(lot_tracked=True, expiry_required=True)
    before, day = balance(world.house.company, "grni"), str(in_days(20))
    line = {"location": "RECEIVING", "quantity": "2"}
    lines = [
        line | {"sku": "MUG"},
        line | {"sku": "MILK", "unit_cost": "1.50", "lot": "L-9", "expiry_date": day},
        line | {"sku": "MUG", "quantity": "1", "set_aside": "damaged", "note": "Wet"},
    ]

    made = caller.post("receipts/blind/", body(lines=lines))

    assert made.status_code == 201, made.content
    assert balance(world.house.company, "grni") - before == -18
    assert [row["location"] for row in made.json()["lines"]] == ["RECEIVING", "RECEIVING", "DAMAGED"]
    assert str(Lot.objects.get(sku=milk, code="L-9").expiry_date) == day
    problem = ReceiptProblem.objects.get()
    assert (problem.kind, problem.sku_id, problem.note) == ("damaged", world.mug, "Wet")
    assert broken_checks() == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"supplier": "NOBODY"}, 400),
        ({"line": {"sku": "NONE"}}, 400),
        ({"line": {"location": "NONE"}}, 400),
        ({"line": {"location": "MISSING"}}, 409),
        ({"line": {"quantity": "0"}}, 400),
        ({"line": {"unit_cost": "-1"}}, 400),
        ({"line": {"unit_cost": None, "sku": "NEW"}}, 409),
        ({"line": {"set_aside": "wet"}}, 409),
        ({"line": {"serials": ["S-1"]}}, 400),
    ],
)
def test_what_cannot_be_received_is_refused_and_nothing_is_written(world, caller, changes, status):
    make_sku(world.house, "NEW")
    before = facts()

    answer = caller.post("receipts/blind/", body(**changes))

    assert answer.status_code == status, answer.content
    assert facts() == before and not Receipt.objects.exists()


def test_a_problem_is_told_with_a_photo_and_settled_once(world, caller):
    pk = caller.post("receipts/blind/", body()).json()["id"]

    told = caller.post(f"receipts/{pk}/problems/", {"kind": "damaged", "sku": "MUG", "quantity": "1", "note": "Wet"})
    assert told.status_code == 201, told.content
    bare = [
        caller.post(f"receipts/{pk}/problems/", given).status_code
        for given in (
            {"kind": "damaged"},
            {"kind": "other"},
            {"kind": "gone"},
            {"kind": "short", "sku": "X", "quantity": "1"},
        )
    ]
    assert bare == [400] * 4 and ReceiptProblem.objects.count() == 1
    picture, auth = png(), {"authorization": f"Api-Key {caller.key}"}

    def photo(content):
        return caller.client.post(f"/api/v1/receipts/{pk}/photos/", content, content_type="image/png", headers=auth)

    first, twice, no = photo(picture), photo(picture), photo(b"no picture")
    assert (first.status_code, no.status_code) == (201, 400), first.content
    assert first.json() == twice.json() and ReceiptPhoto.objects.count() == 1
    problem = told.json()["id"]
    settled = caller.post(f"receipt-problems/{problem}/settle/", {"settlement": "Credit of 2.50"})
    again = caller.post(f"receipt-problems/{problem}/settle/", {"settlement": "More"})

    assert settled.json()["status"] == "settled" and again.status_code == 409
    assert [row["id"] for row in caller.get("receipt-problems/", status="settled").json()["results"]] == [problem]
