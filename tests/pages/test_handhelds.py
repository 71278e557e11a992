"""The floor's pages: enrolling, signing in, each screen; and the lead's pages for devices, badges and PINs."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.core.models import AuditEvent
from inventory.models import Lot
from inventory.services import hold_lot
from orders.models import Shipment
from tests.factories.books import ACTOR
from tests.factories.buying import make_purchase
from tests.factories.floor import make_channel, make_order, make_packed
from tests.factories.handhelds import PIN, Floor, Handheld, make_person
from tests.factories.staff import sign_in
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked, make_units
from warehouse.models import ScanCommand, ScanCredential, ScanDevice, ScanSession
from warehouse.services import scan

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor():
    return Floor()


def test_a_lead_adds_a_handheld_and_its_code_enrols_a_browser(floor):
    lead, browser = sign_in("warehouse_lead"), Client()

    page = lead.post(
        "/admin/warehouse/scandevice/add/", {"name": "Scanner 2", "warehouse": floor.house.warehouse.pk}, follow=True
    ).content.decode()
    code = re.search(r'<p class="bo-code">(\w+)</p>', page)[1]
    device = ScanDevice.objects.get(name="Scanner 2")
    again = lead.get(f"/admin/warehouse/scandevice/{device.pk}/handheld/").content.decode()
    answer = browser.post("/scan/enrol/", {"code": code})

    assert '<svg viewBox="0 0 ' in page and code not in again
    assert answer.status_code == 302 and answer.url == "/scan/sign-in/"
    cookie = answer.cookies["scan_device"]
    assert cookie["httponly"] and cookie["samesite"] == "Strict"
    assert "Scanner 2" in browser.get("/scan/sign-in/").content.decode()
    lead.post(f"/admin/warehouse/scandevice/{device.pk}/revoke/", {"reason": "lost"})
    assert browser.get("/scan/sign-in/").url == "/scan/enrol/"


def test_a_wrong_code_and_a_browser_without_one_get_no_further(floor):
    browser = Client()

    assert browser.get("/scan/").url == browser.get("/scan/pick/").url == "/scan/enrol/"
    refused = browser.post("/scan/enrol/", {"code": "WRONG123"})
    assert refused.status_code == 403 and "not valid" in refused.content.decode()
    assert "scan_device" not in refused.cookies
    assert ScanDevice.objects.count() == 1


def test_a_person_signs_in_by_pin_and_is_told_what_is_wrong(floor):
    hand = floor.handheld
    hand.client.post("/scan/sign-out/")

    wrong = hand.client.post("/scan/sign-in/", {"username": "picker", "pin": "0815"})
    right = hand.client.post("/scan/sign-in/", {"username": "picker", "pin": PIN})

    assert wrong.status_code == 403 and "Badge, user or PIN is wrong" in wrong.content.decode()
    assert right.url == "/scan/" and right.headers["X-Scan-Session"] == str(
        ScanSession.objects.get(ended_at=None).token
    )


def test_a_badge_opens_the_handheld_but_never_the_back_office(floor):
    """A PIN of four digits is no password: what it opens books scans, and nothing else."""
    _owner, badge = make_person("owner", "90210")
    hand = Handheld(floor.house, "Scanner 2").sign_in(badge)

    assert hand.client.get("/scan/").status_code == 200
    assert hand.client.get("/admin/").status_code == 302
    assert hand.client.get("/api/v1/orders/").status_code == 401
    assert hand.client.get("/api/v1/scan/commands/").status_code == 401


def test_every_screen_opens_for_who_may_and_says_so_to_who_may_not(floor):
    order = make_purchase(floor.house, floor.mug, "5")
    hand = floor.handheld
    home = hand.client.get("/scan/").content.decode()
    pages = ["/scan/pick/", f"/scan/pick/{floor.list.pick_list_id}/", "/scan/pack/", "/scan/move/", "/scan/lookup/"]

    assert [hand.client.get(page).status_code for page in [*pages, "/scan/queue/"]] == [200] * 6
    assert "/scan/receive/" not in home and "/scan/pick/" in home
    assert hand.client.get("/scan/receive/").status_code == 403
    _lead, badge = make_person("warehouse_lead", "90210")
    hand.sign_in(badge)
    assert order.number in hand.client.get("/scan/receive/").content.decode()
    assert hand.client.get(f"/scan/receive/{order.pk}/").status_code == 200
    assert hand.client.get(f"/scan/pack/{floor.placed.fulfilment_id}/").status_code == 200
    answer = hand.client.get("/scan/")
    assert "unsafe" not in answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"


def test_the_number_of_questions_does_not_grow_with_a_list(floor, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        floor.handheld.client.get(f"/scan/pick/{floor.list.pick_list_id}/")


@pytest.mark.parametrize(
    ("code", "title"),
    [("5012345678900", "MUG"), ("mug", "MUG"), ("a1", "A1"), ("FO", "FO-"), ("PL", "PL-"), ("1001", "FO-")],
)
def test_anything_is_looked_up(floor, code, title):
    code = {"FO": f"FO-{floor.placed.fulfilment_id}", "PL": f"pl-{floor.list.pick_list_id}"}.get(code, code)

    found = floor.handheld.client.get("/scan/find/", {"q": code}).json()["found"]

    assert found[0]["title"].startswith(title)


def test_lots_units_and_papers_are_looked_up_with_how_they_stand(floor):
    house = floor.house
    milk, phone = make_tracked(house), make_tracked(house, "PHONE", serial=True)
    good, bad = make_lot(house, milk, "L-GOOD", 30), make_lot(house, milk, "L-BAD", 5)
    make_lot_stock(house, milk, good, "2")
    make_units(house, phone, "IMEI-1")
    Lot.objects.filter(pk=bad).update(expiry_date=timezone.localdate() - timedelta(days=2))
    hold_lot(good, cause="recall", reason="Glass", company_id=house.id, effective_at=timezone.now(), actor=ACTOR)
    shipment = make_packed(house, make_order(make_channel(house, "two"), {floor.cup: "1"}, "2"))
    Shipment.objects.filter(pk=shipment).update(tracking_number="1Z-77")

    def found(code):
        [one] = floor.handheld.client.get("/scan/find/", {"q": code}).json()["found"]
        return one

    assert "good until" in found("L-GOOD")["detail"] and found("L-GOOD")["detail"].endswith("blocked")
    assert "expired" in found("l-bad")["detail"]
    unit = found("imei-1")
    assert (unit["detail"], unit["rows"][0]["what"]) == ("PHONE · PHONE", "LON · A1")
    assert found(f"SH-{shipment:06d}")["title"] == found("1Z-77")["title"] == f"SH-{shipment:06d}"


def test_nothing_is_found_of_another_company(floor):
    assert floor.handheld.client.get("/scan/find/", {"q": "no-such"}).json() == {"found": []}


def test_a_lead_gives_a_badge_and_a_pin_unlocks_and_withdraws(floor):
    lead = sign_in("warehouse_lead")
    cashier = sign_in("cashier").get("/admin/").wsgi_request.user

    refused = lead.post("/admin/warehouse/scancredential/add/", {"user": cashier.pk, "pin": "1234"})
    assert refused.status_code == 200 and "guessed at once" in refused.content.decode()
    assert not ScanCredential.objects.filter(user=cashier).exists()
    page = lead.post("/admin/warehouse/scancredential/add/", {"user": cashier.pk, "pin": "8351"}, follow=True)
    badge = re.search(r"<small>(BO\w{16})</small>", page.content.decode())[1]
    row = ScanCredential.objects.get(user=cashier)
    url = f"/admin/warehouse/scancredential/{row.pk}/"
    assert badge not in lead.get(f"{url}badge/").content.decode()
    for _try in range(5):
        scan.sign_in_by_pin("cashier", "9999", device_id=floor.handheld.device.pk)
    assert "Unlock" in lead.get(f"{url}badge/").content.decode()
    lead.post(f"{url}do/", {"do": "unlock"})
    assert scan.sign_in_by_badge(badge, device_id=floor.handheld.device.pk).state == "done"
    lead.post(f"{url}do/", {"do": "withdraw"})
    assert scan.sign_in_by_badge(badge, device_id=floor.handheld.device.pk).state == "refused"
    actions = AuditEvent.objects.filter(object_id=row.pk, object_type="warehouse.scancredential").values_list("action")
    assert [action for (action,) in actions.order_by("pk")] == [
        "badge_issued", "pin_set", "locked_out", "unlocked", "withdrawn",
    ]  # fmt: skip


def test_a_picker_gives_no_badges_and_enrols_nothing(floor):
    picker = sign_in("picker")
    row = ScanCredential.objects.get()

    assert picker.post(f"/admin/warehouse/scancredential/{row.pk}/do/", {"do": "pin", "pin": "8351"}).status_code == 403
    assert picker.post(f"/admin/warehouse/scandevice/{floor.handheld.device.pk}/code/").status_code == 403
    assert picker.get("/admin/warehouse/scandevice/add/").status_code == 403
    assert not AuditEvent.objects.filter(action="code_given").exists()
    assert scan.sign_in_by_pin("picker", PIN, device_id=floor.handheld.device.pk).state == "done"


def test_the_book_of_scans_shows_what_was_refused_and_why(floor):
    floor.handheld.does("pick", floor.mugs(bin="A2"))
    lead = sign_in("warehouse_lead")

    assert "Wrong bin" in lead.get("/admin/warehouse/scancommand/").content.decode()
    row = ScanCommand.objects.get()
    assert lead.get(f"/admin/warehouse/scancommand/{row.pk}/change/").status_code == 200
    assert row.number in lead.get(f"/admin/warehouse/scandevice/{row.device_id}/handheld/").content.decode()


def test_the_service_worker_keeps_the_shell_and_only_its_own_folder():
    worker = Client().get("/scan/sw.js")
    text = worker.content.decode()

    assert worker.headers["Content-Type"].startswith("text/javascript") and "scan/core.js" in text
    assert Client().get("/scan/manifest.webmanifest").json()["scope"] == "/scan/"
