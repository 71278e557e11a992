"""What a connector is lent to reach its channel: a share of the channel's limits, and a token that lives a while.

Both are kept in PostgreSQL and shared by every worker; a connector made only to translate gets neither.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: so many points a second, at most `burst` of them saved up."""

    rate_per_s: float
    burst: float


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token as the channel gave it. secrets: those that it replaced with it, such as a refresh token."""

    token: str = field(repr=False)
    expires_in_s: float
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Limiter(Protocol):
    def acquire(self, operation: str, limit: Limit | None, cost: float) -> None:
        """Take the cost out of the operation's bucket. Raises ChannelThrottled with the time to wait."""

    def correct(self, operation: str, limit: Limit | None, cost: float) -> None:
        """What was taken turned out to cost so much more (less, if negative)."""

    def pause(self, operation: str, wait_s: float) -> None:
        """The channel said so: nobody calls this operation before then."""

    def failed(self, operation: str) -> None:
        """A time-out or a broken answer; several in a row open the circuit."""

    def worked(self, operation: str) -> None: ...

    def turn(self, operation: str, at_once: int) -> AbstractContextManager[None]:
        """While the block runs it is one of at most `at_once` such calls of the account. Raises ChannelThrottled."""


class Tokens(Protocol):
    def token(self, fetch: Callable[[Mapping[str, str]], Grant], *, stale: str = "") -> str:
        """The account's access token. stale: one that the channel refused; fetch, called by one worker at a time, gets
        another from the secrets. Raises what fetch raises.
        """


class Unlimited:
    """Without limits: for tests of one call."""

    def acquire(self, operation: str, limit: Limit | None, cost: float) -> None: ...
    def correct(self, operation: str, limit: Limit | None, cost: float) -> None: ...
    def pause(self, operation: str, wait_s: float) -> None: ...
    def failed(self, operation: str) -> None: ...
    def worked(self, operation: str) -> None: ...
    def turn(self, operation: str, at_once: int) -> AbstractContextManager[None]:
        return nullcontext()
