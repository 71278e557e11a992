"""When to try again and for how long work is one worker's, on the database's clock."""

import random

from django.conf import settings

FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 1800.0


def lease_s() -> int:
    """Seconds for which claimed work is one worker's: longer than an exchange with a channel takes. So long waits what a
    worker had in hand that was killed.
    """
    return settings.CHANNEL_LEASE_S


def delay_s(attempt: int, asked_s: float | None = None) -> float:
    """Seconds until the next try: what the channel asked for, else exponential with full jitter, capped.

    attempt: 1 after the first failure.
    """
    if asked_s is not None:
        return asked_s
    ceiling = min(FIRST_DELAY_S * 2 ** min(attempt - 1, 20), LONGEST_DELAY_S)
    return random.uniform(ceiling / 2, ceiling)
