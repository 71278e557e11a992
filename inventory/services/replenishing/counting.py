"""Counting what is lacking: proposals are made, counted anew and taken back, and alerts opened and closed."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounting.models import Company
from inventory.models import PlanningSettings, Sku
from inventory.reordering import Levels, Place, Policy, is_low, levels, needs_of, transferable
from inventory.selectors.offers import Offer, best_offers
from inventory.selectors.planning import PlaceFigures, expiring_lots, place_figures, planning_settings
from inventory.services.replenishing.alerts import Alert, keep_alerts
from inventory.services.replenishing.proposing import Wanted, keep_proposals

CHUNK = 2_000  # SKUs counted in one transaction
ZERO = Decimal(0)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """What a count came to. skus: counted; opened and gone: proposals; alerts: that are open now."""

    skus: int = 0
    opened: int = 0
    changed: int = 0
    gone: int = 0
    alerts: int = 0

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(
            self.skus + other.skus,
            self.opened + other.opened,
            self.changed + other.changed,
            self.gone + other.gone,
            self.alerts + other.alerts,
        )


def plan_replenishment(
    *, company_id: int, sku_ids: Sequence[int] | None = None, progress: Progress | None = None
) -> Planned:
    """Count every SKU of a company, or these, anew: what is at or below its reorder point is proposed once, what is
    no longer is taken back, alerts open and close.

    In portions of 2,000 SKUs, each a transaction of its own: a count that was stopped is simply begun again.
    progress(counted, all) is told after each. Statements a portion: about 20, whatever the SKUs.
    """
    found = Sku.objects.filter(company_id=company_id, kit__isnull=True, is_stocked=True)
    wanted = sorted(found.values_list("pk", flat=True) if sku_ids is None else set(sku_ids))
    settings = planning_settings(company_id)
    today = _today(company_id)
    total = Planned()
    for start in range(0, len(wanted), CHUNK):
        portion = wanted[start : start + CHUNK]
        total += _count(portion, settings, today)
        if progress:
            progress(start + len(portion), len(wanted))
    return total


def _today(company_id: int) -> datetime.date:
    zone = Company.objects.values_list("time_zone", flat=True).get(pk=company_id)
    return timezone.localdate(timezone=ZoneInfo(zone))


@transaction.atomic(savepoint=False)
def _count(sku_ids: Sequence[int], settings: PlanningSettings, today: datetime.date) -> Planned:
    company_id = settings.company_id
    figures = place_figures(sku_ids, company_id=company_id, history_days=settings.history_days)
    usual = best_offers({figure.sku_id: Decimal(1) for figure in figures}, company_id=company_id)
    wanted: list[Wanted] = []
    alerts: list[Alert] = []
    for _sku, group in groupby(figures, key=lambda figure: figure.sku_id):
        places = list(group)
        counted = {figure.warehouse_id: _place(figure, usual[figure.sku_id], settings) for figure in places}
        wanted += _wanted(places, counted, today)
        alerts += _alerts(places, counted, settings)
    alerts += [
        Alert(
            "expiry",
            lot.sku_id,
            lot.warehouse_id,
            lot.lot_id,
            lot.value,
            {"lot": lot.code, "date": lot.expiry_date.isoformat(), "quantity": f"{lot.quantity.normalize():f}"},
        )
        for lot in expiring_lots(sku_ids, company_id=company_id, days=settings.expiry_days)
    ]
    opened, changed, gone = keep_proposals(_priced(wanted, company_id), sku_ids, company_id=company_id, today=today)
    open_alerts = keep_alerts(alerts, sku_ids, company_id=company_id)
    return Planned(len(sku_ids), opened, changed, gone, open_alerts)


def _place(figure: PlaceFigures, offers: Sequence[Offer], settings: PlanningSettings) -> Place:
    lead = offers[0].lead_time if offers else None
    return Place(
        warehouse_id=figure.warehouse_id,
        available=figure.available,
        incoming=figure.on_order + figure.on_transfer,
        waiting=figure.waiting,
        daily=round(figure.issued / figure.days, 6),
        policy=Policy(
            lead_days=Decimal(settings.lead_time_days) if lead is None or lead.days is None else lead.days,
            spread_days=ZERO if lead is None else lead.spread_days,
            safety_days=settings.safety_days if figure.safety_days is None else figure.safety_days,
            cover_days=settings.cover_days if figure.cover_days is None else figure.cover_days,
            point=figure.point,
            up_to=figure.up_to,
            source_id=figure.source_id,
        ),
    )


def _wanted(figures: Sequence[PlaceFigures], places: Mapping[int, Place], today: datetime.date) -> list[Wanted]:
    """What is proposed for the warehouses of one SKU; a warehouse spares no more than it has for all who ask it."""
    by_id = {figure.warehouse_id: figure for figure in figures}
    planned = [places[figure.warehouse_id] for figure in figures if figure.is_planned]
    wanted = []
    given: dict[int, Decimal] = {}
    for need in needs_of(planned):
        figure = by_id[need.place.warehouse_id]
        source = places.get(need.place.policy.source_id or 0)
        quantity = need.quantity
        if source is not None:
            quantity = transferable(source, need.quantity + given.get(source.warehouse_id, ZERO))
            quantity = min(need.quantity, quantity - given.get(source.warehouse_id, ZERO))
            given[source.warehouse_id] = given.get(source.warehouse_id, ZERO) + max(quantity, ZERO)
        elif need.place.policy.source_id is not None or not figure.is_bought:
            continue  # its source holds nothing of it, or the SKU is bought no more
        if quantity > 0:
            wanted.append(Wanted(figure, need, quantity, None if source is None else source.warehouse_id, today))
    return wanted


def _priced(wanted: Sequence[Wanted], company_id: int) -> list[Wanted]:
    """What is bought, with the best offer for its quantity. Statements: 2 for each warehouse that a SKU lacks in."""
    rounds: list[dict[int, Wanted]] = []
    for item in wanted:
        if item.source_id is None:
            free = next((one for one in rounds if item.figure.sku_id not in one), None)
            if free is None:
                rounds.append(free := {})
            free[item.figure.sku_id] = item
    for one in rounds:
        offers = best_offers({sku: item.quantity for sku, item in one.items()}, company_id=company_id)
        for sku, item in one.items():
            item.take(offers[sku])
    return list(wanted)


def _alerts(figures: Sequence[PlaceFigures], places: Mapping[int, Place], settings: PlanningSettings) -> list[Alert]:
    """Low, over and dead stock of one SKU; what is bought no more is never low."""
    alerts = []
    for figure in figures:
        place = places[figure.warehouse_id]
        found = levels(place.daily, place.policy)
        key = (figure.sku_id, figure.warehouse_id, None)
        if figure.is_planned and figure.is_bought and is_low(place.position, found):
            alerts.append(Alert("low", *key, figure.value, _low_facts(place, found)))
        if figure.on_hand <= 0:
            continue
        if place.daily and figure.on_hand > place.daily * settings.overstock_days:
            days = int(figure.on_hand / place.daily)
            facts = {"on_hand": f"{figure.on_hand.normalize():f}", "days": str(days)}
            alerts.append(Alert("over", *key, figure.value, facts))
        elif not figure.issued and figure.still_days is not None and figure.still_days >= settings.dead_days:
            facts = {"on_hand": f"{figure.on_hand.normalize():f}", "days": str(figure.still_days)}
            alerts.append(Alert("dead", *key, figure.value, facts))
    return alerts


def _low_facts(place: Place, found: Levels) -> dict[str, str]:
    numbers = {
        "available": place.available,
        "incoming": place.incoming,
        "waiting": place.waiting,
        "position": place.position,
        "point": found.point,
    }
    return {name: f"{value.normalize():f}" for name, value in numbers.items()}
