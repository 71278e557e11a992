"""D5: while the newest migrations run, the version before them answers; afterwards both do (`make soak`).

The version before is taken from the repository's history: the parent of the commit that last brought a migration.
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

from tests.faults.one_web import gunicorn
from tests.flows.test_online_retail_command import environment
from tests.flows.test_upgrade import LONGEST_MS, _bring_back
from tests.infra.servers import PROJECT, embedded, reachable_folder

pytestmark = pytest.mark.skipif(not os.environ.get("BACKOFFICE_SOAK"), reason="two versions side by side: make soak")
A_SECOND = 20
KEY = """
import django
django.setup()
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from inventory.models import StockLevel
from orders.models import Channel
level = StockLevel.objects.filter(sellable__gt=0).order_by("-sellable").select_related("sku").first()
channel = Channel.objects.filter(company_id=level.sku.company_id).order_by("pk").first()
user = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("two-versions")
scopes = ["orders:read", "orders:write", "stock:read", "catalogue:read"]
key = make_api_key(name="two versions", user=user, scopes=scopes, channel_id=channel.pk, requests_per_minute=100000)[1]
print(key, level.sku.code)
"""


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Path:
    """The tree of the version before the newest migrations."""
    told = _git("log", "-1", "--format=%H", "--", "*/migrations/*.py")
    if not told or _git("rev-parse", "--verify", f"{told}^") is None:
        pytest.skip("the repository's history is not here")
    folder = tmp_path_factory.mktemp("before")
    packed = subprocess.run(["git", "archive", f"{told}^"], cwd=PROJECT, capture_output=True, check=True).stdout
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
            [sys.executable, *words], cwd=self.tree, env=self.given, capture_output=True, text=True, timeout=300
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


def test_the_version_before_answers_while_the_newest_migrations_run_and_both_do_afterwards(before):
    with reachable_folder() as folder, embedded(folder / "data") as servers:
        servers.up()
        _bring_back(servers.database_url)
        old, new = (Side(tree, folder, servers.database_url, servers.redis_url) for tree in (before, PROJECT))
        old.run("manage.py", "migrate", "-v0")
        key, sku = old.run("-c", KEY).split()[-2:]
        with old.web() as first:
            with Buyers([first], key, sku) as during:
                applied = new.run("manage.py", "migrate", "-v1")
            with new.web() as second, Buyers([first, second], key, sku) as together:
                time.sleep(5)
        names = [line.split()[1].rstrip(".") for line in applied.splitlines() if line.startswith("  Applying ")]
        assert names and _back_and_forth(new, names)
        with psycopg.connect(servers.database_url) as asked:
            assert asked.execute("SELECT count(*) FROM orders_order").fetchone()[0] > 100
        assert new.run("manage.py", "prove").strip() == "OK"

    for buyers in (during, together):
        assert set(buyers.told) == {"answered"} and buyers.told["answered"] > 20, buyers.told
        assert max(buyers.took) * 1000 < LONGEST_MS, max(buyers.took)


def _back_and_forth(side: Side, names: list[str]) -> bool:
    """The newest migrations are taken back and made again."""
    for app in sorted({name.split(".")[0] for name in names}):
        first = next(name.split(".")[1] for name in names if name.startswith(f"{app}."))
        listed = side.run("manage.py", "showmigrations", app, "--list")
        here = [line.split()[-1] for line in listed.splitlines() if line.startswith(" [X]")]
        side.run("manage.py", "migrate", app, here[here.index(first) - 1], "-v0")
    return "Applying" in side.run("manage.py", "migrate", "-v1")
