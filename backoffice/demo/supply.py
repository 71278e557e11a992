"""Purchase orders in every state, and parcels that came back."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

from backoffice.core.actor import Actor
from backoffice.demo.company import Demo
from inventory.models import Location, LocationKind, PurchaseOrder
from inventory.services import (
    PurchaseLineInput,
    approve_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    send_purchase_order,
    submit_purchase_order,
)
from orders.models import OrderLine, ReturnLine
from orders.services import ReturnInput, approve_returns, request_return
from warehouse.services import DeliveredLine, ReturnedLine, ReturnReceipt, receive_purchase, receive_returns

STEPS = (submit_purchase_order, approve_purchase_order, send_purchase_order, confirm_purchase_order)
PURCHASES = [
    # ordered days ago, steps taken, share received
    (48, 4, "all"),
    (33, 4, "all"),
    (19, 4, "all"),
    (12, 4, "part"),
    (6, 4, "none"),
    (3, 3, "none"),
    (1, 1, "none"),
    (0, 0, "none"),
]
REASONS = ["Arrived broken", "Not as pictured", "Changed my mind", "Wrong size"]


def trade_with_suppliers(demo: Demo, dice: random.Random, *, today: datetime) -> None:
    """Orders to suppliers from draft to received, then some returns from customers."""
    actor = Actor.job("demo")
    for days_ago, steps, share in PURCHASES:
        _purchase(demo, dice, today - timedelta(days=days_ago), steps, share, actor)
    _returns(demo, dice, today, actor)


def _purchase(demo: Demo, dice: random.Random, at: datetime, steps: int, share: str, actor: Actor) -> None:
    company_id, warehouse = demo.company.pk, demo.warehouses[0]
    goods = dice.sample(list(demo.skus.values()), k=dice.randint(6, 12))
    order = create_purchase_order(
        [
            PurchaseLineInput(
                sku_id=sku_id,
                quantity=Decimal(dice.choice([24, 36, 48, 60])),
                unit_cost=(good.cost * Decimal(dice.randint(96, 106)) / 100).quantize(Decimal("0.01")),
            )
            for sku_id, good in goods
        ],
        company_id=company_id,
        supplier_id=dice.choice(demo.suppliers).pk,
        warehouse_id=warehouse.pk,
        ordered_at=at,
        expected_date=(at + timedelta(days=9)).date(),
        reference=f"Q-{at:%y%m%d}",
        actor=actor,
    )
    for step in STEPS[:steps]:
        step(order.pk, company_id=company_id, actor=actor)
    if share != "none":
        _deliver(demo, order, share, at + timedelta(days=9), actor)


def _deliver(demo: Demo, order: PurchaseOrder, share: str, at: datetime, actor: Actor) -> None:
    bins = demo.bins[order.warehouse_id or 0]
    lines = list(order.lines.order_by("position"))
    if share == "part":
        lines = lines[: len(lines) // 2]
    receive_purchase(
        [
            DeliveredLine(po_line_id=line.pk, quantity=line.quantity, location_id=bins[line.pk % len(bins)].pk)
            for line in lines
        ],
        po_id=order.pk,
        company_id=order.company_id,
        effective_at=at,
        actor=actor,
        reference=f"DN-{order.pk}",
    )


def _returns(demo: Demo, dice: random.Random, today: datetime, actor: Actor) -> None:
    """A dozen: some only asked for, some approved, some back on the shelf and refunded."""
    company_id = demo.company.pk
    shipped = list(
        OrderLine.objects.filter(
            shipped__gt=0, order__company=demo.company, order__channel__code__in=["shop", "market"]
        )
        .order_by("id")
        .values_list("id", "order_id")
    )
    dock = Location.objects.get(warehouse=demo.warehouses[0], kind=LocationKind.DOCK)
    quarantine = Location.objects.get(warehouse=demo.warehouses[0], kind=LocationKind.QUARANTINE)
    for number, (line_id, order_id) in enumerate(dice.sample(shipped, k=12)):
        return_id = request_return(
            order_id,
            company_id=company_id,
            lines=[ReturnInput(order_line_id=line_id, quantity=Decimal(1))],
            reason=dice.choice(REASONS),
            requested_at=today - timedelta(days=2),
            warehouse_id=demo.warehouses[0].pk,
            actor=actor,
        )
        if number < 3:
            continue
        approve_returns([return_id], company_id=company_id, actor=actor)
        if number < 6:
            continue
        broken = number >= 10
        receive_returns(
            [
                ReturnReceipt(
                    return_order_id=return_id,
                    lines=[
                        ReturnedLine(
                            return_line_id=line.pk,
                            quantity=line.quantity,
                            disposition="quarantine" if broken else "restock",
                            location_id=quarantine.pk if broken else dock.pk,
                        )
                        for line in ReturnLine.objects.filter(return_order=return_id)
                    ],
                )
            ],
            company_id=company_id,
            effective_at=today,
            actor=actor,
        )
