"""The sign-in page, one's own security, and the rules for others."""

import time

import pytest
from django.conf import settings as house
from django.test import Client

from backoffice.core.models import AuditEvent, SecondFactor, SecondFactorRole, StaffSession, User
from backoffice.core.signing_in import factors
from tests.core.test_signing_in import with_app
from tests.factories.staff import PASSWORD, make_staff, said, sign_in

pytestmark = pytest.mark.django_db
LOGIN, SECOND, OWN, RULES = "/admin/login/", "/admin/login/second/", "/admin/security/", "/admin/sign-in/"


def enter(client: Client, username: str, password: str = PASSWORD, **more: str):
    return client.post(f"{LOGIN}?next=/admin/security/", {"username": username, "password": password}, **more)


def test_the_password_alone_opens_where_no_factor_is(client):
    make_staff("owner")

    assert enter(client, "owner").url == "/admin/security/"
    assert client.get(OWN).status_code == 200


def test_who_has_an_app_is_asked_for_its_code(client):
    secret, codes = with_app(make_staff("owner"))

    answer = enter(client, "owner")

    assert answer.url == SECOND and "_auth_user_id" not in client.session
    assert client.get(OWN).status_code == 302  # not in yet
    page = client.get(SECOND)
    assert "authenticator app" in page.content.decode()
    assert "was not right" in client.post(SECOND, {"code": "000000"}).content.decode()
    assert "_auth_user_id" not in client.session
    assert client.post(SECOND, {"code": factors.code_at(secret, time.time())}).url == "/admin/security/"
    assert client.get(OWN).status_code == 200


def test_a_recovery_code_opens_once(client):
    _secret, codes = with_app(make_staff("owner"))
    enter(client, "owner")
    assert client.post(SECOND, {"code": codes[0]}).status_code == 302

    again = Client()
    enter(again, "owner")
    assert again.post(SECOND, {"code": codes[0]}).status_code == 200
    assert "_auth_user_id" not in again.session


def test_every_refusal_reads_alike(client):
    make_staff("owner")
    User.objects.create_user("clerk", password=PASSWORD)  # no staff

    texts = {enter(client, name, password).content.decode().split('role="alert"')[-1].count("was not right")
             for name, password in (("owner", "wrong"), ("nobody", "wrong"), ("clerk", PASSWORD))}  # fmt: skip
    assert texts == {enter(client, "owner", "wrong").content.decode().split('role="alert"')[-1].count("was not right")}
    for _try in range(house.SIGN_IN_TRIES):
        locked = enter(client, "owner", "wrong"), enter(client, "nobody", "wrong")
    words = ["was not right" in answer.content.decode() for answer in (*locked, enter(client, "owner"))]
    assert words == [True] * 3  # the right password too: the account waits
    assert "_auth_user_id" not in client.session


def test_codes_are_counted_as_passwords_are(client):
    secret, _codes = with_app(make_staff("owner"))
    enter(client, "owner")
    for _try in range(house.SIGN_IN_TRIES):
        client.post(SECOND, {"code": "000000"})

    client.post(SECOND, {"code": factors.code_at(secret, time.time())})

    assert "_auth_user_id" not in client.session


def test_a_role_that_needs_a_factor_is_led_to_set_one_up(client):
    owner = sign_in("owner")
    assert "role" in owner.get(RULES).content.decode()
    owner.post(f"{RULES}roles/", {"role": ["accountant"]})
    assert [str(row) for row in SecondFactorRole.objects.all()] == ["accountant"]
    make_staff("accountant")
    enter(client, "accountant")

    assert client.get("/admin/").url == OWN
    assert client.get("/api/v1/search/?q=x").json()["code"] == "second_factor_needed"
    begun = client.post(f"{OWN}app/").content.decode()
    assert "<svg" in begun
    factor = SecondFactor.objects.get()
    assert "was not right" in client.post(f"{OWN}app/confirm/", {"code": "000000"}).content.decode()
    done = client.post(f"{OWN}app/confirm/", {"code": factors.code_at(factors.app_secret(factor), time.time())})

    assert done.content.decode().count("<li>") >= 10 and "recovery codes" in done.content.decode()
    assert client.get("/admin/").status_code == 200
    client.post(f"{OWN}factor/{factor.pk}/remove/")
    assert client.get("/admin/").url == OWN  # the role still needs one
    assert [event.action for event in AuditEvent.objects.filter(object_type="core.user").order_by("pk")] == [
        "second_factor_added", "recovery_codes_made", "second_factor_removed",
    ]  # fmt: skip


