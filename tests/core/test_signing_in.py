"""Second factors, wrong tries and sessions, without a page."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.models import AuditEvent, RecoveryCode, SecondFactor, SignInTry, StaffSession, User
from backoffice.core.signing_in import factors, tries
from backoffice.core.signing_in.sessions import SessionStore, stored_key
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db

ACTOR = Actor("test")
RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890" of RFC 6238, appendix B


def with_app(user: User) -> tuple[str, list[str]]:
    secret = factors.app_secret(factors.begin_app(user))
    codes = factors.confirm_app(user, factors.code_at(secret, time.time() - 30), name="Phone", actor=ACTOR)
    assert codes is not None
    return secret, codes


@pytest.mark.parametrize(
    ("at_s", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_rfc(at_s, code):
    assert factors.code_at(RFC, at_s) == code


def test_a_code_is_good_once_and_so_is_a_recovery_code():
    user = make_staff("owner")
    secret, codes = with_app(user)
    code = factors.code_at(secret, time.time())

    assert factors.take_code(user, code)
    assert not factors.take_code(user, code)
    assert not factors.take_code(user, factors.code_at(secret, time.time() - 30))  # an earlier one neither
    assert factors.take_code(user, codes[0].lower().replace("-", " "))
    assert not factors.take_code(user, codes[0])
    assert user.recovery_codes.filter(used_at__isnull=True).count() == 9


def test_a_secret_that_was_not_confirmed_opens_nothing():
    user = make_staff("owner")
    secret = factors.app_secret(factors.begin_app(user))

    assert factors.confirm_app(user, "000000", name="", actor=ACTOR) is None
    assert not factors.take_code(user, factors.code_at(secret, time.time()))
    assert factors.confirmed(user) == []


def test_nothing_of_a_factor_is_readable_in_its_rows():
    user = make_staff("owner")
    secret, codes = with_app(user)

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(f::text, '') || (SELECT string_agg(r::text, '') FROM core_recoverycode r)"
                       " FROM core_secondfactor f")  # fmt: skip
        [rows] = cursor.fetchone()
    assert secret not in rows and secret.encode().hex() not in rows
    assert not [code for code in codes if code in rows or code.replace("-", "").encode().hex() in rows]


def test_the_tenth_wrong_try_closes_and_time_or_a_right_one_opens(settings):
    user = make_staff("owner")
    for count in range(settings.SIGN_IN_TRIES):
        place = tries.take_place(user, username="owner", address="10.0.0.1")
        assert place is not None and place.taken == {f"user:{user.pk}": count + 1, "address:10.0.0.1": count + 1}
        tries.was_wrong(place, user, address="10.0.0.1")

    assert tries.take_place(user, username="owner", address="10.0.0.2") is None
    assert [event.reason for event in AuditEvent.objects.filter(action="locked_out")] == [
        "10 wrong passwords or codes in a row, the last from 10.0.0.1"
    ]

    SignInTry.objects.update(last_at=timezone.now() - timedelta(minutes=settings.SIGN_IN_WAIT_MINUTES, seconds=1))
    place = tries.take_place(user, username="owner", address="10.0.0.1")
    assert place is not None and place.taken[f"user:{user.pk}"] == 1
    tries.was_right(place)
    assert not SignInTry.objects.filter(key=f"user:{user.pk}").exists()


def test_an_address_waits_whoever_it_guesses(settings):
    settings.SIGN_IN_TRIES_ADDRESS = 3
    for name in ("a", "b", "c"):
        assert tries.take_place(None, username=name, address="10.0.0.1")

    assert tries.take_place(None, username="d", address="10.0.0.1") is None
    assert tries.take_place(None, username="d", address="10.0.0.2")


def test_a_name_that_nobody_has_is_counted_alike_and_not_kept(settings):
    settings.SIGN_IN_TRIES = 2
    looked_at = [tries.take_place(None, username="Nobody", address="") for _try in range(3)]

    assert [place is not None for place in looked_at] == [True, True, False]
    assert "nobody" not in "".join(SignInTry.objects.values_list("key", flat=True)).lower()


def test_what_proxies_say_is_believed_only_of_ones_own(rf, settings):
    request = rf.get("/", REMOTE_ADDR="10.0.0.9", headers={"x-forwarded-for": "6.6.6.6, 203.0.113.5"})

    assert tries.address_of(request) == "10.0.0.9"
    settings.TRUSTED_PROXIES = 1
    assert tries.address_of(request) == "203.0.113.5"
    settings.TRUSTED_PROXIES = 3
    assert tries.address_of(request) == "10.0.0.9"


def test_the_table_of_sessions_holds_no_cookie():
    session = SessionStore()
    session["x"] = "1"
    session.save()
    cookie = session.session_key

    assert StaffSession.objects.get().pk == stored_key(cookie) != cookie
    assert SessionStore(cookie)["x"] == "1"
    assert SessionStore(stored_key(cookie)).load() == {}  # what a dump tells opens nothing
    SessionStore(cookie).delete()
    session["x"] = "2"
    with pytest.raises(UpdateError):
        session.save()
    assert not StaffSession.objects.exists()


def test_a_reset_takes_factors_codes_and_sessions():
    user, helper = make_staff("owner"), make_staff("accountant")
    with_app(user)
    StaffSession.objects.create(session_key="k", session_data="", expire_date=timezone.now(), user=user)

    factors.reset_factors(user, actor=Actor.of(helper), reason="lost phone")

    assert not SecondFactor.objects.exists() and not RecoveryCode.objects.exists() and not StaffSession.objects.exists()
    event = AuditEvent.objects.get(action="second_factors_reset")
    assert (event.actor_label, event.object_id, event.old_value, event.reason) == (
        "accountant", user.pk, "app", "lost phone",
    )  # fmt: skip
