"""A whole back office of processes that may be killed: PostgreSQL, Valkey, web, workers, beat, as in production."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from backoffice.demo.children import end_with_parent
from backoffice.demo.supervisor import QUEUES
from backoffice.demo.web import free_port
from backoffice.embedded.processes import until
from backoffice.embedded.servers import Embedded
from tests.infra.servers import PROJECT, embedded, reachable_folder


class Site:
    """Children that end are started again, as a service manager does."""

    def __init__(self, servers: Embedded, folder: Path) -> None:
        self.servers, self.folder, self.port = servers, folder, free_port(0)
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.wanted = False
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("PYTEST_", "BACKOFFICE_", "DJANGO_"))}
        self.environment = kept | {
            "DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "BACKOFFICE_MODE": "local",
            "PYTHONPATH": str(PROJECT),
        }  # fmt: skip

    def run(self, *command: str, **environment: str) -> str:
        """One command's output. Fails loudly."""
        done = subprocess.run(
            [sys.executable, *command], cwd=PROJECT, env=self.environment | environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        self.wanted = True
        for name in self.commands():
            self._start(name)
        self._watcher.start()
        assert until(lambda: self.get("/healthz") == 200, 60), self.log("web")

    def stop(self) -> None:
        self.wanted = False
        if self._watcher.ident:
            self._watcher.join(timeout=10)
        for child in self.children.values():
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait(timeout=10)

    def commands(self) -> dict[str, list[str]]:
        python = [sys.executable, "-m"]
        worker = [
            *python, "celery", "-A", "backoffice", "worker", "--concurrency", "2", "--queues", QUEUES,
            "--without-gossip", "--without-mingle", "--loglevel", "warning",
        ]  # fmt: skip
        web = [
            *python, "gunicorn", "backoffice.wsgi:application", "--bind", f"127.0.0.1:{self.port}", "--preload",
            "--worker-class", "backoffice.web_worker.WaitTellingWorker", "--workers", "2", "--threads", "4", "--no-control-socket",
        ]  # fmt: skip
        beat = [*python, "celery", "-A", "backoffice", "beat", "--pidfile=", "--loglevel", "warning"]
        return {"web": web, "worker": worker, "beat": beat}

    def _start(self, name: str) -> None:
        with open(self.folder / f"{name}.log", "ab") as log:
            self.children[name] = subprocess.Popen(
                self.commands()[name], cwd=PROJECT, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
                preexec_fn=end_with_parent(os.getpid(), signal.SIGKILL),
            )  # fmt: skip

    def _watch(self) -> None:
        while self.wanted:
            with suppress(SystemExit):
                self.servers.up()
            for name, child in list(self.children.items()):
                if self.wanted and child.poll() is not None:
                    self._start(name)
            time.sleep(0.2)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def kill(self, what: str) -> None:
        """SIGKILL, to a process and what it has forked; the server's data stays as it is at that moment."""
        if what == "postgres":
            pid = self.servers.postgres.pid()
        elif what == "valkey":
            pid = self.servers.valkey.pid()
        else:
            pid = self.children[what].pid
        if pid is None:
            return
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            for one in [process, *process.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    one.kill()

    def kill_a_child(self, what: str, number: int) -> None:
        """One of a pool's processes, in the middle of whatever it does."""
        with suppress(psutil.NoSuchProcess):
            forked = psutil.Process(self.children[what].pid).children()
            if forked:
                forked[number % len(forked)].kill()

    def flush(self) -> None:
        """Everything that Valkey holds is gone."""
        import redis

        with suppress(redis.exceptions.ConnectionError):
            redis.Redis(unix_socket_path=str(self.servers.valkey.socket)).flushall()

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.servers.database_url, autocommit=True) as connection:
            return connection.execute(sql, params or None).fetchall()

    def get(self, path: str) -> int:
        with suppress(OSError, http.client.HTTPException):
            return self.send("GET", path, None, {})[0]
        return 0

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """(status, body); raises OSError or HTTPException where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def prove(self) -> dict[str, Any]:
        return json.loads(self.run("manage.py", "prove", "--json"))


@contextmanager
def site(seed: str) -> Iterator[tuple[Site, dict[str, Any]]]:
    """A migrated site with what the script of that module path has made (it prints JSON), running."""
    with reachable_folder() as folder, embedded(folder / "data", durable=True, migrated=True) as servers:
        servers.up()
        made = Site(servers, folder)
        seeded = json.loads(made.run("-m", *seed.split()).splitlines()[-1])
        try:
            made.start()
            yield made, seeded
        finally:
            made.stop()
