"""Limits that all workers share, pauses, the circuit breaker, and tokens that one worker renews."""

import threading
from datetime import date
from pathlib import Path

import pytest
from django.db import connection as database

from backoffice.core import holding
from backoffice.core.models import Holder
from integrations.connectors.access import Grant, Limit, Unlimited
from integrations.connectors.registry import CONNECTORS, secrets_owner
from integrations.errors import ChannelThrottled, ChannelUnauthorised
from integrations.limits import OPENS_AFTER, TURN_S, TURN_TRIES, SharedLimiter
from integrations.management.commands.rotate_secrets import Command as RotateSecrets
from integrations.models import AccessToken, Connection, RateBucket
from integrations.secrets import unseal
from integrations.tokens import SharedTokens
from integrations.versions import check_versions, ending_of, endings

SLOW = Limit(rate_per_s=0.01, burst=3)


def limiter(connected, **values):
    return SharedLimiter(connected.id, "shop", sleep=lambda seconds: None, **values)


def granted(of, times: int, operation: str = "orders", limit: Limit = SLOW) -> int:
    count = 0
    for _time in range(times):
        try:
            of.acquire(operation, limit, 1.0)
        except ChannelThrottled:
            continue
        count += 1
    return count


def test_a_burst_and_then_the_wait_is_told(connected):
    shared = limiter(connected)

    assert granted(shared, 5) == 3
    with pytest.raises(ChannelThrottled) as caught:
        limiter(connected).acquire("orders", SLOW, 1.0)  # another worker knows it too
    assert 90 < caught.value.retry_after_s <= 100


def test_operations_and_accounts_have_buckets_of_their_own(connected):
    granted(limiter(connected), 5)

    assert granted(limiter(connected), 1, "stock") == 1  # stock goes on while orders wait


def test_nothing_of_it_is_lost_with_the_broker():
    for module in ("limits", "tokens"):
        text = (Path(__file__).parents[2] / "integrations" / f"{module}.py").read_text().lower()
        assert "redis" not in text and "valkey" not in text and "cache" not in text


def test_eight_workers_take_no_more_than_there_is(connected):
    assert race(connected, lambda: granted(limiter(connected), 3)) == 3


def test_negative_control_looking_first_and_writing_then_takes_too_much(connected):
    barrier = threading.Barrier(8, timeout=10)

    def careless() -> int:
        """The guard's question and its answer as two statements."""
        spent = RateBucket.objects.filter(connection_id=connected.id, operation="orders").count()
        barrier.wait()
        RateBucket.objects.get_or_create(
            connection_id=connected.id,
            operation=f"{threading.get_ident()}",
            defaults={"spent_until": "2026-01-01T00:00Z"},
        )
        return 0 if spent else 1

    assert race(connected, careless) > 3


def race(connected, work) -> int:
    results = []

    def run() -> None:
        try:
            results.append(work())
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return sum(results)


def most_at_once(connected, take) -> int:
    """How many of eight workers, with two places between them, were ever at it together."""
    lock, at_work, most = threading.Lock(), [0], [0]

    def work() -> int:
        with take():
            with lock:
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
            threading.Event().wait(0.05)
            with lock:
                at_work[0] -= 1
        return 1

    assert race(connected, work) == 8
    return most[0]


def test_of_calls_with_two_places_two_run_at_once_and_all_have_their_turn(connected):
    assert most_at_once(connected, lambda: SharedLimiter(connected.id, "shop").turn("bulk", 2)) == 2


def test_negative_control_without_places_more_run_at_once(connected):
    assert most_at_once(connected, lambda: Unlimited().turn("bulk", 2)) > 2


