"""Handing parcels over to a carrier: the list its driver signs, and the goods leave with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from orders.models import Shipment
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
