"""Handing parcels over to a carrier: the list its driver signs, and the goods leave with it; then what becomes of them."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError, InvalidInput
from orders.models import Shipment, ShipmentKit, ShipmentLine, ShipmentStatus
from orders.services import ReturnInput, request_return
from orders.services.changing import change_status
from orders.services.locking import lock_orders
from warehouse.errors import LabelRefused
from warehouse.models import CarrierAccount, Manifest, ManifestLine, Parcel, ParcelLabel
from warehouse.services.merged import shipped_with
from warehouse.services.shipping import Dispatch, ShipResult, ship


@dataclass(frozen=True, slots=True)
class HandOver:
    """manifest_id: None if nothing could leave. results: one for each shipment, as ship answers."""

    manifest_id: int | None
    results: tuple[ShipResult, ...]


def waiting_shipments(carrier_id: int, *, warehouse_id: int) -> list[Shipment]:
    """Packed shipments whose every parcel has a live label of this carrier, oldest first. Statements: 1."""
    live = ParcelLabel.objects.filter(parcel=OuterRef("pk"), voided_at__isnull=True, service__carrier_id=carrier_id)
    own = Parcel.objects.filter(shipment=OuterRef("pk"))
    rows = Shipment.objects.filter(warehouse_id=warehouse_id, status="labelled").filter(Exists(own))
    rows = rows.exclude(Exists(own.exclude(Exists(live))))
    return list(rows.select_related("order", "fulfilment").order_by("pk"))


@transaction.atomic
def hand_over(
    carrier_id: int,
    *,
    warehouse_id: int,
    company_id: int,
    at: datetime,
    actor: Actor,
    driver: str = "",
    shipment_ids: Sequence[int] | None = None,
) -> HandOver:
    """The carrier takes what waits for it: labelled -> manifested -> in_transit, stock and cost leave, once.

    What may not leave (held, cancelled, to be cancelled, shares its parcel with what stays) is left behind with its
    code, and is not on the manifest. Raises LabelRefused (nothing_waits, unknown_carrier), InvalidInput (a shipment
    without this carrier's label); nothing is written then. Statements: those of ship and 8, whatever the number.
    """
    carrier = CarrierAccount.objects.filter(pk=carrier_id, company_id=company_id).first()
    if carrier is None:
        raise LabelRefused(_("There is no such carrier."), code="unknown_carrier")
    waiting = {shipment.pk: shipment for shipment in waiting_shipments(carrier_id, warehouse_id=warehouse_id)}
    chosen = list(waiting) if shipment_ids is None else list(dict.fromkeys(shipment_ids))
    if foreign := [pk for pk in chosen if pk not in waiting]:
        raise InvalidInput(
            _("Shipment SH-%(id)06d has no label of %(carrier)s, or has left.")
            % {"id": foreign[0], "carrier": carrier},
            errors=[{"field": "shipments"}],
        )
    if not chosen:
        raise LabelRefused(_("Nothing waits for %(carrier)s.") % {"carrier": carrier}, code="nothing_waits")
    results = ship(
        _dispatches([waiting[pk] for pk in chosen], at),
        company_id=company_id,
        actor=actor,
        manifested=True,
    )
    left = [result.shipment_id for result in results if result.state == "shipped"]
    if not left:
        return HandOver(None, tuple(results))
    manifest = Manifest.objects.create(
        company_id=company_id, warehouse_id=warehouse_id, carrier=carrier, handed_over_at=at, driver=driver[:120],
        made_by_id=actor.user_id,
    )  # fmt: skip
    ManifestLine.objects.bulk_create(ManifestLine(manifest=manifest, shipment_id=pk) for pk in left)
    return HandOver(manifest.pk, tuple(results))


def _dispatches(shipments: Sequence[Shipment], at: datetime) -> list[Dispatch]:
    """The shipments, and those of other orders that lie in their parcels."""
    found: dict[int, Dispatch] = {}
    for row in shipments:
        own = Dispatch(row.pk, row.carrier, row.service, row.tracking_number, at, row.tracking_url)
        found[row.pk] = own
        if row.fulfilment is not None and row.fulfilment.merge_group_id is not None:
            found |= {pk: replace(own, shipment_id=pk) for pk in shipped_with([row.pk])}
    return list(found.values())


@transaction.atomic
def record_tracking(
    shipment_ids: Sequence[int], *, status: str, company_id: int, actor: Actor, note: str = ""
) -> list[int]:
    """What a carrier says of parcels under way: in_transit, exception, delivered, returned_to_sender.

    Those that say so already are passed over; the ids that changed. Raises IllegalTransition (it has not left, or has
    arrived), LabelRefused (not_found); nothing is written then. What comes back to the sender opens a return.
    Statements: 4, and those of request_return for each that comes back.
    """
    status = ShipmentStatus(status).value
    given = Shipment.objects.filter(pk__in=shipment_ids, company_id=company_id)
    lock_orders(sorted(set(given.values_list("order_id", flat=True))), company_id=company_id)
    rows = list(given.order_by("pk").select_for_update(of=("self",), no_key=True))
    if len(rows) < len(set(shipment_ids)):
        raise LabelRefused(_("There is no such shipment."), code="not_found")
    moved = [row for row in rows if row.status != status]
    moves = [(row.pk, row.status, status) for row in moved]
    change_status("orders.shipment", moves, company_id=company_id, actor=actor, reason=note)
    if status == ShipmentStatus.RETURNED_TO_SENDER:
        for row in moved:
            _expect_back(row, company_id, actor)
    return [pk for pk, _old, _new in moves]


def _expect_back(shipment: Shipment, company_id: int, actor: Actor) -> None:
    """A return for all that comes back; where somebody has opened one for these goods already, theirs stands."""
    left: dict[int, Decimal] = defaultdict(Decimal)
    for line in ShipmentLine.objects.filter(shipment=shipment, order_line__kit__isnull=True):
        left[line.order_line_id] += line.quantity
    for kit in ShipmentKit.objects.filter(shipment=shipment):
        left[kit.order_line_id] += kit.quantity
    with suppress(DomainError):
        request_return(
            shipment.order_id,
            company_id=company_id,
            lines=[ReturnInput(pk, quantity) for pk, quantity in left.items()],
            reason=_("Returned to sender by the carrier"),
            requested_at=timezone.now(),
            actor=actor,
            warehouse_id=shipment.warehouse_id,
            fee=False,
        )
