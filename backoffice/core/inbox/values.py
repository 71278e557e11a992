"""The values of the inbox, and what it refuses."""

from dataclasses import dataclass

from backoffice.core.errors import DomainError

MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_ATTEMPTS = 8
MAX_DELAY_S = 3600


class PayloadTooLarge(DomainError):
    """A payload is over the cap; nothing of the batch was stored."""

    code = "payload_too_large"
    status = 413


class LeaseLost(DomainError):
    """Another worker has taken the message over; what this one did is rolled back."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Message:
    """Something received. account: who sent it, "connection:5". version: the sender's version of the object
    (its updated_at, or a hash of the body), "" if it can come only once.
    """

    account: str
    topic: str
    external_id: str
    body: bytes
    version: str = ""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Received:
    """state: "new"; "already" (same body); "differs": known under this version with another body, not stored."""

    message_id: int
    state: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to be worked on until the lease ends; attempt is 1 the first time."""

    message_id: int
    attempt: int
    account: str
    topic: str
    external_id: str
    version: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """What a claimed message led to. status: "processed" or "ignored" (then with the reason in error)."""

    claimed: Claimed
    result_type: str = ""
    result_id: int | None = None
    status: str = "processed"
    error_code: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a claimed message could not be worked on. permanent: trying again is useless, give up now."""

    claimed: Claimed
    code: str
    error: str
    permanent: bool = False
