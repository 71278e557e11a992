"""Every test runs as the application's role; only migrating and the flush between tests use the owner."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck, settings

from backoffice.core.roles import APP, OWNER, role

# The same passwords' hashes with little work: a fifth of the suite's time went into making people.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

admin.autodiscover()  # tests ask the site for its pages, some of them while they are collected

# Files that take minutes are begun first: at the end they would keep one of the two cores waiting.
LONG = ("api/fuzz", "faults", "flows", "rights", "races", "peers", "browser", "security")

# Reference rows made after migrate: emptied by no test, so they need not be made again after each.
KEPT = (
    "django_migrations",
    "inventory_unit",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)


# Only tables with rows are touched: a TRUNCATE of all of them rewrites hundreds of files after each test, and even
# a look into each table costs more than many a test: one without a file has never had a row.
# Nothing refers to a row that stays, so the foreign keys' and the books' triggers may rest (replica).
EMPTY = """
DO $$
DECLARE name text; filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL ({kept}) AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
END $$
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    items.sort(key=lambda item: not item.path.relative_to(here).as_posix().startswith(LONG))


def _flush(plain: Any) -> Any:
    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")
            if cursor.fetchone()[0]:
                with role(self.connection, "none"):
                    cursor.execute(EMPTY.format(kept=f"ARRAY{list(KEPT)}"))
                return
        with role(self.connection, OWNER):
            plain(self, sql_list)

    return execute_sql_flush


def _keep_reference_rows(plain: Any) -> Any:
    def sql_flush(self: DatabaseOperations, style: Any, tables: list[str], **options: Any) -> list[str]:
        return plain(self, style, [table for table in tables if table not in KEPT], **options)

    return sql_flush


@pytest.fixture
def unlimited_memory(settings: Any) -> None:
    """For workers inside the tests' own process: their limit would stay, for it and for all that it starts later."""
    settings.TASK_MEMORY_MB = 0


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After the database is made and migrated by the login, all connections take on the app's role."""
    patch = pytest.MonkeyPatch()
    patch.setattr(
        DatabaseOperations,
        "execute_sql_flush",
        _flush(DatabaseOperations.execute_sql_flush),
    )
    patch.setattr(
        DatabaseOperations,
        "sql_flush",
        _keep_reference_rows(DatabaseOperations.sql_flush),
    )
    # What follows a migrate makes reference rows only, and looks for all of them.
    patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_options: None)
    with django_db_blocker.unblock():
        connection.close()
        patch.setitem(connection.settings_dict["OPTIONS"], "assume_role", APP)
        yield
        connection.close()
        patch.undo()
