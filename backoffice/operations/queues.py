"""What waits for workers, and who of them answers. The broker holds nothing that is truth: being away is an answer."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from celery import current_app
from celery.signals import before_task_publish
from django.conf import settings

log = logging.getLogger(__name__)
T = TypeVar("T")
SENT_AT = "sent_at"
PING_S = 1.0


@before_task_publish.connect(weak=False)
def _note_when_sent(headers: dict[str, Any] | None = None, **_rest: Any) -> None:
    if headers is not None:
        headers.setdefault(SENT_AT, time.time())


def queue_lengths() -> dict[str, int] | None:
    """Messages that no worker has taken yet, by queue; None without a broker."""
    return _asked(lambda broker: {name: int(broker.llen(_key(name))) for name in settings.TASK_QUEUES})


def queue_wait_s() -> float | None:
    """How long the oldest message waits; 0 where none does, None without a broker."""
    found = _asked(lambda broker: [broker.lindex(_key(name), -1) for name in settings.TASK_QUEUES])
    if found is None:
        return None
    sent = [json.loads(message).get("headers", {}).get(SENT_AT) for message in found if message]
    return max((time.time() - at for at in sent if at), default=0.0)


def workers() -> list[str]:
    """The workers that answer within a second."""
    try:
        return sorted(name for answer in current_app.control.ping(timeout=PING_S) or () for name in answer)
    except Exception:
        log.warning("no broker to ask for workers", exc_info=True)
        return []


def _key(queue: str) -> str:
    return f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS['global_keyprefix']}{queue}"


def _asked(ask: Callable[[Any], T]) -> T | None:
    try:
        with redis.Redis.from_url(settings.BROKER_STORE_URL, socket_timeout=2, socket_connect_timeout=2) as broker:
            return ask(broker)
    except (redis.RedisError, ValueError):
        log.warning("the broker does not answer", exc_info=True)
        return None
