"""Adjustments and shrinkage over HTTP: four eyes, refusals by name, figures and what they raise."""

from decimal import Decimal

import pytest

from backoffice.core.api.auth import make_api_key
from backoffice.core.approval_limits import set_threshold
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from inventory.models import Adjustment
from tests.api.conftest import Caller
from tests.factories.books import ACTOR
from tests.factories.goods import level
from tests.factories.moving import moving_facts

D = Decimal
SCOPES = ("adjustments:read", "adjustments:write", "adjustments:approve", "shrinkage:read")


@pytest.fixture
def desk(world):
    set_threshold(company_id=world.house.id, action="adjustment", amount=D(20), actor=ACTOR)
    world.desk = world.caller(*SCOPES, bound=False, company_id=world.house.id)
    lead = User.objects.create_superuser("lead")
    _key, secret = make_api_key(name="lead", user=lead, scopes=SCOPES, company_id=world.house.id)
    world.lead = Caller(secret)
    return world


def body(quantity="-3", **values):
    line = {"sku": "MUG", "location": "A1", "quantity": quantity}
    return {"warehouse": "LON", "reason": "lost", "lines": [line | values.pop("line", {})]} | values


def test_a_small_one_is_posted_and_a_dear_one_needs_somebody_else(desk):
    small = desk.desk.post("adjustments/", body()).json()
    done = desk.desk.post(f"adjustments/{small['id']}/submit/", {}).json()
    assert (done["status"], done["value"], done["lines"][0]["move"]["value"]) == ("posted", "15.000000", "-15.000000")

    dear = desk.desk.post("adjustments/", body("-5")).json()["id"]
    assert desk.desk.post(f"adjustments/{dear}/submit/", {}).json()["status"] == "submitted"
    before = moving_facts()
    own = desk.desk.post(f"adjustments/{dear}/approve/", {})
    assert (own.status_code, own.json()["code"], D(own.json()["context"]["amount"])) == (409, "own_document", 25)
    assert moving_facts() == before
    assert desk.lead.post(f"adjustments/{dear}/approve/", {}).json()["status"] == "posted"

    mirror = desk.lead.post(f"adjustments/{dear}/reverse/", {"reason": "Found"}).json()
    assert (mirror["reverses"], level(desk.house, desk.mug)[0]) == (dear, D(7))
    listed = desk.desk.get("adjustments/", status="posted", sku="mug").json()["results"]
    assert {row["id"] for row in listed} == {small["id"], mirror["id"]}
    assert run_checks().ok


def test_negative_stock_is_refused_by_name(desk):
    """frappe/erpnext#33936, #51353: stock below zero, by a setting or by an earlier date."""
    set_threshold(company_id=desk.house.id, action="adjustment", amount=None, actor=ACTOR)
    made = desk.desk.post("adjustments/", body("-11")).json()["id"]
    before = moving_facts()

    refused = desk.desk.post(f"adjustments/{made}/submit/", {})

    assert (refused.status_code, refused.json()["code"]) == (409, "stock_refused")
    item = refused.json()["context"]["items"][0]
    assert (item["code"], item["sku"], item["location"], item["wanted"], item["there"]) == (
        "not_enough_stock", "MUG", "A1", "11", "10",
    )  # fmt: skip
    assert moving_facts() == before


@pytest.mark.parametrize(
    ("given", "status", "named"),
    [
        (body(warehouse="XXX"), 400, "warehouse"),
        (body(reason="nonsense"), 400, "reason"),
        (body(lines=[]), 400, "lines"),
        (body("0"), 409, "bad_quantity"),
        (body("3"), 409, "wrong_direction"),
        (body("1e99"), 400, "lines.0.quantity"),
        (body(line={"sku": "NOPE"}), 400, "lines.0.sku"),
        (body(line={"location": "ZZ"}), 400, "lines.0.location"),
    ],
)
def test_wrong_ones_are_refused_and_nothing_is_written(desk, given, status, named):
    before = moving_facts()

    response = desk.desk.post("adjustments/", given)

    told = response.json()
    assert (response.status_code, told["errors"][0]["field"] if "errors" in told else told["code"]) == (status, named)
    assert moving_facts() == before


def test_shrinkage_is_told_by_group_with_its_moves_and_suspicions(desk):
    made = desk.desk.post("adjustments/", body()).json()["id"]
    desk.desk.post(f"adjustments/{made}/submit/", {})
    found = desk.desk.post("adjustments/", body("3", reason="found")).json()["id"]
    desk.desk.post(f"adjustments/{found}/submit/", {})

    by = {row["key"]: row for row in desk.desk.get("shrinkage/", by="reason").json()}
    assert (by["lost"]["lost_value"], by["found"]["found_value"]) == ("15.000000", "15.000000")
    moves = desk.desk.get("shrinkage/moves/", by="reason", key="lost").json()
    assert [(row["quantity"], row["place"], row["source_type"]) for row in moves] == [
        ("-3.000000", "A1", "inventory.adjustmentline")
    ]
    rules = [row["rule"] for row in desk.desk.get("shrinkage/suspicions/").json()]
    assert "miscount" in rules
    assert desk.desk.get("shrinkage/", by="nonsense").status_code == 400
    assert desk.desk.get("shrinkage/", start="x").status_code == 400
    assert desk.caller("stock:read").get("shrinkage/").status_code == 403
    assert Adjustment.objects.count() == 2
