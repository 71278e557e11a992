"""The watch over the house; thin entry points."""

from typing import Any

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from backoffice import media
from backoffice.operations.watching import watch_house as watch

WATCH_EVERY_S = 60
NIGHT_S = 24 * 3600

SCHEDULE: dict[str, dict[str, Any]] = {
    "watch-house": {
        "task": "backoffice.operations.tasks.watch_house",
        "does": _("Looks after the jobs, the queues, the disk and the backups, and raises alarms."),
        "schedule": WATCH_EVERY_S,
        "options": {"expires": WATCH_EVERY_S * 2},
    },
    "remove-orphaned-files": {
        "task": "backoffice.operations.tasks.remove_orphaned_files",
        "does": _("Once a night: removes uploaded files that nothing names any more."),
        "schedule": 3600,
        "each_s": NIGHT_S,
    },
}


@shared_task
def watch_house() -> dict[str, int]:
    """Raise and clear the alarms of the house."""
    return watch()


@shared_task
def remove_orphaned_files() -> int:
    """How many. Two at once do no harm: a file that is gone is not looked for."""
    return media.remove_orphans()