def test_the_owner_unlocks_and_resets_with_a_reason(client):
    user = make_staff("accountant")
    with_app(user)
    owner = sign_in("owner")
    for _try in range(house.SIGN_IN_TRIES):
        enter(client, "accountant", "wrong")
    assert "waits until" in owner.get(RULES).content.decode()

    assert said(owner.post(f"{RULES}{user.pk}/unlock/")) == ["Say why: the reason is kept with the change."]
    owner.post(f"{RULES}{user.pk}/unlock/", {"reason": "rang me"})
    assert enter(client, "accountant").url == SECOND
    owner.post(f"{RULES}{user.pk}/reset/", {"reason": "lost phone"})
    assert not factors.confirmed(user)
    assert enter(client, "accountant").url == "/admin/security/"
    events = AuditEvent.objects.filter(action__in=("unlocked", "second_factors_reset")).order_by("pk")
    assert [(event.actor_label, event.reason) for event in events] == [("owner", "rang me"), ("owner", "lost phone")]


def test_who_may_not_look_after_people_changes_nothing():
    user = make_staff("accountant")
    with_app(user)
    picker = sign_in("picker")

    assert picker.get(RULES).status_code == 403
    for path in ("roles/", f"{user.pk}/unlock/", f"{user.pk}/reset/"):
        assert picker.post(f"{RULES}{path}", {"reason": "x", "role": "owner"}).status_code == 403
    assert factors.confirmed(user) and not SecondFactorRole.objects.exists()
    owner = sign_in("owner")
    me = User.objects.get(username="owner")
    with_app(me)
    owner.post(f"{RULES}{me.pk}/reset/", {"reason": "x"})
    assert factors.confirmed(me)  # one's own is removed on one's own page


def test_sessions_are_listed_and_ended(client):
    make_staff("owner")
    phone, desk = Client(headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/1"}), Client()
    enter(client, "owner"), enter(phone, "owner"), enter(desk, "owner")
    page = client.get(OWN).content.decode()
    assert "Safari, iPhone" in page and "127.0.0.1" in page and page.count("Sign out there") == 2

    row = StaffSession.objects.get(device__contains="iPhone")
    client.post(f"{OWN}sessions/end/", {"session": row.pk})
    assert phone.get(OWN).status_code == 302 and desk.get(OWN).status_code == 200
    client.post(f"{OWN}sessions/end/")
    assert desk.get(OWN).status_code == 302 and client.get(OWN).status_code == 200


def test_nobody_ends_anothers_session():
    owner, picker = sign_in("owner"), sign_in("picker")
    row = StaffSession.objects.get(user__username="owner")

    picker.post(f"{OWN}sessions/end/", {"session": row.pk})

    assert owner.get(OWN).status_code == 200


def test_a_new_password_signs_the_others_out():
    here, there = sign_in("owner"), sign_in("owner")
    new = "another-long-pass-8"

    here.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert here.get(OWN).status_code == 200 and there.get(OWN).status_code == 302
    assert StaffSession.objects.filter(user__username="owner").count() == 1


@pytest.mark.parametrize("bad", ["short-1", "password1234", "123456789012345", "accountant-55"])
def test_weak_passwords_are_refused(bad):
    client = sign_in("accountant")

    page = client.post(
        "/admin/password_change/", {"old_password": PASSWORD, "new_password1": bad, "new_password2": bad}
    )

    assert page.status_code == 200
    user = User.objects.get(username="accountant")
    assert user.check_password(PASSWORD) and user.password.startswith("argon2")
