"""The layout over HTTP."""

import pytest
from django.contrib.auth.models import Permission

from inventory.models import Location, PickFace, Zone
from tests.factories.goods import add_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(world):
    world.robot.user_permissions.set(Permission.objects.filter(content_type__app_label="inventory"))
    return world.caller("warehouse:read", "warehouse:write")


def test_a_zone_and_its_bins_are_made_blocked_and_read(world, caller):
    made = caller.post("zones/", {"warehouse": "LON", "code": "FAST", "use": "pick"})
    assert made.status_code == 201, made.content
    kind = caller.post("bin-types/", {"code": "SHELF", "name": "Shelf", "max_weight_g": 1000})
    assert kind.status_code == 201, kind.content
    body = {"warehouse": "LON", "pattern": "C-{1..2}-{1..3}", "zone": "FAST", "bin_type": "SHELF"}

    shown = caller.post("locations/generate/", body | {"preview": True}, key="p-1").json()
    assert (shown["made"], Location.objects.filter(aisle="C").count()) == (6, 0)
    done = caller.post("locations/generate/", body, key="p-2")
    again = caller.post("locations/generate/", body, key="p-2")
    twice = caller.post("locations/generate/", body, key="p-3").json()

    assert done.json() == again.json() and done.json()["made"] == 6
    assert (twice["made"], twice["already"]) == (0, 6)
    listed = caller.get("locations/", zone="FAST", blocked="false").json()["results"]
    assert {row["code"] for row in listed} == {f"C-{rack}-{place}" for rack in (1, 2) for place in (1, 2, 3)}
    ids = [row["id"] for row in listed[:2]]
    blocked = caller.post("locations/block/", {"locations": [*ids, 999_999], "reason": "Wet floor"}).json()
    assert [row["state"] for row in blocked] == ["blocked", "blocked", "unknown"]
    assert len(caller.get("locations/", blocked="true").json()["results"]) == 2
    freed = caller.post("locations/free/", {"locations": ids}).json()
    assert [row["state"] for row in freed] == ["freed", "freed"]
    stock = caller.get(f"locations/{world.house.bin}/stock/").json()
    assert {row["sku"] for row in stock["stock"]} == {"MUG", "CUP"} and stock["fill"] is None
    zpl = caller.get("locations/labels/", zone="FAST", form="zpl")
    assert zpl.content.count(b"^XA") == 6


def test_a_pick_face_is_set_once_and_taken_away(world, caller):
    body = {"sku": "MUG", "warehouse": "LON", "location": "A2", "minimum": "3", "maximum": "10"}

    first = caller.post("pick-faces/", body)
    second = caller.post("pick-faces/", body | {"maximum": "12"})

    assert first.status_code == second.status_code == 201, first.content
    assert first.json()["id"] == second.json()["id"] and second.json()["maximum"] == "12.000000"
    assert len(caller.get("pick-faces/").json()["results"]) == 1
    gone = caller.client.delete(
        f"/api/v1/pick-faces/{first.json()['id']}/", headers={"authorization": f"Api-Key {caller.key}"}
    )
    assert gone.status_code == 204 and not PickFace.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("locations/generate/", {"warehouse": "LON", "pattern": "C-{9..1}"}, 400),
        ("locations/generate/", {"warehouse": "NONE", "pattern": "C-{1..2}"}, 400),
        ("locations/generate/", {"warehouse": "LON", "pattern": "C-{1..2}", "zone": "FAR"}, 400),
        ("locations/block/", {"locations": [1], "reason": " "}, 400),
        ("locations/", {"warehouse": "LON", "code": "A1", "kind": "bin"}, 400),
        ("locations/", {"warehouse": "LON", "code": "N1", "kind": "bin", "zone": "FAR"}, 400),
        ("locations/", {"warehouse": "LON", "code": "N1", "kind": "dock", "is_pick_face": True}, 400),
        ("locations/", {"warehouse": "LON", "code": "N1", "kind": "customer"}, 400),
        ("bin-types/", {"code": "X", "name": "X", "length_mm": 10}, 400),
        ("pick-faces/", {"sku": "MUG", "warehouse": "LON", "location": "RECEIVING", "minimum": "1", "maximum": "2"}, 400),
        ("pick-faces/", {"sku": "MUG", "warehouse": "LON", "location": "A2", "minimum": "3", "maximum": "2"}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(world, caller, path, body, code):
    far = add_shop(world.house.company, "FAR")
    Zone.objects.create(company=world.house.company, warehouse=far.warehouse, code="FAR")
    before = Location.objects.count()

    answer = caller.post(path, body)

    assert answer.status_code == code, answer.content
    assert (Location.objects.count(), PickFace.objects.count()) == (before, 0)


def test_a_place_is_changed_as_it_was_read(world, caller):
    path = f"/api/v1/locations/{world.house.bin}/"
    headers = {"authorization": f"Api-Key {caller.key}"}
    read = caller.client.get(path, headers=headers)

    def patch(body):
        return caller.client.patch(
            path, body, content_type="application/json", headers=headers | {"if-match": read.headers["ETag"]}
        )

    done, late, moved = patch({"max_weight_g": 5000}), patch({"max_weight_g": 1}), patch({"code": "Z9"})

    assert done.status_code == 200 and done.json()["version"] == 1
    assert late.status_code == 412 and moved.status_code == 412
    assert Location.objects.get(pk=world.house.bin).max_weight_g == 5000


def test_bins_are_numbered_in_walking_order_and_tasks_come_so(world, caller):
    shown = caller.post("locations/walk/", {"warehouse": "LON", "preview": True}).json()
    before = list(Location.objects.order_by("pk").values_list("pick_sequence", flat=True))
    done = caller.post("locations/walk/", {"warehouse": "LON", "start": 500}, key="w-1")
    again = caller.post("locations/walk/", {"warehouse": "LON", "start": 500}, key="w-1")

    assert [row["code"] for row in shown] == ["A1", "A2"] and shown[0]["new"] == 10
    assert done.json() == again.json() and [row["new"] for row in done.json()] == [500, 510]
    assert list(Location.objects.order_by("pk").values_list("pick_sequence", flat=True)) != before
    typed = caller.post("locations/sequence/", {"warehouse": "LON", "sequences": {str(world.house.second_bin): 3}})
    assert typed.json() == {"changed": 1}
    first = caller.get("locations/", warehouse="LON", kind="bin").json()["results"][0]
    assert Location.objects.get(pk=world.house.second_bin).pick_sequence == 3 and "pick_sequence" in first
    for path, body in (
        ("walk/", {"warehouse": "NONE"}), ("walk/", {"warehouse": "LON", "zone": "FAR"}), ("walk/", {}),
        ("walk/", {"warehouse": "LON", "start": -1}), ("sequence/", {"warehouse": "LON", "sequences": {}}),
        ("sequence/", {"warehouse": "LON", "sequences": {"x": 1}}),
        ("sequence/", {"warehouse": "LON", "sequences": {str(world.house.bin): 1, "999999": 2}}),
    ):  # fmt: skip
        assert caller.post(f"locations/{path}", body).status_code == 400, body
    assert Location.objects.get(pk=world.house.bin).pick_sequence == 500
