"""Promises that are open, and which of them will not be kept."""

import datetime

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from orders.models import LinePromise

STATES = {
    "late": _("Late"),
    "at_risk": _("At risk"),
    "no_date": _("No date known"),
    "pre_order": _("Pre-order"),
    "kept": _("On its way"),
}
STATE_CHOICES = list(STATES.items())
TROUBLE = ("late", "at_risk")


def open_promises(today: datetime.date) -> QuerySet[LinePromise]:
    """Lines that wait, each with its state: late (the promised day has passed), at_risk (expected later than
    promised, or no longer at all), no_date (nothing known will bring it), pre_order (waits for its release date
    only) or kept (by today's knowledge).
    """
    return LinePromise.objects.filter(is_open=True).annotate(
        state=Case(
            When(promised_date__lt=today, then=Value("late")),
            When(Q(expected_date__gt=F("promised_date")), then=Value("at_risk")),
            When(Q(promised_date__isnull=False, expected_date__isnull=True), then=Value("at_risk")),
            When(expected_date__isnull=True, then=Value("no_date")),
            When(release_date__isnull=False, waiting=0, then=Value("pre_order")),
            default=Value("kept"),
            output_field=CharField(),
        )
    )


def promises_in_trouble(company_id: int, *, today: datetime.date) -> QuerySet[LinePromise]:
    """Late or at risk, the oldest promise first."""
    rows = open_promises(today).filter(company_id=company_id, state__in=TROUBLE)
    return rows.select_related("order_line__order", "order_line__sku").order_by("promised_date", "id")
