"""Files of the set-up agree with each other."""

import re
import subprocess

import pytest

from backoffice.embedded import WITHOUT_SERVICES
from tests.infra.servers import PROJECT

UV = PROJECT / ".tools" / "bin" / "uv"


def _make(*arguments: str) -> str:
    return subprocess.run(["make", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True).stdout


def test_make_help_names_every_command():
    shown = {line.split()[0] for line in _make("help").splitlines()}

    assert shown >= {"help", "setup", "demo", "test", "check", "fmt", "bench", "audit", "sbom"}


def test_ci_runs_test_and_check_with_a_browser():
    steps = (PROJECT / ".ci" / "run").read_text()

    assert re.search(r"^REQUIRE_BROWSER=1 .*make test$", steps, re.MULTILINE)
    assert re.search(r"^make check$", steps, re.MULTILINE)
    assert re.search(r"^make audit$", steps, re.MULTILINE)
    assert "set -euo pipefail" in steps


def test_requirements_are_those_of_the_lock():
    uv = UV if UV.exists() else "uv"
    command = [uv, "export", "--quiet", "--frozen", "--offline", "--no-default-groups", "--extra", "embedded"]
    try:
        exported = subprocess.run([*command, "--no-header"], cwd=PROJECT, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no uv on this machine")

    assert exported.stdout == (PROJECT / "requirements.txt").read_text(), "run `make lock`"


@pytest.mark.parametrize("command", ["check", "collectstatic", "makemigrations"])
def test_commands_on_files_start_no_servers(command):
    assert command in WITHOUT_SERVICES


def test_the_settings_of_the_documentation_exist():
    text = (PROJECT / "docs" / "operations.md").read_text()
    code = "".join(path.read_text() for path in (PROJECT / "backoffice").rglob("*.py"))
    code += "".join(path.read_text() for path in (PROJECT / "tests" / "plugins").glob("*.py"))
    code += (PROJECT / "docker-compose.yml").read_text()

    assert [name for name in set(re.findall(r"BACKOFFICE_[A-Z_]+", text)) if name not in code] == []
