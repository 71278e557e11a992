"""What hangs is broken off in whatever thread it runs, and nothing is broken off afterwards."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from backoffice.core.time_limit import TookTooLong, time_limit


def hang() -> None:
    while True:
        pass


def here(work: Callable[[], object]) -> object:
    return work()


def elsewhere(work: Callable[[], object]) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(timeout=60)


@pytest.mark.parametrize("run", [here, elsewhere])
def test_what_hangs_is_broken_off_and_says_after_how_long(run):
    def work() -> None:
        with time_limit(0.1):
            hang()

    with pytest.raises(TookTooLong, match=re.escape("not done within 0.1 s")):
        run(work)


@pytest.mark.parametrize("run", [here, elsewhere])
def test_a_limit_that_ends_with_its_block_strikes_within_it_or_never(run):
    """Blocks about as long as their limit, again and again: each ends or is broken off, and the thread goes on."""
    ended = {"done": 0, "broken off": 0}

    def work() -> None:
        for _time in range(300):
            try:
                with time_limit(0.001):
                    sum(range(20_000))
                    sum(number for number in range(4_000))
                ended["done"] += 1
            except TookTooLong:
                ended["broken off"] += 1
            sum(number for number in range(1_000))

    run(work)

    assert sum(ended.values()) == 300


def test_threads_have_limits_of_their_own():
    """One hangs, the others of the process go on."""
    begun = threading.Barrier(4)

    def work(number: int) -> str:
        begun.wait(timeout=60)
        try:
            with time_limit(0.2):
                return hang() if number == 2 else "done"
        except TookTooLong:
            return "broken off"

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == ["done", "done", "broken off", "done"]
