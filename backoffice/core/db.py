"""Small helpers around the database: set-based inserts, retries, the database's clock."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import OperationalError, connection

T = TypeVar("T")

# serialization failure, deadlock detected, lock not available
RETRIED = frozenset({"40001", "40P01", "55P03"})


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE behind a Django database error, or ""."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed when simply done again."""
    return sqlstate(error) in RETRIED


def retry_serialization(work: Callable[[], T], *, tries: int = 5) -> T:
    """Call `work`, again when the database gave way to another transaction; for the edge, outermost only.

    `work` opens its own transaction and must be safe to repeat. Inside an open transaction it is called
    once, for only the outermost can begin anew.

    Raises the last OperationalError after `tries`.
    """
    if connection.in_atomic_block:
        return work()
    for attempt in range(1, tries + 1):
        try:
            return work()
        except OperationalError as error:
            if attempt == tries or not is_transient(error):
                raise
            time.sleep(random.uniform(0.01, 0.03) * 2**attempt)
    raise AssertionError("unreachable")


def insert_rows(
    table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]], *, suffix: str = ""
) -> list[tuple[Any, ...]]:
    """Insert rows with one statement, whatever their number; what RETURNING in `suffix` gives.

    columns: the PostgreSQL type of each column, by name, in the order of each row's values. jsonb is given
    as text. Columns not named take the database's defaults. suffix: e.g. "RETURNING id" or "ON CONFLICT …".
    Rows are inserted in their order, so ids rise with it. No rows: no statement.
    """
    if not rows:
        return []
    names = ", ".join(columns)
    arrays = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in columns.values())
    values = ", ".join(f"{name}::jsonb" if kind == "jsonb" else name for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM unnest({arrays})"
            f" WITH ORDINALITY AS given({names}, ordinal_of_row) ORDER BY ordinal_of_row {suffix}",
            [list(column) for column in zip(*rows, strict=True)],
        )
        return cursor.fetchall() if cursor.description else []


def database_now() -> datetime:
    """The database's clock now, not the transaction's start: for leases, expiry and ticks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
