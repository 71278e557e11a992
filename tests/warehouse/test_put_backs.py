"""What was picked for an order that is cancelled goes back to its bin, by a task of whoever picked it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from inventory.services import block_bins
from orders.models import CancelRequest
from orders.services import cancel_order
from tests.factories.books import ACTOR
from tests.factories.floor import broken_checks, in_place
from tests.factories.goods import level
from tests.factories.handhelds import MUG_CODE, Floor, Handheld, make_person, only_the_book
from tests.factories.staff import sign_in
from warehouse.models import FloorTask
from warehouse.services import Answer, answer_cancels

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor():
    """The picker has the mugs in staging when the buyer changes their mind; the lead accepts."""
    floor = Floor()
    assert floor.handheld.does("pick", floor.mugs())["state"] == "done"
    cancel_order(floor.placed.order_id, company_id=floor.house.id, actor=ACTOR, reason="changed mind", ask=True)
    return floor


def accept(floor):
    answers = [Answer(pk, True) for pk in CancelRequest.objects.filter(status="open").values_list("pk", flat=True)]
    answer_cancels(answers, company_id=floor.house.id, effective_at=timezone.now(), actor=ACTOR)
    return FloorTask.objects.get()


def test_the_picker_is_sent_back_with_what_lies_in_staging(floor):
    """odoo/odoo#43331: there the goods of a cancelled order stay where they are."""
    task = accept(floor)
    hand = floor.handheld

    assert (task.assigned_to_id, task.status, task.quantity) == (floor.user.pk, "assigned", 3)
    assert "1 to put back" in hand.client.get("/scan/pick/").content.decode()
    page = hand.client.get("/scan/put-back/").content.decode()
    assert '"from": "STAGING", "to": "A1"' in page and "the order was cancelled" in page
    assert '"tasks": []' in hand.client.get("/scan/put-away/").content.decode()
    body = {"task": task.pk, "from": "STAGING", "code": MUG_CODE, "quantity": "3", "to": "A1"}
    with only_the_book():
        elsewhere = hand.does("floor", body | {"to": "A2"})
    done = hand.does("floor", body)

    assert (elsewhere["code"], done["state"]) == ("other_bin", "done")
    assert (in_place(floor.mug, floor.house.bin), in_place(floor.mug, floor.house.staging)) == ((10, 0), (0, 0))
    assert level(floor.house, floor.mug) == (10, 10, 0)
    assert broken_checks() == []


def test_a_colleague_may_bring_it_back_and_a_blocked_bin_is_asked_for(floor):
    block_bins([floor.house.bin], reason="Wet floor", company_id=floor.house.id, actor=ACTOR)
    task = accept(floor)
    _lead, badge = make_person("warehouse_lead", "90210")
    other = Handheld(floor.house, "Scanner 2").sign_in(badge)

    assert task.to_location_id is None
    assert '"to": "", ' in other.client.get("/scan/put-back/").content.decode()
    body = {"task": task.pk, "from": "STAGING", "code": MUG_CODE, "quantity": "3", "other": True}
    with only_the_book():
        blocked = other.does("floor", body | {"to": "A1"})
    done = other.does("floor", body | {"to": "A2"})

    assert (blocked["code"], done["state"]) == ("blocked_bin", "done")
    assert in_place(floor.mug, floor.house.second_bin) == (3, 0)
    assert broken_checks() == []


def test_at_the_page_the_lead_says_where_it_was_put_or_sends_the_picker(floor):
    lead = sign_in("warehouse_lead")
    mugs = CancelRequest.objects.get(fulfilment_line__allocation__sku_id=floor.mug)

    answer = lead.post(reverse("admin:warehouse_cancel_answer", args=[mugs.pk]), {"accept": "1"}, follow=True)

    assert "3 go back to their bin" in answer.content.decode() and FloorTask.objects.get().quantity == 3
