"""Sending imported orders on their way: what is claimed is picked, packed, shipped and billed at once."""

import datetime
from collections.abc import Mapping

from django.db.models import Exists, F, OuterRef

from backoffice.core.actor import Actor
from orders.models import Fulfilment, FulfilmentStatus, Hold, Order, OrderCharge, OrderLine, OrderStatus
from orders.services import bill_charges
from warehouse.services import fulfil_straight


def ship_placed(orders: Mapping[int, datetime.datetime], *, company_id: int, actor: Actor) -> None:
    """Ship what of the orders is ready, each at its instant; bill those that have charges only.

    What is held or back-ordered stays. orders: instant by order id. In the caller's transaction.
    Statements: 2, fulfil_straight's and bill_charges'.
    """
    if not orders:
        return
    ready = dict(
        Fulfilment.objects.filter(company_id=company_id, order_id__in=list(orders), status=FulfilmentStatus.READY)
        .order_by("id")
        .values_list("id", "order_id")
    )
    if ready:
        fulfil_straight(
            list(ready),
            company_id=company_id,
            actor=actor,
            effective_at={fulfilment_id: orders[order_id] for fulfilment_id, order_id in ready.items()},
        )
    chargeable = _charges_only(orders)
    if chargeable:
        bill_charges(chargeable, company_id=company_id, actor=actor, effective_at=orders)


def _charges_only(orders: Mapping[int, datetime.datetime]) -> list[int]:
    of_order = OuterRef("pk")
    found = Order.objects.filter(
        Exists(OrderCharge.objects.filter(order=of_order, billed=False)),
        ~Exists(OrderLine.objects.filter(order=of_order, quantity__gt=F("cancelled") + F("shipped"))),
        ~Exists(Hold.objects.filter(order=of_order, released_at=None)),
        pk__in=list(orders),
        status=OrderStatus.RELEASED,
    )
    return list(found.order_by("id").values_list("id", flat=True))
