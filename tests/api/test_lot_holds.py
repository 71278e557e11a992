"""Blocked lots over HTTP."""

import pytest

from backoffice.core.models import User
from backoffice.core.proof import run_checks
from inventory.models import LotHold
from tests.factories.goods import written
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(world):
    sku = make_tracked(world.house)
    lot = make_lot(world.house, sku, "A")
    make_lot_stock(world.house, sku, lot, "10")
    return world, lot, world.caller("stock:read", "stock:write", "orders:read", bound=False, company_id=world.house.id)


def test_a_lot_is_blocked_and_another_person_lifts_it(held):
    world, lot, one = held

    made = one.post("lot-holds/", {"lot": lot, "cause": "recall", "reason": "Glass"}, key="h")
    path = f"lot-holds/{made.json()['id']}/"

    assert made.status_code == 201 and made.json()["moved"] == "10.000000", made.content
    assert [row["held"] for row in one.get("lots/", held="true").json()["results"]] == [True]
    assert one.post(f"{path}lift/", {"reason": "x"}).status_code == 409  # nobody asked
    assert one.post(f"{path}ask/", {"reason": "Clean"}).json()["state"] == "asked"
    refused = one.post(f"{path}lift/", {"reason": "Mine"})
    assert refused.status_code == 409 and refused.json()["code"] == "own_request"
    world.robot = User.objects.create_superuser("second")
    other = world.caller("stock:read", "stock:write", bound=False, company_id=world.house.id)
    assert other.post(f"{path}keep/", {"reason": "Not yet"}).json()["state"] == "blocked"
    one.post(f"{path}ask/", {"reason": "Clean"})
    lifted = other.post(f"{path}lift/", {"reason": "Clean indeed"}).json()
    assert (lifted["state"], lifted["asked_by"][:5], lifted["lifted_by"][:6]) == ("lifted", "robot", "second")
    assert one.get("lot-holds/", open="false").json()["results"] == [lifted] and one.get(path).json() == lifted
    assert one.get("lots/", held="true").json()["results"] == []
    assert run_checks().ok


def test_what_makes_no_sense_is_refused_and_nothing_is_written(held):
    world, lot, one = held
    before = written()

    answers = [
        one.post("lot-holds/", {"lot": lot, "cause": "luck", "reason": "x"}),
        one.post("lot-holds/", {"lot": lot, "cause": "recall", "reason": " "}),
        one.post("lot-holds/", {"lot": 999999, "cause": "recall", "reason": "x"}),
        world.caller("stock:read").post("lot-holds/", {"lot": lot, "cause": "recall", "reason": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 404, 403]
    assert written() == before and not LotHold.objects.exists()
