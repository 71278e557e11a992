"""What keeps an order from going to another address or by another service: parcels that bear the old one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from orders.errors import ChangeRefused
from orders.models import Fulfilment, FulfilmentStatus, Order, Shipment, ShipmentStatus


@dataclass(frozen=True, slots=True)
class Parcels:
    """What bears the address that orders had, by order: a parcel that is packed, a fulfilment merged with others'."""

    packed: Mapping[int, Shipment] = field(default_factory=dict)
    merged: Mapping[int, Fulfilment] = field(default_factory=dict)

    def check(self, order: Order) -> None:
        """The address is on the parcel once it is packed, and on the others' too where orders were merged."""
        if label := self.packed.get(order.pk):
            raise ChangeRefused(
                _("Shipment %(number)s is packed for the old address; the warehouse must unpack it first.")
                % {"number": label.number},
                field="shipping_address",
                shipment_id=label.pk,
            )
        if merged := self.merged.get(order.pk):
            raise ChangeRefused(
                _("Fulfilment %(number)s leaves in one parcel with other orders; take it out of the parcel first.")
                % {"number": merged.number},
                field="shipping_address",
                fulfilment_id=merged.pk,
            )


def parcels_of(order_ids: Sequence[int]) -> Parcels:
    """Statements: 2, or 0 for none."""
    if not order_ids:
        return Parcels()
    packed = Shipment.objects.filter(
        order_id__in=order_ids, status__in=[ShipmentStatus.DRAFT, ShipmentStatus.LABELLED, ShipmentStatus.MANIFESTED]
    )
    merged = Fulfilment.objects.filter(order_id__in=order_ids, merge_group__isnull=False).exclude(
        status__in=[FulfilmentStatus.SHIPPED, FulfilmentStatus.CANCELLED]
    )
    return Parcels(
        {label.order_id: label for label in packed.order_by("-pk")},
        {part.order_id: part for part in merged.order_by("-pk")},
    )
