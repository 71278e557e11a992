"""gunicorn's threaded worker that says how long each request waited for a thread: backoffice.shedding refuses what waited too long.

Without that, requests queue without end when more come than can be answered, and all wait for what nobody awaits any more.
"""

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HEADER = "X-WAITED-FOR-A-THREAD"


class WaitTellingWorker(ThreadWorker):
    """What a client says of its wait itself is dropped."""

    def enqueue_req(self, conn: Any) -> None:
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        conn.waited_s = time.monotonic() - conn.queued_at  # not what a slow client takes to send
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        others = [(name, value) for name, value in req.headers if name.upper() != HEADER]
        req.headers = [*others, (HEADER, f"{conn.waited_s:.3f}")]
        return super().handle_request(req, conn)
