"""What shares a parcel with given work: an edge that is asked for one packs and ships them together."""

from collections.abc import Sequence

from orders.models import Fulfilment, Shipment
from orders.selectors.merges import parcel_mates


def packed_with(fulfilment_ids: Sequence[int]) -> list[int]:
    """The other fulfilments of their parcels that have not left. Statements: 1, 2 with merged ones."""
    groups = _groups(fulfilment_ids)
    mates = parcel_mates(groups) if groups else {}
    return [
        pk for own in mates.values() for pk, _o, status, _s in own if pk not in fulfilment_ids and status != "shipped"
    ]


def shipped_with(shipment_ids: Sequence[int]) -> list[int]:
    """The other shipments in their parcels. Statements: 2, 3 with merged ones."""
    fulfilments = list(Shipment.objects.filter(pk__in=shipment_ids).values_list("fulfilment_id", flat=True))
    groups = _groups(fulfilments)
    mates = parcel_mates(groups) if groups else {}
    return [
        shipment
        for own in mates.values()
        for _pk, _order, status, shipment in own
        if shipment is not None and shipment not in shipment_ids and status != "shipped"
    ]


def _groups(fulfilment_ids: Sequence[int]) -> list[int]:
    rows = Fulfilment.objects.filter(pk__in=fulfilment_ids, merge_group__isnull=False)
    return [pk for pk in rows.values_list("merge_group_id", flat=True).distinct() if pk is not None]