def test_who_finds_no_place_comes_back_later_and_a_dead_workers_place_is_free(connected):
    with pytest.raises(RuntimeError), holding.holding():
        limiter(connected)._place("bulk", 1)
        raise RuntimeError("it dies")
    with pytest.raises(ChannelThrottled) as caught:
        limiter(connected)._place("bulk", 1)
    Holder.objects.update(alive_until="2026-01-01T00:00Z")
    holding.take_back()

    assert caught.value.retry_after_s == TURN_S * TURN_TRIES
    with limiter(connected).turn("bulk", 1), limiter(connected).turn("other", 1):
        pass
    assert not RateBucket.objects.filter(taken_until__isnull=False).exists()


def test_a_pause_holds_every_worker_and_ends(connected):
    limiter(connected).pause("orders", 30)

    assert granted(limiter(connected), 1) == 0
    RateBucket.objects.update(blocked_until="2026-01-01T00:00Z")
    assert granted(limiter(connected), 1) == 1


def test_five_failures_open_the_circuit_one_call_tries_and_success_closes_it(connected):
    shared, quick = limiter(connected), Limit(1000, 1000)
    for number in range(OPENS_AFTER):
        assert granted(shared, 1, limit=quick) == 1, number
        shared.failed("orders")
    assert granted(limiter(connected), 1, limit=quick) == 0  # open: nobody calls
    RateBucket.objects.update(blocked_until="2026-01-01T00:00Z")

    trying = limiter(connected)
    assert granted(trying, 1, limit=quick) == 1
    assert granted(limiter(connected), 1, limit=quick) == 0  # the others wait for its outcome
    trying.worked("orders")

    assert granted(limiter(connected), 2, limit=quick) == 2
    assert RateBucket.objects.get(operation="orders").failures == 0


def tokens(connected):
    return SharedTokens(connected.id, secrets_owner(Connection.objects.get()), sleep=lambda seconds: None)


def test_a_token_is_fetched_once_kept_encrypted_and_renewed_when_refused(connected):
    asked = []

    def fetch(secrets):
        asked.append(dict(secrets))
        return Grant(f"t-{len(asked)}", 3600, {"token": f"refresh-{len(asked)}"})

    assert [tokens(connected).token(fetch) for _time in range(2)] == ["t-1", "t-1"]
    assert b"t-1" not in bytes(AccessToken.objects.get().sealed)
    assert tokens(connected).token(fetch, stale="t-1") == "t-2"
    assert tokens(connected).token(fetch, stale="t-1") == "t-2"  # another worker saw the old one refused: no third

    assert [given["token"] for given in asked] == ["right-token", "refresh-1"]  # replaced in the same transaction
    connection = Connection.objects.get()
    assert unseal(connection.secrets, owner=secrets_owner(connection)) == {"token": "refresh-2"}
    RotateSecrets().handle()
    assert AccessToken.objects.get().sealed is None


def test_a_renewal_that_fails_gives_the_lease_back(connected):
    def refused(secrets):
        raise ChannelUnauthorised("no")

    with pytest.raises(ChannelUnauthorised):
        tokens(connected).token(refused)
    assert tokens(connected).token(lambda secrets: Grant("t", 3600)) == "t"


def test_while_one_worker_renews_another_waits_and_does_not_call(connected):
    AccessToken.objects.create(connection_id=connected.id, lease_until="2100-01-01T00:00Z")

    with pytest.raises(ChannelThrottled):
        tokens(connected).token(lambda secrets: pytest.fail("called"))


def test_a_version_that_ends_is_told_before(monkeypatch):
    shopify = CONNECTORS["shopify"]
    assert ending_of(shopify, on=date(2027, 6, 1)) is None
    assert "before then" in ending_of(shopify, on=date(2027, 8, 1)).sentence
    assert "ended its API version" in ending_of(shopify, on=date(2027, 10, 2)).sentence
    assert [found.connector for found in endings(on=date(2027, 9, 30))].count("shopify") == 1
    monkeypatch.setattr(shopify, "api_ends", date(2020, 1, 1))
    assert "integrations.W001" in [found.id for found in check_versions()]
