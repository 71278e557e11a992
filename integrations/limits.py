"""A channel's limits, shared by all workers in PostgreSQL: token buckets, pauses that it asks for, circuit breakers.

A bucket is kept as the moment at which it is full again (GCRA): taking a cost moves that moment on, and a cost
that would move it further than a whole burst away has to wait. A wait is short or the task's: nothing sleeps long. Where a
channel takes few calls of a kind at once, each is in one of so many places, which its worker's death leaves free.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.utils.translation import gettext as _

from backoffice.core.holding import holder
from backoffice.core.registry import HeldTable
from integrations.connectors.access import Limit
from integrations.errors import ChannelThrottled

SHORT_WAIT_S = 1.0  # slept in place; longer ones are the queue's
OPENS_AFTER = 5  # failures in a row
FIRST_BREAK_S, LONGEST_BREAK_S = 15.0, 900.0
PROBE_S = 60  # one call tries an open circuit, the others wait so long for its outcome
LONGEST_PAUSE_S = 3600.0
TURN_S, TURN_TRIES = 0.25, 12  # so often a place is looked for before the task comes back later
HELD_PLACES = HeldTable("integrations_ratebucket", only="taken_until IS NOT NULL", ends="taken_until")

_ACQUIRE = f"""
INSERT INTO integrations_ratebucket AS b (connection_id, operation, spent_until, failures)
VALUES (%(connection)s, %(operation)s, clock_timestamp() + make_interval(secs => %(spend)s), 0)
ON CONFLICT (connection_id, operation) DO UPDATE SET
  spent_until = greatest(b.spent_until, clock_timestamp()) + make_interval(secs => %(spend)s),
  blocked_until = CASE WHEN b.failures >= {OPENS_AFTER} THEN clock_timestamp() + make_interval(secs => {PROBE_S}) END
WHERE (b.blocked_until IS NULL OR b.blocked_until <= clock_timestamp())
  AND greatest(b.spent_until, clock_timestamp()) + make_interval(secs => %(spend)s)
      <= clock_timestamp() + make_interval(secs => %(burst)s)
RETURNING failures"""

_WAIT = """
SELECT extract(epoch FROM greatest(
  coalesce(blocked_until, '-infinity'::timestamptz) - clock_timestamp(),
  greatest(spent_until, clock_timestamp()) + make_interval(secs => %(spend)s - %(burst)s) - clock_timestamp()))
