"""Proof that a worker lives while it has work in hand, so that what a dead one leaves behind waits for seconds.

A claim's lease is longer than the longest exchange may take, and ends what hangs. Beside it each claim names its holder: a
row that a thread with a connection of its own keeps alive while the work runs, however long that takes. A process that
is killed stops beating; whoever sweeps then lets go of what it held. A row, not a session's lock: behind PgBouncer in
transaction mode a session is nobody's. Who was thought dead and lives (its machine stood still) cannot finish, for the
lease that it knows is gone.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DatabaseError, connection
from django.db.utils import InterfaceError

log = logging.getLogger(__name__)
ALIVE_S = 3.0  # so long after its last beat a holder counts as alive
BEAT_S = 0.75

_holder: ContextVar[int | None] = ContextVar("holder", default=None)


def holder() -> int | None:
    """Who claims now; None outside of `holding`: then a claim ends by its lease alone."""
    return _holder.get()


@contextmanager
def holding() -> Iterator[int]:
    """Be alive to others while the block runs. A block that fails leaves its claims to whoever sweeps.

    Not inside a transaction. Statements: 2.
    """
    pk = _one(
        "INSERT INTO core_holder (alive_until) VALUES (clock_timestamp() + make_interval(secs => %s)) RETURNING id",
        [ALIVE_S],
    )
    assert pk is not None
    over = threading.Event()
    beats = threading.Thread(target=_beat, args=(pk, over), name=f"holder-{pk}", daemon=True)
    before = _holder.set(pk)
    beats.start()
    try:
        yield pk
        _one("DELETE FROM core_holder WHERE id = %s RETURNING id", [pk])
    finally:
        _holder.reset(before)
        over.set()
        beats.join(timeout=ALIVE_S)


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
    sql = (
        "UPDATE core_holder SET alive_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND alive_until > clock_timestamp() RETURNING id"
    )
    return _one(sql, [ALIVE_S, pk]) is not None


def dead_holders() -> list[int]:
    """Holders that no longer beat. They never come back to life. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM core_holder WHERE alive_until <= clock_timestamp() ORDER BY id")
        return [pk for (pk,) in cursor.fetchall()]


def bury(holders: Sequence[int]) -> None:
    """Forget dead holders, after what they held was let go. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_holder WHERE id = ANY(%s)", [list(holders)])


def _one(sql: str, params: list[float]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        return row[0] if row else None
