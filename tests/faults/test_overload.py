"""D7: five times what can be answered: what is let in is answered within a second, the rest is told to come again.

Eight seconds in the suite, sixty with BACKOFFICE_SOAK (`make soak`).
"""

import http.client
import json
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

from backoffice.core.proof import run_checks
from backoffice.demo.web import answers
from orders.models import Order
from tests.api.conftest import World, order_body
from tests.faults.one_web import THREADS, web

SECONDS = 60 if os.environ.get("BACKOFFICE_SOAK") else 8
TIMES = 5  # as much as the web process can


@pytest.fixture
def key(transactional_db) -> str:
    """Of a program that no limit of its own holds back."""
    return World().caller("orders:write", requests_per_minute=1_000_000).key


@dataclass
class Shop:
    """Sends orders, each once, and says of its wait what is not so."""

    port: int
    key: str
    sent: int = 0
    told: list[tuple[int, float, bytes]] = field(default_factory=list)  # status, seconds, body
    threads: list[threading.Thread] = field(default_factory=list)

    def buy(self, name: str) -> None:
        begun, status, body = time.monotonic(), 0, b""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            headers = {
                "Authorization": f"Api-Key {self.key}",
                "Idempotency-Key": name,
                "Content-Type": "application/json",
            }
            link.request(
                "POST",
                "/api/v1/orders/",
                json.dumps(order_body(name)).encode(),
                headers | {"Connection": "close", "X-Waited-For-A-Thread": "99"},
            )
            answer = link.getresponse()
            status, body = answer.status, answer.read()
            if status == 503:
                assert answer.headers["Retry-After"] == "5"
        finally:
            link.close()
            self.told.append((status, time.monotonic() - begun, body))

    def capacity(self, seconds: float) -> float:
        """Orders a second of as many buyers as there are threads, each after the other's answer."""
        until_when = time.monotonic() + seconds

        def one(number: int) -> None:
            turn = 0
            while time.monotonic() < until_when:
                turn += 1
                self.buy(f"C{number}-{turn}")

        self._together([threading.Thread(target=one, args=(number,)) for number in range(THREADS)])
        assert {status for status, _s, _b in self.told} == {201}
        return len(self.told) / seconds

    def storm(self, rate: float, seconds: float) -> None:
        """So many a second whether or not they are answered."""
        begun, threads = time.monotonic(), []
        for number in range(int(rate * seconds)):
            time.sleep(max(0, begun + number / rate - time.monotonic()))
            threads.append(threading.Thread(target=self.buy, args=(f"S-{number}",)))
            threads[-1].start()
        [thread.join() for thread in threads]

    def _together(self, threads: list[threading.Thread]) -> None:
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]


@dataclass(frozen=True, slots=True)
class Storm:
    """told: how many were answered how. let_in: seconds of those that were, in order. served_s: of one without a storm."""

    told: Counter[int]
    let_in: list[float]
    served_s: float

    @property
    def p99(self) -> float:
        return self.let_in[int(len(self.let_in) * 0.99)]


def overload(key: str, seconds: float, **environment: str) -> Storm:
    """Five times as much as can be answered."""
    with web(**environment) as port:
        rate = Shop(port, key).capacity(2)
        shop = Shop(port, key)
        shop.storm(TIMES * rate, seconds)
        assert answers(port, "/readyz")
    assert {json.loads(body)["code"] for status, _s, body in shop.told if status == 503} <= {"overloaded"}
    let_in = sorted(took for status, took, _b in shop.told if status == 201)
    return Storm(Counter(status for status, _s, _b in shop.told), let_in, THREADS / rate)


def test_five_times_the_capacity_is_answered_within_a_second_or_told_to_come_again(key):
    storm = overload(key, SECONDS)

    told = storm.told
    print(dict(told), f"p99 {storm.p99:.2f} s")  # the figures, with -s
    assert set(told) == {201, 503} and told[503] > told[201] > 20, told
    # A second; more only where the machine itself takes long for an order that waits for nobody.
    assert storm.p99 < max(1, 0.3 + 5 * storm.served_s), storm
    assert Order.objects.filter(external_id__startswith="S-").count() == told[201]  # nothing of what was refused
    assert [(one.name, one.row, one.error) for one in run_checks().results if one.state != "ok"] == []


def test_negative_control_without_the_limit_the_queue_grows(key):
    storm = overload(key, 2, BACKOFFICE_API_WAIT_MS="0")

    assert set(storm.told) == {201} and storm.let_in[-1] > 4, storm  # the last waits for twice the storm and more
