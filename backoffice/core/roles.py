"""The database's roles, and how a connection takes one on.

Four NOLOGIN roles stand in the cluster; a login is a member and takes one on with SET ROLE:
owner (migrations), app (web, workers), ro (reports, prove), erase (blanks personal data).
With DATABASE_OWNER_URL the app's own login cannot become owner. With DATABASE_URL alone it can
(RESET ROLE), which is the weaker set-up.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, transaction
from django.db.utils import InternalError

OWNER = "backoffice_owner"
APP = "backoffice_app"
RO = "backoffice_ro"
ERASE = "backoffice_erase"
ROLES = (OWNER, APP, RO, ERASE)

_MAKE_ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another run was quicker
END $$
"""
_TRIES = 8


def ensure_roles(connection: Any) -> None:
    """Make the missing roles and give the current login and the owner what they need in this database.

    Roles are the cluster's, so two runs over two databases may meet here: each step is tried again when
    the catalog row was changed meanwhile.

    Raises ImproperlyConfigured, naming the statements, if the login may not do it.
    """
    for attempt in range(_TRIES):
        try:
            with transaction.atomic(using=connection.alias):
                _ensure(connection)
            return
        except InternalError:  # "tuple concurrently updated"
            time.sleep(0.05 * (attempt + 1))
        except DatabaseError as error:
            raise ImproperlyConfigured(
                f"The database login may not set up the roles ({str(error).strip()}). Let an administrator create "
                f"{', '.join(ROLES)} (NOLOGIN), grant them to the login, and grant CREATE on the database and "
                f"CREATE, USAGE on schema public to {OWNER}."
            ) from error
    raise ImproperlyConfigured("The database roles are being changed by others; run the command again.")


def _ensure(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])
        present = {name for (name,) in cursor.fetchall()}
        for role in ROLES:
            if role not in present:
                cursor.execute(_MAKE_ROLE.format(role=role))
        _grant_membership(cursor)
        cursor.execute(
            "SELECT current_database(), has_database_privilege(%s, current_database(), 'CREATE'),"
            " has_schema_privilege(%s, 'public', 'CREATE') AND has_schema_privilege(%s, 'public', 'USAGE')",
            [OWNER, OWNER, OWNER],
        )
        database, may_create, may_use = cursor.fetchone()
        if not may_create:
            cursor.execute(f"GRANT CREATE ON DATABASE {connection.ops.quote_name(database)} TO {OWNER}")
        if not may_use:
            cursor.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}")


def _grant_membership(cursor: Any) -> None:
    """This login may take on every role; the app's own login (if another) all but the owner."""
    cursor.execute("SELECT current_user")
    (me,) = cursor.fetchone()
    app_login = unquote(urlsplit(settings.DATABASE_URL).username or "")
    wanted = [(role, me, "WITH INHERIT FALSE, SET TRUE") for role in ROLES]
    if settings.DATABASE_OWNER_URL and app_login and app_login != me:
        wanted += [(APP, app_login, "WITH INHERIT TRUE, SET TRUE")]
        wanted += [(role, app_login, "WITH INHERIT FALSE, SET TRUE") for role in (RO, ERASE)]
    for role, login, how in wanted:
        cursor.execute("SELECT pg_has_role(%s, %s, 'SET')", [login, role])
        if not cursor.fetchone()[0]:
            cursor.execute(f'GRANT {role} TO "{login}" {how}')


@contextmanager
def role(connection: Any, name: str) -> Iterator[None]:
    """Run the block as another role on this very connection; a transaction may be open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        (before,) = cursor.fetchone()
        cursor.execute(f"SET ROLE {connection.ops.quote_name(name)}")
    try:
        yield
    except BaseException:
        # In an aborted transaction this fails too; its rollback restores the role.
        with suppress(DatabaseError):
            _set_role(connection, before)
        raise
    _set_role(connection, before)


def _set_role(connection: Any, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE" if name == "none" else f"SET ROLE {connection.ops.quote_name(name)}")


@contextmanager
def raw_login(connection: Any) -> Iterator[None]:
    """Reconnect without any role, as DATABASE_OWNER_URL's login if there is one; afterwards as before.

    Only outside a transaction: the connection is closed on the way in and out.
    """
    with _reconnected(connection):
        yield


@contextmanager
def as_owner(connection: Any) -> Iterator[None]:
    """Reconnect as the owner, making the roles first if need be; afterwards the connection is as before."""
    if connection.in_atomic_block:
        with role(connection, OWNER):
            yield
        return
    with _reconnected(connection):
        ensure_roles(connection)
        connection.settings_dict["OPTIONS"]["assume_role"] = OWNER
        _set_role(connection, OWNER)
        yield


@contextmanager
def _reconnected(connection: Any) -> Iterator[None]:
    before = connection.settings_dict
    changed = deepcopy(before)  # other threads keep theirs
    changed.update(_owner_login())
    changed["OPTIONS"].pop("assume_role", None)
    connection.close()
    connection.settings_dict = changed
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = before


def _owner_login() -> dict[str, str]:
    """The login's part of DATABASE_OWNER_URL; the database's name stays the connection's (tests rename it)."""
    if not settings.DATABASE_OWNER_URL:
        return {}
    parts = urlsplit(settings.DATABASE_OWNER_URL)
    return {
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": dict(parse_qsl(parts.query)).get("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
    }
