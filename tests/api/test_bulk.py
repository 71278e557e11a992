"""Bulk jobs over HTTP: started, watched, stopped; rows of others are not found."""

import json

import pytest
from django.test import Client

from backoffice.core import bulk
from backoffice.core.models import BulkJob
from backoffice.core.proof import run_checks
from orders.models import Hold, Order
from tests.api.conftest import order_body
from tests.factories.sales import make_channel, orders_written


@pytest.fixture
def shop(world):
    return world.caller("orders:write", "orders:read", "orders:release", "jobs:read", "jobs:run")


@pytest.fixture
def orders(shop):
    return [shop.post("orders/", order_body(f"W-{n}")).json()["id"] for n in (1, 2, 3)]


def test_a_job_is_started_watched_and_its_rows_are_read(shop, orders):
    body = {"action": "orders.hold", "ids": orders[:2], "params": {"kind": "fraud", "reason": "Odd"}}

    started = shop.post("bulk-jobs/", body, key="k")
    again = shop.post("bulk-jobs/", body, key="k")
    job = started.json()
    bulk.run_job(job["id"])

    assert (started.status_code, started.content == again.content) == (202, True)
    assert (job["status"], job["total"], job["params"]) == ("queued", 2, {"kind": "fraud", "reason": "Odd"})
    after = shop.get(f"bulk-jobs/{job['id']}/").json()
    assert (after["status"], after["done"], after["seconds_left"]) == ("done", 2, 0)
    rows = shop.get(f"bulk-jobs/{job['id']}/rows/", state="done").json()["results"]
    assert sorted(row["object_id"] for row in rows) == orders[:2]
    assert shop.get(f"bulk-jobs/{job['id']}/rows/", state="refused").json()["results"] == []
    assert Hold.objects.filter(order_id__in=orders, kind="fraud", placed_by="robot (test)").count() == 2
    assert run_checks().ok


def test_a_filter_chooses_the_rows_of_the_own_channel_only(world, shop, orders):
    other = world.caller("orders:write", channel=make_channel(world.house, "other"))
    foreign = other.post("orders/", order_body("X-1")).json()["id"]

    response = shop.post(
        "bulk-jobs/",
        {"action": "orders.cancel", "filter": {"status": ["released", "placed"]}, "params": {"reason": "Closed"}},
    )
    bulk.run_job(response.json()["id"])

    assert response.json()["total"] == len(orders)
    assert set(Order.objects.filter(status="cancelled").values_list("pk", flat=True)) == set(orders)
    assert Order.objects.get(pk=foreign).status != "cancelled"


def test_refused_rows_carry_code_and_sentence(shop, orders):
    shop.post(f"orders/{orders[0]}/cancel/", {"reason": "x"})

    job = shop.post("bulk-jobs/", {"action": "orders.release", "ids": orders}).json()["id"]
    bulk.run_job(job)

    rows = {row["object_id"]: row for row in shop.get(f"bulk-jobs/{job}/rows/").json()["results"]}
    assert [rows[pk]["state"] for pk in orders] == ["refused", "already", "already"]
    assert rows[orders[0]]["code"] == "illegal_transition" and rows[orders[0]]["detail"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"action": "orders.nothing"}, 404, "unknown_bulk_action"),
        ({"ids": [10**9]}, 400, "invalid_input"),
        ({"ids": []}, 400, "invalid_input"),
        ({"filter": {}}, 400, "invalid_input"),  # with ids: one of the two
        ({"ids": None, "filter": {"nonsense": ["1"]}}, 400, "invalid_input"),
        ({"ids": None, "filter": {"status": ["gone"]}}, 400, "invalid_input"),
        ({"params": {}}, 400, "invalid_input"),
        ({"ids": None, "filter": {"external_id": ["nobody"]}}, 409, "bulk_job_refused"),
    ],
)
def test_what_makes_no_sense_starts_nothing(shop, orders, change, status, code):
    body = {"action": "orders.cancel", "ids": orders, "params": {"reason": "x"}} | change
    before = orders_written()

    response = shop.post("bulk-jobs/", {name: value for name, value in body.items() if value is not None})

    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    assert not BulkJob.objects.exists() and orders_written() == before


def test_an_action_wants_its_own_scope(world, orders):
    limited = world.caller("orders:write", "jobs:run")

    response = limited.post("bulk-jobs/", {"action": "orders.release", "ids": orders})

    assert (response.status_code, response.json()["code"]) == (403, "not_permitted")
    assert limited.get("bulk-jobs/").status_code == 403  # jobs:read is missing
    assert not BulkJob.objects.exists()


def test_a_foreign_job_is_not_found(world, shop, orders):
    job = shop.post("bulk-jobs/", {"action": "orders.release", "ids": orders}).json()["id"]
    stranger = world.caller("orders:release", "jobs:read", "jobs:run", channel=make_channel(world.house, "other"))

    assert stranger.get(f"bulk-jobs/{job}/").status_code == 404
    assert stranger.get(f"bulk-jobs/{job}/rows/").status_code == 404
    assert stranger.post(f"bulk-jobs/{job}/stop/", {}).status_code == 404
    assert BulkJob.objects.get().status == "queued"


def test_stop_and_resume(shop, orders):
    job = shop.post("bulk-jobs/", {"action": "orders.release", "ids": orders}).json()["id"]

    stopped = shop.post(f"bulk-jobs/{job}/stop/", {})
    again = shop.post(f"bulk-jobs/{job}/stop/", {})
    resumed = shop.post(f"bulk-jobs/{job}/resume/", {})

    assert (stopped.json()["status"], resumed.json()["status"]) == ("stopped", "queued")
    assert (again.status_code, again.json()["code"]) == (409, "bulk_job_refused")
    assert bulk.run_job(job) == "done"


def test_nobody_starts_a_job_without_a_key():
    answer = Client().post("/api/v1/bulk-jobs/", json.dumps({}), content_type="application/json")

    assert answer.status_code == 401


def test_orders_are_changed_as_a_batch_and_each_tells_its_result(shop, orders):
    shop.post(f"orders/{orders[0]}/cancel/", {"reason": "x"})
    body = {"action": "orders.change", "ids": orders, "params": {"promise_date": "2030-01-05", "reason": "Strike"}}

    job = shop.post("bulk-jobs/", body).json()["id"]
    bulk.run_job(job)
    wrong = shop.post("bulk-jobs/", body | {"params": {"promise_date": "soon", "reason": "x"}})

    rows = {row["object_id"]: row for row in shop.get(f"bulk-jobs/{job}/rows/").json()["results"]}
    assert [rows[pk]["state"] for pk in orders] == ["refused", "done", "done"]
    assert {str(day) for day in Order.objects.filter(pk__in=orders[1:]).values_list("promise_date", flat=True)} == {
        "2030-01-05"
    }
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "promise_date")
    assert run_checks().ok
