"""Goods leave: what the orders' part of a dispatch writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.states import check_transition
from orders import states
from orders.models import FulfilmentStatus, OrderStatus, ShipmentStatus
from orders.services.changing import passed_through, status_changes
from orders.services.shipping import ShipmentPlan
from orders.services.shipping_kits import record_kits


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A shipment handed over at shipped_at."""

    plan: ShipmentPlan
    shipped_at: datetime
    carrier: str = ""
    service: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


# Five tables and their audit rows in one statement; every row is locked by begin_shipments, so order does not matter.
_RECORD = """
WITH sent AS (
    UPDATE orders_shipment s SET status = 'in_transit', shipped_at = n.shipped_at, carrier = n.carrier,
        service = n.service, tracking_number = n.tracking_number, tracking_url = n.tracking_url
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS n(id, shipped_at, carrier, service, tracking_number, tracking_url) WHERE s.id = n.id
), work AS (
    UPDATE orders_fulfilment f SET status = 'shipped' WHERE f.id = ANY(%s)
), parts AS (
    UPDATE orders_fulfilmentline fl SET shipped = fl.shipped + n.quantity
    FROM (SELECT id, sum(quantity) AS quantity FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) GROUP BY id) n
    WHERE fl.id = n.id
), lines AS (
    UPDATE orders_orderline l SET shipped = l.shipped + n.quantity
    FROM (SELECT id, sum(quantity) AS quantity FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) GROUP BY id) n
    WHERE l.id = n.id
), orders AS (
    UPDATE orders_order o SET status = n.status, version = version + 1
    FROM unnest(%s::bigint[], %s::text[]) AS n(id, status) WHERE o.id = n.id
)
"""


@transaction.atomic(savepoint=False)
def record_shipments(dispatches: Sequence[Dispatched], *, company_id: int, actor: Actor) -> None:
    """Say that the goods of planned shipments have left: lines, fulfilments, orders, audit, outbox.

    Called in the transaction of begin_shipments; inventory issues the goods in it too.
    Topic published: ShipmentDispatched. Statements: 2, 1 more with kits.
    """
    if not dispatches:
        return
    plans = [dispatch.plan for dispatch in dispatches]
    statuses = _order_statuses(plans)
    lines = [line for plan in plans for line in plan.lines]
    shipped = [part for plan in plans for part in plan.shipped]
    record(
        _changes(plans, statuses, company_id),
        actor=actor,
        change=_RECORD,
        params=[
            [plan.shipment_id for plan in plans],
            [dispatch.shipped_at for dispatch in dispatches],
            [dispatch.carrier for dispatch in dispatches],
            [dispatch.service for dispatch in dispatches],
            [dispatch.tracking_number for dispatch in dispatches],
            [dispatch.tracking_url for dispatch in dispatches],
            sorted({plan.fulfilment_id for plan in plans if plan.fulfilment_id}),
            [line.fulfilment_line_id for line in lines if line.fulfilment_line_id],
            [line.quantity for line in lines if line.fulfilment_line_id],
            [line_id for line_id, _quantity in shipped],
            [quantity for _line_id, quantity in shipped],
            list(statuses),
            [new for _old, new in statuses.values()],
        ],
    )
    record_kits([kit for plan in plans for kit in plan.kits])
    outbox.publish([_event(dispatch, company_id) for dispatch in dispatches])


def _order_statuses(plans: Sequence[ShipmentPlan]) -> dict[int, tuple[str, str]]:
    """(old, new) status by order: shipped when nothing is left open."""
    left: dict[int, Decimal] = {}
    old: dict[int, str] = {}
    for plan in plans:
        left[plan.order_id] = left.get(plan.order_id, plan.open_before) - plan.shipped_quantity
        old[plan.order_id] = plan.order_status
    new = {pk: (OrderStatus.SHIPPED if rest == 0 else OrderStatus.PARTLY_SHIPPED).value for pk, rest in left.items()}
    return {pk: (old[pk], new[pk]) for pk in sorted(left)}


def _changes(plans: Sequence[ShipmentPlan], statuses: dict[int, tuple[str, str]], company_id: int) -> list[Change]:
    orders = [(pk, old, new) for pk, (old, new) in statuses.items() if old != new]
    for _pk, old, new in orders:
        check_transition(states.ORDER, "order", old, new)
    work = {plan.fulfilment_id: plan.fulfilment_status for plan in plans if plan.fulfilment_id}
    sent, shipped = ShipmentStatus.IN_TRANSIT.value, FulfilmentStatus.SHIPPED.value
    return [
        *status_changes("orders.shipment", _on_the_way(plans, sent), company_id=company_id),
        *status_changes(
            "orders.fulfilment",
            [*passed_through(work), *((pk, old, shipped) for pk, old in work.items())],
            company_id=company_id,
        ),
        *status_changes("orders.order", orders, company_id=company_id),
    ]


def _on_the_way(plans: Sequence[ShipmentPlan], sent: str) -> list[tuple[int, str, str]]:
    """A draft that leaves by hand has its label from the carrier itself: the trail shows both steps."""
    draft, labelled = ShipmentStatus.DRAFT.value, ShipmentStatus.LABELLED.value
    bare = [(plan.shipment_id, draft, labelled) for plan in plans if plan.status == draft]
    return [*bare, *((plan.shipment_id, labelled if plan.status == draft else plan.status, sent) for plan in plans)]


def _event(dispatch: Dispatched, company_id: int) -> outbox.Event:
    plan = dispatch.plan
    return outbox.Event(
        "ShipmentDispatched",
        f"shipment:{plan.shipment_id}",
        {
            "shipment_id": plan.shipment_id,
            "order_id": plan.order_id,
            "channel_id": plan.channel_id,
            "external_id": plan.external_id,
            "carrier": dispatch.carrier,
            "tracking_number": dispatch.tracking_number,
        },
        company_id,
    )
