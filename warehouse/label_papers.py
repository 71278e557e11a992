"""The labels of parcels as they are printed."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core.show import show_number
from warehouse.carriers.labels import LabelPaper
from warehouse.models import Parcel, ParcelLabel
from warehouse.services.labelling import parcel_facts


def live_labels(shipment_ids: Sequence[int]) -> list[ParcelLabel]:
    """Of parcels of these shipments, in their order. Statements: 1."""
    rows = ParcelLabel.objects.filter(parcel__shipment__in=shipment_ids, voided_at__isnull=True).select_related(
        "service__carrier", "parcel__shipment__order__shipping_address", "parcel__shipment__warehouse__address",
        "parcel__company", "parcel__box",
    )  # fmt: skip
    return list(rows.order_by("parcel__shipment_id", "parcel__position"))


def label_papers(labels: Sequence[ParcelLabel]) -> list[LabelPaper]:
    """Statements: 1."""
    shipments = {label.parcel.shipment_id for label in labels}
    counts: dict[int, int] = dict.fromkeys(shipments, 0)
    for shipment_id in Parcel.objects.filter(shipment__in=shipments).values_list("shipment_id", flat=True):
        counts[shipment_id] += 1
    texts = (
        ("from", _("From")),
        ("to", _("To")),
        ("weight", _("Weight")),
        ("order", _("Order")),
        ("parcel", _("Parcel")),
    )
    papers = []
    for label in labels:
        facts = parcel_facts(label.parcel, counts[label.parcel.shipment_id])
        papers.append(
            LabelPaper(
                label.tracking_number,
                label.service.carrier.name,
                label.service.name,
                facts.sender,
                facts.receiver,
                _kilograms(label.weight_g),
                facts.order_number,
                f"{facts.position}/{facts.count}",
                texts,
            )
        )
    return papers


def _kilograms(grams: int) -> str:
    return f"{show_number(Decimal(grams) / 1000)} kg"
