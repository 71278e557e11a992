"""Movers and stock by age over HTTP."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from tests.factories.books import ACTOR, NOON
from tests.factories.buying import arrive
from tests.factories.goods import rows
from tests.factories.sales import line, order, place
from tests.factories.tracking import make_owner
from warehouse.services import fulfil_straight

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(world):
    world.robot.user_permissions.set(Permission.objects.filter(codename__in=["view_skucost", "view_returnorder"]))
    return world.caller("stock:read", "returns:read")


def test_movers_and_ageing_are_told(world, books):
    [sold] = place(world.channel, order("1", line("MUG", "2", "10"), line("CUP", "1", "4")))
    fulfil_straight(sold.fulfilment_ids, company_id=world.house.id, actor=ACTOR, effective_at=NOON)
    period = {"start": "2026-03-01", "end": "2026-03-31"}

    by_cost = books.get("movers/", **period, by="cost").json()

    assert [(row["sku"], row["abc"], row["cost"]) for row in by_cost["rows"]] == [
        ("MUG", "A", "10.000000"),
        ("CUP", "A", "5.000000"),
    ]
    assert [(row["abc"], row["skus"]) for row in by_cost["classes"]] == [("A", 2), ("B", 0), ("C", 0)]
    assert [row["sku"] for row in books.get("movers/", **period, limit="1").json()["rows"]] == ["MUG"]
    [cup, mug] = sorted(books.get("quality/", **period).json(), key=lambda row: row["code"])
    assert (mug["sent"], mug["return_rate"], mug["defect_rate"]) == ("2.000000", "0.0", None) and cup["code"] == "CUP"
    assert books.get("quality/cases/", **period, of=mug["id"]).json() == []
    assert books.get("quality/cases/", **period).status_code == 400
    assert world.caller("stock:read").get("quality/cases/", **period, of=mug["id"]).status_code == 403
    assert books.get("quality/", start="2026-03-02", end="2026-03-01").status_code == 400
    aged = books.get("stock-ageing/").json()
    assert {row["sku"]: row["value"] for row in aged["rows"]} == {"MUG": "40.000000", "CUP": "5.000000"}
    assert sum(map(float, aged["sums"])) == 45 and len(aged["bands"]) == 6


def test_the_figures_of_stock_are_told_and_wrong_questions_named_by_field(world, books):
    [sold] = place(world.channel, order("1", line("MUG", "2", "10"), line("CUP", "3", "4")))
    fulfil_straight(sold.fulfilment_ids, company_id=world.house.id, actor=ACTOR, effective_at=NOON)
    days = {"start": "2026-03-01", "end": "2026-03-31"}

    told = books.get("stock-figures/", **days).json()

    mug = next(row for row in told["rows"] if row["sku"] == "MUG")
    assert (mug["stock"], mug["cost"], mug["revenue"]) == ("40.000000", "10.000000", "20.000000")
    assert mug["turns"] and mug["gmroi"] == mug["turns"]  # the margin is as much as the cost
    assert told["whole"]["ordered"] == "5.000000" and told["whole"]["fill_rate"] == "80.000000"
    assert [row["warehouse"] for row in told["warehouses"]] == ["LON"]
    assert len(books.get("stock-figures/", **days, by="category", limit=1).json()["rows"]) == 1
    before = rows("SELECT count(*) FROM inventory_stockmove")
    for query, field in (
        ({"start": "2026-03-02", "end": "2026-03-01"}, "end"),
        ({"start": "2026-03-02", "end": "2999-03-01"}, "end"),
        ({"start": "2001-03-02", "end": "2026-03-01"}, "start"),
        ({**days, "by": "luck"}, "by"),
    ):
        answer = books.get("stock-figures/", **query)
        assert answer.status_code == 400 and field in {error["field"] for error in answer.json()["errors"]}
    assert world.caller("orders:read").get("stock-figures/", **days).status_code == 403
    assert rows("SELECT count(*) FROM inventory_stockmove") == before


def test_ages_are_told_of_a_past_day_a_warehouse_and_an_owner(world, books):
    owner, shop = make_owner(world.house), world.house
    arrive(shop, {"sku_id": world.mug, "quantity": Decimal(6), "owner_id": owner.party_id, "location_id": shop.bin})

    def told(**query):
        return [(row["sku"], row["quantity"]) for row in books.get("stock-ageing/", **query).json()["rows"]]

    assert told(warehouse="LON") == told() != told(owner=owner.party.code) == [("MUG", "6.000000")]
    assert told(day="2026-03-09") == []
    assert sum(map(float, books.get("stock-ageing/", owner=owner.party.code).json()["sums"])) == 6
    before = rows("SELECT count(*) FROM inventory_stockmove")
    for query, field in (({"warehouse": "X"}, "warehouse"), ({"owner": "X"}, "owner"), ({"day": "x"}, "day")):
        answer = books.get("stock-ageing/", **query)
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field
    assert rows("SELECT count(*) FROM inventory_stockmove") == before


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "start"),
        ({"start": "2026-03-02", "end": "2026-03-01"}, "end"),
        ({"start": "2026-03-01", "end": "2026-03-02", "a": "95", "b": "80"}, "b"),
        ({"start": "2026-03-01", "end": "2026-03-02", "by": "luck"}, "by"),
        ({"start": "2026-03-01", "end": "2026-03-02", "warehouse": "NONE"}, "warehouse"),
    ],
)
def test_what_makes_no_sense_is_named_by_field(world, books, query, field):
    before = rows("SELECT count(*) FROM inventory_stockmove")

    answer = books.get("movers/", **query)

    assert answer.status_code == 400 and field in {error["field"] for error in answer.json()["errors"]}
    assert world.caller("orders:read").get("movers/").status_code == 403
    assert rows("SELECT count(*) FROM inventory_stockmove") == before


def test_each_kind_of_stock_stands_apart(world, books):
    world.robot.user_permissions.add(Permission.objects.get(codename="view_stocklevel"))
    (mug, cup) = books.get("stock/kinds/", sku="MUG, CUP").json()

    assert (mug["sku"], mug["on_hand"], mug["available"], mug["quarantine"]) == (
        "MUG",
        "10.000000",
        "10.000000",
        "0.000000",
    )
    assert cup["sku"] == "CUP" and books.get("stock/kinds/", sku="MUG", warehouse="LON").json() == [mug]
    for query, field in (({"sku": "NONE"}, "sku"), ({"sku": "MUG", "warehouse": "X"}, "warehouse"), ({}, "sku")):
        answer = books.get("stock/kinds/", **query)
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field


def test_balances_are_rebuilt_from_the_ledger_that_nobody_changes(world, books):
    world.robot.user_permissions.add(*Permission.objects.filter(content_type__model__in=["stockmove", "stocklevel"]))
    [sold] = place(world.channel, order("1", line("MUG", "2", "10")))
    fulfil_straight(sold.fulfilment_ids, company_id=world.house.id, actor=ACTOR, effective_at=NOON)

    moves = books.get("stock-moves/", sku="mug", warehouse="LON").json()["results"]

    came = sum(float(row["quantity"]) for row in moves if row["to_warehouse"])
    left = sum(float(row["quantity"]) for row in moves if row["from_warehouse"])
    (level,) = books.get("stock/", sku="MUG").json()["results"]
    assert came - left == float(level["on_hand"]) == 8
    assert moves[0]["source_type"] and moves[0]["entry"] and moves[0]["to_warehouse"] is None
    assert books.get("stock-moves/", sku="mug", effective_from="2026-03-10T12:00:01Z").json()["results"] == []
    address = f"stock-moves/{moves[0]['id']}/"
    assert books.get(address).json() == moves[0]
    before = rows("SELECT count(*), sum(quantity) FROM inventory_stockmove")
    assert books.post("stock-moves/", {"sku": "MUG", "quantity": "1"}).status_code == 403
    assert books.post(address, {"quantity": "1"}).status_code == 403
    assert rows("SELECT count(*), sum(quantity) FROM inventory_stockmove") == before