FROM integrations_ratebucket WHERE connection_id = %(connection)s AND operation = %(operation)s"""

_TAKE = """
INSERT INTO integrations_ratebucket AS b (connection_id, operation, spent_until, failures, taken_until, held_by)
VALUES (%(connection)s, %(operation)s, clock_timestamp(), 0, clock_timestamp() + make_interval(secs => %(lease)s), %(holder)s)
ON CONFLICT (connection_id, operation) DO UPDATE SET taken_until = excluded.taken_until, held_by = excluded.held_by
WHERE b.taken_until IS NULL OR b.taken_until <= clock_timestamp()
RETURNING taken_until"""


class SharedLimiter:
    """One account's limits. sleep: for tests."""

    def __init__(self, connection_id: int, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self.connection_id, self.name, self.sleep = connection_id, name, sleep
        self._failed: set[str] = set()

    def acquire(self, operation: str, limit: Limit | None, cost: float) -> None:
        """Statements: 1; 2 for each try that has to wait."""
        rate = limit.rate_per_s if limit else 1e6
        burst = limit.burst if limit else 1e6
        given = {
            "connection": self.connection_id,
            "operation": operation,
            "spend": min(cost, burst) / rate,
            "burst": burst / rate + 1e-6,
        }
        for _try in range(3):
            row = _one(_ACQUIRE, given)
            if row is not None:
                if row[0]:
                    self._failed.add(operation)
                return
            wait = max(float((_one(_WAIT, given) or (0.0,))[0]), 0.01)
            if wait > SHORT_WAIT_S:
                break
            self.sleep(wait)
        raise ChannelThrottled(
            _("%(name)s: its limit is used up; it goes on in %(seconds)s s.")
            % {"name": self.name, "seconds": f"{wait:.0f}"},
            retry_after_s=wait,
        )

    def correct(self, operation: str, limit: Limit | None, cost: float) -> None:
        """Statements: 1, or 0."""
        if limit is not None and cost:
            _one(
                "UPDATE integrations_ratebucket SET spent_until = spent_until + make_interval(secs => %(more)s)"
                " WHERE connection_id = %(connection)s AND operation = %(operation)s RETURNING 1",
                {"connection": self.connection_id, "operation": operation, "more": cost / limit.rate_per_s},
            )

    def pause(self, operation: str, wait_s: float) -> None:
        self._block(operation, min(max(wait_s, 0.0), LONGEST_PAUSE_S))

    def failed(self, operation: str) -> None:
        """From the fifth failure in a row on nobody calls for a while, longer each time; then one call tries."""
        self._failed.add(operation)
        _one(
            "UPDATE integrations_ratebucket SET failures = failures + 1,"
            f" blocked_until = CASE WHEN failures + 1 >= {OPENS_AFTER} THEN greatest(blocked_until, clock_timestamp()"
            f"   + make_interval(secs => least({FIRST_BREAK_S} * 2 ^ least(failures + 1 - {OPENS_AFTER}, 10),"
            f"     {LONGEST_BREAK_S}))) ELSE blocked_until END"
            " WHERE connection_id = %(connection)s AND operation = %(operation)s RETURNING 1",
            {"connection": self.connection_id, "operation": operation},
        )

    def worked(self, operation: str) -> None:
        """Closes the circuit. Statements: 0, or 1 after failures."""
        if operation in self._failed:
            self._failed.discard(operation)
            self._block(operation, None)

    @contextmanager
    def turn(self, operation: str, at_once: int) -> Iterator[None]:
        """Statements: 2, and 1 for each look at a place that is taken."""
        place, until = self._place(operation, at_once)
        try:
            yield
        finally:
            _one(
                "UPDATE integrations_ratebucket SET taken_until = NULL, held_by = NULL WHERE connection_id = %(connection)s"
                " AND operation = %(operation)s AND taken_until = %(until)s RETURNING 1",
                {"connection": self.connection_id, "operation": place, "until": until},
            )

    def _place(self, operation: str, at_once: int) -> tuple[str, Any]:
        given = {"connection": self.connection_id, "lease": settings.CHANNEL_LEASE_S, "holder": holder()}
        for _try in range(TURN_TRIES):
            for number in range(1, at_once + 1):
                place = f"{operation} at once {number}"
                if row := _one(_TAKE, given | {"operation": place}):
                    return place, row[0]
            self.sleep(TURN_S)
        raise ChannelThrottled(
            _("%(name)s takes few calls at once; it goes on when another has ended.") % {"name": self.name},
            retry_after_s=TURN_S * TURN_TRIES,
        )

    def _block(self, operation: str, wait_s: float | None) -> None:
        """Until then, at least; None opens the way and forgets the failures. Statements: 1."""
        _one(
            "INSERT INTO integrations_ratebucket AS b (connection_id, operation, spent_until, blocked_until, failures)"
            " VALUES (%(connection)s, %(operation)s, clock_timestamp(),"
            "   clock_timestamp() + make_interval(secs => %(wait)s::float8), 0)"
            " ON CONFLICT (connection_id, operation) DO UPDATE SET"
            " blocked_until = CASE WHEN excluded.blocked_until IS NOT NULL"
            "   THEN greatest(b.blocked_until, excluded.blocked_until) END,"
            " failures = CASE WHEN excluded.blocked_until IS NULL THEN 0 ELSE b.failures END RETURNING 1",
            {"connection": self.connection_id, "operation": operation, "wait": wait_s},
        )


def _one(sql: str, params: dict[str, Any]) -> tuple[Any, ...] | None:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()
