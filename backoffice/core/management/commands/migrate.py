"""Django's migrate, run as the owner role and followed by the grants and the staff roles."""

import time
from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import OperationalError, connections

from backoffice.core.batched_migrations import batched
from backoffice.core.db import sqlstate
from backoffice.core.grants import apply_grants
from backoffice.core.roles import as_owner
from backoffice.core.staff import sync_roles

LOCK_NOT_AVAILABLE = "55P03"
LOCK_TIMEOUT_MS, TRIES, PAUSE_S = 800, 60, 1.0  # so that no request waits a second for a migration that waits


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
        with connection.cursor() as cursor:
            # Whoever waits for a table holds up all who come after: rather give way, and try again.
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
        self._apply(*args, **options)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        if not (options["plan"] or options["check_unapplied"]):
            apply_grants(connection)
            if "auth_group_permissions" in connection.introspection.table_names():  # not when going back to zero
                sync_roles()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('backoffice.migrate'))")

    def _apply(self, *args: Any, **options: Any) -> None:
        """Apply what is left; a migration that did not get its locks was rolled back and is tried again."""
        for attempt in range(1, TRIES + 1):
            try:
                with batched():
                    super().handle(*args, **options)
                return
            except OperationalError as error:
                if sqlstate(error) != LOCK_NOT_AVAILABLE or attempt == TRIES:
                    raise
                self.stderr.write(f"a table is in use; trying again ({attempt} of {TRIES})")
                time.sleep(PAUSE_S)
