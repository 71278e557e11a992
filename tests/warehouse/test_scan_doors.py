"""Enrolling handhelds, badges and PINs."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from backoffice.core.access_limits import set_limits
from backoffice.core.errors import InvalidInput
from backoffice.core.models import AuditEvent
from inventory.services import create_warehouse
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop
from tests.factories.handhelds import PIN, Handheld, make_person, only_the_book
from tests.factories.refusals import refused
from tests.factories.staff import make_staff
from warehouse.errors import DeviceRefused
from warehouse.models import ScanCredential, ScanDevice, ScanSession
from warehouse.services import scan

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    house = make_shop()
    return Handheld(house).device


def test_a_code_enrols_one_handheld_once_and_only_digests_are_kept():
    house = make_shop()
    made = scan.create_device(company_id=house.id, warehouse_id=house.warehouse.pk, name="Scanner 1", actor=ACTOR)

    device, token = scan.enrol_device(f" {made.code[:4].lower()}-{made.code[4:]} ")

    assert scan.device_of(token) == device
    with refused(DeviceRefused):
        scan.enrol_device(made.code)
    row = ScanDevice.objects.get()
    assert row.code_digest is None and token.encode() not in bytes(row.token_digest)
    assert [event.action for event in AuditEvent.objects.filter(object_type="warehouse.scandevice")] == [
        "created",
        "enrolled",
    ]


def test_a_code_expires_and_a_wrong_one_or_another_devices_token_opens_nothing():
    house = make_shop()
    made = scan.create_device(company_id=house.id, warehouse_id=house.warehouse.pk, name="Scanner 1", actor=ACTOR)
    ScanDevice.objects.update(code_expires_at=timezone.now() - timedelta(seconds=1))

    with refused(DeviceRefused):
        scan.enrol_device(made.code)
    with refused(DeviceRefused):
        scan.enrol_device("")
    assert scan.device_of(f"{made.device.pk}.") is None
    assert scan.device_of("1e3.x") is None
    assert ScanDevice.objects.get().token_digest is None


def test_a_revoked_handheld_opens_nothing_and_signs_its_person_out():
    _user, badge = make_person()
    handheld = Handheld(make_shop()).sign_in(badge)

    scan.revoke_device(handheld.device.pk, actor=ACTOR, reason="lost")

    assert scan.device_of(handheld.token) is None
    assert ScanSession.objects.get().end_reason == "revoked"
    with refused(DeviceRefused):
        scan.renew_code(handheld.device.pk, actor=ACTOR)
    assert AuditEvent.objects.get(action="revoked").reason == "lost"


def test_badge_and_pin_sign_in_and_hand_over(device):
    picker, badge = make_person()
    lead, _badge = make_person("warehouse_lead", "90210")

    first = scan.sign_in_by_badge(badge.lower(), device_id=device.pk)
    second = scan.sign_in_by_pin("warehouse_lead", "90210", device_id=device.pk)

    assert (first.session.user, second.session.user) == (picker, lead)
    assert [(s.user, s.end_reason) for s in ScanSession.objects.order_by("pk")] == [(picker, "handed_over"), (lead, "")]
    assert scan.live_session(device).user == lead


@pytest.mark.parametrize(
    "pin", ["123", "123456789", "12a4", "", "0000", "1234", "9876", "7890", "1212", "474747", "2580"]
)
def test_trivial_and_malformed_pins_are_refused(pin):
    user = make_staff("picker")

    with refused(InvalidInput):
        scan.set_pin(user.pk, pin, actor=ACTOR)

    assert not ScanCredential.objects.exists()


def test_a_pin_is_hashed_and_a_badge_is_a_digest():
    _user, badge = make_person()

    row = ScanCredential.objects.get()

    assert row.pin_hash.startswith(("argon2", "md5", "pbkdf2")) and PIN not in row.pin_hash.split("$")
    assert badge.encode() not in bytes(row.badge_digest)


def test_the_fifth_wrong_pin_locks_badge_and_pin_until_a_lead_unlocks(device):
    user, badge = make_person()

    answers = [scan.sign_in_by_pin("picker", "9999", device_id=device.pk).code for _try in range(5)]

    assert answers == ["unknown"] * 4 + ["locked"]
    assert scan.sign_in_by_pin("picker", PIN, device_id=device.pk).code == "locked"
    assert scan.sign_in_by_badge(badge, device_id=device.pk).code == "locked"
    assert not ScanSession.objects.exists()

    scan.unlock(user.pk, actor=ACTOR)

    assert scan.sign_in_by_pin("picker", PIN, device_id=device.pk).state == "done"
    trail = AuditEvent.objects.filter(object_type="warehouse.scancredential").order_by("pk")
    assert [event.action for event in trail] == ["badge_issued", "pin_set", "locked_out", "unlocked"]


def test_unknown_people_wrong_pins_and_the_inactive_are_answered_alike(device):
    user, badge = make_person()

    assert scan.sign_in_by_pin("nobody", PIN, device_id=device.pk).code == "unknown"
    assert scan.sign_in_by_pin("picker", "9999", device_id=device.pk).code == "unknown"
    user.is_active = False
    user.save()
    assert scan.sign_in_by_pin("picker", PIN, device_id=device.pk).code == "unknown"
    assert scan.sign_in_by_badge(badge, device_id=device.pk).code == "unknown"
    assert not ScanSession.objects.exists()


def test_a_new_badge_and_a_withdrawal_end_what_was(device):
    user, old = make_person()
    new = scan.issue_badge(user.pk, actor=ACTOR)

    assert scan.sign_in_by_badge(old, device_id=device.pk).code == "unknown"
    assert scan.sign_in_by_badge(new, device_id=device.pk).state == "done"
    scan.withdraw(user.pk, actor=ACTOR)
    assert scan.live_session(device) is None
    assert scan.sign_in_by_badge(new, device_id=device.pk).code == "unknown"
    assert scan.sign_in_by_pin("picker", PIN, device_id=device.pk).code == "unknown"


def test_a_handheld_left_idle_signs_its_person_out(device):
    _user, badge = make_person()
    scan.sign_in_by_badge(badge, device_id=device.pk)
    past = timezone.now() - timedelta(minutes=settings.SCAN_IDLE_MINUTES, seconds=1)
    ScanSession.objects.update(last_used_at=past)

    assert scan.live_session(device) is None
    row = ScanSession.objects.get()
    assert (row.end_reason, row.ended_at) == ("idle", past + scan.idle_time())


def test_who_works_in_other_warehouses_opens_no_handheld_here():
    """odoo/odoo#283626, #35099; OCA/stock-logistics-warehouse#1927: no limits per warehouse."""
    house = make_shop()
    far = create_warehouse(company_id=house.id, code="FAR", name="Far away", actor=ACTOR)
    hand = Handheld(house)
    user, badge = make_person()
    set_limits(user, "warehouse", [house.warehouse.pk], actor=ACTOR)
    hand.sign_in(badge)
    set_limits(user, "warehouse", [far.pk], actor=ACTOR)

    with only_the_book():
        kept = hand.does("take", {"list": 1})
    page = hand.client.get("/scan/pick/")
    again = hand.client.post("/scan/sign-in/", {"badge": badge})

    assert (kept["state"], kept["code"]) == ("refused", "elsewhere") and "ask your lead" in kept["detail"]
    assert page.status_code == 302 and page.url == "/scan/sign-in/"
    assert "You do not work in this warehouse" in again.content.decode()
    assert scan.sign_in_by_pin("picker", PIN, device_id=hand.device.pk).code == "elsewhere"
    assert not ScanSession.objects.filter(ended_at=None).exists()
