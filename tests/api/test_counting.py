"""Stocktakes over HTTP: planned, counted blind, counted again, approved, posted."""

from decimal import Decimal

import pytest

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from tests.api.conftest import Caller
from tests.factories.counting import count_facts, lies
from tests.factories.goods import goods_differ

D = Decimal
ALL = ("stocktakes:read", "stocktakes:write", "stocktakes:count", "stocktakes:review")


@pytest.fixture
def floor(world):
    def caller(name, *scopes):
        user = User.objects.create_superuser(name)
        _key, secret = make_api_key(name=name, user=user, scopes=scopes, company_id=world.house.id)
        return Caller(secret)

    world.anna, world.ben = caller("anna", *ALL[:3]), caller("ben", *ALL[:3])
    world.lead = caller("lead", *ALL)
    return world


def plan(floor, **values):
    return floor.lead.post("stocktakes/", {"warehouse": "LON", "bins": ["a1"]} | values).json()


def lines(mug="7", cup="2", **more):
    return {
        "lines": [
            {"location": "A1", "sku": "MUG", "quantity": mug},
            {"location": "a1", "sku": "cup", "quantity": cup},
        ],
        "finish": True,
    } | more


def test_a_stocktake_from_plan_to_posting(floor):
    made = plan(floor, due_date="2030-01-01", note="Year end")
    path = f"stocktakes/{made['id']}"
    assert (made["status"], made["places"], made["done"], made["value"]) == ("planned", 1, 0, None)

    counted = floor.anna.post(f"{path}/counts/", lines()).json()
    assert (counted["status"], counted["value"]) == ("recount", None)
    own = floor.anna.post(f"{path}/counts/", lines())
    assert (own.status_code, own.json()["code"]) == (409, "same_person")
    assert floor.ben.post(f"{path}/counts/", lines("8")).json()["status"] == "review"

    [line] = [row for row in floor.lead.get(f"{path}/lines/").json()["results"] if row["sku"] == "MUG"]
    assert (D(line["expected"]), D(line["variance"]), D(line["value"])) == (10, -2, -10)
    version = floor.lead.get(f"{path}/").json()["version"]
    stale = floor.lead.post(f"{path}/approve/", {"version": version - 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    done = floor.lead.post(f"{path}/approve/", {"version": version}).json()
    assert (done["status"], D(done["value"]), len(done["adjustments"])) == ("posted", 10, 1)
    assert lies(floor.mug, floor.house.bin) == 8 and goods_differ() == []


def test_what_the_books_say_is_told_to_nobody_while_it_is_counted(floor):
    path = f"stocktakes/{plan(floor)['id']}"
    floor.anna.post(f"{path}/counts/", lines(finish=False))

    for caller in (floor.anna, floor.lead):
        tasks = caller.get(f"{path}/tasks/").json()["results"]
        assert {"counted", "expected", "quantity"}.isdisjoint(tasks[0])
        assert caller.get(f"{path}/").json()["value"] is None
    assert floor.anna.get(f"{path}/lines/").status_code == 403
    for what in ("lines", "export"):
        blind = floor.lead.get(f"{path}/{what}/")
        assert (blind.status_code, blind.json()["code"]) == (409, "blind")
    assert floor.anna.get(f"{path}/sheet/").content.startswith(b"%PDF")


def test_bad_input_is_told_by_row_and_nothing_is_written(floor):
    path = f"stocktakes/{plan(floor)['id']}"
    before = count_facts()
    for line, code in (
        ({"sku": "NOPE"}, "unknown_sku"),
        ({"location": "A2"}, "not_asked"),
        ({"quantity": "-1"}, "bad_quantity"),
        ({"quantity": "5012345678900"}, "bad_quantity"),
        ({"lot": "L1"}, "wrong_lot"),
        ({"serials": ["S1"]}, "serial_not_tracked"),
        ({"counted_at": "2020-01-01T00:00:00Z"}, "bad_time"),
    ):
        body = lines()
        body["lines"][1] |= line
        refused = floor.anna.post(f"{path}/counts/", body)
        assert (refused.status_code, refused.json()["code"], refused.json()["context"]["row"]) == (409, code, 2)
    assert floor.lead.post("stocktakes/", {"warehouse": "LON"}).status_code == 400
    assert floor.lead.post("stocktakes/", {"warehouse": "XX", "everything": True}).status_code == 400
    assert floor.lead.post("stocktakes/", {"warehouse": "LON", "zone": "Z"}).status_code == 400
    assert floor.lead.post("stocktakes/", {"warehouse": "LON", "bins": ["Z9"]}).json()["code"] == "unknown_place"
    assert floor.anna.post(f"{path}/finish/", {}).json()["code"] == "nothing"
    assert floor.anna.post(f"{path}/approve/", {"version": 1}).status_code == 403
    assert count_facts() == before


def test_places_are_assigned_finished_counted_again_and_given_up(floor):
    made = plan(floor, bins=["A1", "A2"], tolerance_percent="50")
    path = f"stocktakes/{made['id']}"
    assert floor.lead.post(f"{path}/assign/", {"locations": ["A1"], "user": "ben"}).status_code == 200
    refused = floor.anna.post(f"{path}/counts/", lines(finish=False))
    assert refused.json()["code"] == "assigned_to_another"
    floor.lead.post(f"{path}/assign/", {"locations": ["A1"], "user": None})
    floor.anna.post(f"{path}/counts/", lines("9", finish=False))
    floor.anna.post(f"{path}/finish/", {})
    floor.anna.post(f"{path}/finish/", {"locations": ["A2"]})

    assert floor.lead.get(f"{path}/").json()["status"] == "review"
    again = floor.lead.post(f"{path}/recount/", {"locations": ["A1"], "reason": "Look behind"}).json()
    assert again["status"] == "recount"
    assert floor.lead.post(f"{path}/cancel/", {"reason": "Not now"}).json()["status"] == "cancelled"
    assert [row["id"] for row in floor.lead.get("stocktakes/", status="cancelled").json()["results"]] == [made["id"]]
