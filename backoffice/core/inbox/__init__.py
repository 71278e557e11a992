"""The inbox: what comes in is stored raw first, once, then worked on until it is done or given up.

Attempts are counted and committed before the work starts, so a message that kills its worker ends as dead.
A claim carries its attempt's number; whoever lost his lease cannot finish (fencing).
Leases and due times use the database's clock.
"""

from backoffice.core.inbox.receiving import keep, keep_many, receive
from backoffice.core.inbox.values import (
    MAX_ATTEMPTS,
    MAX_BODY_BYTES,
    MAX_DELAY_S,
    Claimed,
    Failure,
    Finish,
    LeaseLost,
    Message,
    PayloadTooLarge,
    Received,
)
from backoffice.core.inbox.working import claim_due, fail, finish, give_up_lost, hold, replay

__all__ = [
    "Claimed",
    "Failure",
    "Finish",
    "LeaseLost",
    "MAX_ATTEMPTS",
    "MAX_BODY_BYTES",
    "MAX_DELAY_S",
    "Message",
    "PayloadTooLarge",
    "Received",
    "claim_due",
    "fail",
    "finish",
    "give_up_lost",
    "hold",
    "keep",
    "keep_many",
    "receive",
    "replay",
]
