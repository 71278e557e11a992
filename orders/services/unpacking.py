"""A packed shipment is opened again: its label is void, its goods are packed anew."""

from collections.abc import Sequence

from django.db import transaction

from backoffice.core.actor import Actor
from orders.models import Fulfilment, FulfilmentStatus, Shipment, ShipmentStatus
from orders.services.changing import change_status
from orders.services.locking import lock_fulfilments


@transaction.atomic(savepoint=False)
def void_packed(fulfilment_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> list[int]:
    """Void the shipments of packed fulfilments: draft or labelled -> voided, packed -> packing; the shipments' ids.

    What shares a parcel with others is opened with them (begin_answers has locked those too). Raises IllegalTransition (handed over), NotFound;
    nothing is written then. Statements: 6, or 0 without fulfilments.
    """
    if not fulfilment_ids:
        return []
    mates = Fulfilment.objects.filter(
        merge_group__fulfilments__in=fulfilment_ids, status=FulfilmentStatus.PACKED
    ).values_list("pk", flat=True)
    work = lock_fulfilments([*fulfilment_ids, *mates], company_id=company_id)
    shipments = list(
        Shipment.objects.filter(fulfilment_id__in=work)
        .exclude(status=ShipmentStatus.VOIDED)
        .order_by("pk")
        .values_list("pk", "status")
    )
    change_status(
        "orders.shipment",
        [(pk, status, ShipmentStatus.VOIDED.value) for pk, status in shipments],
        company_id=company_id,
        actor=actor,
        reason=reason,
    )
    change_status(
        "orders.fulfilment",
        [(pk, found.status, FulfilmentStatus.PACKING.value) for pk, found in work.items()],
        company_id=company_id,
        actor=actor,
        reason=reason,
    )
    return [pk for pk, _status in shipments]
