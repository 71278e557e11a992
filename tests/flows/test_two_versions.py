"""D5: while each of the newest migrations runs, the version before them answers; afterwards both do (`make soak`).

With 100,000 orders of a company (BACKOFFICE_ORDERS), brought by the version before. That version is taken from the repository's
history: the parent of the commit that last brought a migration, or BACKOFFICE_BEFORE, any commit since the release in
tests/data/upgrade. Who waits for a lock for a second is told by PostgreSQL itself (log_lock_waits), so that a busy machine is no
failure; what the requests took is printed. What the suite runs each time is test_upgrade.py: all migrations since that release, at the tables themselves.
"""

import http.client
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from backoffice.embedded.processes import until
from backoffice.embedded.servers import Embedded
from tests.faults.one_web import gunicorn
from tests.flows.test_online_retail_command import environment
from tests.flows.test_upgrade import _bring_back
from tests.infra.servers import PROJECT, embedded, reachable_folder

pytestmark = pytest.mark.skipif(not os.environ.get("BACKOFFICE_SOAK"), reason="two versions side by side: make soak")
A_SECOND = 20
ORDERS = int(os.environ.get("BACKOFFICE_ORDERS", "100000"))
KEY = """
import django
django.setup()
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from inventory.models import StockLevel
from orders.models import Channel
level = StockLevel.objects.filter(available__gt=0).order_by("-available").select_related("sku").first()
channel = Channel.objects.filter(company_id=level.sku.company_id).order_by("pk").first()
user = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("two-versions")
scopes = ["orders:read", "orders:write", "stock:read", "catalogue:read"]
key = make_api_key(name="two versions", user=user, scopes=scopes, channel_id=channel.pk, requests_per_minute=100000)[1]
print(key, level.sku.code)
"""


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Path:
    """The tree of the version before the newest migrations."""
    newest = _git("log", "-1", "--format=%H", "--", "*/migrations/*.py")
    told = os.environ.get("BACKOFFICE_BEFORE") or f"{newest}^"
    if _git("rev-parse", "--verify", told) is None:
        pytest.skip("the repository's history is not here")
    folder = tmp_path_factory.mktemp("before")
    packed = subprocess.run(["git", "archive", told], cwd=PROJECT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def _git(*words: str) -> str | None:
    done = subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


class Side:
    """One version's tree on the shared servers."""

    def __init__(self, tree: Path, folder: Path, address: str, redis: str) -> None:
        self.tree, self.given = tree, environment(folder) | {
            "DATABASE_URL": address, "REDIS_URL": redis, "BACKOFFICE_MODE": "local", "PYTHONPATH": str(tree),
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        }  # fmt: skip

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=self.tree, env=self.given, capture_output=True, text=True, timeout=3000
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def web(self) -> AbstractContextManager[int]:
        return gunicorn("--worker-class", "gthread", "--threads", "8", tree=self.tree, env=self.given)


class Buyers:
    """Reads, and carts that hold goods, by turns, so many a second."""

    def __init__(self, ports: list[int], key: str, sku: str) -> None:
        self.ports, self.key, self.sku = ports, key, sku
        self.over, self.told, self.took = threading.Event(), Counter[str](), [0.0]
        self.threads = [threading.Thread(target=self._work, args=(number,)) for number in range(4)]

    def __enter__(self) -> "Buyers":
        [thread.start() for thread in self.threads]
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        [thread.join(60) for thread in self.threads]

    def _work(self, number: int) -> None:
        turn = 0
        while not self.over.wait(len(self.threads) / A_SECOND):
            turn += 1
            port = self.ports[(number + turn) % len(self.ports)]
            if turn % 3:
                self._ask(port, "GET", "/api/v1/orders/?limit=5")
            else:
                cart = {"lines": [{"sku": self.sku, "quantity": "1"}], "seconds": 10}
                self._ask(port, "POST", "/api/v1/reservations/", json.dumps(cart), f"{id(self)}-{number}-{turn}")

    def _ask(self, port: int, method: str, path: str, body: str = "", key: str = "") -> None:
        begun = time.monotonic()
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Api-Key {self.key}", "Content-Type": "application/json", "Idempotency-Key": key}
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            said = answer.read()
            ok = answer.status in (200, 201)
            self.told["answered" if ok else f"{method} {answer.status} {said[:200]!r}"] += 1
        finally:
            link.close()
            self.took.append(time.monotonic() - begun)


def _bring_orders(old: Side, folder: Path, address: str) -> None:
    """Many orders by the version before, as a shop's file brings them."""
    file = folder / "orders.csv"
    with file.open("w") as out:
        out.write("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
        out.writelines(
            f"{600_000 + n},{22_000 + n % 50},MUG {n % 50},1,2011-03-{n % 28 + 1:02d} 10:00:00,2.50,{17_000 + n % 900},United Kingdom\n"
            for n in range(ORDERS)
        )
    told = old.run(
        "manage.py", "import_orders", str(file), "--channel", "retail", "--profile", "online-retail", "--json"
    )
    assert json.loads(told)["lines_imported"] == ORDERS, told
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ANALYZE")  # the test's servers do not do so by themselves
        connection.execute("ALTER SYSTEM SET log_lock_waits = on")
        connection.execute("SELECT pg_reload_conf()")


def _waits(servers: Embedded) -> int:
    """How many sessions waited for a lock for a second (deadlock_timeout) up to now; migrate itself gives way before."""
    return servers.postgres.log.read_text().count(" still waiting for ")


def _noticed(servers: Embedded, port: int, key: str, sku: str) -> bool:
    """The control: who holds a table for longer is found."""
    before = _waits(servers)
    with psycopg.connect(servers.database_url) as holder, Buyers([port], key, sku):
        holder.execute("LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE")
        found = until(lambda: _waits(servers) > before, 60)
        holder.rollback()
    return found


def test_each_of_the_newest_migrations_stops_nobody_for_a_second_and_both_versions_answer_afterwards(before):
    said: dict[str, Buyers] = {}
    with reachable_folder() as folder, embedded(folder / "data") as servers:
        servers.up()
        _bring_back(servers.database_url)
        old, new = (Side(tree, folder, servers.database_url, servers.redis_url) for tree in (before, PROJECT))
        old.run("manage.py", "migrate", "-v0")
        _bring_orders(old, folder, servers.database_url)
        key, sku = old.run("-c", KEY).split()[-2:]
        planned = new.run("manage.py", "showmigrations", "--plan").splitlines()
        names = [line.split()[-1] for line in planned if line.startswith("[ ]")]
        with old.web() as first:
            assert _noticed(servers, first, key, sku)
            waited = _waits(servers)
            for name in names:
                with Buyers([first], key, sku) as said[name]:
                    assert f"Applying {name}... OK" in new.run("manage.py", "migrate", *name.split("."), "-v1")
            new.run("manage.py", "migrate", "-v0")  # grants, roles, reference rows
            with new.web() as second, Buyers([first, second], key, sku) as said["both versions"]:
                time.sleep(5)
        waited = _waits(servers) - waited
        assert names and _back_and_forth(new, names)
        assert new.run("manage.py", "prove").strip() == "OK"

    for name, buyers in said.items():
        print(f"{name}: {sum(buyers.told.values())} requests, longest {max(buyers.took) * 1000:.0f} ms")
    assert waited == 0
    for name, buyers in said.items():
        assert set(buyers.told) == {"answered"} and buyers.told["answered"] > 20, (name, buyers.told)


def _back_and_forth(side: Side, names: list[str]) -> bool:
    """The newest migrations are taken back and made again."""
    for app in sorted({name.split(".")[0] for name in names}):
        first = next(name.split(".")[1] for name in names if name.startswith(f"{app}."))
        listed = side.run("manage.py", "showmigrations", app, "--list")
        here = [line.split()[-1] for line in listed.splitlines() if line.startswith(" [X]")]
        side.run("manage.py", "migrate", app, here[here.index(first) - 1], "-v0")
    return "Applying" in side.run("manage.py", "migrate", "-v1")
