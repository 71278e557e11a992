"""Rates, labels and their voiding, for the parcels of packed shipments."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.models import Address, Company
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.models import Shipment, ShipmentStatus
from orders.services.changing import change_status
from warehouse.carriers import CARRIERS, BoughtLabel, ParcelFacts, Place, Quote, Service
from warehouse.errors import LabelRefused
from warehouse.models import CarrierRate, CarrierService, Parcel, ParcelLabel

DEFAULT_WEIGHT_G = 1000
PACKED = (ShipmentStatus.DRAFT, ShipmentStatus.LABELLED)


@dataclass(frozen=True, slots=True)
class Offer:
    """A service with its price for all parcels of a shipment; refused: why it takes one of them not."""

    service: CarrierService
    price: Decimal | None
    currency: str
    proposed: bool
    refused: str = ""


def _services(company_id: int, ids: Sequence[int] | None = None) -> dict[int, tuple[CarrierService, Service]]:
    """Active services with their rate tables. Statements: 3."""
    rows = CarrierService.objects.filter(carrier__company_id=company_id, is_active=True, carrier__is_active=True)
    rows = rows if ids is None else rows.filter(pk__in=ids)
    found = list(
        rows.select_related("carrier").prefetch_related(Prefetch("rates", CarrierRate.objects.all())).order_by("pk")
    )
    currency = Company.objects.values_list("base_currency_id", flat=True).get(pk=company_id)
    return {row.pk: (row, _service(row, currency)) for row in found}


def _service(row: CarrierService, currency: str) -> Service:
    rates = tuple(
        (
            _codes(rate.countries),
            tuple(each.replace(" ", "") for each in _codes(rate.postcodes)),
            rate.up_to_g,
            rate.price,
        )
        for rate in row.rates.all()
    )
    return Service(
        row.pk, row.carrier.connector, row.code, str(row), currency, row.max_weight_g, row.transit_days, rates
    )


def _codes(text: str) -> tuple[str, ...]:
    return tuple(part.strip().upper() for part in text.split(",") if part.strip())


def _parcels(shipment_ids: Sequence[int], company_id: int) -> dict[int, list[Parcel]]:
    """Parcels by shipment, with what an address label needs. Statements: 1."""
    rows = Parcel.objects.filter(shipment__in=shipment_ids, company_id=company_id).select_related(
        "shipment__order__shipping_address", "shipment__warehouse__address", "company", "box"
    )
    found: dict[int, list[Parcel]] = defaultdict(list)
    for parcel in rows.order_by("shipment_id", "position"):
        found[parcel.shipment_id].append(parcel)
    return found


def parcel_facts(parcel: Parcel, count: int, reference: str = "") -> ParcelFacts:
    """What a carrier is told; a parcel that nobody weighed counts as one kilogram."""
    shipment, box = parcel.shipment, parcel.box
    warehouse = shipment.warehouse
    sender = _place(warehouse.address if warehouse else None, parcel.company.name, parcel.company.address)
    return ParcelFacts(
        reference or str(parcel.pk),
        parcel.weight_g or DEFAULT_WEIGHT_G,
        sender,
        _place(shipment.order.shipping_address),
        shipment.order.number,
        parcel.position,
        count,
        *((box.length_mm, box.width_mm, box.height_mm) if box else (None, None, None)),
    )


def _place(address: Address | None, name: str = "", text: str = "") -> Place:
    if address is None:
        return Place(tuple(filter(None, [name, *text.splitlines()])), "", "", "")
    lines = (name or address.name, address.organisation, address.line1, address.line2)
    return Place(
        tuple(filter(None, dict.fromkeys(lines))), address.postcode, address.city, address.country, address.phone
    )


def rate_shop(shipment_id: int, *, company_id: int) -> list[Offer]:
    """What each service costs for the shipment's parcels: proposed ones first, then the cheapest. Statements: 4."""
    parcels = _parcels([shipment_id], company_id).get(shipment_id, [])
    if not parcels:
        return []
    services = _services(company_id)
    wanted = parcels[0].shipment.order.shipping_service.strip().upper()
    offers = []
    for row, service in services.values():
        pairs = [(parcel_facts(parcel, len(parcels)), service) for parcel in parcels]
        quotes = CARRIERS[service.carrier].rates(pairs)
        offers.append(_offer(row, quotes, not row.order_services or wanted in _codes(row.order_services)))
    return sorted(offers, key=lambda o: (o.price is None, not o.proposed, o.price or 0, o.service.pk))


