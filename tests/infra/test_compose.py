"""docker-compose.yml, .env.example, Dockerfile and the code agree with each other; test_handbook.py starts it all."""

import os
import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from tests.infra.composed import file
from tests.infra.servers import PROJECT


@pytest.fixture(scope="module")
def services():
    return file()


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
    named = set(re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yml").read_text()))
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


def test_app_login_needs_a_password():
    script = ["sh", PROJECT / "deploy" / "app-login.sh"]
    refused = subprocess.run(script, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)

    assert refused.returncode != 0
    assert "POSTGRES_APP_PASSWORD" in refused.stderr


def test_the_image_runs_what_compose_runs(services):
    last = (PROJECT / "Dockerfile").read_text().strip().splitlines()[-1]

    assert yaml.safe_load(last.removeprefix("CMD ")) == shlex.split(services["web"]["command"])


def test_the_image_copies_files_that_exist():
    for line in (PROJECT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            *sources, _ = line.split()[1:]
            assert [name for name in sources if not (PROJECT / name).exists()] == []
