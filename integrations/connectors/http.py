"""A channel's HTTP: the way out of backoffice/core/egress, with failures told apart into what is worth another try
and what is not.

Never inside a database transaction, no redirects, no private addresses, a deadline for the whole exchange, a cap on
the answer.
"""

import email.utils
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from django.utils.translation import gettext as _

from backoffice.core import egress
from backoffice.core.egress import DEADLINE_S, MAX_RESPONSE_BYTES, READ_TIMEOUT_S
from integrations.errors import ChannelRejected, ChannelUnauthorised, ChannelUnavailable

MAX_RETRY_AFTER_S = 3600.0
EXCERPT = 200
LATER = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body with every number kept exact. Raises ChannelRejected where it is no JSON."""
        try:
            return json.loads(self.body, parse_float=str)
        except ValueError as error:
            raise ChannelRejected(_("The channel's answer is no JSON.")) from error

    def server_time(self) -> datetime:
        """The Date header. Raises ChannelRejected without one."""
        try:
            return email.utils.parsedate_to_datetime(self.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError) as error:
            raise ChannelRejected(_("The channel's answer has no Date header.")) from error


class Http:
    """A channel's client. name: for messages; headers: on every request (they may hold secrets: never logged)."""

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        read_timeout_s: float = READ_TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
        max_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        self.name, self.deadline_s, self.max_bytes = name, deadline_s, max_bytes
        self._client = egress.client(base_url=base_url, headers=headers, read_timeout_s=read_timeout_s)

    def close(self) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset(),
    ) -> Response:
        """Send and return an answer of 2xx or of an `expected` status.

        Raises ChannelUnavailable (time-out, refused connection, 408, 425, 429, 5xx), ChannelUnauthorised
        (401, 403) or ChannelRejected (any other status, a redirect, an answer over the cap).
        """
        content = None if body is None else json.dumps(body).encode()
        given = dict(headers or {})
        if content is not None:
            given["Content-Type"] = "application/json"
        response = self._exchange(method, path, dict(params or {}), content, given)
        if 200 <= response.status < 300 or response.status in expected:
            return response
        raise self._failure(response, method)

    def _exchange(
        self, method: str, path: str, params: Mapping[str, str], content: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        try:
            answer = egress.exchange(
                self._client,
                method,
                path,
                params=params,
                content=content,
                headers=headers,
                deadline_s=self.deadline_s,
                max_bytes=self.max_bytes,
            )
        except egress.AnswerTooLarge as error:
            raise ChannelRejected(_("The answer of %(name)s is too large.") % {"name": self.name}) from error
        except egress.EgressRefused as error:
            raise ChannelRejected(error.detail) from error
        except httpx.TransportError as error:
            raise self._late(method, error) from error
        return Response(answer.status, answer.headers, answer.body)

    def _late(self, method: str, error: httpx.TransportError) -> ChannelUnavailable:
        refused = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        detail = (
            _("%(name)s cannot be reached.") % {"name": self.name}
            if refused
            else _("%(name)s did not answer in time.") % {"name": self.name}
        )
        return ChannelUnavailable(detail, uncertain=not refused and method != "GET")

    def _failure(self, response: Response, method: str) -> Exception:
        said = {"name": self.name, "status": response.status}
        if response.status in LATER or response.status >= 500:
            return ChannelUnavailable(
                _("%(name)s answered %(status)s; it is tried again.") % said,
                retry_after_s=retry_after(response.headers),
                uncertain=response.status >= 500 and method != "GET",
            )
        if response.status in (401, 403):
            return ChannelUnauthorised(_("%(name)s answered %(status)s: the login no longer works.") % said)
        excerpt = response.body[:EXCERPT].decode("utf-8", "replace")
        return ChannelRejected(
            _("%(name)s answered %(status)s: %(excerpt)s") % {**said, "excerpt": excerpt}, http_status=response.status
        )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the channel asks (a number or a date), capped; None where it does not say."""
    written = headers.get("retry-after", "").strip()
    if not written:
        return None
    try:
        wait = float(written)
    except ValueError:
        try:
            at = email.utils.parsedate_to_datetime(written)
        except ValueError:
            return None
        now = email.utils.parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        wait = (at - now).total_seconds()
    return min(max(wait, 0.0), MAX_RETRY_AFTER_S) if math.isfinite(wait) else None
