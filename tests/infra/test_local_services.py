"""The servers that manage.py shares: joined, left, published; nothing is started when the URLs are given."""

import os
import signal

import pytest

from backoffice.embedded.local import SharedServers
from backoffice.embedded.processes import until
from tests.infra.servers import embedded, python, reachable_folder

STAY = (
    "import time; from pathlib import Path; from backoffice.embedded.local import SharedServers; "
    "s = SharedServers(Path({root!r})).join(); print('joined', flush=True); time.sleep({seconds}); print(s.leave())"
)


@pytest.fixture
def root():
    with reachable_folder() as folder, embedded(folder / "data") as servers:
        yield servers.root


def test_the_last_to_leave_stops_the_servers(root):
    first, second = SharedServers(root).join(), SharedServers(root).join()

    assert first.leave() is False
    assert second.servers.ok()
    assert second.leave() is True
    assert not second.servers.ok()


def test_another_process_keeps_the_servers_up(root):
    other = python(STAY.format(root=str(root), seconds=3))
    assert other.stdout.readline() == "joined\n"
    here = SharedServers(root).join()

    assert here.leave() is False

    assert here.servers.ok()
    assert other.communicate(timeout=30)[0] == "True\n"
    assert not here.servers.ok()


def test_a_killed_user_hinders_nobody(root):
    other = python(STAY.format(root=str(root), seconds=60))
    assert other.stdout.readline() == "joined\n"
    other.send_signal(signal.SIGKILL)
    other.communicate()

    here = SharedServers(root).join()

    assert here.servers.ok()
    assert here.leave() is True
    assert until(lambda: not here.servers.ok(), 5)


def test_given_addresses_start_nothing_and_need_no_wheels(root):
    code = (
        "import sys; from backoffice.embedded import ensure_services; ensure_services(['manage.py', 'shell']); "
        "print([m for m in ('psutil', 'backoffice.embedded.servers') if m in sys.modules])"
    )
    given = python(code, DATABASE_URL="postgresql://x/y", REDIS_URL="redis://x/0", BACKOFFICE_DATA_DIR=str(root))

    assert given.communicate()[0] == "[]\n"
    assert not (root / "pg").exists()


def test_importing_settings_starts_nothing(root):
    code = "import sys, backoffice.settings; print('backoffice.embedded.servers' in sys.modules)"
    imported = python(code, BACKOFFICE_DATA_DIR=str(root))

    assert imported.communicate()[0] == "False\n"
    assert not (root / "pg").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "BACKOFFICE_SECRET_KEY is not set: give a long random value, the same on every host.\n"),
        ({"BACKOFFICE_SECRET_KEY": "x" * 50}, "BACKOFFICE_SECRETS_KEY is not set: give a key of python -c"),
    ],
)
def test_production_refuses_the_insecure_key_and_none_to_seal_with(root, given, sentence):
    code = "import backoffice.wsgi"
    started = python(code, DATABASE_URL="postgresql://x/y", REDIS_URL="redis://x/0", **given)

    output = started.communicate()[0]

    assert started.returncode == 1
    assert output.startswith(sentence) and output.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BACKOFFICE_DEBUG", "maybe", "BACKOFFICE_DEBUG='maybe': give 1 or 0."),
        ("BACKOFFICE_MODE", "prod", "BACKOFFICE_MODE='prod': give one of production, local, demo, test."),
        ("BACKOFFICE_SESSION_HOURS", "ten", "BACKOFFICE_SESSION_HOURS='ten': give a whole number."),
    ],
)
def test_a_bad_setting_is_named(name, value, sentence):
    started = python("import backoffice.settings", **{name: value})

    assert started.communicate()[0] == sentence + "\n"
    assert os.WEXITSTATUS(started.returncode << 8) == 1
