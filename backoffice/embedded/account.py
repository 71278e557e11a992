"""The account that the servers run as, and the folders it owns."""

import os
import pwd
import subprocess
from pathlib import Path
from typing import TypedDict

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class _Ids(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class ServiceAccount:
    """This user; for root, whom PostgreSQL refuses, an existing plain account (BACKOFFICE_EMBEDDED_USER)."""

    def __init__(self) -> None:
        self.ids: _Ids = {}
        self.uid = os.geteuid()
        if self.uid == 0:
            entry = pwd.getpwnam(os.environ.get("BACKOFFICE_EMBEDDED_USER", "nobody"))
            self.uid = entry.pw_uid
            self.ids = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def own(self, folder: Path) -> Path:
        """Make the folder if it is missing, private to the account. Refuses somebody else's, and a symlink."""
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (self.uid, os.geteuid()):
            raise SystemExit(f"{folder} belongs to somebody else; give another folder in BACKOFFICE_DATA_DIR")
        os.chown(folder, self.uid, -1)
        folder.chmod(0o700)
        return folder

    def may(self, flag: str, path: Path) -> bool:
        """Whether the account may use the path: flag `-w` to write, `-x` to execute."""
        return self.run("test", flag, path).returncode == 0

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run to the end and give back what it said. The output goes to a pipe that must be read: not for daemons."""
        return subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", umask=0o077, env=ENVIRONMENT, **self.ids,
        )  # fmt: skip

    def launch(self, *command: str | Path) -> subprocess.Popen[bytes]:
        """Start something that outlives this process."""
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", umask=0o077, env=ENVIRONMENT, start_new_session=True, **self.ids,
        )  # fmt: skip