def _offer(row: CarrierService, quotes: Sequence[Quote], proposed: bool) -> Offer:
    refused = next((quote.refused for quote in quotes if quote.price is None), "")
    price = None if refused else sum((quote.price for quote in quotes if quote.price is not None), Decimal(0))
    return Offer(row, price, quotes[0].currency, proposed, refused)


def buy_labels(wanted: Mapping[int, int], *, company_id: int, actor: Actor) -> dict[int, list[ParcelLabel]]:
    """Labels for all parcels of shipments, by the service chosen for each: {shipment: service}.

    A shipment that has its labels is answered with them. The carrier is asked before the transaction; what it sold
    is then written, or voided there if the parcel was opened meanwhile.

    Raises LabelRefused (not_found, unknown_service, not_packed, no_address), CarrierRejected, CarrierUnavailable;
    nothing is written then. Statements: 10, whatever the number.
    """
    parcels = _parcels(list(wanted), company_id)
    services = _services(company_id, sorted(set(wanted.values())))
    live = _live_labels(list(wanted), company_id)
    todo: list[tuple[Parcel, CarrierService, ParcelFacts, Service]] = []
    for shipment_id, service_id in wanted.items():
        own = parcels.get(shipment_id, [])
        _check(shipment_id, own, service_id in services)
        row, service = services[service_id]
        for parcel in own:
            if parcel.pk not in live:
                todo.append((parcel, row, parcel_facts(parcel, len(own), _reference(parcel)), service))
    bought = _ask(todo)
    try:
        _write(list(zip(todo, bought, strict=True)), company_id, actor)
    except Exception:
        for (_parcel, _row, _facts, service), label in zip(todo, bought, strict=True):
            CARRIERS[service.carrier].void([label.tracking_number])
        raise
    found: dict[int, list[ParcelLabel]] = defaultdict(list)
    for live_label in _live_labels(list(wanted), company_id).values():
        found[live_label.parcel.shipment_id].append(live_label)
    return dict(found)


def _check(shipment_id: int, parcels: Sequence[Parcel], known: bool) -> None:
    if not parcels:
        raise LabelRefused(_("There is no such packed shipment."), code="not_found", shipment_id=shipment_id)
    if not known:
        raise LabelRefused(_("This service is not offered: choose another."), code="unknown_service")
    if parcels[0].shipment.status not in PACKED:
        raise LabelRefused(_("Only a packed shipment that has not left gets labels."), code="not_packed")
    address = parcels[0].shipment.order.shipping_address
    if address is None or not (address.line1 and address.city):
        raise LabelRefused(
            _("The order has no complete shipping address: complete it first."),
            code="no_address",
            shipment_id=shipment_id,
        )


