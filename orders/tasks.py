"""The orders' scheduled work; thin entry points. Two at once do no harm: what one has done the other finds done."""

from typing import Any

from celery import shared_task

from accounting.models import Company
from backoffice.core.actor import Actor
from orders import services

SERVE_EVERY_S = 30
MAILS_EVERY_S = 10

SCHEDULE: dict[str, dict[str, Any]] = {
    "serve-back-orders": {
        "task": "orders.tasks.serve_back_orders",
        "schedule": SERVE_EVERY_S,
        "options": {"expires": SERVE_EVERY_S * 2},
    },
    "send-mails": {
        "task": "orders.documents.send_mails",
        "schedule": MAILS_EVERY_S,
        "options": {"expires": MAILS_EVERY_S * 2},
    },
    "expire-reservations": {
        "task": "orders.tasks.expire_reservations",
        "schedule": SERVE_EVERY_S,
        "options": {"expires": SERVE_EVERY_S * 2},
    },
}


@shared_task
def serve_back_orders() -> dict[str, int]:
    """Give what is free to those who wait, pass pre-orders on whose day has come, count promises again."""
    done = {"fulfilments": 0, "promises": 0}
    actor = Actor.job("serve-back-orders")
    for company_id in Company.objects.order_by("pk").values_list("pk", flat=True):
        done["fulfilments"] += len(services.allocate_back_orders(company_id=company_id, actor=actor))
        done["promises"] += len(services.count_promises(company_id=company_id, actor=actor))
    return done


@shared_task(name="orders.documents.send_mails")  # of the queue `documents`
def send_mails() -> dict[str, int]:
    """Send the mails that are due. Two at once send different ones."""
    return services.send_mails()


@shared_task
def expire_reservations() -> int:
    """Mark carts' reservations whose time is over; inventory's own sweep gives their goods back."""
    return services.expire_reservations(actor=Actor.job("expire-reservations"))
