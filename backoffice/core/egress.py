"""The one way out: every request of ours to another host goes through this client.

A host's name is resolved once, every address it has must be public, and the connection is made to the address
that was looked at, so that a second answer of the name server changes nothing. No redirects, no proxies of the
environment, no user names in addresses, HTTPS only; a deadline for the whole exchange and a cap on the answer.
BACKOFFICE_EGRESS_ALLOW names hosts and networks of one's own that may be called all the same, also without TLS.
"""

import contextvars
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore
import httpx
from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core.addresses import EgressRefused, check_url, resolve
from backoffice.core.errors import DomainError

__all__ = [
    "Answer",
    "AnswerTooLarge",
    "EgressRefused",
    "InsideTransaction",
    "check_url",
    "client",
    "deadline",
    "exchange",
]

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
DEADLINE_S = 60.0
MAX_RESPONSE_BYTES = 20 * 1024 * 1024
_ends_at: contextvars.ContextVar[float | None] = contextvars.ContextVar("egress_ends_at", default=None)


class AnswerTooLarge(DomainError):
    """The other side answered more than the cap; the rest was not read. context["http_status"]: what it answered."""

    code = "answer_too_large"
    status = 502


class InsideTransaction(RuntimeError):
    """A programming mistake: HTTP while a database transaction is open would hold its locks over the network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def client(
    *, base_url: str = "", headers: Mapping[str, str] | None = None, read_timeout_s: float = READ_TIMEOUT_S
) -> Any:
    """An httpx client that can only call what may be called. Raises EgressRefused at the request."""
    return httpx.Client(
        base_url=base_url,
        headers={"User-Agent": "backoffice", **(headers or {})},
        timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
        follow_redirects=False,
        trust_env=False,
        transport=_Transport(),
    )


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Whatever is read or written within must be over by then, however slowly the other side drips."""
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def exchange(
    by: Any,
    method: str,
    url: str,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    deadline_s: float = DEADLINE_S,
    max_bytes: int = MAX_RESPONSE_BYTES,
) -> Answer:
    """One request and its answer, of whatever status; a redirect is an answer like any other.

    Raises EgressRefused, AnswerTooLarge, httpx.TransportError, or InsideTransaction.
    """
    if connection.in_atomic_block:
        raise InsideTransaction(f"{method} {url.partition('?')[0]} inside a database transaction")
    with deadline(deadline_s), by.stream(method, url, params=params, content=content, headers=headers) as answer:
        parts, size = [], 0
        for part in answer.iter_bytes():
            size += len(part)
            if size > max_bytes:
                raise AnswerTooLarge(
                    _("The answer is larger than %(limit)s bytes.") % {"limit": max_bytes},
                    http_status=answer.status_code,
                )
            parts.append(part)
        lowered = {key.lower(): value for key, value in answer.headers.items()}
        return Answer(answer.status_code, lowered, b"".join(parts))


class _Transport(httpx.HTTPTransport):
    """httpx' own, on connections that _Pinned makes."""

    def __init__(self) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(), max_connections=20, max_keepalive_connections=5, network_backend=_Pinned()
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        check_url(str(request.url))
        return super().handle_request(request)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _Pinned(httpcore.NetworkBackend):
    """Connects to the address that was checked; TLS still asks for the name's certificate."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in resolve(host, port):
            try:
                return _Bounded(self._plain.connect_tcp(address, port, _left(timeout), local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Bounded(httpcore.NetworkStream):
    """A stream on which every step ends with the deadline of the exchange."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None) -> float | None:
    """The time that a step may take. Raises httpcore.ReadTimeout when there is none."""
    end = _ends_at.get()
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline of the exchange is over")
    return left if timeout is None else min(timeout, left)
