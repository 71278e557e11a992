"""Counting on handhelds: blind, once each, at the instant of the scan, also after lost Wi-Fi."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.services import post_moves
from tests.factories.books import ACTOR
from tests.factories.counting import CountFloor, count_facts, result, status, task_of
from tests.factories.goods import make_move, make_stock
from tests.factories.handhelds import MUG_CODE, Handheld, make_person
from warehouse.models import CountEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor():
    return CountFloor()


def test_a_bin_is_counted_and_counted_again_by_another(floor):
    made = floor.planned()
    done = {"task": task_of(made, floor.shop.bin).pk, "bin": "a1"}

    answer = floor.hand.does("count", floor.body(made))
    assert (answer["state"], answer["result"]["quantity"]) == ("done", "7")
    assert floor.hand.does("count_done", done)["state"] == "done"
    assert status(made) == "recount"
    assert floor.hand.does("count", floor.body(made))["code"] == "same_person"
    floor.other.does("count", floor.body(made, quantity="8"))
    floor.other.does("count_done", done)

    assert (status(made), result(made, floor.mug).variance) == ("review", -2)
    assert {entry.device for entry in CountEntry.objects.all()} == {"Scanner 1", "Scanner 2"}


def test_scans_kept_without_wifi_count_at_their_instant(floor):
    """msupply-foundation/mobile#638, openboxes#2527: a stale snapshot; here the ledger is asked about the scan's instant."""
    made = floor.planned()
    at = timezone.now()
    count = floor.hand.command("count", floor.body(made, quantity="10"), at=at)
    done = floor.hand.command("count_done", {"task": count["body"]["task"], "bin": "A1"}, at=at)
    later = make_move(
        floor.shop, floor.mug, "4", floor.shop.bin, floor.shop.staging, effective_at=at + timedelta(seconds=1)
    )
    post_moves([later], company_id=floor.shop.id, actor=ACTOR)

    answers = floor.hand.send(count, done).json()["results"]
    again = floor.hand.send(count, done).json()["results"]

    assert [each["state"] for each in answers] == ["done", "done"] and all(each["replayed"] for each in again)
    assert status(made) == "posted" and CountEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"bin": "A2"}, "wrong_bin", "go to A1"),
        ({"code": "nobody-knows"}, "unknown_item", "put it aside"),
        ({"quantity": "-1"}, "bad_field", "quantity"),
        ({"quantity": "5012345678"}, "bad_quantity", "Was a barcode scanned"),
        ({"lot": "L9"}, "unknown_lot", "no lot L9"),
        ({"task": 10**15}, "unknown_task", "load the list again"),
        ({"serials": ["S1"]}, "serial_not_tracked", "no serial numbers"),
        ({"serials": "S1"}, "bad_field", "serials"),
    ],
)
def test_bad_scans_are_refused_in_words_and_nothing_is_counted(floor, changes, code, says):
    made = floor.planned()
    before = count_facts()

    answer = floor.hand.does("count", floor.body(made, **changes))

    assert (answer["state"], answer["code"]) == ("refused", code) and says in answer["detail"]
    assert count_facts() == before


def test_the_page_knows_bins_and_articles_and_never_how_many(floor):
    """Blind by the server: the page, the answers and the look-up of a handheld."""
    make_stock(floor.shop, floor.mug, "437", "10.00", key="more")
    made = floor.planned()
    page = floor.hand.client.get("/scan/count/").content.decode()

    [task] = json.loads(page.split('<script id="config" type="application/json">')[1].split("</script>")[0])["tasks"]
    assert (task["bin"], [item["sku"] for item in task["items"]]) == ("A1", ["MUG"])
    found = floor.hand.client.get("/scan/find/", {"q": MUG_CODE}).content.decode()
    found += floor.hand.client.get("/scan/find/", {"q": "A1"}).content.decode()
    answer = json.dumps(floor.hand.does("count", floor.body(made)))
    more = floor.hand.does("move", {"from": "A1", "to": "A2", "code": MUG_CODE, "quantity": "999"})
    assert more["code"] == "more_than_there"
    assert not re.search(r"\b447\b", page + found + answer + json.dumps(more))  # a key may hold 447 among its letters
    assert "Count" in floor.hand.client.get("/scan/").content.decode()


def test_who_may_not_count_is_told_so(floor):
    made = floor.planned()
    buyer, badge = make_person("buyer", "11223")
    hand = Handheld(floor.shop, "Scanner 3").sign_in(badge)

    assert buyer and hand.client.get("/scan/count/").status_code == 403
    assert hand.does("count", floor.body(made))["code"] == "not_permitted"
