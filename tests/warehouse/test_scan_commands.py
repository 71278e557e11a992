"""What handhelds send: once each, in order, by whoever scanned it, when it was scanned."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.core.models import AuditEvent
from orders.models import CancelRequest
from orders.services import cancel_order
from tests.factories.books import ACTOR
from tests.factories.buying import make_purchase
from tests.factories.floor import broken_checks, in_place, status_of
from tests.factories.handhelds import CUP_CODE, MUG_CODE, Floor, Handheld, make_person, only_the_book
from warehouse.models import PickList, ScanCommand, ScanSession
from warehouse.services import Answer, Pick, answer_cancels, confirm_picks, scan

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor():
    return Floor()


def test_a_list_is_picked_packed_and_a_scan_sent_again_is_one_scan(floor):
    hand, house = floor.handheld, floor.house
    first, second = hand.command("pick", floor.mugs()), hand.command("pick", floor.cups())

    answers = [hand.send(first, second).json()["results"], hand.send(first, second).json()["results"]]

    assert [[(each["state"], each["replayed"]) for each in answer] for answer in answers] == [
        [("done", False)] * 2,
        [("done", True)] * 2,
    ]
    assert in_place(floor.mug, house.staging) == (3, 0) and in_place(floor.cup, house.staging) == (2, 0)
    assert status_of("orders_fulfilment", floor.placed.fulfilment_id) == "picked"
    lines = {str(pk): "3" if sku == floor.mug else "2" for pk, sku in _lines(floor)}
    packed = hand.does("pack", {"fulfilment": floor.placed.fulfilment_id, "lines": lines, "weight_g": 900})
    assert packed["state"] == "done" and packed["result"]["shipment"]
    assert ScanCommand.objects.count() == 3
    assert broken_checks() == []


def _lines(floor):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fl.id, a.sku_id FROM orders_fulfilmentline fl JOIN inventory_allocation a ON a.id = fl.allocation_id"
            " WHERE fl.fulfilment_id = %s",
            [floor.placed.fulfilment_id],
        )
        return cursor.fetchall()


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"bin": "A2"}, "wrong_bin", "go to A1"),
        ({"code": CUP_CODE}, "wrong_item", "take MUG"),
        ({"code": "nobody-knows"}, "unknown_item", "put it aside"),
        ({"quantity": "4"}, "more_than_asked", "put the rest back into A1"),
        ({"quantity": "2"}, "no_reason", "say why"),
        ({"quantity": "-1"}, "bad_field", "quantity"),
        ({"quantity": 1.5}, "bad_field", "quantity"),
        ({"task": 10**17}, "unknown_task", "load the list again"),
        ({"task": "x"}, "bad_field", "task"),
        ({"lot": "L-9"}, "unknown_lot", "no lot"),
    ],
)
def test_bad_scans_are_refused_in_words_that_say_what_to_do(floor, changes, code, says):
    with only_the_book():
        answer = floor.handheld.does("pick", floor.mugs(**changes))

    assert (answer["state"], answer["code"]) == ("refused", code) and says in answer["detail"]
    assert ScanCommand.objects.get().detail == answer["detail"]


def test_a_short_pick_says_why_and_back_orders_the_rest(floor):
    answer = floor.handheld.does("pick", floor.mugs(quantity="1", reason="damaged"))

    assert (answer["state"], answer["result"]["short"]) == ("done", "2")
    assert in_place(floor.mug, floor.house.missing) == (2, 0)
    assert AuditEvent.objects.get(object_type="warehouse.picktask", action="short").reason == "damaged"
    assert broken_checks() == []


def test_an_order_cancelled_while_picking_says_to_put_the_goods_back(floor):
    hand = floor.handheld
    hand.does("take", {"list": floor.list.pick_list_id})
    cancel_order(floor.placed.order_id, company_id=floor.house.id, actor=ACTOR, reason="changed mind", ask=True)

    with only_the_book():
        asked = hand.does("pick", floor.mugs())
    requests = list(CancelRequest.objects.values_list("pk", flat=True))
    answer_cancels(
        [Answer(pk, accept=True, answer="ok") for pk in requests],
        company_id=floor.house.id,
        effective_at=timezone.now(),
        actor=ACTOR,
    )
    with only_the_book():
        cancelled = hand.does("pick", floor.mugs())

    assert [each["code"] for each in (asked, cancelled)] == ["cancel_requested", "cancelled"]
    assert all("put what you took back into A1" in each["detail"] for each in (asked, cancelled))
    assert broken_checks() == []


def test_two_pickers_on_one_task_the_second_is_told_to_put_it_back(floor):
    """openboxes#229, erpnext#41092: the same bin picked twice."""
    lead, badge = make_person("warehouse_lead", "90210")
    other = Handheld(floor.house, "Scanner 2").sign_in(badge)
    floor.handheld.does("pick", floor.mugs())

    with only_the_book():
        answer = other.does("pick", floor.mugs())

    assert (answer["state"], answer["code"]) == ("refused", "picked_by_another")
    assert "picker has picked this already: put what you took back into A1" in answer["detail"]
    assert in_place(floor.mug, floor.house.staging) == (3, 0)


