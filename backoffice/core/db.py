"""Small helpers around the database: set-based inserts, retries, the database's clock."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg import ClientCursor
from psycopg.types.numeric import Int8Dumper

T = TypeVar("T")

LONG_LIST = 100
# Out of disk, memory or connections; going down, starting up; no connection (which has no state at all).
SCARCE = ("53", "57P", "08")
# serialization failure, deadlock detected, lock not available
RETRIED = frozenset({"40001", "40P01", "55P03"})
_PLAIN = frozenset({int, bool, Decimal, date, datetime})  # str() of each is what the server reads
_PLAIN_OR_NULL = _PLAIN | {type(None)}


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE behind a Django database error, or ""."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed when simply done again."""
    return sqlstate(error) in RETRIED


def is_scarce(error: BaseException) -> bool:
    """Whether the database had no room, memory or connection left, or is not there at all; nothing was written."""
    state = sqlstate(error)
    return state.startswith(SCARCE) or (isinstance(error, OperationalError) and not state)


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


def array_literal(values: Sequence[Any]) -> str:
    """A flat list as PostgreSQL reads it: many times quicker than the driver's own adapting of lists."""
    kinds = set(map(type, values))
    if kinds <= _PLAIN:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds <= _PLAIN_OR_NULL:
        return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
    if kinds == {str}:
        texts = '","'.join(values)
        if "\\" not in texts and texts.count('"') == 2 * (len(values) - 1):  # nothing to escape
            return '{"' + texts + '"}'
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (int, Decimal, date)):
        return str(value)
    if isinstance(value, bytes):  # the inbox's hashes
        return f'"\\\\x{value.hex()}"'
    raise TypeError(f"an array holds numbers, texts, bytes, dates and instants, not {type(value).__name__}")


