"""Shipments on their way: what is said of them is kept, each saying once, and moves their status."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from orders import states
from orders.errors import NotFound
from orders.models import Shipment, ShipmentStatus, TrackingEvent
from orders.services.changing import change_status
from orders.services.locking import lock_orders

IN_TRANSIT, EXCEPTION = ShipmentStatus.IN_TRANSIT.value, ShipmentStatus.EXCEPTION.value
DELIVERED, RETURNED = ShipmentStatus.DELIVERED.value, ShipmentStatus.RETURNED_TO_SENDER.value


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a shipment: status in_transit, exception, delivered or returned_to_sender.

    tracking_number: of which parcel, empty for all of it.
    """

    shipment_id: int
    status: str
    at: datetime
    tracking_number: str = ""
    note: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Tracked:
    """added: how many sayings were new. moved: (old, new) status by shipment."""

    added: int
    moved: Mapping[int, tuple[str, str]]

    @property
    def returned(self) -> list[int]:
        return [pk for pk, (_old, new) in self.moved.items() if new == RETURNED]


_EVENT = {
    "company_id": "bigint",
    "shipment_id": "bigint",
    "tracking_number": "text",
    "status": "text",
    "occurred_at": "timestamptz",
    "place": "text",
    "note": "text",
    "source": "text",
    "recorded_by": "text",
}


@transaction.atomic(savepoint=False)
def record_tracking_events(
    told: Sequence[Told], *, numbers: Mapping[int, Collection[str]], company_id: int, actor: Actor
) -> Tracked:
    """What a carrier says of its parcels. numbers: those of each shipment's parcels.

    What is known is passed over, so the carrier may be asked as often as one likes. A shipment is delivered when its
    last parcel is, comes back when its last parcel does, and needs looking after while one of them does. One that
    has arrived keeps its status: what is said of it later is kept and changes nothing.

    Statements: 8 at most, whatever the number.
    """
    shipments = _lock({each.shipment_id for each in told}, company_id)
    added = _insert([each for each in told if each.shipment_id in shipments], "carrier", company_id, actor)
    news = sorted({pk for pk, _event in added})
    wanted = {pk: _status_of(said, numbers.get(pk, ())) for pk, said in _said(news).items()}
    moved = {}
    for pk, (status, _at) in wanted.items():
        old = shipments[pk].status
        if status and status != old and _path(old, status):
            moved[pk] = (old, status)
    change_status(
        "orders.shipment",
        [(pk, *step) for pk, (old, new) in moved.items() for step in _path(old, new)],
        company_id=company_id,
        actor=actor,
        reason=_("Told by the carrier"),
    )
    _set_delivered({pk: wanted[pk][1] for pk, (_old, new) in moved.items() if new == DELIVERED})
    return Tracked(len(added), moved)


@transaction.atomic(savepoint=False)
def tell_tracking(
    shipment_ids: Sequence[int],
    *,
    status: str,
    at: datetime,
    company_id: int,
    actor: Actor,
    note: str = "",
    place: str = "",
) -> Tracked:
    """What somebody says of whole shipments; those that are so already are passed over.

    Raises IllegalTransition (it has not left, or has arrived), NotFound; nothing is written then. Statements: 6.
    """
    status = ShipmentStatus(status).value
    shipments = _lock(set(shipment_ids), company_id)
    if missing := sorted(set(shipment_ids) - set(shipments)):
        raise NotFound(_("There is no shipment %(id)s in this company.") % {"id": missing[0]}, shipment_id=missing[0])
    moved = {pk: (row.status, status) for pk, row in shipments.items() if row.status != status}
    change_status(
        "orders.shipment",
        [(pk, old, new) for pk, (old, new) in moved.items()],
        company_id=company_id,
        actor=actor,
        reason=note,
    )
    added = _insert([Told(pk, status, at, "", note, place) for pk in moved], "hand", company_id, actor)
    _set_delivered(dict.fromkeys(moved, at) if status == DELIVERED else {})
    return Tracked(len(added), moved)


def _lock(shipment_ids: Collection[int], company_id: int) -> dict[int, Shipment]:
    """Orders first, then the shipments, by key. Statements: 3."""
    given = Shipment.objects.filter(pk__in=shipment_ids, company_id=company_id)
    lock_orders(sorted(set(given.values_list("order_id", flat=True))), company_id=company_id)
    return {row.pk: row for row in given.order_by("pk").select_for_update(of=("self",), no_key=True)}


def _insert(told: Sequence[Told], source: str, company_id: int, actor: Actor) -> list[tuple[int, int]]:
    """(shipment, event) of what nobody has said yet. Statements: 1, or 0."""
    rows = [
        (company_id, each.shipment_id, each.tracking_number[:80], each.status, each.at, each.place[:120], each.note[:300],
         source, actor.label)
        for each in told
    ]  # fmt: skip
    return insert_rows("orders_trackingevent", _EVENT, rows, suffix="ON CONFLICT DO NOTHING RETURNING shipment_id, id")


def _said(shipment_ids: Sequence[int]) -> dict[int, list[TrackingEvent]]:
    """What carriers said of them, oldest first. Statements: 1, or 0."""
    found: dict[int, list[TrackingEvent]] = defaultdict(list)
    if shipment_ids:
        rows = TrackingEvent.objects.filter(shipment__in=shipment_ids, source="carrier")
        for event in rows.order_by("shipment_id", "occurred_at", "pk"):
            found[event.shipment_id].append(event)
    return found


def _status_of(said: Sequence[TrackingEvent], numbers: Collection[str]) -> tuple[str, datetime | None]:
    """The status of the whole, and since when, from the last word on each of its parcels."""
    last = {event.tracking_number: event for event in said}
    known = [last[number] for number in numbers if number in last] or list(last.values())
    statuses = {event.status for event in known}
    at = max((event.occurred_at for event in known), default=None)
    complete = len(known) >= len(set(numbers))
    if EXCEPTION in statuses or {DELIVERED, RETURNED} <= statuses:
        return EXCEPTION, at
    if statuses == {DELIVERED} and complete:
        return DELIVERED, at
    if statuses == {RETURNED} and complete:
        return RETURNED, at
    return (IN_TRANSIT if statuses else ""), at


def _path(old: str, new: str) -> list[tuple[str, str]]:
    """The legal steps from one status to the other, none if there is no way."""
    if new in states.SHIPMENT[old]:
        return [(old, new)]
    if old == ShipmentStatus.MANIFESTED and new in states.SHIPMENT[IN_TRANSIT]:
        return [(old, IN_TRANSIT), (IN_TRANSIT, new)]
    return []


def _set_delivered(times: Mapping[int, datetime | None]) -> None:
    """Statements: 1, or 0."""
    if not times:
        return
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE orders_shipment s SET delivered_at = g.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS g(id, at)"
            " WHERE s.id = g.id",
            [list(times), list(times.values())],
        )
