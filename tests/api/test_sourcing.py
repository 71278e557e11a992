"""A program asks where an order ships from and why, pins it, and takes the pin off."""

from decimal import Decimal

import pytest

from backoffice.core.proof import run_checks
from orders.models import Channel, Order, SourcingDecision
from orders.services import cancel_order
from tests.api.conftest import World, order_body
from tests.factories.books import ACTOR
from tests.factories.goods import add_shop, level, make_stock
from tests.factories.sales import make_channel, orders_written
from tests.races.test_last_unit import together

D = Decimal


@pytest.fixture
def world(db):
    """MUG: 10 in LON, 10 in YRK."""
    made = World()
    made.york = add_shop(made.house.company, "YRK")
    make_stock(made.york, made.mug, "10", "50.00")
    return made


def placed(shop, external_id="W-1", **changes):
    body = order_body(external_id, **changes)
    if changes:
        del body["total"]
    response = shop.post("orders/", body)
    assert response.status_code == 201, response.content
    return response.json()["id"]


def written():
    return (*orders_written(), SourcingDecision.objects.count())


def test_the_api_tells_why_it_ships_from_there_and_what_it_waits_for(world):
    shop = world.caller("orders:write", "orders:read")
    pk = placed(
        shop, charges=[],
        lines=[{"sku": "MUG", "quantity": "15", "unit_price": "10"}, {"sku": "CUP", "quantity": "3", "unit_price": "1"}],
    )  # fmt: skip

    body = shop.get(f"orders/{pk}/why/").json()

    assert body["pinned_to"] == ""
    assert body["ships_from"] == [
        {"warehouse": "LON", "units": "12.000000"}, {"warehouse": "YRK", "units": "5.000000"},
    ]  # fmt: skip
    assert body["why_there"][0].startswith("Best choice: LON, YRK (")
    assert [reason["code"] for reason in body["not_shipped"]] == ["back_ordered", "ready", "ready"]
    (decision,) = body["decisions"]
    assert (decision["cause"], decision["objective"], decision["exact"]) == ("placed", "fewest_parcels", True)
    assert {place["warehouse"]: place["verdict"] for place in decision["candidates"]} == {
        "LON": "chosen", "YRK": "chosen",
    }  # fmt: skip


def test_an_order_is_pinned_and_unpinned(world):
    shop = world.caller("orders:write", "orders:read")
    pk = placed(shop)

    pinned = shop.post(f"orders/{pk}/pin/", {"warehouse": "YRK", "reason": "Closer to her"}, key="p")
    again = shop.post(f"orders/{pk}/pin/", {"warehouse": "YRK", "reason": "Closer to her"}, key="p")

    assert pinned.status_code == 200, pinned.content
    assert (pinned.json()["pinned_to"], pinned.json()["ships_from"][0]["warehouse"]) == ("YRK", "YRK")
    assert "Closer to her" in pinned.json()["why_there"][0]
    assert again.content == pinned.content
    sourced = shop.post(f"orders/{pk}/source/", {"reason": "Check"})
    assert sourced.json()["pinned_to"] == "YRK"
    unpinned = shop.post(f"orders/{pk}/unpin/", {"reason": "Moved"})
    assert (unpinned.json()["pinned_to"], unpinned.json()["ships_from"][0]["warehouse"]) == ("", "LON")
    assert [told["cause"] for told in unpinned.json()["decisions"]] == [
        "unpinned", "sourced_again", "pinned", "placed",
    ]  # fmt: skip
    assert run_checks().ok


def test_refused_pins_name_the_field_and_write_nothing(world):
    shop = world.caller("orders:write", "orders:read")
    pk, gone = placed(shop), placed(shop, "W-2")
    cancel_order(gone, company_id=world.house.id, actor=ACTOR, reason="x")
    other = world.caller("orders:read")
    before = written()

    nowhere = shop.post(f"orders/{pk}/pin/", {"warehouse": "MOON", "reason": "x"})
    no_reason = shop.post(f"orders/{pk}/pin/", {"warehouse": "YRK"})
    ended = shop.post(f"orders/{gone}/pin/", {"warehouse": "YRK", "reason": "x"})
    scope = other.post(f"orders/{pk}/unpin/", {"reason": "x"})
    unknown = shop.post("orders/999999/source/", {"reason": "x"})

    assert (nowhere.status_code, nowhere.json()["errors"][0]["code"]) == (400, "unknown_warehouse")
    assert no_reason.json()["errors"][0]["field"] == "reason"
    assert (ended.status_code, ended.json()["code"]) == (409, "not_open")
    assert (scope.status_code, unknown.status_code) == (403, 404)
    assert written() == before
    assert Order.objects.filter(pinned_warehouse__isnull=False).count() == 0


