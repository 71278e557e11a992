"""The book of scans over HTTP: a handheld writes it, programs and staff read it."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.conftest import Caller
from tests.factories.floor import in_place
from tests.factories.handhelds import Floor, only_the_book
from warehouse.models import ScanCommand
from warehouse.scan.guard import COOKIE

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor():
    return Floor()


def test_a_handheld_books_and_a_program_reads(floor):
    from backoffice.core.api.auth import make_api_key

    done = floor.handheld.does("pick", floor.mugs())
    _key, text = make_api_key(name="test", user=floor.user, scopes=["warehouse:read"], company_id=floor.house.id)

    [row] = Caller(text).get("scan/commands/").json()["results"]

    assert (row["client_id"], row["state"], row["actor_label"]) == (done["id"], "done", "picker")
    assert Caller(text).get(f"scan/commands/{row['id']}/").json()["body"]["quantity"] == "3"
    assert Caller(text).get("scan/commands/", state="refused").json()["results"] == []


def test_neither_programs_nor_strangers_send_and_bad_batches_are_refused_whole(floor):
    from backoffice.core.api.auth import make_api_key

    hand, good = floor.handheld, floor.handheld.command("pick", floor.mugs())
    _key, text = make_api_key(name="test", user=floor.user, scopes=["warehouse:write"], company_id=floor.house.id)
    body = {"sent_at": timezone.now().isoformat(), "commands": [good]}

    with only_the_book():
        assert Caller(text).post("scan/commands/", body).status_code == 401
        assert Client().post("/api/v1/scan/commands/", body, content_type="application/json").status_code == 401
        assert hand.send(good, good | {"id": "no-uuid"}).status_code == 400
        assert hand.send().status_code == 400
        assert hand.send(*[good] * 101).status_code == 400
        assert hand.send(good | {"session": str(uuid4())}).json()["results"][0]["code"] == "unknown_session"
    assert ScanCommand.objects.count() == 0


def test_another_scan_under_the_same_id_and_another_handhelds_session_are_refused(floor):
    from tests.factories.handhelds import Handheld, make_person

    first = floor.handheld.command("pick", floor.mugs())
    floor.handheld.send(first)
    _lead, badge = make_person("warehouse_lead", "90210")
    other = Handheld(floor.house, "Scanner 2").sign_in(badge)

    with only_the_book():
        changed = floor.handheld.send(first | {"body": floor.mugs(quantity="1", reason="other")}).json()["results"][0]
        stolen = other.send(floor.handheld.command("pick", floor.cups())).json()["results"][0]

    assert (changed["code"], stolen["code"]) == ("id_reused", "unknown_session")


def test_a_page_of_another_site_sends_nothing(floor):
    client = Client(enforce_csrf_checks=True)
    client.cookies[COOKIE] = floor.handheld.token
    body = {"sent_at": timezone.now().isoformat(), "commands": [floor.handheld.command("pick", floor.mugs())]}

    answer = client.post("/api/v1/scan/commands/", json.dumps(body), content_type="application/json")

    assert answer.status_code == 403 and ScanCommand.objects.count() == 0
    assert in_place(floor.mug, floor.house.staging) == (0, 0)


def test_what_was_scanned_before_the_sign_in_is_booked_at_the_sign_in(floor):
    floor.handheld.does("pick", floor.mugs(), at=timezone.now() - timedelta(days=3))

    assert ScanCommand.objects.get().effective_at == floor.handheld.session.started_at
