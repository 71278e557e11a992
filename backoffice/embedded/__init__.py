"""PostgreSQL and Valkey from Python wheels, for a laptop, the demo and the tests.

`ensure_services` is called by manage.py, the WSGI module and the Celery app. With DATABASE_URL and REDIS_URL
given it starts nothing, and nothing of the servers' code is imported. Settings only read the addresses.
"""

import os
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent

# They read or write files only, or look after the servers themselves.
WITHOUT_SERVICES = {
    "check", "collectstatic", "compilemessages", "demo", "diffsettings", "findstatic", "floor_certificates", "help", "makemessages",
    "makemigrations", "spectacular", "sqlmigrate", "startapp", "test", "version", "--help", "-h", "--version",
}  # fmt: skip
AS_OWNER = {"flush", "makemigrations", "migrate", "restore", "showmigrations", "sqlflush", "sqlmigrate"}


def data_dir() -> Path:
    """Where the embedded servers keep their data: BACKOFFICE_DATA_DIR, or `.local` in the checkout."""
    return Path(os.environ.get("BACKOFFICE_DATA_DIR") or PROJECT / ".local").absolute()


def given() -> bool:
    """Whether both addresses are given, so that nothing is to be started."""
    return bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def ensure_services(argv: Sequence[str] = ()) -> None:
    """Start the embedded servers unless both URLs are given, migrate them, and publish the addresses.

    argv: the command line of manage.py; commands that need no server get none, and those that change the
    schema work as the owner of the tables. The servers stop when the last process that uses them ends.
    """
    command = argv[1] if len(argv) > 1 else ""
    if command in AS_OWNER:
        os.environ["BACKOFFICE_AS_OWNER"] = "1"
    if given():
        return
    os.environ.setdefault("BACKOFFICE_MODE", "local")
    if command in WITHOUT_SERVICES or (argv and not command) or (command == "restore" and "--into" in argv):
        return
    from backoffice.embedded.local import use_local_services

    own_database = not os.environ.get("DATABASE_URL")
    use_local_services(data_dir(), migrate=own_database and command not in AS_OWNER)