def test_many_orders_are_pinned_as_one_job(world):
    from backoffice.core.bulk import run_job, start_job
    from tests.factories.staff import make_staff

    shop = world.caller("orders:write", "orders:read")
    ids = [placed(shop, f"W-{n}", lines=[{"sku": "MUG", "quantity": "1", "unit_price": "10"}], charges=[])
           for n in range(3)]  # fmt: skip
    cancel_order(ids[0], company_id=world.house.id, actor=ACTOR, reason="x")

    job = start_job(
        "orders.pin", rows=Order.objects.filter(pk__in=ids), params={"warehouse": "YRK", "reason": "Move"},
        actor=ACTOR.__class__.of(make_staff("order_desk")),
    )  # fmt: skip
    run_job(job.pk)

    job.refresh_from_db()
    assert (job.done, job.refused) == (2, 1)
    assert Order.objects.filter(pinned_warehouse=world.york.warehouse).count() == 2


@pytest.mark.django_db(transaction=True)
def test_sixteen_programs_want_the_last_units():
    """Answers concurrent checkouts that sell more than there is (saleor/saleor#543), as a storefront meets it: every
    order is answered, and the losers' are back-orders that say so."""
    world = World()
    shop = world.caller("orders:write", "orders:read")
    body = {"lines": [{"sku": "CUP", "quantity": "1", "unit_price": "5"}], "charges": []}

    def buy(number: int) -> int:
        given = order_body(f"B-{number}", **body)
        del given["total"]
        response = shop.post("orders/", given, key=f"b{number}")
        assert response.status_code == 201, response.content
        return response.json()["id"]

    ids = together(buy)

    waiting = [
        [reason["code"] for reason in shop.get(f"orders/{pk}/why/").json()["not_shipped"]] for pk in ids
    ]  # fmt: skip
    assert sorted(waiting) == [["back_ordered"]] * 14 + [["ready"]] * 2
    assert level(world.house, world.cup) == (2, 2, 2)
    assert run_checks().ok


def test_other_settings_are_tried_on_past_orders_and_nothing_is_written(world):
    shop = world.caller("orders:write", "orders:read", "channels:read")
    pk = placed(shop)
    before, at = written(), f"channels/{world.channel.pk}/sourcing-trial/"

    same = shop.get(at, days=365)
    other = shop.get(at, days=365, objective="preference", preference="YRK,lon")
    without = shop.get(at, days=365, excluded="LON")

    assert same.status_code == 200, same.content
    assert (same.json()["looked_at"], same.json()["changed"], same.json()["orders"]) == (1, 0, [])
    for tried in (other.json(), without.json()):
        [row] = tried["orders"]
        assert (tried["changed"], row["order_id"], row["number"]) == (1, pk, f"SO-{pk:06d}")
        assert (row["before"]["warehouses"], row["after"]["warehouses"]) == (["LON"], ["YRK"])
    assert (Channel.objects.get().objective, written()) == ("fewest_parcels", before)


def test_a_trial_that_makes_no_sense_is_refused_by_field_and_needs_the_scope(world):
    shop, blind = world.caller("channels:read"), world.caller("orders:read")
    elsewhere = world.caller("channels:read", channel=make_channel(world.house, "other"))
    at = f"channels/{world.channel.pk}/sourcing-trial/"

    wrong = {
        "days": shop.get(at, days=0), "objective": shop.get(at, objective="cheapest"),
        "max_parcels": shop.get(at, max_parcels=0), "preference": shop.get(at, preference="YRK,MOON"),
        "excluded": shop.get(at, excluded="MOON"),
    }  # fmt: skip

    assert {name: (answer.status_code, answer.json()["errors"][0]["field"]) for name, answer in wrong.items()} == {
        name: (400, name) for name in wrong
    }
    assert "MOON" in wrong["preference"].json()["errors"][0]["message"]
    assert (blind.get(at).status_code, elsewhere.get(at).status_code) == (403, 404)
