"""Refusals that a user can meet."""

from typing import Any


class DomainError(Exception):
    """A refusal with a stable code, a sentence that says what to do, and the values it is about.

    Every edge turns it into its own form of answer: 409 problem+json, a message in the admin, an exit code.
    """

    code = "refused"
    status = 409

    def __init__(self, detail: str, **context: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.context = context


class NotPermitted(DomainError):
    """The actor lacks the right."""

    code = "not_permitted"
    status = 403


class InvalidInput(DomainError):
    """One or more fields are wrong; context["errors"] lists {field, row?, message}."""

    code = "invalid_input"
    status = 400


class IllegalTransition(DomainError):
    """A status may not follow the present one."""

    code = "illegal_transition"


class Unavailable(DomainError):
    """Something that we need is away for a while; nothing was written, the same may be sent again."""

    code = "unavailable"
    status = 503
