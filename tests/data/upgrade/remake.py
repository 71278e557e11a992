"""Makes the backup that tests/flows/test_upgrade.py migrates: the demo company as an older commit makes it.

    .venv/bin/python tests/data/upgrade/remake.py COMMIT     # a release, or any commit of the history

Servers of its own are started; the old code runs in a worktree of its own, under this environment's Python.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2]
DAYS = 17  # of trade: some orders are paid, completed and returned, and the file stays small
LOAD = f"""
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
import django
django.setup()
from django.core.management import call_command
from backoffice.demo import history
history.DAYS = {DAYS}
call_command("migrate", verbosity=0)
call_command("load_demo")
call_command("prove")  # exits where what the old version made does not hold
"""
DUMP = """
import os, sys
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
import django
django.setup()
from backoffice.backups import make_backup
print(make_backup(Path(sys.argv[1]), url=os.environ["DATABASE_URL"], media=Path(sys.argv[2]), say=lambda *_said: None))
"""


def run(code: str, *arguments: str, folder: Path, **environment: str) -> str:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "DATABASE_"))}
    given |= {"BACKOFFICE_MODE": "demo", "BACKOFFICE_AS_OWNER": "1", "PYTHONPATH": str(folder)} | environment
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, env=given, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def main(commit: str) -> None:
    sys.path.insert(0, str(PROJECT))
    from backoffice.embedded.servers import Embedded

    folder = Path(tempfile.mkdtemp(prefix="bo-upgrade-", dir="/tmp"))
    folder.chmod(0o755)
    old, servers = folder / "old", Embedded(folder / "data", durable=False)
    subprocess.run(["git", "worktree", "add", "--detach", str(old), commit], cwd=PROJECT, check=True)
    try:
        servers.up()
        addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        media = folder / "media"
        media.mkdir()
        run(LOAD, folder=old, BACKOFFICE_MEDIA_ROOT=str(media), **addresses)
        made = Path(run(DUMP, str(folder / "backups"), str(media), folder=PROJECT, **addresses))
        shutil.rmtree(HERE / "backup", ignore_errors=True)
        shutil.copytree(made, HERE / "backup")
        full = subprocess.run(["git", "rev-parse", commit], cwd=PROJECT, check=True, capture_output=True, text=True)
        (HERE / "backup" / "commit").write_text(full.stdout)
    finally:
        servers.down()
        subprocess.run(["git", "worktree", "remove", "--force", str(old)], cwd=PROJECT, check=False)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
