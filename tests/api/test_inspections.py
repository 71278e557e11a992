"""Inspections over HTTP."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from backoffice.core.proof import run_checks
from tests.factories.buying import arrive
from tests.factories.goods import level, written
from tests.factories.tracking import make_rule

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def held(world):
    world.robot.user_permissions.set(Permission.objects.filter(content_type__model="inspection"))
    make_rule(world.house, sku_id=world.cup)
    received = arrive(world.house, {"sku_id": world.cup, "quantity": D(6), "unit_cost": D(2)})
    return received.inspection_ids[0]


def test_an_inspection_is_found_and_decided_once(world, held):
    caller = world.caller("stock:read", "stock:write")
    (waiting,) = caller.get("inspections/", status="open", sku="cup").json()["results"]
    assert (waiting["id"], waiting["quantity"], waiting["left"]) == (held, "6.000000", "6.000000")
    body = {
        "decisions": [
            {"verdict": "pass", "quantity": "5", "location": "A2"},
            {"verdict": "damaged", "quantity": "1", "reason": "wet"},
        ]
    }

    done = caller.post(f"inspections/{held}/decide/", body, key="qi-1")
    again = caller.post(f"inspections/{held}/decide/", body, key="qi-1")

    assert done.status_code == 200 and done.json() == again.json()
    assert (done.json()["status"], done.json()["left"]) == ("done", "0.000000")
    assert [(row["verdict"], row["to_place"]) for row in done.json()["results"]][0] == ("pass", "A2")
    assert level(world.house, world.cup)[:2] == (8, 7)
    assert run_checks().ok


@pytest.mark.parametrize(
    ("decision", "status", "code"),
    [
        ({"verdict": "pass", "quantity": "7"}, 409, "more_than_open"),
        ({"verdict": "return", "quantity": "1"}, 409, "reason_needed"),
        ({"verdict": "burn", "quantity": "1"}, 400, "invalid_input"),
        ({"verdict": "pass", "quantity": "0"}, 400, "invalid_input"),
        ({"verdict": "pass", "quantity": "1", "location": "NOWHERE"}, 400, "invalid_input"),
    ],
)
def test_what_cannot_be_decided_is_refused(world, held, decision, status, code):
    before = written()

    answer = world.caller("stock:write").post(f"inspections/{held}/decide/", {"decisions": [decision]})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert world.caller("stock:read").post(f"inspections/{held}/decide/", {"decisions": [decision]}).status_code == 403
    assert written() == before
