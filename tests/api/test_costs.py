"""What goods cost, over HTTP."""

from decimal import Decimal

import pytest

from backoffice.core.proof import run_checks
from inventory.models import LandedCost, Revaluation
from tests.factories.costs import bought, moved
from tests.factories.goods import balance, cost, make_sku, make_stock, written

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def books(world):
    from django.contrib.auth.models import Permission

    names = ("landedcost", "revaluation", "assemblyorder", "billofmaterials", "skucost")
    world.robot.user_permissions.set(Permission.objects.filter(content_type__model__in=names))
    return world.caller("stock:read", "stock:write", "catalogue:read", "catalogue:write")


def test_a_landed_cost_is_drafted_seen_before_posted_and_reversed(world, books):
    receipt = bought(world.house, world.cup, "8", "40.00")
    body = {"lines": [{"kind": "freight", "amount": "10.00"}], "moves": [receipt], "is_estimate": True}

    made = books.post("landed-costs/", body, key="lc-1")

    assert made.status_code == 201 and made.json()["status"] == "draft"
    assert books.post("landed-costs/", body, key="lc-1").json()["id"] == made.json()["id"]
    pk = made.json()["id"]
    assert books.get(f"landed-costs/{pk}/preview/").json()[0]["stock"] == "10.000000"
    posted = books.post(f"landed-costs/{pk}/post/", {}).json()
    assert posted["status"] == "posted" and posted["shares"][0]["stock"] == "10.000000"
    right = books.post(f"landed-costs/{pk}/true-up/", {"lines": [{"kind": "freight", "amount": "12"}]})
    assert right.status_code == 201 and right.json()["corrects"] == pk
    assert balance(world.house.company, "landed_cost") == -12
    refused = books.post(f"landed-costs/{pk}/reverse/", {"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "corrected")
    assert len(books.get("landed-costs/").json()["results"]) == 2
    assert run_checks().ok


def test_wrong_bodies_are_refused_and_write_nothing(world, books):
    receipt = bought(world.house, world.cup, "8", "40.00")
    before = written()

    answers = [
        books.post("landed-costs/", {"lines": [{"kind": "freight", "amount": "0"}], "moves": [receipt]}),
        books.post("landed-costs/", {"lines": [{"kind": "freight", "amount": "1"}], "moves": [receipt + 99]}),
        books.post("landed-costs/", {"lines": [], "moves": [receipt]}),
        books.post("revaluations/", {"kind": "standard", "lines": [{"sku": "NOPE", "unit_cost": "1"}]}),
        books.post("assembly-orders/", {"sku": "MUG", "quantity": "1", "location": world.house.bin}),
        books.post("sku-costs/", {"sku": "MUG", "method": "average", "reason": "x"}),
        books.post("bills-of-materials/", {"sku": "MUG", "components": [{"sku": "MUG", "quantity": "1"}]}),
    ]

    codes = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert codes == [
        (409, "bad_line"),
        (409, "unknown_receipt"),
        (400, "invalid_input"),
        (400, "invalid_input"),
        (409, "no_bom"),
        (409, "same_method"),
        (409, "itself"),
    ]
    assert (written(), LandedCost.objects.count(), Revaluation.objects.count()) == (before, 0, 0)


def test_a_standard_price_a_method_and_the_valuation(world, books):
    before = books.get("stock-valuation/").json()
    assert before["value"] == "60.000000" and [row["sku"] for row in before["rows"]] == ["CUP", "MUG"]
    price = books.post("revaluations/", {"kind": "standard", "lines": [{"sku": "MUG", "unit_cost": "6"}]}).json()
    assert books.post(f"revaluations/{price['id']}/submit/", {}).json()["status"] == "posted"

    changed = books.post("sku-costs/", {"sku": "mug", "method": "standard", "reason": "new rule"})

    assert changed.json() == {"sku": "MUG", "method": "standard", "change": "10.000000"}
    assert books.get("stock-valuation/").json()["value"] == "70.000000"
    past = books.get("stock-valuation/", at="2020-01-01T00:00:00Z", clock="recorded").json()
    assert past == {"value": "0.000000", "count": 0, "next": None, "rows": []}
    first = books.get("stock-valuation/", per="sku", limit="1").json()
    second = books.get("stock-valuation/?" + first["next"].partition("?")[2]).json()
    assert [(page["count"], [row["sku"] for row in page["rows"]]) for page in (first, second)] == [
        (2, ["CUP"]),
        (2, ["MUG"]),
    ]
    assert second["next"] is None and second["value"] == first["value"] == "70.000000"
    assert {row["sku"]: row["method"] for row in books.get("sku-costs/").json()["results"]}["MUG"] == "standard"
    assert run_checks().ok


def test_a_set_is_assembled_and_taken_apart(world, books):
    make_sku(world.house, "BOX")
    make_stock(world.house, world.mug, "1", "5.00", at=world.house.second_bin)
    parts = [{"sku": "MUG", "quantity": "1"}, {"sku": "CUP", "quantity": "1"}]
    bom = books.post("bills-of-materials/", {"sku": "BOX", "components": parts, "labour_cost": "1.50"})
    assert bom.status_code == 201 and bom.json()["number"] == 1
    body = {"sku": "BOX", "quantity": "2", "location": world.house.bin}
    order = books.post("assembly-orders/", body).json()
    books.post(f"assembly-orders/{order['id']}/release/", {})

    done = books.post(f"assembly-orders/{order['id']}/complete/", {"quantity": "2"}).json()

    assert (done["status"], done["runs"][0]["cost"]) == ("done", "23.000000")
    assert done["runs"][0]["is_reversed"] is False
    apart = books.post("assembly-orders/", body | {"kind": "dismantle", "quantity": "1"}).json()
    books.post(f"assembly-orders/{apart['id']}/release/", {})
    books.post(f"assembly-orders/{apart['id']}/complete/", {"quantity": "1"})
    assert cost(world.cup)[0] == 1
    assert balance(world.house.company, "work_in_progress") == 0
    assert run_checks().ok


def test_a_run_is_taken_back_and_refused_when_what_it_made_has_gone(world, books):
    box = make_sku(world.house, "BOX")
    books.post("bills-of-materials/", {"sku": "BOX", "components": [{"sku": "MUG", "quantity": "2"}]})
    before = cost(world.mug)
    order = books.post("assembly-orders/", {"sku": "BOX", "quantity": "2", "location": world.house.bin}).json()
    books.post(f"assembly-orders/{order['id']}/release/", {})
    path = f"assembly-orders/{order['id']}/"
    run = books.post(path + "complete/", {"quantity": "1"}).json()["runs"][0]["id"]

    back = books.post(path + "reverse-run/", {"run": run, "reason": "miscounted"}, key="back-1")

    assert [row["is_reversed"] for row in back.json()["runs"]] == [True]
    assert books.post(path + "reverse-run/", {"run": run, "reason": "miscounted"}, key="back-1").json() == back.json()
    assert (cost(world.mug), cost(box)) == (before, (0, 0))
    last = books.post(path + "complete/", {"quantity": "1"}).json()["runs"][1]["id"]
    moved(world.house, box, "1", world.house.bin, world.house.customer)
    held = written()
    answers = [
        books.post(path + "reverse-run/", {"run": last, "reason": "sold"}),
        books.post(path + "reverse-run/", {"run": run, "reason": "again"}),
        books.post(path + "reverse-run/", {"run": last + 99, "reason": "what"}),
        books.post(path + "reverse-run/", {"run": last, "reason": ""}),
    ]
    assert [answer.status_code for answer in answers] == [409, 409, 404, 400]
    assert answers[1].json()["code"] == "already_reversed" and written() == held
    assert run_checks().ok
