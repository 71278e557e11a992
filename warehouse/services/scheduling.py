"""Waves that make themselves: some time before the carrier comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_noop

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from warehouse.errors import WaveRefused
from warehouse.models import Wave, WaveTemplate
from warehouse.services.planning import WaveRequest, plan_wave
from warehouse.services.releasing import WaveResult, release_waves

NOTE = gettext_noop("Made by its template before the cut-off.")


@dataclass(frozen=True, slots=True)
class Due:
    """A template and the cut-off that its next wave is for."""

    template: WaveTemplate
    cut_off_at: datetime


def request_of(template: WaveTemplate, cut_off_at: datetime | None) -> WaveRequest:
    return WaveRequest(
        template.warehouse_id,
        method=template.method,
        services=tuple(template.shipping_services.split(",")),
        channel_id=template.channel_id,
        order_size=template.order_size,
        max_orders=template.max_orders,
        max_lines=template.max_lines,
        round_orders=template.round_orders,
        template_id=template.pk,
        cut_off_at=cut_off_at,
        note=NOTE if cut_off_at else template.name,
    )


def due_templates(now: datetime) -> list[Due]:
    """Templates whose carrier comes within their lead time and whose wave for it is not made yet. Statements: 2."""
    rows = WaveTemplate.objects.filter(is_active=True, cut_off__isnull=False).select_related("warehouse", "company")
    found = [Due(row, at) for row in rows.order_by("warehouse_id", "cut_off", "pk") if (at := _cut_off(row, now))]
    made = set(
        Wave.objects.filter(template__in=[due.template.pk for due in found], cut_off_at__gte=now).values_list(
            "template_id", "cut_off_at"
        )
    )
    return [due for due in found if (due.template.pk, due.cut_off_at) not in made]


def _cut_off(template: WaveTemplate, now: datetime) -> datetime | None:
    """The next cut-off, if its wave is due now; by the warehouse's clock, so that summer time changes nothing."""
    zone = ZoneInfo(template.warehouse.time_zone or template.company.time_zone)
    today = now.astimezone(zone).date()
    for day in (today, today + timedelta(days=1)):
        at = _instant(day, template.cut_off, zone)
        if str(day.isoweekday()) in template.weekdays and now < at <= now + timedelta(minutes=template.lead_minutes):
            return at
    return None


def _instant(day: date, clock: time | None, zone: ZoneInfo) -> datetime:
    assert clock is not None
    return datetime.combine(day, clock, tzinfo=zone)


def release_due(now: datetime, *, actor: Actor) -> Sequence[WaveResult]:
    """Plan and release the waves that are due, each in its own transaction: one that is refused stops no other.

    A wave for which nothing is ready is tried again until the carrier comes; two schedulers make one wave.
    """
    results: list[WaveResult] = []
    for due in due_templates(now):
        company_id = due.template.company_id
        try:
            with transaction.atomic():
                planned = plan_wave(request_of(due.template, due.cut_off_at), company_id=company_id, actor=actor)
                [result] = release_waves([planned.wave_id], company_id=company_id, actor=actor)
                if result.state == "cancelled":  # nothing of it could be picked: as if it had not been planned
                    raise WaveRefused("nothing can be picked", code="nothing_ready")
                results.append(result)
        except WaveRefused:
            continue
        except DomainError as refusal:
            results.append(WaveResult(0, "refused", refused=((due.template.pk, refusal.code),)))
    return results
