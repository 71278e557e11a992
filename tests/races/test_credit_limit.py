"""Orders of one customer at once: together they never pass the limit."""

import threading
from contextlib import nullcontext
from unittest import mock

import pytest
from django.db import connection

from orders.models import Hold
from orders.services import credit_limits
from tests.factories.sales import line, order, place
from tests.orders.test_credit_limits import BUYER, World

THREADS = 8


def race(world):
    """Eight orders of 40 against a limit of 100, at once; how many were not held."""
    start = threading.Barrier(THREADS)
    problems = []

    def buy(number):
        try:
            start.wait()
            place(world.channel, order(f"R-{number}", line("MUG", "4", "10"), contact=BUYER))
        except Exception as problem:  # the test shows it
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    return THREADS - Hold.objects.filter(kind="credit").count()


@pytest.mark.django_db(transaction=True)
def test_eight_orders_at_once_stay_within_the_limit():
    world = World()

    assert race(world) == 2
    assert world.credit().used == 80


@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_lock_the_limit_is_passed():
    """Each reads the credit before any of the others has committed: all pass."""
    world = World()
    together = threading.Barrier(THREADS)
    read = credit_limits.credit_of

    def read_together(*args, **kwargs):
        found = read(*args, **kwargs)
        together.wait(timeout=20)
        return found

    class NoLock:
        def execute(self, sql, params):
            self.sql = sql

        def fetchall(self):
            return []

    real = credit_limits.prepared_cursor
    calls = threading.local()

    def cursor():
        """The first cursor of each thread would lock the party."""
        if getattr(calls, "locked", False):
            return real()
        calls.locked = True
        return nullcontext(NoLock())

    with (
        mock.patch.object(credit_limits, "credit_of", read_together),
        mock.patch.object(credit_limits, "prepared_cursor", cursor),
    ):
        passed = race(world)

    assert passed == THREADS
    assert world.credit().used > 100
