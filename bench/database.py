"""A database of the measurements' own, never the demo's: made anew for every run, or kept under a name
(BACKOFFICE_BENCH_KEPT) for as long as the schema stays the same.

Without DATABASE_URL: servers under `.bench/` (BACKOFFICE_BENCH_DIR), fsync on. With it: on that server, in
`<name>_bench`. A migrated template is kept beside it, so a run starts in a second.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent
_servers: list[object] = []  # as long as the process lives


def use_own_database() -> None:
    """Point this process at an empty, migrated database; call before Django reads its settings."""
    os.environ.setdefault("BACKOFFICE_MODE", "local")
    if not os.environ.get("DATABASE_URL"):
        _join_own_servers()
    os.environ.setdefault("REDIS_URL", "redis://localhost:6379/0")  # nothing here uses it
    os.environ["BACKOFFICE_CONN_MAX_AGE"] = "3600"
    given = urlsplit(os.environ["DATABASE_URL"])
    name = f"{given.path.lstrip('/') or 'backoffice'}_bench"
    template = f"{name}_{_schema_digest()[:10]}"
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if os.environ.get(variable):
            os.environ[variable] = urlsplit(os.environ[variable])._replace(path=f"/{template}").geturl()
    _make_template(given.geturl(), name, template)
    kept = os.environ.get("BACKOFFICE_BENCH_KEPT", "") or _grown_stock(sys.argv[2:])
    if kept:  # a data set that stays for the next run, until the schema changes
        name = f"{template}_{kept}"
    if not (kept and _exists(given.geturl(), name)):
        _copy(given.geturl(), template, name)
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if os.environ.get(variable):
            os.environ[variable] = urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()


def _grown_stock(words: list[str]) -> str:
    """The name of the kept data that the measurement asks for (bench/stock_data.py, books_data.py); empty for the others."""
    if words[:1] == ["statements"]:
        parser = argparse.ArgumentParser(add_help=False)
        parser.add_argument("--invoices", type=int, default=500_000)
        return f"books_{parser.parse_known_args(words[1:])[0].invoices}"
    if words[:1] not in (["availability"], ["valuation"], ["receipt"]):
        return ""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--skus", type=int, default=100_000)
    parser.add_argument("--warehouses", type=int, default=5)
    size, _rest = parser.parse_known_args(words[1:])
    return f"stock_{size.skus}_{size.warehouses}"


def _join_own_servers() -> None:
    from backoffice.embedded.local import SharedServers, publish

    folder = Path(os.environ.get("BACKOFFICE_BENCH_DIR") or PROJECT / ".bench").absolute()
    shared = SharedServers(folder).join()
    _servers.append(shared)
    joined = os.getpid()
    import atexit

    atexit.register(lambda: shared.leave() if os.getpid() == joined else None)
    publish(shared.servers)


def _schema_digest() -> str:
    digest = hashlib.sha256()
    rooms = ("migrations", "models")
    ground = ("fields", "grants/*", "roles", "triggers")
    for pattern in (
        *(f"{place}/{room}/*.py" for place in ("*", "backoffice/core") for room in rooms),
        *(f"backoffice/core/{module}.py" for module in ground),
    ):
        for path in sorted(PROJECT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _exists(server: str, name: str) -> bool:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _make_template(server: str, name: str, template: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(server, autocommit=True) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name}\\_%"]).fetchall()
        present = {found for (found,) in rows}
        if template in present:
            return
        for old in present:  # of former schemas
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(template)))
    print("migrating the benchmark's database", file=sys.stderr, flush=True)
    command = [sys.executable, str(PROJECT / "manage.py"), "migrate", "--verbosity", "0"]
    if subprocess.run(command, env={**os.environ, "BACKOFFICE_AS_OWNER": "1"}).returncode:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(template)))
        raise SystemExit("the benchmark's database could not be migrated")


def _copy(server: str, template: str, name: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(server, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        except psycopg.errors.ObjectInUse as error:
            raise SystemExit(f"another measurement is using the database {name}") from error
