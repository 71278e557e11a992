"""The goods book's scheduled work; thin entry points."""

from typing import Any

from celery import shared_task

from backoffice.core.actor import Actor
from inventory import services

EXPIRE_EVERY_S = 30

SCHEDULE: dict[str, dict[str, Any]] = {
    "release-expired-holds": {"task": "inventory.tasks.release_expired_holds", "schedule": EXPIRE_EVERY_S},
}


@shared_task
def release_expired_holds() -> int:
    """Give back goods that carts held too long. Two at once do no harm: locked demands are passed over."""
    return services.release_expired(actor=Actor.job("release-expired-holds"))
