"""The roof's scheduled work; thin entry points."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from backoffice.core.db import database_now
from backoffice.dashboard import scheduled

REPORTS_EVERY_S = 60
KEEP_DAYS = 90

SCHEDULE: dict[str, dict[str, Any]] = {
    "make-reports": {
        "task": "backoffice.dashboard.tasks.make_reports",
        "does": _("Makes scheduled reports, and mails them."),
        "schedule": REPORTS_EVERY_S,
        "options": {"expires": REPORTS_EVERY_S * 2},
    },
    "forget-reports": {
        "task": "backoffice.dashboard.tasks.forget_reports",
        "does": _("Removes old reports."),
        "schedule": 24 * 3600,
    },
}


@shared_task
def make_reports() -> dict[str, int]:
    """Make the reports that are due. Two at once make different ones."""
    scheduled.note_due()
    return scheduled.make_due()


@shared_task
def forget_reports() -> int:
    """Reports that were made long ago."""
    return scheduled.forget_files(database_now() - timedelta(days=KEEP_DAYS))
