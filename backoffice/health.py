"""The probes, answered before hosts, redirects and sessions are looked at."""

import hmac
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

log = logging.getLogger(__name__)
LOOPBACK = ("127.0.0.1", "::1", "")  # "": a socket
_migrated: list[bool] = []  # once it is so it stays so in this process, and asking costs half a second


class HealthMiddleware:
    """First in line, so that a load balancer may ask by address and without HTTPS.

    /healthz: the process answers. /readyz: it reaches its database, migrated to this version (503 when not); it also
    says whether it reaches its cache, without which it goes on. /statusz: no figure of the house is beyond its limit
    (503 when one is), for a monitor outside. /metrics: the figures for Prometheus. The last two are told to this
    machine, or to who shows BACKOFFICE_METRICS_TOKEN.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers: dict[str, Callable[[HttpRequest], HttpResponse]] = {
            "/healthz": lambda request: JsonResponse({"status": "ok"}),
            "/readyz": lambda request: _readiness(),
            "/statusz": _guarded(_status),
            "/metrics": _guarded(_metrics),
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path, self.get_response)
        return answer(request)


def _guarded(answer: Callable[[], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: answer() if _may_ask(request) else HttpResponse(status=403)


def _may_ask(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    # A proxy on this machine speaks for somebody else, and says so.
    return request.META.get("REMOTE_ADDR", "") in LOOPBACK and "X-Forwarded-For" not in request.headers


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache() -> None:
    cache.get("readyz")


def _ask_migrations() -> None:
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise RuntimeError(f"the database {DEFAULT_DB_ALIAS} is not migrated to this version: manage.py migrate")
        _migrated.append(True)


def _readiness() -> JsonResponse:
    asked: dict[str, Callable[[], None]] = {
        "database": _ask_database, "migrations": _ask_migrations, "cache": _ask_cache,
    }  # fmt: skip
    parts = {name: _holds(ask) for name, ask in asked.items()}
    ready = parts["database"] and parts["migrations"]
    body = {"status": "ok" if ready else "unavailable", **{name: "ok" if up else "down" for name, up in parts.items()}}
    return JsonResponse(body, status=200 if ready else 503)


def _status() -> HttpResponse:
    from backoffice.operations.status import bad_signs

    bad = bad_signs()
    return JsonResponse({"status": "bad" if bad else "ok", "bad": bad}, status=503 if bad else 200)


def _metrics() -> HttpResponse:
    from backoffice.operations.metrics import exposition

    content, content_type = exposition()
    return HttpResponse(content, content_type=content_type)


def _holds(ask: Callable[[], Any]) -> bool:
    """Whether `ask` went through. Any failure is an answer here: it is logged, and the probe says 503."""
    try:
        ask()
    except Exception:
        log.warning("readiness: not reachable", exc_info=True)
        return False
    return True
