"""Why an order ships from where it ships, in plain words."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.core.show import show_number
from inventory.models import Allocation, Warehouse
from orders.models import Order, SourcingCause, SourcingDecision
from orders.sourcing.distance import FARTHEST_KM

BY_HAND = (SourcingCause.PINNED, SourcingCause.UNPINNED, SourcingCause.SOURCED_AGAIN)


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse that was looked at. verdict: the code (see sourcing.Candidate); sentence: what it means."""

    warehouse: str
    verdict: str
    sentence: str

    @property
    def is_chosen(self) -> bool:
        return self.verdict == "chosen"


@dataclass(frozen=True, slots=True)
class Told:
    """One decision, told: what it was about, who made it and when, what was thought of each warehouse."""

    decision: SourcingDecision
    headline: str
    places: Sequence[Place]

    @property
    def at(self) -> datetime.datetime:
        return self.decision.recorded_at

    @property
    def who(self) -> str:
        return self.decision.actor_label


@dataclass(frozen=True, slots=True)
class Whence:
    """sentences: the answer, the most important first. ships_from: by warehouse code, units claimed there now.

    pinned: the code of the warehouse that it is pinned to, or "". decisions: the newest first.
    """

    sentences: Sequence[str]
    ships_from: Mapping[str, Decimal]
    pinned: str
    decisions: Sequence[Told]


def why_warehouse(order: Order) -> Whence:
    """Where an order's goods come from and why, with every decision about it. Statements: 3."""
    houses = {house.pk: house for house in Warehouse.objects.filter(company_id=order.company_id)}
    decisions = list(SourcingDecision.objects.filter(order=order).order_by("-id")[:50])
    claims = Allocation.objects.filter(
        demand__source_type="orders.orderline", demand__source_id__in=order.lines.values("pk"), open__gt=0
    ).order_by("warehouse_id")
    ships_from: dict[str, Decimal] = {}
    for warehouse_id, quantity in claims.values_list("warehouse_id", "open"):
        code = houses[warehouse_id].code
        ships_from[code] = ships_from.get(code, Decimal(0)) + quantity
    currency = order.channel.company.base_currency_id
    told = [_told(decision, houses, currency) for decision in decisions]
    pinned = houses[order.pinned_warehouse_id].code if order.pinned_warehouse_id else ""
    return Whence(_sentences(order, houses, told, pinned), ships_from, pinned, told)


def _sentences(order: Order, houses: Mapping[int, Warehouse], told: Sequence[Told], pinned: str) -> list[str]:
    if pinned:
        return [_pin(order, told, pinned)]
    if told:
        return [told[0].headline]
    shipping = [house.code for house in houses.values() if house.is_active and not house.is_transit]
    if len(shipping) == 1:
        return [_("%(warehouse)s is the only warehouse that ships.") % {"warehouse": shipping[0]}]
    return [_("No choice among warehouses has been made for it yet.")]


def _pin(order: Order, told: Sequence[Told], pinned: str) -> str:
    by_hand = next((one for one in told if one.decision.cause == SourcingCause.PINNED), None)
    if by_hand and by_hand.decision.pinned_warehouse_id == order.pinned_warehouse_id:
        return by_hand.headline
    if order.channel.warehouse_id == order.pinned_warehouse_id:
        words = {"channel": order.channel.name, "warehouse": pinned}
        return _("Orders of %(channel)s ship from %(warehouse)s only.") % words
    return _("It is pinned to %(warehouse)s.") % {"warehouse": pinned}


def _told(decision: SourcingDecision, houses: Mapping[int, Warehouse], currency: str) -> Told:
    plan: dict[str, Any] = decision.plan
    chosen: dict[int, Decimal] = {}
    for line in plan["lines"]:
        chosen[line["warehouse"]] = chosen.get(line["warehouse"], Decimal(0)) + Decimal(line["quantity"])
    places = [
        Place(
            houses[row["warehouse"]].code,
            row["verdict"],
            _verdict(row, plan, chosen.get(row["warehouse"], Decimal(0)), currency),
        )
        for row in sorted(decision.candidates, key=lambda row: row["verdict"] != "chosen")
        if row["warehouse"] in houses
    ]
    return Told(decision, _headline(decision, [houses[pk].code for pk in chosen if pk in houses], currency), places)


def _headline(decision: SourcingDecision, chosen: Sequence[str], currency: str) -> str:
    words = {
        "who": decision.actor_label,
        "day": date_format(decision.recorded_at, "SHORT_DATETIME_FORMAT"),
        "reason": decision.reason,
        "warehouses": ", ".join(chosen),
        "objective": decision.get_objective_display(),
        "score": _score(decision.plan, currency),
    }
    if decision.cause == SourcingCause.PINNED:
        code = decision.pinned_warehouse.code if decision.pinned_warehouse else ""
        return _("Pinned to %(warehouse)s by %(who)s, %(day)s: %(reason)s") % {**words, "warehouse": code}
    if not chosen:
        return _("No warehouse that may serve it had any of it (%(day)s).") % words
    said = _("Best choice: %(warehouses)s (%(score)s). Measured by: %(objective)s.") % words
    if decision.cause in BY_HAND:
        said += " " + _("Sourced anew by %(who)s, %(day)s: %(reason)s") % words
    return said


def _score(plan: Mapping[str, Any], currency: str) -> str:
    parts = [
        _("%(units)s of %(wanted)s units") % {"units": _number(plan["units"]), "wanted": _number(plan["wanted"])},
        _("parcels: %(count)s") % {"count": plan["parcels"]},
    ]
    if Decimal(plan["cost"]):
        parts.append(_("cost %(amount)s %(currency)s") % {"amount": _number(plan["cost"]), "currency": currency})
    if 0 < plan["km"] < FARTHEST_KM:
        parts.append(_("%(km)s km") % {"km": _number(str(plan["km"]))})
    return ", ".join(parts)


def _verdict(row: Mapping[str, Any], plan: Mapping[str, Any], given: Decimal, currency: str) -> str:
    words = {
        "given": show_number(given),
        "units": _number(row.get("units", "0")),
        "wanted": _number(plan["wanted"]),
        "cost": _number(row.get("cost", "0")),
        "best": _number(plan["cost"]),
        "currency": currency,
        "km": _number(str(row.get("km", 0))),
        "near": _number(str(plan["km"])),
    }
    known = row.get("km", 0) < FARTHEST_KM
    said = {
        "chosen": _("ships %(given)s of %(wanted)s units"),
        "excluded": _("never ships for this channel"),
        "pinned_elsewhere": _("the order was pinned to another warehouse"),
        "no_stock": _("has none of it"),
        "units": _("could ship only %(units)s of %(wanted)s units"),
        "cost": _("would cost %(cost)s rather than %(best)s %(currency)s"),
        "distance": _("is %(km)s km away rather than %(near)s") if known else _("nobody knows how far away it is"),
        "late": _("its cut-off had passed"),
        "parcels": _("would take more parcels"),
        "preference": _("would do as well, but comes later in the order of preference"),
        "split": _("would do as well, with more lines in parts"),
    }[row["verdict"]]
    return said % words


def _number(text: str) -> str:
    return show_number(Decimal(text))
