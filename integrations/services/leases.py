"""When to try again and for how long work is one worker's, on the database's clock."""

import random

from django.conf import settings
from django.db import connection as database

from backoffice.core import inbox
from backoffice.core.holding import bury, dead_holders

FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 1800.0
_STILL_HELD = "held_by = ANY(%s) AND lease_until > clock_timestamp()"
# What is claimed, and a condition that one of its indexes knows, for there may be many. In key order, as all lock them.
# Others' tries are counted when they are claimed; a stream's counts here: the next is at once, later ones are further apart.
_AGAIN = (
    ", failures = t.failures + 1, due_at = least(t.due_at, clock_timestamp() + make_interval(secs =>"
    f" CASE WHEN t.failures = 0 THEN 0 ELSE {FIRST_DELAY_S} * 2 ^ least(t.failures, 10) END))"
)
_LET_GO = [
    f"WITH held AS (SELECT id FROM {table} WHERE {condition} AND {_STILL_HELD} ORDER BY id FOR NO KEY UPDATE)"
    f" UPDATE {table} t SET lease_until = clock_timestamp(){more} FROM held WHERE held.id = t.id"
    for table, condition, more in (
        ("integrations_cursor", "true", _AGAIN),
        ("integrations_listing", "is_dirty", ""),
        ("integrations_trackingpush", "status = 'due'", ""),
        ("integrations_webhookdelivery", "status = 'due'", ""),
        ("integrations_accesstoken", "true", ""),
    )
]


def lease_s() -> int:
    """Seconds for which claimed work is one worker's at most: longer than an exchange with a channel takes."""
    return settings.CHANNEL_LEASE_S


def take_back() -> int:
    """Let others claim at once what workers that died had in hand; how many had something. Not inside a transaction.

    A worker that is killed here leaves the rest to the next. Statements: 1, 8 where somebody died.
    """
    dead = dead_holders()
    if dead:
        inbox.let_go(dead)
        for sql in _LET_GO:
            with database.cursor() as cursor:
                cursor.execute(sql, [dead])
        bury(dead)
    return len(dead)


def delay_s(attempt: int, asked_s: float | None = None) -> float:
    """Seconds until the next try: what the channel asked for, else exponential with full jitter, capped.

    attempt: 1 after the first failure.
    """
    if asked_s is not None:
        return asked_s
    ceiling = min(FIRST_DELAY_S * 2 ** min(attempt - 1, 20), LONGEST_DELAY_S)
    return random.uniform(ceiling / 2, ceiling)
