"""Goods set aside and put back on sale over HTTP."""

import pytest
from django.contrib.auth.models import Permission

from backoffice.core.proof import run_checks
from tests.factories.goods import rows
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(world):
    world.robot.user_permissions.set(Permission.objects.filter(codename="add_adjustment"))
    return world.caller("adjustments:write")


def body(world, **changed):
    line = {"sku": "MUG", "location": "A1", "quantity": "2", "condition": "damaged"} | changed
    return {"warehouse": world.house.warehouse.code, "reason": "Broken", "lines": [line]}


def test_goods_are_set_aside_and_put_back_over_http(world, api):
    done = api.post("stock-conditions/", body(world))

    assert done.status_code == 201, done.content
    [move] = done.json()["moves"]
    assert (move["sku"], move["quantity"], move["from_place"], move["to_place"]) == ("MUG", "2.000000", "A1", "DAMAGED")
    back = body(world, location="DAMAGED", condition="sellable", to_location="A1", quantity="1")
    assert api.post("stock-conditions/", back).json()["moves"][0]["to_place"] == "A1"
    assert run_checks().ok


def test_a_lot_is_set_aside_over_http(world, api):
    sku = make_tracked(world.house)
    lot = make_lot(world.house, sku, "L-1")
    make_lot_stock(world.house, sku, lot, "8")

    done = api.post("stock-conditions/lot/", {"lot": lot, "reason": "Recall"})

    assert done.status_code == 200 and done.json() == {"moved": "8.000000", "promised": "0.000000"}
    again = api.post("stock-conditions/lot/", {"lot": lot, "reason": "Recall"})
    assert again.status_code == 409 and again.json()["code"] == "condition_refused"
    assert run_checks().ok


@pytest.mark.parametrize(
    ("changed", "status", "named"),
    [
        ({"quantity": "0"}, 400, "lines.0.quantity"),
        ({"sku": "NONE"}, 400, "lines.0.sku"),
        ({"location": "NONE"}, 400, "lines.0.location"),
        ({"condition": "lost"}, 400, "lines.0.condition"),
        ({"condition": "sellable"}, 409, ""),
        ({"quantity": "11"}, 409, ""),
    ],
)
def test_what_makes_no_sense_is_named_and_moves_nothing(world, api, changed, status, named):
    before = rows("SELECT count(*) FROM inventory_stockmove")

    answer = api.post("stock-conditions/", body(world, **changed))

    assert answer.status_code == status, answer.content
    assert not named or named in {error["field"] for error in answer.json()["errors"]}
    assert world.caller("stock:read").post("stock-conditions/", body(world)).status_code == 403
    assert rows("SELECT count(*) FROM inventory_stockmove") == before
