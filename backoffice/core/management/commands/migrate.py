"""Django's migrate, run as the owner role and followed by the grants and the staff roles."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from backoffice.core.batched_migrations import batched
from backoffice.core.grants import apply_grants
from backoffice.core.roles import as_owner
from backoffice.core.staff import sync_roles


class Command(DjangoMigrate):
    """Works on an empty cluster: the roles are made first, by the login itself."""

    def execute(self, *args: Any, **options: Any) -> Any:
        # execute and not handle: the system checks already ask the server for its version.
        with as_owner(connections[options["database"]]):
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            # One migrate at a time in this database; the lock ends with the owner's connection.
            cursor.execute("SELECT pg_advisory_lock(hashtext('backoffice.migrate'))")
        with batched():
            super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            apply_grants(connection)
            if "auth_group_permissions" in connection.introspection.table_names():  # not when going back to zero
                sync_roles()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('backoffice.migrate'))")
