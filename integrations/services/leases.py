"""When to try again, on the database's clock."""

import random

FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 1800.0


def delay_s(attempt: int, asked_s: float | None = None) -> float:
    """Seconds until the next try: what the channel asked for, else exponential with full jitter, capped.

    attempt: 1 after the first failure.
    """
    if asked_s is not None:
        return asked_s
    ceiling = min(FIRST_DELAY_S * 2 ** min(attempt - 1, 20), LONGEST_DELAY_S)
    return random.uniform(ceiling / 2, ceiling)
