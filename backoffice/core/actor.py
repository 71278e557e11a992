"""Who does something: a person, an API key's user, or a job."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """user_id is empty for jobs; label is what the audit trail shows (a username, or `job:name`)."""

    label: str
    user_id: int | None = None
    request_id: str = ""

    @classmethod
    def of(cls, user: Any, *, request_id: str = "") -> "Actor":
        return cls(label=user.get_username(), user_id=user.pk, request_id=request_id)

    @classmethod
    def of_request(cls, request: Any) -> "Actor":
        """The signed-in user or the API key's user, with the request's id."""
        return cls.of(request.user, request_id=getattr(request, "request_id", ""))

    @classmethod
    def job(cls, name: str) -> "Actor":
        return cls(label=f"job:{name}")
