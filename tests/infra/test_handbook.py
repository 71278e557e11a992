"""docs/operations.md as an operator with an empty host reads it: each of its commands is run, from top to bottom.

Outside Docker, by `tests/infra/composed.py`. What is fenced in the document runs as it stands there; a line that neither runs here
nor is named below with a reason or with the test that runs it fails.
"""

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.core.management import get_commands

from tests.infra.composed import POOLER, PROXY, SYSTEM, VENV, Compose
from tests.infra.servers import PROJECT, reachable_folder

HANDBOOK = (PROJECT / "docs" / "operations.md").read_text()
NAME = "backoffice.example"
# Why a line cannot run here.
NOT_HERE = {
    "apt-get install": "puts packages on the host, as root and from the network",
    "git pull": "the version to come is not here yet",
    "docker-compose -f docker-compose.yml -f deploy/floor.yml up -d": "is Caddy again, with other files; test_compose.py has them read",
}
# Which test runs it instead.
ELSEWHERE = {
    ".venv/bin/python manage.py setup_company": "tests/dashboard/test_setup.py::test_the_command_as_the_handbook_has_it_makes_a_company",
    "docker-compose run --rm migrate python manage.py files_to_bucket":
        "tests/flows/test_bucket.py::test_a_backup_names_what_is_not_in_it_and_a_folders_files_come_into_the_bucket",
}  # fmt: skip
# What a machine without Caddy leaves out.
OF_CADDY = ("docker-compose exec -T caddy", "curl")
# Sections in the order in which an operator comes to them.
ORDER = ("A company of your own", "From an empty host to a running company", "Real servers", "Handhelds")