def _reference(parcel: Parcel) -> str:
    """Another one for each label of a parcel: a number that was void is not used again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('warehouse_parcellabel', 'id'))")
        return str(cursor.fetchone()[0])


def _ask(todo: Sequence[tuple[Parcel, CarrierService, ParcelFacts, Service]]) -> list[BoughtLabel]:
    return [
        label for _parcel, _row, facts, service in todo for label in CARRIERS[service.carrier].buy([(facts, service)])
    ]


def _live_labels(shipment_ids: Sequence[int], company_id: int) -> dict[int, ParcelLabel]:
    """By parcel. Statements: 1."""
    rows = ParcelLabel.objects.filter(
        parcel__shipment__in=shipment_ids, company_id=company_id, voided_at__isnull=True
    ).select_related("parcel", "service__carrier")
    return {row.parcel_id: row for row in rows.order_by("parcel__shipment_id", "parcel__position")}


@transaction.atomic
def _write(
    rows: Sequence[tuple[tuple[Parcel, CarrierService, ParcelFacts, Service], BoughtLabel]],
    company_id: int,
    actor: Actor,
) -> None:
    if not rows:
        return
    shipments = sorted({parcel.shipment_id for (parcel, *_rest), _label in rows})
    packed = Shipment.objects.filter(pk__in=shipments, status__in=PACKED)
    held = list(packed.order_by("pk").select_for_update(of=("self",), no_key=True))
    if len(held) < len(shipments):
        raise LabelRefused(_("Only a packed shipment that has not left gets labels."), code="not_packed")
    ParcelLabel.objects.bulk_create(
        ParcelLabel(
            company_id=company_id,
            parcel=parcel,
            service=row,
            tracking_number=label.tracking_number,
            weight_g=facts.weight_g,
            price=label.price,
            currency_id=label.currency,
            content=label.content,
            content_type=label.content_type,
            bought_by=actor.label,
        )
        for (parcel, row, facts, _service), label in rows
    )
    for (parcel, _row, _facts, _service), label in rows:
        parcel.tracking_number = label.tracking_number
    Parcel.objects.bulk_update([parcel for (parcel, *_rest), _label in rows], ["tracking_number"])
    _name_shipments(held, rows)
    _step(held, ShipmentStatus.DRAFT, ShipmentStatus.LABELLED, company_id, actor)
    record(
        [
            Change("orders.shipment", parcel.shipment_id, "labelled", "tracking_number", "", label.tracking_number,
                   company_id=company_id)
            for (parcel, *_rest), label in rows
        ],
        actor=actor,
    )  # fmt: skip


def _step(
    held: Sequence[Shipment], old: ShipmentStatus, new: ShipmentStatus, company_id: int, actor: Actor, reason: str = ""
) -> None:
    """Statements: 1, or 0."""
    moves = [(shipment.pk, old.value, new.value) for shipment in held if shipment.status == old]
    change_status("orders.shipment", moves, company_id=company_id, actor=actor, reason=reason)


def _name_shipments(held: Sequence[Shipment], rows: Sequence[Any]) -> None:
    """The shipment shows its first parcel's number."""
    first: dict[int, Any] = {}
    for entry in rows:
        first.setdefault(entry[0][0].shipment_id, entry)
    for shipment in held:
        (_parcel, row, _facts, _service), label = first[shipment.pk]
        shipment.carrier, shipment.service = row.carrier.name, row.name
        shipment.tracking_number = label.tracking_number
        url = label.tracking_url or row.carrier.tracking_url.replace("{number}", label.tracking_number)
        shipment.tracking_url = url[:300]
    Shipment.objects.bulk_update(held, ["carrier", "service", "tracking_number", "tracking_url"])


@transaction.atomic
def void_labels(shipment_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> list[ParcelLabel]:
    """Void the labels of shipments that have not left; those labels. The carrier's own void is asked for by the caller
    after commit (call_void). Raises LabelRefused (gone). Statements: at most 7.
    """
    shipments = list(
        Shipment.objects.filter(pk__in=shipment_ids, company_id=company_id)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    if any(shipment.status not in ("labelled", "voided", "draft") for shipment in shipments):
        raise LabelRefused(_("It has left: a label of goods on their way is not voided."), code="gone")
    labels = list(_live_labels([shipment.pk for shipment in shipments], company_id).values())
    if not labels:
        return []
    now = timezone.now()
    for label in labels:
        label.voided_at, label.void_reason = now, reason[:300]
        label.parcel.tracking_number = ""
    ParcelLabel.objects.bulk_update(labels, ["voided_at", "void_reason"])
    Parcel.objects.bulk_update([label.parcel for label in labels], ["tracking_number"])
    for shipment in shipments:
        shipment.tracking_number = shipment.tracking_url = ""
    Shipment.objects.bulk_update(shipments, ["tracking_number", "tracking_url"])
    _step(shipments, ShipmentStatus.LABELLED, ShipmentStatus.DRAFT, company_id, actor, reason)
    record(
        [
            Change("orders.shipment", label.parcel.shipment_id, "label_voided", "tracking_number",
                   label.tracking_number, "", reason, company_id)
            for label in labels
        ],
        actor=actor,
    )  # fmt: skip
    transaction.on_commit(lambda: call_void(labels))
    return labels


def call_void(labels: Sequence[ParcelLabel]) -> None:
    """Tell the carriers; what they do not answer is theirs to bill, and the trail says when it was void here."""
    by_carrier: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        by_carrier[label.service.carrier.connector].append(label.tracking_number)
    for connector, numbers in by_carrier.items():
        CARRIERS[connector].void(numbers)
