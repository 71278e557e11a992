"""Starts the servers, the demo company, web, worker and beat; stops what it started, and nothing else."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

import psutil
import psycopg

from backoffice.demo import DEMO_PASSWORD, DEMO_USER, SAMPLE_CHANNEL
from backoffice.demo.children import Child, Record, end_with_parent, stop_all
from backoffice.demo.lock import OnlyOne
from backoffice.demo.web import LOOPBACK, answers, free_port
from backoffice.embedded import PROJECT, data_dir, given
from backoffice.embedded.local import SharedServers, migrate_if_needed, publish
from backoffice.environment import env_bool, env_int
from warehouse.scan.certificates import CERT, KEY, names_of

FIRST_ANSWER_TIMEOUT_S = 120
RESTARTS_ALLOWED = 5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
QUEUES = "default,channels,outbox,documents,planning"
USAGE = """usage: manage.py demo

BACKOFFICE_PORT        web port (8000; the next free one if it is taken)
BACKOFFICE_DATA_DIR    folder of the servers' data and the logs (.local)
BACKOFFICE_FLOOR_PORT  port of HTTPS for handhelds (8443), once `manage.py floor_certificates` was run
BACKOFFICE_DEMO_EMPTY  1: without the demo company; a link for the set-up of your own is printed
DATABASE_URL, REDIS_URL: use these servers and start none
"""


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


class Supervisor:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.folder = data_dir()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.empty = env_bool("BACKOFFICE_DEMO_EMPTY", False)
        self.record = Record(self.folder / "demo.json")
        self.children: list[Child] = []
        self.shared: SharedServers | None = None

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    def run(self) -> int:
        """Until it is stopped. Exit code 0 after a stop that was asked for."""
        with OnlyOne(self.folder / ".demo") as self.place:
            try:
                _listen_for_stop()
                self._start()
                return self._watch()
            except (Stopped, KeyboardInterrupt):
                return 0
            finally:
                _ignore_further_signals()
                self.place.note("stopping")
                self._stop()

    def _start(self) -> None:
        os.environ["BACKOFFICE_MODE"] = "demo"
        self._end_survivors()
        self._start_servers()
        self._load_company()
        self._start_children()
        self._wait_for_first_page()

    def _end_survivors(self) -> None:
        if survivors := self.record.survivors():
            self.say(f"ending {len(survivors)} processes that a killed demo left")
            stop_all(survivors)

    def _start_servers(self) -> None:
        if given():
            self.say("using the servers of DATABASE_URL and REDIS_URL")
            self.say("migrating the database")
            _manage("migrate", "--verbosity", "0", BACKOFFICE_AS_OWNER="1")
            return
        own_database = not os.environ.get("DATABASE_URL")
        self.shared = SharedServers(self.folder)
        root = self.shared.servers.root  # elsewhere, where the servers' account cannot reach the folder
        self.say(f"{'starting' if (root / 'pg').exists() else 'creating'} PostgreSQL and Valkey in {root}")
        with _stop_later():
            self.shared.join()
        publish(self.shared.servers)
        if own_database:
            migrate_if_needed(self.shared.servers, self.say)
        else:
            _manage("migrate", "--verbosity", "0", BACKOFFICE_AS_OWNER="1")

    def _load_company(self) -> None:
        """Once, and whole: load_demo is one transaction."""
        if not (self.empty or _has_company()):
            self.say("loading the demo company")
            _manage("load_demo")

    def _start_children(self) -> None:
        wanted = env_int("BACKOFFICE_PORT", 8000)
        self.port = free_port(wanted)
        if wanted and self.port != wanted:
            self.say(f"port {wanted} is taken, using {self.port}")
        self.say("starting web, worker and beat")
        wanted_commands = commands(self.port) if self.empty else commands(self.port) | sample_shop(self.folder)
        wanted_commands |= self._floor()
        for name, command in wanted_commands.items():
            self.children.append(Child(name, command, log=self.folder / f"{name}.log"))
        for child in self.children:
            child.start()
        self.record.write(self.children)

    def _floor(self) -> dict[str, list[str]]:
        """HTTPS for handhelds, once `manage.py floor_certificates` has made certificates: for the whole network."""
        folder = self.folder / "floor"
        self.floor_names = names_of(folder)
        if not self.floor_names:
            return {}
        hosts = os.environ.get("BACKOFFICE_ALLOWED_HOSTS") or "localhost,127.0.0.1,[::1]"
        os.environ["BACKOFFICE_ALLOWED_HOSTS"] = ",".join([hosts, *self.floor_names])
        self.floor_port = env_int("BACKOFFICE_FLOOR_PORT", 8443)
        os.environ.setdefault("BACKOFFICE_FLOOR_URL", f"https://{self.floor_names[0]}:{self.floor_port}")
        return {"floor": floor_command(self.floor_port, folder)}

    def _wait_for_first_page(self) -> None:
        end = time.monotonic() + FIRST_ANSWER_TIMEOUT_S
        first = "/admin/login/" if _has_company() else "/setup/"
        while not (answers(self.port, "/healthz") and answers(self.port, first)):
            self._look_after_children()
            if time.monotonic() > end:
                raise SystemExit(f"no page after {FIRST_ANSWER_TIMEOUT_S} s; see {self.folder}/web.log")
            time.sleep(0.2)
        self.place.note(f"runs on http://localhost:{self.port}/")
        self.say("ready")
        login = f"  user         {DEMO_USER}\n  password     {DEMO_PASSWORD}\n"
        if self.empty:
            login = "" if _has_company() else f"  set-up       {self._setup_link()}\n"
        if self.floor_names:
            login += f"  handhelds    https://{self.floor_names[0]}:{self.floor_port}/scan/\n"
        print(
            f"\n  Backoffice   http://localhost:{self.port}/\n{login}\n"
            f"  logs in {self.folder}; Ctrl-C stops everything, the data stays\n",
            flush=True,
        )

    def _setup_link(self) -> str:
        """With a new token: only who sees this line can make the company."""
        return _manage("setup_token", "--url", f"http://localhost:{self.port}").strip()

    def _watch(self) -> int:
        while True:
            time.sleep(0.5)
            self._look_after_children()

    def _look_after_children(self) -> None:
        """Start again what ended by itself, a bounded number of times."""
        for child in self.children:
            code = child.ended()
            if code is None:
                continue
            self.say(f"{child.name} ended with code {code}; the end of {child.log}:\n{child.last_words()}")
            if child.restarts == RESTARTS_ALLOWED:
                raise SystemExit(f"{child.name} does not stay up")
            child.restarts += 1
            time.sleep(child.restarts)
            child.start()
            self.record.write(self.children)

    def _stop(self) -> None:
        running = [child.process.pid for child in self.children if child.process and child.ended() is None]
        if running:
            self.say("stopping")
        stop_all([psutil.Process(pid) for pid in running if psutil.pid_exists(pid)])
        self.record.file.unlink(missing_ok=True)
        if self.shared and not self.shared.leave():
            self.say("the servers stay up: another command is using them")
        self.say("stopped")


def commands(port: int) -> dict[str, list[str]]:
    """What a demo consists of, beside the servers."""
    python = [sys.executable, "-m"]
    return {
        "web": [
            *python, "gunicorn", "backoffice.wsgi:application", "--bind", f"{LOOPBACK}:{port}", "--preload",
            "--worker-class", "backoffice.web_worker.WaitTellingWorker", "--workers", "2", "--threads", "4", "--graceful-timeout", "5",
            "--timeout", "120", "--log-level", "warning", "--no-control-socket",
        ],
        "worker": [
            *python, "celery", "-A", "backoffice", "worker", "--concurrency", "1", "--queues", QUEUES,
            "--without-gossip", "--without-mingle", "--loglevel", "warning",
        ],
        "beat": [*python, "celery", "-A", "backoffice", "beat", "--pidfile=", "--loglevel", "warning"],
    }  # fmt: skip


def floor_command(port: int, folder: Path) -> list[str]:
    """The same pages over HTTPS, on every address of this machine."""
    return [
        sys.executable, "-m", "gunicorn", "backoffice.wsgi:application", "--bind", f"0.0.0.0:{port}", "--preload",
        "--worker-class", "backoffice.web_worker.WaitTellingWorker", "--workers", "1", "--threads", "4", "--graceful-timeout", "5",
        "--certfile", str(folder / CERT), "--keyfile", str(folder / KEY), "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip


def sample_shop(folder: Path) -> dict[str, list[str]]:
    """A marketplace that keeps sending orders and takes stock and tracking."""
    state = str(folder / "sample-shop.sqlite3")
    return {
        "shop": [
            sys.executable, str(PROJECT / "manage.py"), "fake_channel",
            "--channel", SAMPLE_CHANNEL, "--state", state, "--orders-per-minute", "2",
        ]
    }  # fmt: skip


def _manage(*arguments: str, **environment: str) -> str:
    """What it prints, where `setup_token` is asked; others print themselves."""
    command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment}, preexec_fn=end_with_parent(os.getpid()),
        stdout=subprocess.PIPE if arguments[0] == "setup_token" else None, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"`manage.py {arguments[0]}` failed")
    return done.stdout or ""


def _has_company() -> bool:
    with psycopg.connect(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM accounting_company)").fetchone()
    return bool(row and row[0])


def _listen_for_stop() -> None:
    def stop(signum: int, frame: FrameType | None) -> None:
        raise Stopped

    for sign in STOP_SIGNALS:
        signal.signal(sign, stop)
    if os.environ.pop("BACKOFFICE_END_WITH_PARENT", "") and (ask := end_with_parent(os.getppid())):
        ask()  # `make demo`: make may be killed, and would leave this process behind


@contextlib.contextmanager
def _stop_later() -> Iterator[None]:
    """A stop that is asked for meanwhile comes at the end: a server that is half up has no pid yet to stop it by."""
    asked: list[int] = []
    usual = {sign: signal.signal(sign, lambda signum, frame: asked.append(signum)) for sign in STOP_SIGNALS}
    try:
        yield
    finally:
        for sign, handler in usual.items():
            signal.signal(sign, handler)
    if asked:
        raise Stopped


def _ignore_further_signals() -> None:
    for sign in STOP_SIGNALS:
        signal.signal(sign, signal.SIG_IGN)


def main(arguments: Sequence[str] = ()) -> int:
    if arguments:
        print(USAGE)
        return 0 if arguments[0] in ("-h", "--help") else 2
    return Supervisor().run()
