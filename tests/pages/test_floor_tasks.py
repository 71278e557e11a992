"""Put-away and refills through their pages."""

import pytest
from django.urls import reverse

from inventory.services import post_moves
from tests.factories.books import ACTOR
from tests.factories.goods import make_move
from tests.factories.handhelds import Handheld, make_person
from tests.factories.staff import said, sign_in
from warehouse.models import FloorTask, PutAwayRule


@pytest.fixture
def dock(world):
    moves = [make_move(world.house, world.mug, "6", world.house.bin, world.house.dock)]
    post_moves(moves, company_id=world.house.id, actor=ACTOR)
    return world.house


def test_a_rule_is_made_and_what_lies_on_the_dock_is_planned_and_given_up(world, dock):
    lead = sign_in("warehouse_lead")
    rule = {
        "company": dock.id, "warehouse": dock.warehouse.pk, "position": "1", "name": "Mugs to A2", "sku": world.mug,
        "location": dock.second_bin, "strategy": "nearest", "is_active": "on",
    }  # fmt: skip
    added = lead.post(reverse("admin:warehouse_putawayrule_add"), rule)
    assert added.status_code == 302 and PutAwayRule.objects.get().location_id == dock.second_bin
    both = lead.post(reverse("admin:warehouse_putawayrule_add"), rule | {"category": "1"})
    assert both.status_code == 200 and PutAwayRule.objects.count() == 1

    planned = lead.post(reverse("admin:warehouse_floor_plan"), {"do": "put_away"})
    assert said(planned) == ["1 tasks made."]
    assert said(lead.post(reverse("admin:warehouse_floor_plan"), {"do": "refill"})) == ["0 tasks made."]
    task = FloorTask.objects.get()
    listed = lead.get(reverse("admin:warehouse_floortask_changelist"), {"view": "open"}).content.decode()
    page = lead.get(reverse("admin:warehouse_floortask_change", args=[task.pk])).content.decode()
    assert "Mugs to A2" in listed and "&lt;span" not in listed and task.number in page and "Give it up" in page
    cancel = reverse("admin:warehouse_floor_cancel", args=[task.pk])
    bare = lead.post(cancel, {"reason": " "})
    assert said(bare) == ["Say why: the reason is kept with the change."]
    task.refresh_from_db()
    assert task.status == "open"
    assert said(lead.post(cancel, {"reason": "Wrong"})) == [f"{task.number} is given up."]
    assert sign_in("picker").post(reverse("admin:warehouse_floor_plan"), {"do": "put_away"}).status_code == 403


def test_the_screens_of_put_away_and_refill_open_with_their_tasks(world, dock):
    sign_in("warehouse_lead").post(reverse("admin:warehouse_floor_plan"), {"do": "put_away"})
    _user, badge = make_person()
    hand = Handheld(dock).sign_in(badge)

    home, page, empty = (
        hand.client.get(path).content.decode() for path in ("/scan/", "/scan/put-away/", "/scan/refill/")
    )

    assert "Put away" in home and "Refill" in home
    assert '"from": "RECEIVING"' in page and '"sku": "MUG"' in page and '"tasks": []' in empty
