"""The watch over the house; thin entry points."""

from typing import Any

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from backoffice.operations.watching import watch_house as watch

WATCH_EVERY_S = 60

SCHEDULE: dict[str, dict[str, Any]] = {
    "watch-house": {
        "task": "backoffice.operations.tasks.watch_house",
        "does": _("Looks after the jobs, the queues, the disk and the backups, and raises alarms."),
        "schedule": WATCH_EVERY_S,
        "options": {"expires": WATCH_EVERY_S * 2},
    },
}


@shared_task
def watch_house() -> dict[str, int]:
    """Raise and clear the alarms of the house."""
    return watch()
