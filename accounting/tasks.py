"""The money book's scheduled work; thin entry points."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounting import services
from accounting.models import Company
from accounting.services.balances import fold_balances
from backoffice.core.actor import Actor

POST_EVERY_S = 900
FOLD_EVERY_S = 60

SCHEDULE: dict[str, dict[str, Any]] = {
    "post-due-journals": {"task": "accounting.tasks.post_due_journals", "schedule": POST_EVERY_S},
    "fold-balances": {
        "task": "accounting.tasks.fold",
        "schedule": FOLD_EVERY_S,
        "options": {"expires": FOLD_EVERY_S},
    },
}


@shared_task
def post_due_journals() -> int:
    """Post repetitions and the mirrors of accruals whose day has come. Two at once do no harm."""
    actor, now, posted = Actor.job("post-due-journals"), timezone.now(), 0
    for company_id in Company.objects.order_by("pk").values_list("pk", flat=True):
        done = services.post_due_journals(company_id=company_id, now=now, actor=actor)
        posted += done.made + done.reversed
        posted += services.earn_due_revenue(company_id=company_id, now=now, actor=actor)
    return posted


@shared_task
def fold() -> int:
    """Bring the months of accounts up to date. Two at once do no harm: the second goes away."""
    return fold_balances()
