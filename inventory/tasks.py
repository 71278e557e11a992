"""The goods book's scheduled work; thin entry points."""

from dataclasses import asdict
from typing import Any

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.actor import Actor
from inventory import services

EXPIRE_EVERY_S = 30
PLAN_EVERY_S = 3_600
ASIDE_EVERY_S = 3_600

REVALUE_EVERY_S = 900

SCHEDULE: dict[str, dict[str, Any]] = {
    "post-due-revaluations": {
        "task": "inventory.tasks.post_due_revaluations",
        "does": _("Puts approved standard costs in force on their day."),
        "schedule": REVALUE_EVERY_S,
    },
    "set-expired-aside": {
        "task": "inventory.tasks.set_expired_aside",
        "does": _("Moves expired goods into quarantine."),
        "schedule": ASIDE_EVERY_S,
    },
    "release-expired-holds": {
        "task": "inventory.tasks.release_expired_holds",
        "does": _("Gives back goods that carts held too long."),
        "schedule": EXPIRE_EVERY_S,
    },
    "plan-replenishment": {
        "task": "inventory.tasks.plan_replenishment",
        "does": _("Counts purchase proposals and stock alerts anew."),
        "schedule": PLAN_EVERY_S,
    },
}


@shared_task
def set_expired_aside() -> int:
    """Move what has expired, and nobody was promised, into quarantine; how many places were emptied of it."""
    return services.set_expired_aside(at=timezone.now(), actor=Actor.job("set-expired-aside"))


@shared_task
def release_expired_holds() -> int:
    """Give back goods that carts held too long. Two at once do no harm: locked demands are passed over."""
    return services.release_expired(actor=Actor.job("release-expired-holds"))


@shared_task
def plan_replenishment() -> dict[str, Any]:
    """Count proposals and alerts of every company anew."""
    return {
        code: asdict(services.plan_replenishment(company_id=company_id))
        for company_id, code in Company.objects.order_by("pk").values_list("pk", "code")
    }


@shared_task
def post_due_revaluations() -> int:
    """Put approved standard prices in force on their first day. Two at once do no harm: the second finds them posted."""
    actor, now = Actor.job("post-due-revaluations"), timezone.now()
    return sum(
        services.post_due_revaluations(company_id=company, effective_at=now, actor=actor)
        for company in Company.objects.order_by("pk").values_list("pk", flat=True)
    )
