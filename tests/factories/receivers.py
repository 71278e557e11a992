"""A program outside that takes webhooks, over HTTP on loopback."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from integrations.models import WebhookEndpoint
from integrations.services import webhooks
from integrations.webhooks.signing import is_genuine
from tests.factories.books import ACTOR


class Receiver:
    """What it was sent: (headers in lower case, body). answers: a status for each message; 204 when they are over."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[str | Callable[[], str]] = []
        self.always = "204 No Content"
        self.headers: list[tuple[str, str]] = []
        self.url = ""
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {
            key.removeprefix("HTTP_").replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        with self._lock:
            self.got.append((headers, body))
            answer = self.answers.pop(0) if self.answers else self.always
        status = answer if isinstance(answer, str) else answer()
        start_response(status, [("Content-Length", "5"), *self.headers] if status[:3] not in ("204",) else [])
        return [] if status.startswith("204") else [b"words"]

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]

    def types(self) -> list[str]:
        return [message["type"] for message in self.messages()]

    def genuine(self, secret: str) -> list[bool]:
        return [is_genuine(secret, headers, body, now=time.time()) for headers, body in self.got]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Tests have enough to say."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    with make_server("127.0.0.1", 0, receiver, handler_class=_Quiet) as server:  # type: ignore[arg-type]
        receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(timeout=5)


def make_endpoint(world: Any, url: str, *, events: tuple[str, ...] = (), channel: Any = None) -> WebhookEndpoint:
    return webhooks.create_endpoint(
        company_id=world.house.id,
        channel_id=channel.pk if channel else None,
        name="Shop window",
        url=url,
        events=events,
        actor=ACTOR,
    )
