"""Fifty who guess at once get exactly the tries that there are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection
from django.test import RequestFactory

from backoffice.core.models import SignInTry, User
from backoffice.core.signing_in import factors, proving, tries
from tests.core.test_signing_in import with_app
from tests.factories.staff import PASSWORD, make_staff

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 50
GUESSES = 10_000


def at_once(work: Callable[[int], object]) -> list[object]:
    barrier = Barrier(THREADS)

    def one(number: int) -> object:
        try:
            connection.ensure_connection()
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def guess(_number: int) -> object:
    request = RequestFactory().post("/admin/login/", REMOTE_ADDR="10.0.0.1")
    return proving.check_password(request, "owner", "wrong")


@pytest.fixture
def looks(monkeypatch):
    """How many passwords are looked at."""
    seen: list[str] = []

    def authenticate(request, username, password):
        seen.append(password)
        return User.objects.filter(username=username).first() if password == PASSWORD else None

    monkeypatch.setattr(proving, "authenticate", authenticate)
    return seen


def test_of_fifty_guesses_at_once_exactly_ten_are_looked_at(looks):
    make_staff("owner")

    assert at_once(guess) == [None] * THREADS

    assert len(looks) == settings.SIGN_IN_TRIES == 10
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.2")
    assert proving.check_password(request, "owner", PASSWORD) is None  # the right one neither, and from elsewhere
    assert len(looks) == 10


def test_of_ten_thousand_guesses_from_everywhere_exactly_ten_are_looked_at(looks):
    """Each from an address of its own, so that only the account itself is locked."""
    make_staff("owner")

    def guess_on(number: int) -> None:
        for turn in range(GUESSES // THREADS):
            request = RequestFactory().post("/admin/login/", REMOTE_ADDR=f"10.{number}.{turn // 250}.{turn % 250}")
            assert proving.check_password(request, "owner", f"wrong {number} {turn}") is None

    at_once(guess_on)

    assert len(looks) == settings.SIGN_IN_TRIES == 10


def test_negative_control_counted_after_the_look_more_get_through(looks, monkeypatch):
    make_staff("owner")

    def look_first(user, *, username, address):
        key = f"user:{user.pk}"
        found = SignInTry.objects.filter(key=key).first()
        return None if found and found.failures >= settings.SIGN_IN_TRIES else tries.Place({key: 1})

    def count_after(place, user, *, address, request_id=""):
        tries.take_place(user, username="", address="")

    monkeypatch.setattr(proving, "take_place", look_first)
    monkeypatch.setattr(proving, "was_wrong", count_after)

    at_once(guess)

    assert len(looks) > settings.SIGN_IN_TRIES


def test_of_fifty_who_bring_one_code_exactly_one_gets_in(settings):
    import time

    user = make_staff("owner")
    secret, codes = with_app(user)
    app_code = factors.code_at(secret, time.time())

    assert sum(at_once(lambda _number: factors.take_code(user, app_code))) == 1
    assert sum(at_once(lambda _number: factors.take_code(user, codes[0]))) == 1
