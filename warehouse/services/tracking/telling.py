"""What somebody, or a carrier, says of shipments; what comes back to the sender opens a return."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from orders.errors import NotFound
from orders.models import Shipment, ShipmentKit, ShipmentLine
from orders.services import ReturnInput, request_return
from orders.services.tracking import tell_tracking
from warehouse.errors import LabelRefused
from warehouse.services.tracking.watching import end_arrived


@transaction.atomic
def record_tracking(
    shipment_ids: Sequence[int],
    *,
    status: str,
    company_id: int,
    actor: Actor,
    note: str = "",
    at: datetime | None = None,
    place: str = "",
) -> list[int]:
    """What somebody says of parcels under way: in_transit, exception, delivered, returned_to_sender.

    Those that are so already are passed over; the ids that changed. at: when it happened, if not now. Raises
    IllegalTransition (it has not left, or has arrived), LabelRefused (not_found); nothing is written then.
    Statements: 7, and those of request_return for each that comes back.
    """
    try:
        told = tell_tracking(
            shipment_ids, status=status, at=at or timezone.now(), company_id=company_id, actor=actor, note=note,
            place=place,
        )  # fmt: skip
    except NotFound as missing:
        raise LabelRefused(_("There is no such shipment."), code="not_found") from missing
    end_arrived(list(told.moved))
    expect_back(told.returned, company_id=company_id, actor=actor)
    return list(told.moved)


def expect_back(shipment_ids: Sequence[int], *, company_id: int, actor: Actor) -> None:
    """A return for all that comes back; where somebody has opened one for these goods already, theirs stands."""
    for shipment in Shipment.objects.filter(pk__in=shipment_ids).order_by("pk"):
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
