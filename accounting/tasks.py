"""The money book's scheduled work; thin entry points."""

from typing import Any
from zoneinfo import ZoneInfo

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounting import services
from accounting.models import Company
from accounting.services.balances import fold_balances
from accounting.services.dunning import propose_run
from accounting.services.party_mails import send_party_mails
from backoffice.core.actor import Actor

POST_EVERY_S = 900
FOLD_EVERY_S = 60

MAILS_EVERY_S = 15
DUNNING_EVERY_S = 3600
NIGHT_S = 24 * 3600

SCHEDULE: dict[str, dict[str, Any]] = {
    "post-due-journals": {
        "task": "accounting.tasks.post_due_journals",
        "does": _("Posts recurring journals, mirrors of accruals and revenue whose day has come."),
        "schedule": POST_EVERY_S,
    },
    "propose-dunning": {
        "task": "accounting.tasks.propose_dunning",
        "does": _("Proposes reminders where customers are due."),
        "schedule": DUNNING_EVERY_S,
    },
    "erase-expired-addresses": {
        "task": "accounting.tasks.erase_expired_addresses",
        "does": _("Once a night: erases the addresses of invoices that the law does not keep any more."),
        "schedule": 3600,
        "each_s": NIGHT_S,
    },
    "send-party-mails": {
        "task": "accounting.tasks.send_mails_of_the_books",
        "does": _("Sends reminders and statements of account."),
        "schedule": MAILS_EVERY_S,
        "options": {"expires": MAILS_EVERY_S * 2},
    },
    "fold-balances": {
        "task": "accounting.tasks.fold",
        "does": _("Brings the months of accounts up to date, so that reports stay quick."),
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


@shared_task
def propose_dunning() -> int:
    """Propose a run for today where customers are due: once a day and company, for somebody to look at."""
    actor, made = Actor.job("propose-dunning"), 0
    for company in Company.objects.filter(dunningplan__levels__isnull=False).distinct().order_by("pk"):
        today = timezone.localdate(timezone=ZoneInfo(company.time_zone))
        made += propose_run(company_id=company.pk, date=today, actor=actor, scheduled=True) is not None
    return made


@shared_task
def erase_expired_addresses() -> int:
    """Blank addresses whose time is over, company by company."""
    actor = Actor.job("erasure")
    return sum(
        services.erase_expired_addresses(company_id=company_id, actor=actor)
        for company_id in Company.objects.order_by("pk").values_list("pk", flat=True)
    )


@shared_task
def send_mails_of_the_books() -> int:
    """Send reminders and statements that are due. Two at once send different ones."""
    return send_party_mails()
