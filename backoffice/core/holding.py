"""Proof that a worker lives while it has work in hand, so that what a dead one leaves behind waits for a moment only.

A claim's lease is longer than the longest exchange may take, and ends what hangs. Beside it each claim names its holder, a
row that proves in two ways that whoever made it lives. On a connection of its own to PostgreSQL a worker keeps a lock of
its session, which ends with the process: the death is known at once. Behind PgBouncer in transaction mode a session is
nobody's; there, and where a host is lost and PostgreSQL does not hear of it, a thread with a connection of its own moves
the holder's end on while the work runs, however long that takes, and whoever dies stops beating. Whoever sweeps then lets
go of what the dead one held. Who was thought dead and lives (its machine stood still) cannot finish, for the lease that it
knows is gone.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.utils import InterfaceError

from backoffice.core.registry import HeldTable, registry

log = logging.getLogger(__name__)
ALIVE_S = 2.5  # so long after its last beat a holder counts as alive
BEAT_S = 0.5

_ALIVE_UNTIL = "clock_timestamp() + make_interval(secs => %s)"
_LOCK = "(hashtext('core.holder'), (id & 2147483647)::int)"
_BEGIN = (  # locked before the row can be seen
    f"INSERT INTO core_holder (alive_until, locked) VALUES ({_ALIVE_UNTIL}, %s)"
    f" RETURNING id, CASE WHEN locked THEN pg_try_advisory_lock{_LOCK} END"
)
_holder: ContextVar[int | None] = ContextVar("holder", default=None)


def holder() -> int | None:
    """Who claims now; None outside of `holding`: then a claim ends by its lease alone."""
    return _holder.get()


@contextmanager
def holding() -> Iterator[int]:
    """Be alive to others while the block runs. A block that fails leaves its claims to whoever sweeps, a moment later.

    Not inside a transaction. Statements: 2.
    """
    made = _one(_BEGIN, [ALIVE_S, not settings.PGBOUNCER])
    assert made is not None
    pk, locked = made
    over = threading.Event()
    beats = threading.Thread(target=_beat, args=(pk, over), name=f"holder-{pk}", daemon=True)
    before = _holder.set(pk)
    beats.start()
    try:
        yield pk
        _let_loose("DELETE FROM core_holder WHERE id = %s", pk, locked)
    except BaseException:  # it is not tried again at once, but when its last beat is over
        with suppress(DatabaseError, InterfaceError):  # the connection is gone, and the lock with it
            _let_loose("UPDATE core_holder SET locked = false WHERE id = %s", pk, locked)
        raise
    finally:
        _holder.reset(before)
        over.set()
        beats.join(timeout=ALIVE_S)


def _let_loose(sql: str, pk: int, locked: bool | None) -> None:
    """The session lives on without the lock, also where others have buried the holder."""
    unlock = _LOCK.replace("(id", "(%s", 1) if locked else ""
    _one(f"WITH ended AS ({sql}) SELECT {f'pg_advisory_unlock{unlock}' if locked else 1}", [pk] * (2 if locked else 1))


def _beat(pk: int, over: threading.Event) -> None:
    """Move the holder's end on until the block is over, or others have taken the holder for dead."""
    try:
        while not over.wait(BEAT_S):
            try:
                if not _alive(pk):
                    return
            except (DatabaseError, InterfaceError) as error:  # the next beat tries a new connection
                log.warning("holder %s could not tell that it lives: %s", pk, error)
                connection.close()
    finally:
        connection.close()


def _alive(pk: int) -> bool:
    sql = f"UPDATE core_holder SET alive_until = {_ALIVE_UNTIL} WHERE id = %s AND alive_until > clock_timestamp() RETURNING id"
    return _one(sql, [ALIVE_S, pk]) is not None


# A deleted row may be seen for a moment after its lock is gone; its claims have ended then.
_DEAD = f"""
SELECT id FROM core_holder WHERE alive_until <= clock_timestamp() OR (locked AND {_LOCK} NOT IN (
    SELECT classid::int, objid::int FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))
ORDER BY id
"""


def take_back() -> int:
    """Let others claim at once what workers that died had in hand; how many had something. Not inside a transaction.

    They never come back to life. A worker that is killed here leaves the rest to the next. Statements: 1; where somebody
    died 2, and 1 for each table.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DEAD)
        dead = [pk for (pk,) in cursor.fetchall()]
        if dead:
            for table in registry.held_tables():
                cursor.execute(_let_go(table), [dead])
            cursor.execute("DELETE FROM core_holder WHERE id = ANY(%s)", [dead])
    return len(dead)


def _let_go(held: HeldTable) -> str:
    """In key order, as all lock them."""
    return (
        f"WITH held AS (SELECT {held.key} FROM {held.table} WHERE {held.only} AND held_by = ANY(%s)"
        f" AND {held.ends} > clock_timestamp() ORDER BY {held.key} FOR NO KEY UPDATE)"
        f" UPDATE {held.table} t SET {held.ends} = clock_timestamp(){held.also} FROM held WHERE held.{held.key} = t.{held.key}"
    )


def _one(sql: str, params: list[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()
