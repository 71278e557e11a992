"""Every test runs as the application's role; only migrating and the flush between tests use the owner."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from backoffice.core.roles import APP, OWNER

# Reference rows made after migrate: emptied by no test, so they need not be made again after each.
KEPT = (
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)


def _flush_as_owner(plain: Any) -> Any:
    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {OWNER}")
        try:
            plain(self, sql_list)
        finally:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {APP}")

    return execute_sql_flush


def _keep_reference_rows(plain: Any) -> Any:
    def sql_flush(
        self: DatabaseOperations, style: Any, tables: list[str], **options: Any
    ) -> list[str]:
        return plain(
            self, style, [table for table in tables if table not in KEPT], **options
        )

    return sql_flush


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After the database is made and migrated by the login, all connections take on the app's role."""
    patch = pytest.MonkeyPatch()
    patch.setattr(
        DatabaseOperations,
        "execute_sql_flush",
        _flush_as_owner(DatabaseOperations.execute_sql_flush),
    )
    patch.setattr(
        DatabaseOperations,
        "sql_flush",
        _keep_reference_rows(DatabaseOperations.sql_flush),
    )
    with django_db_blocker.unblock():
        connection.close()
        patch.setitem(connection.settings_dict["OPTIONS"], "assume_role", APP)
        yield
        connection.close()
        patch.undo()
