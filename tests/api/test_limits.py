"""A key's requests a minute: counted exactly by all who ask at once, told in every answer, refused by 429."""

import pytest
from django.core.cache import cache
from django.test import Client

from backoffice.core.api import limits
from tests.api.conftest import World
from tests.races.test_last_unit import together


@pytest.fixture
def world(db):
    return World()


def test_what_is_left_is_told_and_one_too_many_is_refused_with_when_to_go_on(world):
    shop = world.caller("orders:read", requests_per_minute=3)

    answers = [shop.get("orders/") for _number in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["RateLimit-Limit"] == "3"
    refused = answers[-1]
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert (refused.json()["code"], refused["Content-Type"]) == ("throttled", "application/problem+json")


def test_a_refused_write_has_no_effect_and_another_key_does_not_notice(world):
    shop, other = world.caller("orders:write", requests_per_minute=1), world.caller("orders:write")
    assert shop.post("orders/", {}).status_code == 400

    refused = shop.post("orders/", {}, key="same")

    assert refused.status_code == 429
    assert other.post("orders/", {}).status_code == 400
    assert other.post("orders/", {}).headers["RateLimit-Limit"] == "1200"  # everybody's


def test_a_minute_later_it_goes_on(world):
    shop = world.caller("orders:read", requests_per_minute=1)
    assert [shop.get("orders/").status_code for _turn in range(2)] == [200, 429]

    client = cache._cache.get_client(write=True)
    for name in client.scan_iter("*api-rate:*"):
        client.delete(name)

    assert shop.get("orders/").status_code == 200


def test_without_valkey_nobody_is_held_back(world, settings, monkeypatch):
    def away(*arguments, **named):
        raise limits.RedisError("away")

    monkeypatch.setattr(type(cache._cache), "get_client", away)
    shop = world.caller("orders:read", requests_per_minute=1)

    answers = [shop.get("orders/") for _turn in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert "RateLimit-Limit" not in answers[0].headers


def test_people_are_not_counted(world):
    client = Client()
    client.force_login(world.robot)

    assert "RateLimit-Limit" not in client.get("/api/v1/orders/").headers


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_with_a_limit_of_ten_exactly_ten_pass():
    world = World()
    shop = world.caller("orders:read", requests_per_minute=10)

    answers = together(lambda number: [shop.get("orders/").status_code for _turn in range(5)], 10)

    assert sorted(status for some in answers for status in some) == [200] * 10 + [429] * 40