class _PreparedCursor(ServerBindingCursor):
    """Prepares each statement with parameters at its first use on this connection.

    A statement with a long list is sent with its values instead, to be planned for them: what was planned for a
    few rows loops over the square of many.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if params is None:
            return super().execute(query, prepare=False, **options)
        longest = 0
        given: list[Any] = []
        for value in params.values() if isinstance(params, dict) else params:
            if type(value) is list:
                longest = max(longest, len(value))
                value = array_literal(value)
            given.append(value)
        if isinstance(params, dict):
            params = dict(zip(params, given, strict=True))
        else:
            params = given
        if longest >= LONG_LIST:
            own: Any = self
            text = ClientCursor(own.connection).mogrify(query, params)
            return super().execute(text, prepare=False, **options)
        return super().execute(query, params, prepare=True, **options)


class prepared_cursor:
    """Django's cursor for the kernels' own SQL: bound by the server and prepared, so it is planned once.

    Only for statements of a fixed text. The type of every parameter must be clear from its place or a cast
    (lists always: `= ANY(%s)`, `%s::bigint[]`), for the server sees it before the value; integers are bigint.
    Behind PgBouncer it is Django's usual cursor. Django's errors, its execute wrappers and its log of queries
    hold here too; where nobody asked for the last two, their layers are left out: they cost as much as sending.
    """

    __slots__ = ("_cursor", "_database")

    def __enter__(self) -> Any:
        database: Any = connections[DEFAULT_DB_ALIAS]
        if settings.PGBOUNCER:
            self._cursor = database.cursor()
            return self._cursor
        database.ensure_connection()
        raw = database.connection
        if raw.prepare_threshold is None:
            raw.prepare_threshold = 0
            raw.prepared_max = 1000
            raw.adapters.register_dumper(int, Int8Dumper)
        make: Any = _PreparedCursor
        self._cursor = make(raw)
        if database.execute_wrappers or database.queries_logged:
            self._cursor = database._prepare_cursor(self._cursor)
            return self._cursor
        database.validate_thread_sharing()
        self._database = database
        return self

    def __exit__(self, *error: Any) -> None:
        self._cursor.close()

    def execute(self, query: str, params: Any = None) -> None:
        self._database.validate_no_broken_transaction()
        with self._database.wrap_database_errors:
            self._cursor.execute(query, params)

    def fetchone(self) -> Any:
        with self._database.wrap_database_errors:
            return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        with self._database.wrap_database_errors:
            return self._cursor.fetchall()


Rows = Callable[[], list[tuple[Any, ...]]]


def ask(query: str, params: Sequence[Any]) -> Rows:
    """Send a statement of prepared_cursor now; its rows when they are called for, once.

    In a pipelined block what is asked for before then travels along: for reads that do not need each other's answers.
    """
    with ExitStack() as stack:
        cursor = stack.enter_context(prepared_cursor())
        cursor.execute(query, params)
        answered = stack.pop_all()

    def rows() -> list[tuple[Any, ...]]:
        with answered:
            return list(cursor.fetchall())

    return rows


Work = Callable[[list[Any]], None]
_tails: dict[int, dict[Work, list[Any]]] = {}  # of the open pipelined blocks, by thread


def at_end_of_pipeline(work: Work, items: Sequence[Any]) -> bool:
    """Have `work` called once with all items given for it, at the end of the outermost pipelined block.

    False outside such a block: nothing was kept.
    """
    tail = _tails.get(threading.get_ident())
    if tail is None:
        return False
    tail.setdefault(work, []).extend(items)
    return True


@contextmanager
def pipelined() -> Iterator[None]:
    """Statements whose answer nobody waits for travel together with the next one that is read.

    For kernels only: use it inside the transaction, as a decorator or a block, around statements of
    prepared_cursor that fetch what they need. A refusal of the database is raised at the next answer that
    is read, at the latest at the end of the block; the transaction is lost either way. No row counts inside.
    The outermost block ends with what at_end_of_pipeline kept: events of the outbox, in one statement.
    """
    thread = threading.get_ident()
    if thread in _tails:
        yield
        return
    _tails[thread] = {}
    try:
        with _driver_pipeline():
            yield
            for work, items in _tails.pop(thread).items():
                work(items)
    finally:
        _tails.pop(thread, None)


@contextmanager
def _driver_pipeline() -> Iterator[None]:
    database: Any = connections[DEFAULT_DB_ALIAS]
    if settings.PGBOUNCER or database.queries_logged:
        yield
        return
    database.ensure_connection()
    with database.wrap_database_errors, database.connection.pipeline():
        yield


@lru_cache(maxsize=500)
def _insert_text(table: str, columns: tuple[tuple[str, str], ...], suffix: str, prefix: str) -> str:
    names = ", ".join(name for name, _kind in columns)
    arrays = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for _name, kind in columns)
    values = ", ".join(f"{name}::jsonb" if kind == "jsonb" else name for name, kind in columns)
    return (
        f"{prefix} INSERT INTO {table} ({names}) SELECT {values} FROM unnest({arrays})"
        f" WITH ORDINALITY AS given({names}, ordinal_of_row) ORDER BY ordinal_of_row {suffix}"
    )


def insert_rows(
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
    *,
    suffix: str = "",
    prefix: str = "",
    params: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """Insert rows with one statement, whatever their number; what RETURNING in `suffix` gives.

    columns: the PostgreSQL type of each column, by name, in the order of each row's values. jsonb is given
    as text. Columns not named take the database's defaults. suffix: e.g. "RETURNING id" or "ON CONFLICT …".
    prefix, params: "WITH changed AS (UPDATE …)", a change to be made in the same round trip.
    Rows are inserted in their order, so ids rise with it. No rows: no statement.
    """
    answer = ask_rows(table, columns, rows, suffix=suffix, prefix=prefix, params=params)
    return answer() if "RETURNING" in suffix else []


def ask_rows(
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
    *,
    suffix: str = "",
    prefix: str = "",
    params: Sequence[Any] = (),
) -> Rows:
    """insert_rows, sent now; what RETURNING gives when it is called for, once."""
    if not rows:
        return list
    text = _insert_text(table, tuple(columns.items()), suffix, prefix)
    return ask(text, [*params, *map(list, zip(*rows, strict=True))])


@lru_cache(maxsize=50)
def _tree_text(
    table: str,
    columns: tuple[tuple[str, str], ...],
    children: str,
    child_columns: tuple[tuple[str, str], ...],
    key: str,
    link: str,
    on_conflict: str,
    returning: str,
) -> str:
    names = ", ".join(name for name, _kind in child_columns)
    arrays = ", ".join(f"%s::{kind}[]" for _name, kind in child_columns)
    given_back = dict.fromkeys(["id", key, *returning.split(", ")])
    made = _insert_text(table, columns, f"{on_conflict} RETURNING {', '.join(given_back)}", "")
    kind = dict(columns)[key]
    return (
        f"WITH made AS ({made}), children AS ("
        f" INSERT INTO {children} ({link}, {names}) SELECT made.id, {', '.join(f'child.{n}' for n, _k in child_columns)}"
        f" FROM unnest(%s::{kind}[], {arrays}) WITH ORDINALITY AS child(key_of_parent, {names}, ordinal_of_row)"
        f" JOIN made ON made.{key} = child.key_of_parent ORDER BY child.ordinal_of_row)"
        f" SELECT {returning} FROM made"
    )


def insert_tree(
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
    children: str,
    child_columns: Mapping[str, str],
    child_rows: Sequence[Sequence[Any]],
    *,
    key: str,
    link: str,
    returning: str,
    on_conflict: str = "",
    wait: bool = True,
) -> list[tuple[Any, ...]]:
    """Insert rows and what hangs on them with one statement; what is asked for of the rows that were made.

    key: a column that tells the new rows apart; each child row begins with its parent's value of it.
    link: the children's column that takes the parent's id. on_conflict: "ON CONFLICT (…) DO NOTHING", which leaves
    out the children too. wait: whether anybody needs the answer. Otherwise as insert_rows. There is at least one child.
    """
    if not rows:
        return []
    text = _tree_text(
        table, tuple(columns.items()), children, tuple(child_columns.items()), key, link, on_conflict, returning
    )
    with prepared_cursor() as cursor:
        cursor.execute(text, [*map(list, zip(*rows, strict=True)), *map(list, zip(*child_rows, strict=True))])
        return cursor.fetchall() if wait else []


def database_now() -> datetime:
    """The database's clock now, not the transaction's start: for leases, expiry and ticks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
