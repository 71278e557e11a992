"""Un-picking on the handheld: work that was begun goes back, and the put-back screen says where to."""

import pytest

from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, status_of
from tests.factories.handhelds import Floor, Handheld, make_person, only_the_book
from warehouse.models import FloorTask
from warehouse.services import Pack, pack

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor():
    """The mugs are picked, the cups not yet."""
    made = Floor()
    assert made.handheld.does("pick", made.mugs())["state"] == "done"
    return made


def body(floor, **changes):
    return {"fulfilment": floor.placed.fulfilment_id, "reason": "mistake"} | changes


def test_what_was_picked_goes_back_once_and_is_shown_with_its_bin(floor):
    command = floor.handheld.command("unpick", body(floor))

    [done] = floor.handheld.send(command).json()["results"]
    [again] = floor.handheld.send(command).json()["results"]

    assert (done["state"], done["result"]["put_back"], again["replayed"]) == ("done", "3", True)
    assert status_of("orders_fulfilment", floor.placed.fulfilment_id) == "ready"
    task = FloorTask.objects.get()
    assert (task.to_location_id, task.quantity) == (floor.house.bin, 3) and "Picked by mistake" in task.reason
    with only_the_book():
        late = floor.handheld.does("pick", floor.cups())
    assert late["code"] == "cancelled" and "put what you took back into A2" in late["detail"]
    assert '"to": "A1"' in floor.handheld.client.get("/scan/put-back/").content.decode()
    assert broken_checks() == []


def test_what_cannot_be_unpicked_is_said_and_nothing_is_written(floor):
    hand = floor.handheld
    with only_the_book():
        told = [
            hand.does("unpick", body(floor, reason=""))["code"],
            hand.does("unpick", body(floor, reason="because"))["code"],
            hand.does("unpick", body(floor, fulfilment=10**9))["code"],
        ]
    hand.does("pick", floor.cups())
    pack([Pack(floor.placed.fulfilment_id)], company_id=floor.house.id, effective_at=NOON, actor=ACTOR)
    with only_the_book():
        packed = hand.does("unpick", body(floor))

    assert told == ["bad_field", "no_reason", "unknown_work"]
    assert packed["code"] == "packed" and "a lead unpacks it first" in packed["detail"]
    assert in_place(floor.mug, floor.house.staging)[0] == 3


def test_the_button_is_for_who_may_where_something_can_go_back(floor):
    hand = floor.handheld
    listed = hand.client.get(f"/scan/pick/{floor.list.pick_list_id}/").content.decode()
    packing = hand.client.get(f"/scan/pack/{floor.placed.fulfilment_id}/").content.decode()
    _cashier, badge = make_person("cashier", "471147")
    other = Handheld(floor.house, "Till").sign_in(badge)
    with only_the_book():
        answer = other.does("unpick", body(floor))
    hand.does("unpick", body(floor))
    after = hand.client.get(f"/scan/pick/{floor.list.pick_list_id}/").content.decode()

    assert 'id="unpick"' in listed and 'id="unpick"' in packing and 'id="unpick"' not in after
    assert answer["code"] == "not_permitted"
