"""D6 on processes: a web and a worker process whose host's clock is wrong (libfaketime) come to the same as with a right one.

A day behind in the suite; with BACKOFFICE_SOAK (`make soak`) hours off, leap day, DST day and the year's end too.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from backoffice.core.models import IdempotencyRecord, JobRun
from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from orders.models import Reservation
from tests.api.conftest import World
from tests.factories.carts import let_expire
from tests.faults.one_web import of_this_test, web
from tests.faults.test_clocks import place_pick_pack_ship, state, state_by_a_right_clock
from tests.infra.servers import PROJECT

SOON = "@2028-02-29 23:59:50", "@2027-12-31 23:59:50", "@2027-03-28 00:59:50", "@2027-10-31 00:59:50"
CLOCKS = ["-1d"] + (["+1h", "-1h", *SOON] if os.environ.get("BACKOFFICE_SOAK") else [])
WORK = """
import django
django.setup()
from datetime import datetime
from backoffice.core import tasks
from backoffice.core.jobs import tick
from inventory.tasks import release_expired_holds
from orders.tasks import expire_reservations
tick(3600)
tasks.forget_old.apply()
expire_reservations()
release_expired_holds()
print(datetime.now().date())
"""


class FarCaller:
    """A program that asks another process."""

    def __init__(self, port: int, key: str) -> None:
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/", timeout=60)
        self.client.headers["Authorization"], self.sent = f"Api-Key {key}", 0

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query)

    def post(self, path: str, body: Any) -> httpx.Response:
        self.sent += 1
        return self.client.post(path, json=body, headers={"Idempotency-Key": f"far-{id(self)}-{self.sent}"})


class FarWorld(World):
    port = 0

    def caller(self, *scopes: str, **bound: Any) -> Any:
        return FarCaller(self.port, super().caller(*scopes, **bound).key)


def fake(clock: str) -> dict[str, str]:
    """The environment of a process with this clock; the dates of files are as they are, a web process's heartbeat is one."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        if os.environ.get("REQUIRE_COMPOSE") == "1":
            pytest.fail("libfaketime is missing and REQUIRE_COMPOSE=1")
        pytest.skip("no libfaketime (Debian: apt-get install faketime)")
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": clock, "NO_FAKE_STAT": "1", "TZ": "UTC"}


@pytest.fixture
def right(transactional_db) -> dict[str, Any]:
    return state_by_a_right_clock()


@pytest.mark.parametrize("clock", CLOCKS)
def test_web_and_worker_with_a_wrong_clock_move_neither_money_nor_stock(right, clock):
    world = FarWorld()
    with web(**fake(clock)) as FarWorld.port:
        shop = world.caller("orders:write")
        place_pick_pack_ship(world)
        assert state(world) == right
        held, over = (
            shop.post("reservations/", {"lines": [{"sku": "MUG", "quantity": much}], "seconds": 600}).json()[
                "reference"
            ]
            for much in ("2", "3")
        )
    let_expire(SimpleNamespace(reservation_id=Reservation.objects.get(reference=over).pk))
    kept = IdempotencyRecord.objects.count()

    done = subprocess.run(
        [sys.executable, "-c", WORK], cwd=PROJECT, capture_output=True, text=True,
        env=of_this_test() | {"DJANGO_SETTINGS_MODULE": "backoffice.settings"} | fake(clock),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told, today = done.stdout.split()[-1], JobRun.objects.latest("pk").started_at.date()
    assert told != str(today) or clock.endswith("h")  # its clock was wrong, and the database's was told
    assert dict(Reservation.objects.values_list("reference", "status")) == {held: "open", over: "expired"}
    assert StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).reserved == 2
    assert IdempotencyRecord.objects.count() == kept > 0  # nothing was forgotten before its time
    assert run_checks().ok
