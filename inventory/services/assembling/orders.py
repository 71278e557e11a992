"""Assembly orders: drafted, released with their claims, finished or cancelled."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.states import check_transition
from inventory.errors import AssemblyRefused
from inventory.models import (
    AssemblyKind,
    AssemblyNeed,
    AssemblyOrder,
    AssemblyStatus,
    BillOfMaterials,
    BomComponent,
    Demand,
    Location,
)
from inventory.services.allocation import Claim, allocate
from inventory.services.assembling.records import NEED, held_order, move_on, record_order
from inventory.services.demands import DemandRequest, create_demands, reduce_demands
from inventory.states import ASSEMBLY


@transaction.atomic(savepoint=False)
def create_assembly_order(
    sku_id: int,
    *,
    quantity: Decimal,
    company_id: int,
    location_id: int,
    actor: Actor,
    kind: str = AssemblyKind.ASSEMBLE,
    note: str = "",
) -> AssemblyOrder:
    """A draft by the SKU's newest bill of materials. location_id: the bin or dock where what is made is put.

    Raises AssemblyRefused (no_bom, bad_quantity, unknown_place); nothing is written. Statements: 6.
    """
    bom = BillOfMaterials.objects.filter(company_id=company_id, sku_id=sku_id).order_by("-number").first()
    if bom is None:
        raise AssemblyRefused(_("This SKU has no bill of materials."), code="no_bom")
    if not (quantity.is_finite() and 0 < quantity < 10**12 and quantity == round(quantity, 6)):
        raise AssemblyRefused(_("Give a quantity above zero."), code="bad_quantity")
    place = Location.objects.filter(
        company_id=company_id, pk=location_id, warehouse__is_transit=False, kind__in=["bin", "dock", "staging"]
    ).first()
    if place is None:
        raise AssemblyRefused(_("Choose a place of a warehouse for what is made."), code="unknown_place")
    order = AssemblyOrder.objects.create(
        company_id=company_id,
        kind=kind,
        bom=bom,
        sku_id=sku_id,
        warehouse_id=place.warehouse_id,
        location=place,
        quantity=quantity,
        note=note,
        created_by_id=actor.user_id,
    )
    parts = [(sku_id, Decimal(1))] if kind == AssemblyKind.DISMANTLE else _components(bom)
    AssemblyNeed.objects.bulk_create(AssemblyNeed(order=order, sku_id=sku, quantity=each) for sku, each in parts)
    record_order(order, "", actor, action="created")
    return order


def _components(bom: BillOfMaterials) -> list[tuple[int, Decimal]]:
    return list(BomComponent.objects.filter(bom=bom).order_by("position").values_list("sku_id", "quantity"))


@transaction.atomic(savepoint=False)
def release_assembly_order(
    order_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor
) -> AssemblyOrder:
    """draft -> released: what it takes is claimed, as far as it is there; the rest waits for goods like other demands.

    Raises NotFound, IllegalTransition. Statements: about 14.
    """
    order = held_order(order_id, company_id)
    check_transition(ASSEMBLY, "assembly order", order.status, "released")
    needs = list(order.needs.order_by("sku_id"))
    demands = create_demands(
        [
            DemandRequest(
                sku_id=need.sku_id,
                quantity=need.quantity * order.quantity,
                kind="assembly",
                source_type=NEED,
                source_id=need.pk,
                wanted_at=effective_at,
                warehouse_id=order.warehouse_id,
            )
            for need in needs
        ],
        company_id=company_id,
    )
    for need, demand in zip(needs, demands, strict=True):
        need.demand_id = demand
    AssemblyNeed.objects.bulk_update(needs, ["demand"])
    allocate(
        [
            Claim(demand, need.sku_id, order.warehouse_id, need.quantity * order.quantity)
            for need, demand in zip(needs, demands, strict=True)
        ],
        company_id=company_id,
        actor=actor,
    )
    move_on(order, AssemblyStatus.RELEASED, actor)
    return order


@transaction.atomic(savepoint=False)
def finish_assembly_order(order_id: int, *, company_id: int, actor: Actor, reason: str) -> AssemblyOrder:
    """in_progress -> done: the rest is given up, and its claims go to those who wait."""
    return _end(order_id, AssemblyStatus.DONE, company_id, actor, reason)


@transaction.atomic(savepoint=False)
def cancel_assembly_order(order_id: int, *, company_id: int, actor: Actor, reason: str) -> AssemblyOrder:
    """draft or released -> cancelled: its claims go to those who wait."""
    return _end(order_id, AssemblyStatus.CANCELLED, company_id, actor, reason)


def _end(order_id: int, status: str, company_id: int, actor: Actor, reason: str) -> AssemblyOrder:
    order = held_order(order_id, company_id)
    check_transition(ASSEMBLY, "assembly order", order.status, status)
    demands = [need.demand_id for need in order.needs.all() if need.demand_id]
    rest = Demand.objects.filter(pk__in=demands).order_by("pk")
    reduce_demands(
        [(row.pk, row.quantity - row.used) for row in rest if row.quantity > row.used],
        company_id=company_id,
        actor=actor,
    )
    move_on(order, status, actor, reason)
    return order
