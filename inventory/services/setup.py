"""Warehouses and the places that every company needs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from inventory.models import COUNTERPART_KINDS, Location, LocationKind, Warehouse
from inventory.selectors.places import STANDARD_PLACES
from inventory.services.reasons import ensure_adjustment_reasons

TRANSIT = "TRANSIT"


@dataclass(frozen=True, slots=True)
class BinInput:
    """A pick place; lower pick_sequence is walked to first."""

    code: str
    pick_sequence: int = 0
    name: str = ""


@transaction.atomic(savepoint=False)
def create_warehouse(
    *,
    company_id: int,
    code: str,
    name: str,
    actor: Actor,
    bins: Sequence[BinInput | str] = (),
    priority: int = 100,
    address_id: int | None = None,
) -> Warehouse:
    """Make a warehouse with its receiving dock, staging, quarantine, refurbishing and missing place and bins.

    With the company's first one come its counterparts (supplier, customer, …), the transit pseudo-warehouse and the
    usual reasons of adjustments. bins given as text are walked in their order.
    """
    ensure_counterparts(company_id)
    ensure_adjustment_reasons(company_id)
    warehouse = Warehouse.objects.create(
        company_id=company_id, code=code, name=name, priority=priority, address_id=address_id
    )
    places = [
        Location(company_id=company_id, warehouse=warehouse, kind=kind, code=place) for kind, place in STANDARD_PLACES
    ]
    Location.objects.bulk_create(places)
    add_bins(bins, warehouse=warehouse)
    change = audit.Change("inventory.warehouse", warehouse.pk, "created", new=code, company_id=company_id)
    audit.record([change], actor=actor)
    return warehouse


@transaction.atomic(savepoint=False)
def add_bins(bins: Sequence[BinInput | str], *, warehouse: Warehouse) -> list[Location]:
    """Add pick places; those whose code is there already are left as they are. Statements: 2 to 3."""
    wanted = [
        place if isinstance(place, BinInput) else BinInput(place, (index + 1) * 10) for index, place in enumerate(bins)
    ]
    present = set(
        Location.objects.filter(warehouse=warehouse, code__in=[b.code for b in wanted]).values_list("code", flat=True)
    )
    Location.objects.bulk_create(
        Location(
            company_id=warehouse.company_id,
            warehouse=warehouse,
            kind=LocationKind.BIN,
            code=b.code,
            name=b.name,
            pick_sequence=b.pick_sequence,
        )
        for b in wanted
        if b.code not in present
    )
    found = {
        place.code: place for place in Location.objects.filter(warehouse=warehouse, code__in=[b.code for b in wanted])
    }
    return [found[b.code] for b in wanted]


def ensure_places(warehouse_ids: Collection[int], *, kind: str, company_id: int) -> dict[int, int]:
    """The place of a kind, such as damaged, in each warehouse, by warehouse; made where a warehouse is older than
    such places. Statements: 1, 3 if one lacks.
    """
    present = Location.objects.filter(warehouse_id__in=warehouse_ids, kind=kind, is_active=True).order_by("-pk")
    found = dict(present.values_list("warehouse_id", "pk"))
    missing = sorted(set(warehouse_ids) - set(found))
    if missing:
        Location.objects.bulk_create(
            (Location(company_id=company_id, warehouse_id=pk, kind=kind, code=kind.upper()) for pk in missing),
            ignore_conflicts=True,
        )
        found = dict(present.values_list("warehouse_id", "pk"))
    return {pk: place for pk, place in found.items() if pk is not None}


def ensure_counterparts(company_id: int) -> None:
    """Make the places outside the company and the transit pseudo-warehouse where they are missing."""
    present = set(Location.objects.filter(company_id=company_id, warehouse__isnull=True).values_list("kind", flat=True))
    Location.objects.bulk_create(
        (
            Location(company_id=company_id, kind=kind, code=kind.upper(), name=str(LocationKind(kind).label))
            for kind in COUNTERPART_KINDS
            if kind not in present
        ),
        ignore_conflicts=True,
    )
    if not Warehouse.objects.filter(company_id=company_id, is_transit=True).exists():
        transit = Warehouse.objects.create(
            company_id=company_id, code=TRANSIT, name=_("In transit"), is_transit=True, priority=9999
        )
        Location.objects.create(
            company_id=company_id, warehouse=transit, kind=LocationKind.TRANSIT, code=TRANSIT, name=_("In transit")
        )
