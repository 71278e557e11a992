"""A channel's HTTP: the way out of backoffice/core/egress, with failures told apart into what is worth another try
and what is not.

Never inside a database transaction, no redirects, no private addresses, a deadline for the whole exchange, a cap on
the answer.
"""

import email.utils
import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
from django.utils.translation import gettext as _

from backoffice.core import egress
from backoffice.core.egress import DEADLINE_S, MAX_RESPONSE_BYTES, READ_TIMEOUT_S
from integrations.connectors.access import EVERYTHING, Limit, Limiter, Unlimited
from integrations.errors import ChannelRejected, ChannelThrottled, ChannelUnauthorised, ChannelUnavailable

MAX_RETRY_AFTER_S = 3600.0
EXCERPT = 200
LATER = frozenset({408, 425, 429})
THROTTLES = frozenset({429, 503})
UNASKED_WAIT_S = 5.0  # after a throttle that does not say how long
_EMAIL, _DIGITS = re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+"), re.compile(r"\+?\d[\d ()-]{6,}\d")


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
    """A channel's client. name: for messages; headers: on every request (they may hold secrets: never logged).

    authorise: makes the headers of a login that lives a while; given the token that was just refused, it gets another.
    waits: reads from an answer of any status how long the channel wants to be left alone, 0 for not at all.
    at_once: of these operations so many calls at a time, by all workers together; of "*" so many of all.
    """

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        read_timeout_s: float = READ_TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
        max_bytes: int = MAX_RESPONSE_BYTES,
        limiter: Limiter | None = None,
        limits: Mapping[str, Limit] | None = None,
        authorise: Callable[[str], tuple[str, Mapping[str, str]]] | None = None,
        waits: Callable[["Response"], float] | None = None,
        at_once: Mapping[str, int] | None = None,
    ) -> None:
        self.name, self.base_url, self.deadline_s, self.max_bytes = name, base_url, deadline_s, max_bytes
        self.limiter, self.limits = limiter or Unlimited(), limits or {}
        self.authorise, self.waits, self.at_once = authorise, waits, at_once or {}
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
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset(),
        operation: str = EVERYTHING,
        cost: float = 1.0,
    ) -> Response:
        """Send and return an answer of 2xx or of an `expected` status.

        body is sent as JSON, form as a form, content as it is. operation, cost: whose bucket pays, and how much.
        Raises ChannelThrottled (the bucket is empty, or 429 or 503 came), ChannelUnavailable (time-out, refused
        connection, 408, 425, 5xx), ChannelUnauthorised (401 with a fresh token, 403) or ChannelRejected (any other
        status, a redirect, an answer over the cap).
        """
        given = dict(headers or {})
        if body is not None:
            content, given["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif form is not None:
            content = urlencode(form).encode()
            given["Content-Type"] = "application/x-www-form-urlencoded"
        token = ""
        for attempt in (1, 2):
            if self.authorise is not None:
                token, login = self.authorise(token)
                given |= login
            response = self._counted(method, path, dict(params or {}), content, given, operation, cost)
            if response.status != 401 or self.authorise is None or attempt == 2:
                break
        if 200 <= response.status < 300 or response.status in expected:
            return response
        raise self._failure(response, method)

    def throttled(self, operation: str, wait_s: float) -> ChannelThrottled:
        """What to raise where the channel says so inside an answer that looks like success; all workers wait."""
        self.limiter.pause(self._bucket(operation), wait_s)
        return ChannelThrottled(_("%(name)s asks to wait.") % {"name": self.name}, retry_after_s=wait_s)

    def _bucket(self, operation: str) -> str:
        return operation if operation in self.limits else EVERYTHING

    def _counted(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        content: bytes | None,
        headers: Mapping[str, str],
        operation: str,
        cost: float,
    ) -> Response:
        """One exchange on the account's books: paid before, and its outcome told to the other workers."""
        bucket = self._bucket(operation)
        kind = operation if operation in self.at_once else EVERYTHING
        places = self.at_once.get(kind, 0)
        self.limiter.acquire(bucket, self.limits.get(bucket), cost)
        try:
            with self.limiter.turn(kind, places) if places else nullcontext():
                response = self._exchange(method, path, params, content, headers)
        except ChannelUnavailable:
            self.limiter.failed(bucket)
            raise
        if response.status in THROTTLES:
            wait = retry_after(response.headers)
            if wait is None and self.waits is not None:
                wait = self.waits(response) or None
            self.limiter.pause(bucket, UNASKED_WAIT_S if wait is None else wait)
        elif response.status >= 500:
            self.limiter.failed(bucket)
        else:
            self.limiter.worked(bucket)
            if self.waits is not None and (asked := self.waits(response)) > 0:
                self.limiter.pause(bucket, asked)
        return response

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
            wait = retry_after(response.headers)
            if wait is None and self.waits is not None and response.status in THROTTLES:
                wait = self.waits(response) or None
            return (ChannelThrottled if response.status == 429 else ChannelUnavailable)(
                _("%(name)s answered %(status)s; it is tried again.") % said,
                retry_after_s=wait,
                uncertain=response.status >= 500 and method != "GET",
            )
        if response.status in (401, 403):
            return ChannelUnauthorised(
                _("%(name)s answered %(status)s: the login no longer works.") % said, http_status=response.status
            )
        excerpt = redacted(response.body[:EXCERPT].decode("utf-8", "replace"))
        return ChannelRejected(
            _("%(name)s answered %(status)s: %(excerpt)s") % {**said, "excerpt": excerpt}, http_status=response.status
        )


def redacted(text: str) -> str:
    """Without mail addresses, telephone numbers and other long numbers: for messages and logs."""
    return _DIGITS.sub("…", _EMAIL.sub("…", text))


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
