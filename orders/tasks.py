"""The orders' scheduled work; thin entry points. Two at once do no harm: what one has done the other finds done."""

from typing import Any

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.actor import Actor
from orders import services
from orders.services import automation

SERVE_EVERY_S = 30
RULES_EVERY_S = 5
RULE_CLOCK_EVERY_S = 60
MAILS_EVERY_S = 10

SCHEDULE: dict[str, dict[str, Any]] = {
    "serve-back-orders": {
        "task": "orders.tasks.serve_back_orders",
        "does": _("Gives free goods to back-orders, and counts promises again."),
        "schedule": SERVE_EVERY_S,
        "options": {"expires": SERVE_EVERY_S * 2},
    },
    "send-mails": {
        "task": "orders.documents.send_mails",
        "does": _("Sends mails to customers."),
        "schedule": MAILS_EVERY_S,
        "options": {"expires": MAILS_EVERY_S * 2},
    },
    "run-rules": {
        "task": "orders.tasks.run_rules",
        "does": _("Has rules look at what changed, and act."),
        "schedule": RULES_EVERY_S,
        "options": {"expires": RULES_EVERY_S * 2},
    },
    "notice-for-rules": {
        "task": "orders.tasks.notice_for_rules",
        "does": _("Tells rules of late orders, times of day and stock alerts."),
        "schedule": RULE_CLOCK_EVERY_S,
        "options": {"expires": RULE_CLOCK_EVERY_S * 2},
    },
    "expire-reservations": {
        "task": "orders.tasks.expire_reservations",
        "does": _("Ends reservations of carts whose time is over."),
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


@shared_task
def run_rules() -> dict[str, int]:
    """Have rules look at what changed, and act. Two at once take different orders."""
    automation.notice_changes()
    automation.look_at_due()
    return automation.run_firings()


@shared_task
def notice_for_rules() -> int:
    """What the clock and the stock bring for rules: late orders, times of day, alerts."""
    return automation.sweep() + automation.notice_alerts()
