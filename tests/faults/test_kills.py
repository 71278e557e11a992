"""Any process may die at any instruction: nothing that was told or answered is lost, nothing happens twice (C3, C4, D2).

Thirty kills in the suite, 90 with BACKOFFICE_SOAK (`make soak`).
"""

import http.client
import json
import os
import random
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

from backoffice.embedded.processes import until
from integrations.fake_channel.server import signed_webhook
from tests.api.conftest import order_body
from tests.factories.channels import sample_order, sample_shop
from tests.faults.site import Site, site

SHIPPED = 30
TURNS = 3 if os.environ.get("BACKOFFICE_SOAK") else 1
TIMES = {"worker": 10, "web": 8, "postgres": 6, "valkey": 4, "flush": 2}
KILLS = [what for what, times in TIMES.items() for _time in range(TURNS * times)]
EVERY_S = 0.9


class Load:
    """Buyers at a channel and a storefront that sends each order until it is answered."""

    def __init__(self, there: Site, shop, seeded) -> None:
        self.site, self.shop, self.seeded = there, shop, seeded
        self.sold: list[str] = []
        self.answered: dict[str, bytes] = {}
        self.doubts = 0
        self.going = True
        self.threads = [threading.Thread(target=self.sell)]
        self.threads += [threading.Thread(target=self.order, args=(number,)) for number in range(3)]

    def sell(self) -> None:
        while self.going:
            number = 1000 + len(self.sold)
            self.sold.append(self.shop.put_order(sample_order(number, "MUG", "CUP")))
            self.hook(self.sold[-1])
            time.sleep(0.1)

    def hook(self, order_id: str) -> None:
        body, headers = signed_webhook(order_id, "hook")
        with suppress(OSError, http.client.HTTPException):
            self.site.send("POST", f"/api/v1/webhooks/{self.seeded['connection']}/", body, headers)

    def order(self, buyer: int) -> None:
        number = 0
        while self.going:
            number += 1
            name = f"W{buyer}-{number}"
            self.answered[name] = self.until_answered(name, json.dumps(order_body(name)).encode())
            time.sleep(0.02)

    def until_answered(self, name: str, body: bytes) -> bytes:
        headers = {"Authorization": f"Api-Key {self.seeded['key']}", "Idempotency-Key": name}
        while True:
            with suppress(OSError, http.client.HTTPException):
                status, answer = self.site.send("POST", "/api/v1/orders/", body, headers)
                if status == 201:
                    return answer
                assert status in (409, 500, 502, 503), (status, answer)
            self.doubts += 1
            time.sleep(0.1)

    def __enter__(self) -> "Load":
        [thread.start() for thread in self.threads]
        return self

    def __exit__(self, *error: object) -> None:
        self.going = False
        [thread.join(timeout=60) for thread in self.threads]


def kill(there: Site, what: str, number: int) -> None:
    if what == "flush":
        there.flush()
    elif what in ("worker", "web") and number % 2:
        there.kill_a_child(what, number)
    else:
        there.kill(what)


def quiet(there: Site) -> bool:
    """Nothing is due any more."""
    try:
        [(left,)] = there.rows(
            "SELECT (SELECT count(*) FROM core_inboxwork WHERE status NOT IN ('processed', 'ignored'))"
            " + (SELECT count(*) FROM integrations_trackingpush WHERE status <> 'sent')"
            " + (SELECT count(*) FROM integrations_listing WHERE is_dirty)"
            " + (SELECT count(*) FROM core_outboxevent e, core_outboxcursor c WHERE (e.xid, e.id) > (c.xid, c.event_id))"
        )
    except OSError:
        return False
    return left == 0


def test_kills_of_everything_in_the_middle_of_everything_lose_and_double_nothing():
    with sample_shop(lambda: datetime.now(UTC)) as (app, server):
        for number in range(SHIPPED):
            app.shop.put_order(sample_order(number))
        with site(f"tests.faults.seeds {server.server_port}") as (there, seeded):
            nemesis = random.Random(4)
            kills = list(KILLS)
            nemesis.shuffle(kills)
            with Load(there, app.shop, seeded) as load:
                for number, what in enumerate(kills):
                    time.sleep(nemesis.uniform(0.5, 1.5) * EVERY_S)
                    kill(there, what, number)
            assert until(lambda: there.get("/healthz") == 200, 60)
            replays = {name: load.until_answered(name, json.dumps(order_body(name)).encode()) for name in load.answered}

            def arrived() -> bool:
                load.hook(load.sold[-1])
                time.sleep(1)
                [(here,)] = there.rows("SELECT count(*) FROM orders_order WHERE channel_id = %s", seeded["sample"])
                return here >= SHIPPED + len(load.sold) and quiet(there)

            assert until(arrived, 90), there.log("worker")

            wanted = {f"S{number}" for number in range(SHIPPED)} | set(load.sold)
            ids = [
                i for (i,) in there.rows("SELECT external_id FROM orders_order WHERE channel_id = %s", seeded["sample"])
            ]
            placed = [
                i for (i,) in there.rows("SELECT external_id FROM orders_order WHERE channel_id = %s", seeded["web"])
            ]
            told = [len(app.shop.fulfilments(f"S{number}")) for number in range(SHIPPED)]
            levels = there.rows(
                "SELECT s.code, l.available FROM inventory_stocklevel l JOIN inventory_sku s ON s.id = l.sku_id"
            )
            assert len(load.answered) > 10 and len(load.sold) > 30 and load.doubts
            assert sorted(ids) == sorted(wanted)
            assert sorted(placed) == sorted(load.answered)
            assert replays == load.answered  # byte for byte
            assert told == [1] * SHIPPED
            assert app.shop.stock() == dict(levels)
            assert there.prove()["ok"] is True
