"""How long the list pages take: the whole HTTP response of a signed-in user, warm, median."""

import http.client
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from backoffice.core.models import User

SKIPPED = ("django_celery_beat", "auth")


@dataclass(frozen=True, slots=True)
class Timing:
    """One page: rows shown, size, and milliseconds for the whole response."""

    page: str
    rows: int
    kib: int
    median_ms: float
    worst_ms: float


class _Quiet(WSGIRequestHandler):
    disable_nagle_algorithm = True  # as the real server: else the body waits for the header to be acknowledged
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the figures are the output."""


def list_pages() -> list[str]:
    """The address of every list of ours, and of the work queue."""
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
        if model._meta.app_label not in SKIPPED
    ]
    return [*lists, reverse("admin:warehouse_queue"), reverse("admin:index")]


def measure(pages: Sequence[str], *, user: User, times: int = 20) -> list[Timing]:
    """Each page twice to warm up, then `times` times, over HTTP from this very machine."""
    with serving() as port, signed_in(user) as cookie:
        return [_page(port, cookie, page, times) for page in pages]


def ask(port: int, cookie: str, page: str) -> tuple[float, bytes]:
    """The whole response of one page: milliseconds, body. Raises RuntimeError unless it is 200."""
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    started = time.perf_counter()
    connection.request("GET", page, headers={"Cookie": cookie, "X-Forwarded-Proto": "https"})
    answer = connection.getresponse()
    body = answer.read()
    taken = (time.perf_counter() - started) * 1000
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{page}: HTTP {answer.status}")
    return taken, body


def rows_of(body: bytes) -> int:
    """Rows that a list shows."""
    return body.count(b'class="data-row') or body.count(b'name="_selected_action"')


def _page(port: int, cookie: str, page: str, times: int) -> Timing:
    answers = [ask(port, cookie, page) for _attempt in range(times + 2)]
    taken, body = [ms for ms, _body in answers[2:]], answers[-1][1]
    rows = rows_of(body)
    return Timing(page, rows, len(body) // 1024, round(statistics.median(taken), 1), round(max(taken), 1))


@contextmanager
def serving() -> Iterator[int]:
    server = make_server("localhost", 0, get_wsgi_application(), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def signed_in(user: User) -> Iterator[str]:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    try:
        yield f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    finally:
        session.delete()
