"""`manage.py demo`: starts everything, stops what it started, and forgives being killed."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil
import pytest

from backoffice.demo.children import alive
from backoffice.demo.web import free_port
from backoffice.embedded.processes import until
from backoffice.embedded.servers import Embedded
from tests.infra.servers import PROJECT, embedded, postmasters, query, reachable_folder

READY_TIMEOUT_S = 90


@pytest.fixture(scope="module")
def data():
    """One data folder for the whole file."""
    with reachable_folder() as folder, embedded(folder / "data", migrated=True) as servers:
        yield servers


def tree(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


class Demo:
    """A demo as its user sees it: lines on a terminal, a page, Ctrl-C."""

    def __init__(self, data: Embedded, port: int = 0, command: Sequence[str] = (), **environment: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("BACKOFFICE_", "PYTEST_", "DJANGO_"))}
        clean = {k: v for k, v in clean.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command or [sys.executable, "manage.py", "demo"],
            cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={
                **clean, "BACKOFFICE_DATA_DIR": str(data.root), "BACKOFFICE_PORT": str(port),
                "BACKOFFICE_DEMO_EMPTY": "1", "PYTHON": sys.executable, **environment,
            },
        )  # fmt: skip

    def wait_for(self, text: str) -> "Demo":
        for line in self.process.stdout:
            self.lines.append(line)
            if text in line:
                return self
        raise AssertionError("".join(self.lines))

    def ready(self) -> "Demo":
        return self.wait_for("Backoffice   http")

    @property
    def port(self) -> int:
        return int(self.lines[-1].rsplit(":", 1)[1].strip().rstrip("/"))

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        return connection.getresponse().status

    def children(self) -> list[psutil.Process]:
        """Web, worker and beat with their own children; the servers are looked at by themselves."""
        processes = psutil.Process(self.process.pid).children(recursive=True)
        servers = ("postgres", "valkey-server", "pg_ctl")
        return [process for process in processes if alive(process) and process.name() not in servers]

    def worker(self) -> psutil.Process | None:
        with contextlib.suppress(psutil.Error):  # one may end while it is looked at
            return next((child for child in self.children() if "worker" in child.cmdline()), None)
        return None

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sign)
        self.lines += self.process.communicate(timeout=60)[0].splitlines(keepends=True)
        return self.process.returncode


@pytest.fixture
def demo(data):
    started: list[Demo] = []

    def start(**options) -> Demo:
        started.append(Demo(data, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_it_serves_minds_its_own_and_stops_what_it_started(demo, data):
    bystander = subprocess.Popen(["sleep", "300"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port(19_000)))
        taken.listen()
        wanted = taken.getsockname()[1]
        running = demo(port=wanted).ready()
        assert running.port > wanted
        assert any(f"port {wanted} is taken, using {running.port}" in line for line in running.lines)
    assert running.get("/setup/") == 200  # an empty database begins there
    assert running.get("/readyz") == 200

    second = demo().wait_for("a demo already")
    assert second.process.wait(timeout=10) == 1

    running.worker().kill()
    running.wait_for("worker ended with code -9")
    assert until(running.worker, 10)

    children = running.children()
    assert running.stop(signal.SIGTERM) == 0, "".join(running.lines)
    assert [process for process in children if alive(process)] == []
    assert not data.ok()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_what_was_killed_with_9_and_a_killed_make_leave_nothing_that_hinders_the_next_start(demo):
    port = free_port(18_000)
    killed = demo(port=port).ready()
    children = killed.children()

    killed.stop(signal.SIGKILL)

    until(lambda: not any(map(alive, children)), 60)
    assert [process for process in children if alive(process)] == []
    again = demo(port=port, command=["sh", "-c", "BACKOFFICE_END_WITH_PARENT=1 $PYTHON manage.py demo; true"]).ready()
    assert again.port == port
    children = again.children()

    again.process.kill()  # the shell, as it were make
    third = demo(port=port).ready()

    assert [process for process in children if alive(process)] == []
    assert third.get("/setup/") == 200
    assert third.stop(signal.SIGINT) == 0  # Ctrl-C


def test_the_next_start_ends_what_a_killed_demo_left(demo, data):
    left = subprocess.Popen(["sleep", "300"], start_new_session=True)
    other = subprocess.Popen(["sleep", "300"], start_new_session=True)
    rows = [
        {"name": "web", "pid": left.pid, "started": psutil.Process(left.pid).create_time()},
        {"name": "beat", "pid": other.pid, "started": psutil.Process(other.pid).create_time() - 3600},  # a reused pid
    ]
    (data.root / "demo.json").write_text(json.dumps(rows))

    running = demo().wait_for("PostgreSQL and Valkey in")
    running.stop()

    assert left.wait(timeout=5) == -signal.SIGTERM
    assert other.poll() is None, "a process that only has the same pid was ended"
    other.kill()
    other.wait()


@pytest.mark.parametrize("after_s", [0.3, 1.5, 3])
def test_a_stop_while_it_starts_leaves_nothing(demo, data, after_s):
    running = demo()
    time.sleep(after_s)
    children = running.children()

    running.stop(signal.SIGINT)

    assert until(lambda: not any(map(alive, children)), 5)
    assert not data.ok()


def test_a_stop_while_the_servers_start_leaves_none(demo, data):
    running = demo()
    while running.process.poll() is None and not any(
        process.name() == "pg_ctl" for process in tree(running.process.pid)
    ):
        pass  # the moment is short

    assert running.stop(signal.SIGINT) == 0
    time.sleep(1)  # one that was left to itself is up by then
    assert postmasters(data) == []


def test_given_servers_are_used_and_left_alone(demo, data):
    with reachable_folder() as folder, embedded(folder / "own") as own:
        own.up()

        running = demo(DATABASE_URL=own.database_url, REDIS_URL=own.redis_url).ready()

        assert not data.ok()
        assert query(own, "SELECT to_regclass('django_migrations') IS NOT NULL") == "True"
        running.stop()
        assert own.ok()
