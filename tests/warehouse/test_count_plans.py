"""Cycle counts: classes by turnover, what is due when, a limit a day; requests of the floor become counts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from inventory.services import post_moves
from tests.api.conftest import Caller
from tests.factories.books import ACTOR
from tests.factories.counting import CountHouse, lies, status
from tests.factories.floor import make_channel, make_order
from tests.factories.goods import goods_differ, make_move
from tests.factories.staff import said, sign_in
from warehouse.models import CountClass, CountPlan, CountRequest, CountTask, Stocktake
from warehouse.services import Pick, confirm_picks, counting, create_pick_lists
from warehouse.tasks import follow_counts, plan_counts

D = Decimal


@pytest.fixture
def house(db):
    return CountHouse()


def plan(house, **values):
    given = {"name": "Cycle", "days_a": 10, "days_b": 20, "days_c": 40, "daily_limit": 5} | values
    return CountPlan.objects.create(company=house.shop.company, warehouse=house.shop.warehouse, **given)


def run(house, made, days=0):
    now = timezone.now() + timedelta(days=days)
    return counting.run_plan(made.pk, company_id=house.shop.id, now=now, today=now.date(), actor=ACTOR)


def sold(house, sku, quantity, place):
    at = timezone.now() - timedelta(days=3)
    out = make_move(house.shop, sku, quantity, place, house.shop.customer, effective_at=at)
    post_moves([out], company_id=house.shop.id, actor=ACTOR)


def test_what_turns_over_most_is_counted_most_often(house):
    sold(house, house.mug, "5", house.shop.bin)
    made = plan(house, daily_limit=1)

    first = run(house, made)

    assert dict(CountClass.objects.values_list("sku_id", "abc")) == {house.mug: "A", house.cup: "C"}
    assert [task.location_id for task in first.tasks.all()] == [house.shop.bin]
    assert (first.origin, first.tasks.get().reason) == ("plan", "Class A: every 10 days")
    assert run(house, made) is None  # the limit is used up by what is open
    house.count(first, house.anna, {house.mug: 5})
    second = run(house, made)
    house.count(second, house.anna, {house.cup: 4}, place=house.shop.second_bin)
    assert run(house, made) is None
    assert [run(house, made, days) is None for days in (9, 11)] == [True, False]


def test_single_skus_are_planned_and_what_is_counted_elsewhere_is_left_out(house):
    made = plan(house, unit="sku")
    house.planned(house.shop.second_bin)

    assert list(run(house, made).tasks.values_list("location_id", "sku_id")) == [(house.shop.bin, house.mug)]


def test_the_job_plans_once_a_day(house):
    plan(house)

    assert [plan_counts.apply().result for _n in range(2)] == [True, False]
    assert Stocktake.objects.count() == 1 and CountTask.objects.count() == 2


def test_a_short_pick_asks_for_a_count_which_writes_off_what_is_not_found(house):
    placed = make_order(make_channel(house.shop), {house.mug: "4"})
    (picks,) = create_pick_lists([placed.fulfilment_id], company_id=house.shop.id, actor=ACTOR)
    confirm_picks(
        [Pick(pk, D(1)) for pk, _n in picks.tasks], company_id=house.shop.id, effective_at=timezone.now(), actor=ACTOR
    )
    follow_counts()

    made = Stocktake.objects.get(origin="request")
    task = made.tasks.get()
    assert (task.location_id, task.sku_id, task.not_found, task.priority) == (house.shop.bin, house.mug, 3, 10)
    house.count(made, house.anna, {house.mug: 6})
    house.approve(made)
    follow_counts()
    assert (status(made), lies(house.mug, house.shop.missing)) == ("posted", 0)
    assert CountRequest.objects.get().status == "closed" and goods_differ() == []


def test_what_is_booked_late_for_an_instant_before_a_count_is_counted_again(house):
    at = timezone.now()
    made = house.planned()
    house.count(made, house.anna, {house.mug: 10}, at=at)
    assert status(made) == "posted"
    late = make_move(
        house.shop, house.mug, "2", house.shop.bin, house.shop.staging, effective_at=at - timedelta(hours=1)
    )
    post_moves([late], company_id=house.shop.id, actor=ACTOR)

    follow_counts()
    follow_counts()

    again = Stocktake.objects.get(origin="request")
    assert again.tasks.get().reason == "Something was booked late for an instant before its count."


def test_a_plan_is_made_at_the_page_and_run(house):
    lead = sign_in("warehouse_lead")
    form = {
        "warehouse": house.shop.warehouse.pk, "name": "Weekly", "zone": "", "unit": "bin", "period_days": 365,
        "share_a": 80, "share_b": 95, "days_a": 7, "days_b": 30, "days_c": 90, "daily_limit": 20, "tolerance_percent": 2,
        "tolerance_value": 0, "is_active": "on",
    }  # fmt: skip
    lead.post("/admin/warehouse/countplan/add/", form)
    made = CountPlan.objects.get(name="Weekly")
    wrong = lead.post("/admin/warehouse/countplan/add/", form | {"name": "Wrong", "share_b": 50}).content.decode()

    assert "The share of B is that of A or more" in wrong and CountPlan.objects.count() == 1
    assert "A1" in lead.get(f"/admin/warehouse/countplan/{made.pk}/due/").content.decode()
    assert said(lead.post(f"/admin/warehouse/countplan/{made.pk}/run/")) == [
        f"{Stocktake.objects.get().number} is planned."
    ]
    assert sign_in("picker").post(f"/admin/warehouse/countplan/{made.pk}/run/").status_code == 403


def test_plans_and_requests_over_http(house):
    from backoffice.core.api.auth import make_api_key
    from backoffice.core.models import User

    _key, secret = make_api_key(
        name="lead", user=User.objects.create_superuser("lead"), company_id=house.shop.id,
        scopes=("stocktakes:read", "stocktakes:write", "stocktakes:count"),
    )  # fmt: skip
    lead = Caller(secret)
    body = {"warehouse": "LON", "name": "Cycle", "days_a": 7}

    made = lead.post("count-plans/", body).json()
    refused = lead.post("count-plans/", body | {"name": "X", "share_b": "10"})
    assert (made["days_a"], refused.status_code, CountPlan.objects.count()) == (7, 400, 1)
    assert {row["place"] for row in lead.get(f"count-plans/{made['id']}/due/").json()} == {"A1", "A2"}
    assert lead.post(f"count-plans/{made['id']}/run/", {}).json()["stocktake"] == Stocktake.objects.get().pk
    ask = {"warehouse": "LON", "location": "A1", "sku": "MUG", "reason": "looks odd"}
    assert lead.post("count-requests/", ask).json()["status"] == "open"
    assert lead.post("count-requests/", ask | {"sku": "NOPE"}).status_code == 400
    assert [row["sku"] for row in lead.get("count-requests/").json()["results"]] == ["MUG"]
