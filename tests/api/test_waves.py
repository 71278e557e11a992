"""Waves and rounds over the API: planned, released, walked; what is wrong is refused and writes nothing."""

import pytest

from backoffice.core.proof import run_checks
from inventory.models import Location
from tests.api.conftest import order_body
from tests.factories.floor import facts
from warehouse.models import PickRound, Wave, WaveTemplate


@pytest.fixture
def scanner(world):
    return world.caller("warehouse:read", "warehouse:write", bound=False, company_id=world.house.id)


@pytest.fixture
def placed(world):
    desk = world.caller("orders:write")
    return [desk.post("orders/", order_body(f"W-{n}")).json()["id"] for n in (1, 2)]


def test_a_cluster_wave_from_plan_to_the_last_pick(world, scanner, placed):
    Location.objects.create(company=world.house.company, warehouse=world.house.warehouse, kind="tote", code="T1")
    body = {"warehouse": world.house.warehouse.code, "method": "cluster", "release": True}

    made = scanner.post("waves/", body)

    assert made.status_code == 201, made.content
    assert (made.json()["state"], made.json()["orders"], made.json()["rounds"]) == ("released", 2, 1)
    wave = made.json()["wave"]
    [row] = scanner.get("pick-rounds/", wave=wave, status="open").json()["results"]
    taken = scanner.post(f"pick-rounds/{row['id']}/take/", {}).json()
    assert (taken["assigned_to"], {task["status"] for task in taken["tasks"]}) == ("robot", {"assigned"})
    first = row["totes"][0]["pick_list"]
    chosen = scanner.post(f"pick-rounds/{row['id']}/tote/", {"pick_list": first, "tote": "T1"}).json()
    assert [task["to_location"] for task in chosen["tasks"] if task["pick_list"] == first] == ["T1"]
    busy = scanner.post(f"pick-rounds/{row['id']}/tote/", {"pick_list": row["totes"][1]["pick_list"], "tote": "T1"})
    assert (busy.status_code, busy.json()["code"]) == (409, "tote_in_use")

    ids = [task["id"] for task in row["tasks"]]
    picked = scanner.post(f"pick-rounds/{row['id']}/pick/", {"tasks": ids, "quantity": "4"})

    assert [each["state"] for each in picked.json()] == ["done", "done"], picked.content
    assert scanner.get(f"waves/{wave}/").json()["status"] == "done"
    assert run_checks().ok


def test_a_wave_is_planned_by_template_and_cancelled(world, scanner, placed):
    template = WaveTemplate.objects.create(
        company=world.house.company, warehouse=world.house.warehouse, name="Noon", method="batch", max_orders=1
    )
    assert [row["name"] for row in scanner.get("wave-templates/").json()["results"]] == ["Noon"]
    wave = scanner.post("waves/", {"template": template.pk}).json()

    assert (wave["state"], wave["orders"]) == ("planned", 1)
    assert scanner.post(f"waves/{wave['wave']}/release/", {}).json()["state"] == "released"
    assert scanner.post(f"waves/{wave['wave']}/cancel/", {}).status_code == 400  # without a reason
    cancelled = scanner.post(f"waves/{wave['wave']}/cancel/", {"reason": "No van"}).json()
    assert (cancelled["status"], [item["state"] for item in cancelled["items"]]) == ("cancelled", ["returned"])


def test_what_is_wrong_is_refused_and_nothing_is_written(world, scanner):
    before, code = facts(), world.house.warehouse.code

    nothing = scanner.post("waves/", {"warehouse": code})
    nowhere = scanner.post("waves/", {"warehouse": "MOON"})
    neither = scanner.post("waves/", {"method": "batch"})
    unknown = scanner.post("waves/", {"warehouse": code, "method": "teleport"})

    assert [each.status_code for each in (nothing, nowhere, neither, unknown)] == [409, 404, 400, 400]
    assert nothing.json()["code"] == "nothing_ready"
    assert (facts(), Wave.objects.count()) == (before, 0)


def test_tasks_of_other_bins_are_not_picked_together(world, scanner, placed):
    scanner.post("waves/", {"warehouse": world.house.warehouse.code, "method": "batch", "release": True})
    row = PickRound.objects.get()

    wrong = scanner.post(f"pick-rounds/{row.pk}/pick/", {"tasks": [10**9], "quantity": "1"})

    assert wrong.status_code == 400
    stranger = world.caller("warehouse:read", "warehouse:write")  # bound to a channel
    assert stranger.get(f"pick-rounds/{row.pk}/").status_code == 404


def test_an_order_is_unpacked_and_unpicked_and_a_reason_is_needed(world, scanner, placed):
    [work, *_] = scanner.get("fulfilments/", status="ready").json()["results"]
    [made] = scanner.post("pick-lists/", {"fulfilments": [work["id"]]}).json()
    tasks = scanner.get(f"pick-lists/{made['pick_list']}/").json()["tasks"]
    scanner.post("pick-lists/confirm/", {"picks": [{"task": t["id"], "quantity": t["quantity"]} for t in tasks]})
    scanner.post(f"fulfilments/{work['id']}/pack/", {})

    early = scanner.post(f"fulfilments/{work['id']}/unpick/", {"reason": "x"})
    assert (early.status_code, early.json()["code"]) == (409, "packed")
    assert scanner.post(f"fulfilments/{work['id']}/unpack/", {}).status_code == 400
    unpacked = scanner.post(f"fulfilments/{work['id']}/unpack/", {"reason": "Wrong box"})
    assert unpacked.json()["status"] == "packing"
    unpicked = scanner.post(f"fulfilments/{work['id']}/unpick/", {"reason": "Wrong order"})

    assert (unpicked.json()["state"], unpicked.json()["put_back"]) == ("unpicked", "2.000000")
    assert scanner.get(f"fulfilments/{work['id']}/").json()["status"] == "ready"
    assert run_checks().ok
