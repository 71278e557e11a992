"""Probes and headers of every answer."""

import pytest
from celery import current_app
from django.test import Client

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from tests.factories.messages import refuse
from tests.factories.staff import sign_in


def test_healthz_answers_whatever_the_host_says():
    answer = Client(headers={"host": "10.0.0.7"}).get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_says_that_both_servers_are_reached(db):
    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": "ok", "migrations": "ok", "cache": "ok"},
    )


def test_readyz_says_that_the_database_is_not_reached(db, monkeypatch):
    monkeypatch.setattr("backoffice.health._ask_database", refuse)

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["status"], answer.json()["database"]) == (503, "unavailable", "down")


def test_without_valkey_pages_probes_figures_and_the_api_go_on(db, settings, monkeypatch):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere.sock"}
    }
    settings.BROKER_STORE_URL = "unix:///nowhere.sock"
    monkeypatch.setattr(current_app.control, "ping", refuse)
    owner, robot = sign_in("owner"), User.objects.create_superuser("robot")
    _key, secret = make_api_key(name="shop", user=robot, scopes=["orders:read"])

    ready = owner.get("/readyz")
    pages = {path: owner.get(path).status_code for path in ("/admin/", "/admin/status/", "/admin/jobs/", "/metrics")}
    asked = Client(headers={"authorization": f"Api-Key {secret}"}).get("/api/v1/orders/?q=4111111111111111")

    assert (ready.status_code, ready.json()["cache"]) == (200, "down")
    assert (set(pages.values()), asked.status_code) == ({200}, 200), pages
    assert "Workers that answer: 0" in " ".join(owner.get("/statusz").json()["bad"])


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
