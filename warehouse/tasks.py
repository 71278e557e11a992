"""The warehouse's scheduled work; thin entry points."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from warehouse import services
from warehouse.services.scheduling import release_due

ANSWER_EVERY_S = 15
WAVES_EVERY_S = 60

SCHEDULE: dict[str, dict[str, Any]] = {
    "answer-untouched-cancels": {
        "task": "warehouse.tasks.answer_untouched_cancels",
        "schedule": ANSWER_EVERY_S,
        "options": {"expires": ANSWER_EVERY_S * 2},
    },
    "release-due-waves": {
        "task": "warehouse.tasks.release_due_waves",
        "schedule": WAVES_EVERY_S,
        "options": {"expires": WAVES_EVERY_S * 2},
    },
}


@shared_task
def answer_untouched_cancels() -> int:
    """Give up what is to be cancelled and nobody has begun to pick. Two at once do no harm: lists are locked."""
    actor, done = Actor.job("answer-untouched-cancels"), 0
    for company_id in Company.objects.order_by("pk").values_list("pk", flat=True):
        done += len(services.answer_untouched(company_id=company_id, effective_at=timezone.now(), actor=actor))
    return done


@shared_task
def release_due_waves() -> int:
    """Waves whose carrier comes soon. Two at once do no harm: a cut-off has one wave."""
    return len(release_due(database_now(), actor=Actor.job("release-due-waves")))
