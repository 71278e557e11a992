"""Probes and headers of every answer."""

import pytest
from django.test import Client


def test_healthz_answers_whatever_the_host_says():
    answer = Client(headers={"host": "10.0.0.7"}).get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_says_that_both_servers_are_reached(db):
    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": "ok", "migrations": "ok", "cache": "ok"},
    )


def test_readyz_says_which_server_is_not_reached(db, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere.sock"}
    }

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "unavailable", "database": "ok", "migrations": "ok", "cache": "down"},
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/admin/login/", "script-src 'self';"),
        ("/nowhere/", "default-src 'self'; object-src 'none'"),
    ],
)
def test_the_strict_policy_holds_outside_the_admin(db, path, expected):
    policy = Client().get(path).headers["Content-Security-Policy"]

    assert expected in policy
    assert ("unsafe" in policy) is path.startswith("/admin/")
