"""How many requests a minute a key may send: counted by all processes together, exactly, in Valkey.

Nothing of it is truth: a count that is lost begins anew, and without Valkey nobody is held back.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

from backoffice.core.models import ApiKey

log = logging.getLogger(__name__)
WINDOW_MS = 60_000
# One step for all who ask at once: looking first and counting then would let more through.
_COUNT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('PTTL', KEYS[1])}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a key has used of its minute. left is 0 where the request is one too many."""

    limit: int
    used: int
    resets_in_s: int

    @property
    def left(self) -> int:
        return max(self.limit - self.used, 0)

    @property
    def allowed(self) -> bool:
        return self.used <= self.limit


def limit_of(key: ApiKey) -> int:
    """Requests a minute: the key's own, else everybody's."""
    return key.requests_per_minute or settings.API_REQUESTS_PER_MINUTE


def count_request(key: ApiKey) -> Rate | None:
    """Count one request; None while Valkey cannot be reached."""
    try:
        client = cache._cache.get_client(write=True)  # type: ignore[attr-defined]
        used, ttl_ms = client.eval(_COUNT, 1, cache.make_key(f"api-rate:{key.pk}"), WINDOW_MS)
    except RedisError:
        log.warning("requests are not counted: Valkey cannot be reached")
        return None
    return Rate(limit_of(key), int(used), max(math.ceil(int(ttl_ms) / 1000), 1))


class KeyRate(BaseThrottle):
    """For all views: a key beyond its limit is answered 429 with Retry-After. People are not counted."""

    rate: Rate | None = None

    def allow_request(self, request: Any, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        self.rate = request._request.api_rate = count_request(request.auth)
        return self.rate is None or self.rate.allowed

    def wait(self) -> float | None:
        return float(self.rate.resets_in_s) if self.rate else None


class RateHeadersMiddleware:
    """Every answer to a key says how much is left of its minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        rate = getattr(request, "api_rate", None)
        if rate is not None:
            response.headers["RateLimit-Limit"] = str(rate.limit)
            response.headers["RateLimit-Remaining"] = str(rate.left)
            response.headers["RateLimit-Reset"] = str(rate.resets_in_s)
        return response
