"""Liveness and readiness, answered before hosts, redirects and sessions are looked at."""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

log = logging.getLogger(__name__)


class HealthMiddleware:
    """/healthz: the process answers. /readyz: it reaches its database and cache (503 when not).

    First in line, so that a load balancer may ask by address and without HTTPS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            return _readiness()
        return self.get_response(request)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache() -> None:
    cache.get("readyz")


def _readiness() -> JsonResponse:
    parts = {"database": _reachable(_ask_database), "cache": _reachable(_ask_cache)}
    ready = all(parts.values())
    body = {"status": "ok" if ready else "unavailable", **{name: "ok" if up else "down" for name, up in parts.items()}}
    return JsonResponse(body, status=200 if ready else 503)


def _reachable(ask: Callable[[], None]) -> bool:
    """Whether `ask` went through. Any failure is an answer here: it is logged, and the probe says 503."""
    try:
        ask()
    except Exception:
        log.warning("readiness: not reachable", exc_info=True)
        return False
    return True
