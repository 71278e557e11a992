"""Rounds on handhelds: taken, walked with one scan for several orders, into totes; what is wrong says what to do."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inventory.models import Location
from orders.models import CancelRequest, OrderLine
from orders.services import cancel_order
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_order, status_of
from tests.factories.handhelds import CUP_CODE, MUG_CODE, Floor, only_the_book
from warehouse.models import PickRound, PickTask, RoundTote
from warehouse.services import Answer, WaveRequest, answer_cancels, plan_wave, release_waves

pytestmark = pytest.mark.django_db


class Rounds(Floor):
    """Two more orders of 1 and 2 MUGs on a round."""

    def __init__(self, method: str = "batch") -> None:
        super().__init__()
        from orders.models import Channel

        channel = Channel.objects.get()
        self.one, self.two = (make_order(channel, {self.mug: n}, f"R{n}") for n in ("1", "2"))
        request = WaveRequest(self.house.warehouse.pk, method=method)
        planned = plan_wave(request, company_id=self.house.id, actor=ACTOR)
        release_waves([planned.wave_id], company_id=self.house.id, actor=ACTOR)
        self.round = PickRound.objects.get()
        self.tasks = list(PickTask.objects.filter(round=self.round).order_by("id").values_list("pk", flat=True))

    def body(self, **changes):
        return {"tasks": self.tasks, "bin": "A1", "code": MUG_CODE, "quantity": "3", "lot": "", "reason": ""} | changes


def test_a_batch_round_is_taken_and_picked_with_one_scan():
    floor = Rounds()
    hand = floor.handheld
    page = hand.client.get(reverse("scan:pick")).content.decode()
    assert floor.round.number in page
    assert '"quantity": "3"' in hand.client.get(reverse("scan:pick_round", args=[floor.round.pk])).content.decode()

    assert hand.does("take_round", {"round": floor.round.pk})["state"] == "done"
    picked = hand.does("pick_many", floor.body())

    assert (picked["state"], picked["result"]["again"]) == ("done", "0"), picked
    assert in_place(floor.mug, floor.house.staging) == (3, 0)
    assert [status_of("orders_fulfilment", each.fulfilment_id) for each in (floor.one, floor.two)] == ["picked"] * 2
    assert status_of("warehouse_pickround", floor.round.pk) == "done"
    assert hand.does("take_round", {"round": floor.round.pk})["code"] == "closed"
    assert broken_checks() == []


def test_less_is_short_for_the_last_order_and_needs_a_reason():
    floor = Rounds()

    assert floor.handheld.does("pick_many", floor.body(quantity="2"))["code"] == "no_reason"
    short = floor.handheld.does("pick_many", floor.body(quantity="2", reason="not_there"))

    assert (short["state"], short["result"]["short"]) == ("done", "1")
    assert broken_checks() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bin": "A2"}, "wrong_bin"), ({"code": CUP_CODE}, "wrong_item"), ({"code": "999"}, "unknown_item"),
        ({"quantity": "4"}, "more_than_asked"), ({"tasks": []}, "bad_field"), ({"tasks": [10**9]}, "unknown_task"),
        ({"quantity": "-1"}, "bad_field"),
    ],
)  # fmt: skip
def test_bad_scans_are_refused_in_words_and_nothing_is_booked(changes, code):
    floor = Rounds()

    with only_the_book():
        answer = floor.handheld.does("pick_many", floor.body(**changes))

    assert (answer["state"], answer["code"]) == ("refused", code)
    assert len(answer["detail"]) > 10


def test_an_order_that_is_cancelled_meanwhile_is_left():
    floor = Rounds()
    cancel_order(floor.one.order_id, company_id=floor.house.id, reason="Changed mind", actor=ACTOR, ask=True)

    answer = floor.handheld.does("pick_many", floor.body())

    assert (answer["state"], answer["code"]) == ("refused", "cancel_requested")
    assert in_place(floor.mug, floor.house.staging) == (0, 0)


def test_somebody_elses_round_is_said_and_can_be_taken_over_and_given_back():
    floor = Rounds()
    PickRound.objects.filter(pk=floor.round.pk).update(assigned_to_id=_other())

    taken = floor.handheld.does("take_round", {"round": floor.round.pk})
    assert (taken["code"], "benno" in taken["detail"]) == ("taken", True)
    assert floor.handheld.does("take_round", {"round": floor.round.pk, "over": True})["state"] == "done"
    assert floor.handheld.does("give_back", {"round": floor.round.pk})["state"] == "done"
    assert PickRound.objects.get().assigned_to is None


def _other() -> int:
    from backoffice.core.models import User

    return User.objects.create_user("benno").pk


def test_a_cluster_round_wants_its_totes_and_the_right_one():
    floor = Rounds("cluster")
    hand, red = floor.handheld, "T-RED"
    for code in (red, "T-BLUE"):
        Location.objects.create(company=floor.house.company, warehouse=floor.house.warehouse, kind="tote", code=code)
    first = PickTask.objects.get(pick_list__fulfilment=floor.one.fulfilment_id)
    body = floor.body(tasks=[first.pk], quantity="1")

    assert hand.does("pick_many", body | {"tote": red})["code"] == "tote_needed"
    chosen = {"round": floor.round.pk, "list": first.pick_list_id, "tote": "t-red"}
    assert hand.does("tote", chosen)["result"]["tote"] == red
    assert hand.does("tote", chosen | {"tote": "A1"})["code"] == "wrong_tote"
    wrong = hand.does("pick_many", body | {"tote": "T-BLUE"})
    assert (wrong["code"], red in wrong["detail"]) == ("wrong_tote", True)
    assert hand.does("pick_many", body | {"tote": red})["state"] == "done"

    tote = RoundTote.objects.get(pick_list=first.pick_list_id).location
    assert tote is not None and in_place(floor.mug, tote.pk) == (1, 0)
    assert broken_checks() == []


def test_what_stays_after_a_part_was_cancelled_stays_on_the_round():
    floor = Rounds()
    order_line = OrderLine.objects.get(order_id=floor.two.order_id)
    cancel_order(
        floor.two.order_id, company_id=floor.house.id, actor=ACTOR, reason="buyer's wish", lines={order_line.pk: Decimal(1)}, ask=True
    )  # fmt: skip
    [request] = CancelRequest.objects.filter(status="open")
    answer_cancels([Answer(request.pk, True)], company_id=floor.house.id, effective_at=NOON, actor=ACTOR)

    left = PickTask.objects.filter(round=floor.round, status__in=["open", "assigned"]).order_by("pk")
    picked = floor.handheld.does("pick_many", floor.body(tasks=[task.pk for task in left], quantity="2"))

    assert picked["state"] == "done", picked
    assert in_place(floor.mug, floor.house.staging) == (2, 0)
    assert status_of("warehouse_pickround", floor.round.pk) == "done"
    assert broken_checks() == []
