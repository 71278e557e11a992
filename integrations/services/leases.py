"""When to try again and for how long work is one worker's, on the database's clock."""

import random

from django.conf import settings

from backoffice.core.registry import HeldTable

FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 1800.0
# Others' tries are counted when they are claimed; a stream's counts here: the next is at once, later ones are further apart.
_AGAIN = (
    ", failures = t.failures + 1, due_at = least(t.due_at, clock_timestamp() + make_interval(secs =>"
    f" CASE WHEN t.failures = 0 THEN 0 ELSE {FIRST_DELAY_S} * 2 ^ least(t.failures, 10) END))"
)
HELD_TABLES = (
    HeldTable("integrations_cursor", also=_AGAIN),
    HeldTable("integrations_listing", only="is_dirty"),
    HeldTable("integrations_trackingpush", only="status = 'due'"),
    HeldTable("integrations_webhookdelivery", only="status = 'due'"),
    HeldTable("integrations_accesstoken"),
)


def lease_s() -> int:
    """Seconds for which claimed work is one worker's at most: longer than an exchange with a channel takes."""
    return settings.CHANNEL_LEASE_S


def delay_s(attempt: int, asked_s: float | None = None) -> float:
    """Seconds until the next try: what the channel asked for, else exponential with full jitter, capped.

    attempt: 1 after the first failure.
    """
    if asked_s is not None:
        return asked_s
    ceiling = min(FIRST_DELAY_S * 2 ** min(attempt - 1, 20), LONGEST_DELAY_S)
    return random.uniform(ceiling / 2, ceiling)