def test_a_list_is_one_persons_until_another_takes_it_over(floor):
    _lead, badge = make_person("warehouse_lead", "90210")
    other = Handheld(floor.house, "Scanner 2").sign_in(badge)

    assert floor.handheld.does("take", {"list": floor.list.pick_list_id})["state"] == "done"
    assert other.does("take", {"list": floor.list.pick_list_id})["code"] == "list_taken"
    assert other.does("take", {"list": floor.list.pick_list_id, "over": True})["state"] == "done"
    assert PickList.objects.get().assigned_to.username == "warehouse_lead"


def test_goods_move_from_bin_to_bin_and_never_what_is_claimed_or_not_there(floor):
    hand, house = floor.handheld, floor.house

    done = hand.does("move", {"from": "a1", "to": "A2", "code": MUG_CODE, "quantity": "2"})

    assert done["state"] == "done" and in_place(floor.mug, house.second_bin) == (2, 0)
    with only_the_book():
        assert (
            hand.does("move", {"from": "A1", "to": "A2", "code": MUG_CODE, "quantity": "6"})["code"]
            == "more_than_there"
        )
        assert hand.does("move", {"from": "A1", "to": "A1", "code": MUG_CODE, "quantity": "1"})["code"] == "same_bin"
        assert hand.does("move", {"from": "A1", "to": "Z9", "code": MUG_CODE, "quantity": "1"})["code"] == "unknown_bin"
        assert (
            hand.does("move", {"from": "A1", "to": "MISSING", "code": MUG_CODE, "quantity": "1"})["code"] == "wrong_bin"
        )
        assert hand.does("move", {"from": "A1", "to": "A2", "code": CUP_CODE, "quantity": "1"})["code"] == "not_there"
        assert hand.does("move", {"from": "A1", "to": "A2", "code": MUG_CODE, "quantity": "0"})["code"] == "no_quantity"
    assert broken_checks() == []


def test_scans_kept_without_wifi_stay_their_persons_and_at_their_time(floor):
    """OCA/stock-logistics-barcode#468, frappe#34156: scans lost."""
    hand, past = floor.handheld, timezone.now() - timedelta(minutes=5)
    hand.session = ScanSession.objects.create(
        device=hand.device, user=floor.user, method="badge", started_at=past - timedelta(minutes=5), last_used_at=past,
        ended_at=past + timedelta(minutes=2), end_reason="signed_out",
    )  # fmt: skip
    skew = timedelta(hours=3)  # the handheld's clock is three hours fast
    kept = hand.command("pick", floor.mugs(), at=past + skew + timedelta(minutes=1))
    _lead, badge = make_person("warehouse_lead", "90210")
    hand.sign_in(badge)

    answer = hand.send(kept, skew=skew).json()["results"][0]

    assert answer["state"] == "done"
    row = ScanCommand.objects.get()
    assert row.actor.username == "picker" and abs(row.effective_at - past - timedelta(minutes=1)) < timedelta(seconds=5)
    assert floor.task(floor.mug).picked_by.username == "picker"