def fenced() -> dict[str, list[str]]:
    """The commands in each section's fences, a line continued by a backslash as one."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^##+ ", HANDBOOK, flags=re.MULTILINE)[1:]:
        title = part.splitlines()[0]
        for language, block in re.findall(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", part, re.DOTALL | re.MULTILINE):
            assert language in ("sh", "cron"), f"{title}: a fence of {language!r}; mark commands as sh"
            lines = [line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip()]
            found.setdefault(title, []).extend(_of_cron(line) if language == "cron" else line for line in lines)
    return found


def _of_cron(line: str) -> str:
    told = re.fullmatch(r"([\d*/,-]+ ){5}root cd /srv/backoffice && (.*)", line)
    assert told, f"no line of cron: {line}"
    return told[2]


def _named(line: str, table: dict[str, str]) -> str | None:
    return next((said for begun, said in table.items() if line.startswith(begun)), None)


@dataclass
class Walk:
    """The host, and what each command said."""

    folder: Path
    compose: Compose
    said: dict[str, list[str]] = field(default_factory=dict)

    def do(self, line: str) -> str:
        shell = ["bash", "-euo", "pipefail", "-c", _as_anybody(line, self.compose.ports)]
        path = {"PATH": f"{self.folder / 'bin'}:{SYSTEM}"}
        done = subprocess.run(shell, cwd=self.folder, env=path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, (line, done.stdout[-3000:], done.stderr[-3000:])
        self.said.setdefault(line, []).append(done.stdout)
        return done.stdout

    def ask(self, sql: str) -> object:
        with psycopg.connect(self.compose.environment("migrate")["DATABASE_OWNER_URL"]) as connection:
            return connection.execute(sql).fetchone()[0]


def _as_anybody(line: str, ports: dict[str, int]) -> str:
    """The same where the name leads nowhere, and for who may not give folders away."""
    line = line.replace("curl ", f"curl --silent --show-error --connect-to ::127.0.0.1:{ports['secure']} ")
    return line if os.geteuid() == 0 else line.replace("-o 10001 -g 10001 ", "")


COMPANY = "SELECT string_agg(name, ' ') FROM accounting_company"
CLUSTER = "SELECT (pg_control_system()).system_identifier"


@pytest.fixture(scope="module")
def walk():
    """The whole way of the handbook, once; with a company that is set up by its own command in the place of the browser."""
    if os.environ.get("REQUIRE_COMPOSE") == "1" and not (POOLER and PROXY):
        pytest.fail("PgBouncer or Caddy is missing and REQUIRE_COMPOSE=1")
    with reachable_folder() as folder:
        (folder / "bin").mkdir()
        program = folder / "bin" / "docker-compose"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m tests.infra.composed "$@"\n')
        program.chmod(0o755)
        for name in ("deploy", ".env.example"):
            (folder / name).symlink_to(PROJECT / name)
        made = Walk(folder, Compose(folder))
        try:
            _walk(made)
            yield made
        finally:
            made.compose.stop()


def _walk(made: Walk) -> None:
    told = fenced()
    for title in ORDER:
        for line in told[title]:
            if _named(line, NOT_HERE) or _named(line, ELSEWHERE) or (not PROXY and line.startswith(OF_CADDY)):
                continue
            made.do(line)
            if "setup_token" in line:
                [company] = [line for line in told["A company of your own"] if "setup_company" in line]
                made.do(company.replace(".venv/bin/python", "docker-compose run --rm migrate python"))
                made.said["cluster"] = [str(made.ask(CLUSTER))]


def test_every_line_of_the_handbook_is_run_or_says_why_not():
    """Each fence of each section; what is run elsewhere is really there."""
    told = fenced()
    lines = [line for section in told.values() for line in section]

    assert set(told) == set(ORDER) and len(lines) > 30
    for table in (NOT_HERE, ELSEWHERE):
        assert [begun for begun in table if not any(line.startswith(begun) for line in lines)] == []
    for begun, test in ELSEWHERE.items():
        path, name = test.split("::")
        text = (PROJECT / path).read_text()
        assert f"def {name}(" in text and begun.split()[-1].removeprefix("-") in text, test


def test_every_command_that_the_handbook_names_exists_and_is_run_by_a_test():
    told = set(re.findall(r"manage\.py ([a-z_]+)", HANDBOOK)) - {"command", "demo"}  # manage.py's own
    walked = {
        name for lines in fenced().values() for line in lines for name in re.findall(r"manage\.py ([a-z_]+)", line)
    }
    tests = "".join(path.read_text() for path in (PROJECT / "tests").rglob("*.py"))
    asked = {name for name in told if re.search(rf'["\']{name}["\']', tests)}

    assert len(told) > 10 and told <= set(get_commands())
    assert told - asked - walked == set()


def test_an_empty_host_gets_values_that_nobody_knows(walk):
    given = dict(re.findall(r"^(\w+)=(.*)$", (walk.folder / ".env").read_text(), re.MULTILINE))

    for name in ("BACKOFFICE_SECRET_KEY", "POSTGRES_PASSWORD", "POSTGRES_APP_PASSWORD", "BACKOFFICE_METRICS_TOKEN"):
        assert re.fullmatch("[0-9a-f]{64}", given[name]), name
    Fernet(given["BACKOFFICE_SECRETS_KEY"])
    assert (walk.folder / ".env").stat().st_mode & 0o777 == 0o600
    assert (walk.folder / "backups").stat().st_mode & 0o777 == 0o700


def test_the_company_runs_is_backed_up_and_comes_back_in_the_place_of_the_former_cluster(walk):
    said = {line: texts[0] for line, texts in walk.said.items()}

    def of(part: str) -> str:
        return next(text for line, text in said.items() if part in line)

    assert of("manage.py prove").strip() == "OK"
    assert f"https://{NAME}/setup/?token=" in of("setup_token")
    assert "web Up (healthy)" in of("docker-compose ps") and "worker Up (healthy)" in of("docker-compose ps")
    assert not PROXY or json.loads(of("curl"))["status"] == "ok"
    assert of("ls -d /backups/*-base").startswith("whole: made") and of('--check "$(ls -d /backups/*Z').startswith(
        "whole"
    )
    assert "proof: OK" in of("--to latest") and "proof: OK" in of("/rehearsal")
    assert (walk.compose.data().parent / "before" / "PG_VERSION").exists()
    assert walk.ask(COMPANY) == "Amber Goods" and str(walk.ask(CLUSTER)) != walk.said["cluster"][0]
    assert walk.ask("SELECT count(*) FROM pg_database WHERE datname = 'rehearsal'") == 0
    # For the status page and its alarm: the first two were in the WAL, the third was made of the new cluster.
    assert walk.ask("SELECT count(*) FROM core_jobrun WHERE job = 'backup' AND status = 'ok'") == 3
    assert (walk.folder / "floor" / "server.pem").exists()


@pytest.mark.skipif(PROXY is None, reason="no Caddy (Debian: apt-get install caddy)")
def test_https_ends_at_caddy(walk):
    authority = (walk.folder / "root.crt").read_text()

    def ask(path: str, **headers: str) -> http.client.HTTPResponse:
        trusted = ssl.create_default_context(cadata=authority)
        link = http.client.HTTPSConnection(NAME, context=trusted, timeout=20)
        place = ("127.0.0.1", walk.compose.ports["secure"])
        link.sock = trusted.wrap_socket(socket.create_connection(place), server_hostname=NAME)
        link.request("GET", path, headers=headers)
        return link.getresponse()

    page = ask(
        "/admin/login/", **{"X-Forwarded-Proto": "http"}
    )  # a client's own is dropped, else this redirects for ever
    assert page.status == 200, walk.compose.log("web")
    assert "max-age" in page.headers["Strict-Transport-Security"]
    assert "Secure" in page.headers["Set-Cookie"]
    assert ask("/metrics").status == ask("/statusz").status == 404
    link = http.client.HTTPConnection("127.0.0.1", walk.compose.ports["plain"], timeout=20)
    link.request("GET", "/admin/", headers={"Host": NAME})
    assert link.getresponse().headers["Location"].startswith(f"https://{NAME}/admin")


def test_the_app_login_works_as_the_app_and_cannot_become_the_owner(walk):
    with psycopg.connect(walk.compose.environment("migrate")["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET ROLE backoffice_app")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE backoffice_owner")


@pytest.mark.skipif(POOLER is None, reason="no PgBouncer (Debian: apt-get install pgbouncer)")
def test_flows_run_through_the_pooler_and_nothing_of_a_session_leaks(walk):
    compose = walk.compose
    assert compose.stop(["caddy", "beat", "worker", "web"]) == 0  # each ends by itself in the time it is given
    variables = compose.environment("web") | {
        "PYTHONPATH": str(PROJECT),
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    }

    ran = subprocess.run(
        [VENV / "python", "-m", "tests.infra.pooled"],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr[-3000:]
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["connections"] == 2  # sixteen buyers on two
    assert told["sold"] == 5 and told["refused"] == 11  # of five
    assert (
        told["proof"] is True and told["work_mem"] == told["work_mem_after"] and told["roles"] == ["backoffice_web"] * 2
    )
    assert told["import"] == "import_running"  # needs a lock of its session: refused by name, with what to do


def test_health_checks_tell_down_from_up(walk):
    assert walk.compose.healthy("postgres")  # web's and worker's were asked by `docker-compose ps`
    walk.compose.stop(["worker", "web", "postgres"])

    assert [name for name in ("web", "worker", "postgres") if walk.compose.healthy(name)] == []
