"""The warehouse's scheduled work; thin entry points."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from inventory.models import Warehouse
from warehouse import services
from warehouse.models import CountPlan
from warehouse.services.floor.reading import warehouses_to_refill
from warehouse.services.scheduling import release_due
from warehouse.services.tracking.asking import GIVE_UP_AFTER

ANSWER_EVERY_S = 15
WAVES_EVERY_S = 60
COUNTS_EVERY_S = 60
PLANS_EVERY_S = 1_800
REFILLS_EVERY_S = 300
TRACKING_EVERY_S = 300
FOUND_WITHIN = timedelta(days=3)  # what has left; once a day the whole time that a parcel can be under way
RECEIPTS_EVERY_S = 60
STRAIGHT_EVERY_S = 30

SCHEDULE: dict[str, dict[str, Any]] = {
    "answer-untouched-cancels": {
        "task": "warehouse.tasks.answer_untouched_cancels",
        "does": _("Takes back from the floor what is to be cancelled and nobody has begun to pick."),
        "schedule": ANSWER_EVERY_S,
        "options": {"expires": ANSWER_EVERY_S * 2},
    },
    "follow-counts": {
        "task": "warehouse.tasks.follow_counts",
        "does": _("Makes counts of what the floor asked for, and books what waited while a bin was counted."),
        "schedule": COUNTS_EVERY_S,
        "options": {"expires": COUNTS_EVERY_S * 2},
    },
    "plan-counts": {
        "task": "warehouse.tasks.plan_counts",
        "does": _("Plans the cycle counts that are due, once a day for each plan."),
        "schedule": PLANS_EVERY_S,
    },
    "release-due-waves": {
        "task": "warehouse.tasks.release_due_waves",
        "does": _("Releases waves before their carrier comes."),
        "schedule": WAVES_EVERY_S,
        "options": {"expires": WAVES_EVERY_S * 2},
    },
    "follow-parcels": {
        "task": "warehouse.tasks.follow_parcels",
        "does": _("Asks carriers what became of parcels."),
        "schedule": TRACKING_EVERY_S,
        "options": {"expires": TRACKING_EVERY_S},
    },
    "expect-receipts": {
        "task": "warehouse.tasks.expect_receipts",
        "does": _("Makes a receipt for each delivery that a supplier announced."),
        "schedule": RECEIPTS_EVERY_S,
        "options": {"expires": RECEIPTS_EVERY_S * 2},
    },
    "direct-to-orders": {
        "task": "warehouse.tasks.direct_to_orders",
        "does": _("Directs goods on the dock straight to the orders that wait for them."),
        "schedule": STRAIGHT_EVERY_S,
        "options": {"expires": STRAIGHT_EVERY_S * 2},
    },
    "plan-refills": {
        "task": "warehouse.tasks.plan_refills",
        "does": _("Plans refills of pick faces that run low."),
        "schedule": REFILLS_EVERY_S,
        "options": {"expires": REFILLS_EVERY_S},
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
def expect_receipts() -> int:
    """A receipt to come for each advance notice. Two at once do no harm: a notice has one receipt."""
    actor, done = Actor.job("expect-receipts"), 0
    for company_id in Company.objects.order_by("pk").values_list("pk", flat=True):
        done += len(services.expect_receipts(company_id=company_id, actor=actor))
    return done


@shared_task
def direct_to_orders() -> int:
    """What lies on docks and orders wait for, in warehouses that cross-dock. Two at once do no harm: orders are locked."""
    actor, done = Actor.job("direct-to-orders"), 0
    rows = Warehouse.objects.filter(cross_docks=True, is_active=True).order_by("pk")
    for pk, company_id in rows.values_list("pk", "company_id"):
        done += len(services.direct_to_orders(pk, company_id=company_id, actor=actor))
    return done


@shared_task
def release_due_waves() -> int:
    """Waves whose carrier comes soon. Two at once do no harm: a cut-off has one wave."""
    return len(release_due(database_now(), actor=Actor.job("release-due-waves")))


@shared_task
def follow_counts() -> int:
    """Counts that the floor asked for become work; what waited is booked. Two at once do no harm: rows are locked."""
    actor, done, now = Actor.job("follow-counts"), 0, database_now()
    for company_id in Company.objects.order_by("pk").values_list("pk", flat=True):
        services.counting.ask_where_booked_late(company_id=company_id, now=now, actor=actor)
        done += len(services.counting.plan_requests(company_id=company_id, actor=actor))
        done += services.counting.post_waiting(company_id=company_id, now=now, actor=actor)
        services.counting.close_requests(company_id=company_id)
    return done


@shared_task
def plan_counts() -> dict[str, Any]:
    """What is due by each plan is planned once a day, by its warehouse's clock."""
    actor, now = Actor.job("plan-counts"), database_now()
    done: dict[str, Any] = {}
    for plan in CountPlan.objects.filter(is_active=True).select_related("warehouse__company").order_by("pk"):
        zone = ZoneInfo(plan.warehouse.time_zone or plan.warehouse.company.time_zone)
        today = now.astimezone(zone).date()
        if plan.planned_on is None or plan.planned_on < today:
            made = services.counting.run_plan(plan.pk, company_id=plan.company_id, now=now, today=today, actor=actor)
            done[str(plan.pk)] = made.number if made else ""
    return done


@shared_task
def follow_parcels() -> dict[str, int]:
    """Ask carriers what became of parcels. Two at once do no harm: each claims other shipments."""
    now = database_now()
    whole = now.hour == 3 and now.minute * 60 < TRACKING_EVERY_S
    services.watch_shipments(now - (GIVE_UP_AFTER if whole else FOUND_WITHIN))
    return asdict(services.ask_carriers(actor=Actor.job("follow-parcels")))


@shared_task
def plan_refills() -> int:
    """Pick faces that run low, and what is released and lies in reserve. Two at once do no harm: planners wait."""
    actor, made = Actor.job("plan-refills"), 0
    for company_id, warehouse_id in warehouses_to_refill():
        made += len(services.plan_refills(warehouse_id, company_id=company_id, actor=actor))
    return made