def test_what_is_scanned_after_the_sign_out_is_refused_and_a_future_clock_is_bounded(floor):
    hand = floor.handheld
    ahead = hand.does("pick", floor.cups(), at=timezone.now() + timedelta(days=2))
    assert ahead["state"] == "done" and ScanCommand.objects.get().effective_at <= timezone.now()
    hand.client.post("/scan/sign-out/")

    with only_the_book():
        late = hand.does("pick", floor.mugs(), at=timezone.now() + timedelta(minutes=1))

    assert (late["state"], late["code"]) == ("refused", "signed_out")


def test_a_refused_scan_stays_open_until_it_is_tried_again_or_discarded_with_a_reason(floor):
    hand = floor.handheld
    wrong = hand.command("pick", floor.mugs(bin="A2"))
    hand.send(wrong)

    def waiting():
        return [str(row.client_id) for row in scan.open_refusals(hand.device.pk)]

    assert waiting() == [wrong["id"]]
    assert hand.does("discard_scan", {}, replaces=wrong["id"])["code"] == "no_reason"
    assert hand.does("discard_scan", {}, replaces=wrong["id"], reason="wrong shelf")["state"] == "discarded"
    assert wrong["id"] not in waiting()
    assert hand.does("discard_scan", {}, replaces=wrong["id"], reason="again")["code"] == "replaced"


def test_one_poisoned_scan_stops_only_itself_and_the_order_is_the_handhelds(floor):
    hand = floor.handheld
    there = hand.command("move", {"from": "A1", "to": "A2", "code": MUG_CODE, "quantity": "2"})
    odd = hand.command("dance", {})
    back = hand.command("move", {"from": "A2", "to": "A1", "code": MUG_CODE, "quantity": "2"})

    answer = hand.send(back, odd, there).json()["results"]  # sent in another order than scanned

    assert [each["state"] for each in answer] == ["done", "refused", "done"]
    assert in_place(floor.mug, floor.house.bin)[0] == 10


def test_a_delivery_is_received_and_what_is_over_waits_for_a_lead(floor):
    _lead, badge = make_person("warehouse_lead", "90210")
    hand = Handheld(floor.house, "Dock 1").sign_in(badge)
    order = make_purchase(floor.house, floor.mug, "5")
    line = order.lines.get()
    body = {"order": order.pk, "place": "receiving", "lines": {str(line.pk): "7"}, "reference": "DN-1"}

    over = hand.does("receive", body)

    assert (over["state"], over["result"]["waiting"]) == ("done", 1)
    assert in_place(floor.mug, floor.house.dock)[0] == 5
    with only_the_book():
        again = hand.does("receive", body)
        nothing = hand.does("receive", body | {"lines": {}})
        elsewhere = hand.does("receive", body | {"place": "STAGING"})
    assert [each["code"] for each in (again, nothing, elsewhere)] == ["received_already", "no_lines", "wrong_bin"]
    assert broken_checks() == []


def test_a_role_without_the_right_and_a_revoked_handheld_book_nothing(floor):
    body = {"order": 1, "place": "RECEIVING", "lines": {"1": "1"}}
    with only_the_book():
        assert floor.handheld.does("receive", body)["code"] == "not_permitted"
    command = floor.handheld.command("pick", floor.mugs())
    scan.revoke_device(floor.handheld.device.pk, actor=ACTOR)
    before = ScanCommand.objects.count()

    answer = floor.handheld.send(command)

    assert answer.status_code == 401 and ScanCommand.objects.count() == before
    assert in_place(floor.mug, floor.house.staging) == (0, 0)


def test_the_book_of_scans_is_never_changed(floor):
    floor.handheld.does("pick", floor.mugs())
    with pytest.raises(Exception, match="append-only|permission denied"):
        ScanCommand.objects.update(detail="x")


def test_a_handed_over_pick_in_the_office_is_seen_by_the_handheld(floor):
    task = floor.task(floor.mug)
    confirm_picks([Pick(task.pk, task.quantity)], company_id=floor.house.id, effective_at=timezone.now(), actor=ACTOR)

    with only_the_book():
        answer = floor.handheld.does("pick", floor.mugs())

    assert answer["code"] == "picked_by_another"
