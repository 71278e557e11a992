"""Lines that a supplier ships straight to the buyer: ordered there, shipped in parts, called off."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows, prepared_cursor
from inventory.models import PurchaseOrderLine
from inventory.selectors.offers import ON_THEIR_SHELF
from inventory.services import (
    DropShipped,
    PurchaseLineInput,
    lock_drop_ship_orders,
    raise_drop_ship,
    reduce_demands,
    ship_drop_ship,
)
from orders.errors import DropShipRefused, OrderHeld
from orders.models import DropShipLine, FulfilmentStatus, Hold, Order, OrderLine, OrderStatus, Shipment, ShipmentStatus
from orders.services.billing import bill_shipments
from orders.services.freeing import free_claims
from orders.services.locking import lock_orders
from orders.services.shipping import Dispatched, plan_shipments, record_shipments
from orders.services.shrinking import shrink_work

ZERO = Decimal(0)
WORKED_ON = (OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)


@dataclass(frozen=True, slots=True)
class DropShipInput:
    """A quantity of an order line for a supplier. unit_cost: what they ask for one, in their currency."""

    order_line_id: int
    quantity: Decimal
    supplier_id: int
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class DropShipment:
    """A part that the supplier shipped, with its invoice."""

    shipment_id: int
    invoice_id: int | None
    invoice_number: str


@transaction.atomic(savepoint=False)
def drop_ship_lines(
    order_id: int, *, lines: Sequence[DropShipInput], company_id: int, actor: Actor, ordered_at: datetime
) -> list[int]:
    """Have suppliers ship lines, or parts of them, straight to the buyer; the new drop-ship lines' ids, in order.

    What is dropped is no demand on our stock any more: its claims are given back. One purchase order for each
    supplier is raised with the buyer's address, or added to while one has not been sent.

    Raises DropShipRefused (no_lines, unknown_line, kit, more_than_open, no_address, not_released), OrderHeld,
    BeingPicked, PurchaseRefused, NotFound; nothing is written. Statements: about 20, 8 for each further supplier.
    """
    open_orders = _open_purchase_orders(order_id)
    locked = lock_drop_ship_orders(sorted(open_orders), company_id=company_id)
    order = lock_orders([order_id], company_id=company_id)[order_id]
    _check_order(order)
    present = {line.pk: line for line in OrderLine.objects.filter(order_id=order_id).select_related("demand", "sku")}
    _check_lines(lines, present)
    less: dict[int, Decimal] = {}
    for given in lines:
        demand_id = present[given.order_line_id].demand_id
        assert demand_id is not None  # checked
        less[demand_id] = less.get(demand_id, ZERO) + given.quantity
    free_claims(less, company_id=company_id, actor=actor)
    reduce_demands(list(less.items()), company_id=company_id, actor=actor)
    shrink_work([order_id], company_id=company_id, actor=actor, reason=_("A supplier ships it to the buyer."))
    add_to = {found.supplier_id: pk for pk, found in locked.items()}
    return _order(order, lines, present, add_to, actor, ordered_at)


def _open_purchase_orders(order_id: int) -> list[int]:
    return list(
        PurchaseOrderLine.objects.filter(
            drop_ship__order_line__order_id=order_id,
            purchase_order__status__in=["draft", "submitted", "approved"],
        )
        .order_by("purchase_order_id")
        .values_list("purchase_order_id", flat=True)
        .distinct()
    )


def _check_order(order: Order) -> None:
    if Hold.objects.filter(order=order, released_at__isnull=True).exists():
        raise OrderHeld(_("Order %(order)s is held; release its holds first.") % {"order": order.number})
    if order.status not in WORKED_ON:
        raise DropShipRefused(
            _("An order that is %(status)s is not given to a supplier: release it first.")
            % {"status": order.get_status_display()},
            code="not_released",
        )
    if order.shipping_address_id is None:
        raise DropShipRefused(_("The order has no address that a supplier could ship to."), code="no_address")


def _check_lines(lines: Sequence[DropShipInput], present: Mapping[int, OrderLine]) -> None:
    if not lines:
        raise DropShipRefused(_("Say which lines the supplier ships, and how much."), code="no_lines")
    asked: dict[int, Decimal] = {}
    for given in lines:
        line = present.get(given.order_line_id)
        if line is None:
            raise DropShipRefused(_("The order has no such line."), code="unknown_line", line_id=given.order_line_id)
        if line.kit_id is not None or line.demand is None:
            raise DropShipRefused(
                _("Line %(line)s is a kit: its components come from our stock.") % {"line": line.position},
                code="kit",
                line_id=line.pk,
            )
        asked[line.pk] = asked.get(line.pk, ZERO) + given.quantity
        left = line.demand.quantity - line.demand.used
        if given.quantity <= 0 or asked[line.pk] > left:
            raise DropShipRefused(
                _("Of line %(line)s only %(left)s can be given to a supplier.")
                % {"line": line.position, "left": f"{left.normalize():f}"},
                code="more_than_open",
                line_id=line.pk,
            )


def _order(
    order: Order,
    lines: Sequence[DropShipInput],
    present: Mapping[int, OrderLine],
    add_to: Mapping[int, int],
    actor: Actor,
    ordered_at: datetime,
) -> list[int]:
    """Purchase order lines, the rows that tie them to the order's lines, and their trail."""
    po_lines: dict[int, int] = {}
    for supplier_id in sorted({given.supplier_id for given in lines}):
        own = [index for index, given in enumerate(lines) if given.supplier_id == supplier_id]
        made = raise_drop_ship(
            [
                PurchaseLineInput(
                    present[lines[index].order_line_id].sku_id,  # type: ignore[arg-type]  # it has a demand
                    lines[index].quantity,
                    lines[index].unit_cost,
                )
                for index in own
            ],
            company_id=order.company_id,
            supplier_id=supplier_id,
            ship_to_id=order.shipping_address_id,  # type: ignore[arg-type]  # checked
            ordered_at=ordered_at,
            actor=actor,
            reference=order.number,
            add_to_id=add_to.get(supplier_id),
        )
        po_lines.update(zip(own, made, strict=True))
    ids = insert_rows(
        "orders_dropshipline",
        {
            "order_line_id": "bigint",
            "po_line_id": "bigint",
            "quantity": "numeric",
            "shipped": "numeric",
            "cancelled": "numeric",
            "actor_label": "text",
        },
        [
            (given.order_line_id, po_lines[index], given.quantity, 0, 0, actor.label)
            for index, given in enumerate(lines)
        ],
        suffix="RETURNING id",
    )
    record(
        [
            Change(
                "orders.order",
                order.pk,
                "drop_shipped",
                field=f"line {present[given.order_line_id].position}",
                new=f"{given.quantity.normalize():f}",
                company_id=order.company_id,
            )
            for given in lines
        ],
        actor=actor,
    )
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)
    return [pk for (pk,) in ids]


# What a supplier says they have bounds what is ordered there; what they sell no more is not.
_RULED = f"""
SELECT l.order_id, l.id, d.id, d.unmet, r.supplier_id, r.unit_cost, l.sku_id, {ON_THEIR_SHELF}
FROM orders_orderline l
JOIN orders_order o ON o.id = l.order_id AND o.status IN ('released', 'partly_shipped') AND o.shipping_address_id IS NOT NULL
JOIN inventory_demand d ON d.id = l.demand_id AND d.quantity > d.claimed + d.used
CROSS JOIN LATERAL (
    SELECT x.supplier_id, x.unit_cost FROM orders_dropshiprule x
    WHERE x.sku_id = l.sku_id AND x.is_active AND (x.channel_id IS NULL OR x.channel_id = o.channel_id)
    ORDER BY x.channel_id NULLS LAST LIMIT 1
) r
LEFT JOIN inventory_suppliersku s ON s.supplier_id = r.supplier_id AND s.sku_id = l.sku_id
WHERE l.order_id = ANY(%s) AND s.is_discontinued IS NOT TRUE AND NOT EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL)
ORDER BY l.order_id, l.position
"""


@transaction.atomic(savepoint=False)
def drop_ship_by_rules(order_ids: Collection[int], *, company_id: int, actor: Actor) -> set[int]:
    """What released orders, new or locked, lack and a rule gives to a supplier is ordered there; the orders touched.
    No more than the supplier has, where their own stock figure is believed.

    New purchase orders, for those of others may not be locked after an order. Statements: 1, and with something to
    order 5 and about 12 for each such order.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_RULED, [sorted(order_ids)])
        rows = _within_shelves(cursor.fetchall())
    if not rows:
        return set()
    reduce_demands(
        [(demand_id, quantity) for _o, _l, demand_id, quantity, *_rule in rows], company_id=company_id, actor=actor
    )
    found = sorted({row[0] for row in rows})
    orders = Order.objects.in_bulk(found)
    present = OrderLine.objects.in_bulk([row[1] for row in rows])
    for order_id in found:
        lines = [DropShipInput(row[1], row[3], row[4], row[5]) for row in rows if row[0] == order_id]
        _order(orders[order_id], lines, present, {}, actor, timezone.now())
    return set(found)


def _within_shelves(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows cut to what each supplier has, the earlier order first; unknown stock bounds nothing."""
    left: dict[tuple[int, int], Decimal] = {}
    found = []
    for order_id, line_id, demand_id, unmet, supplier_id, unit_cost, sku_id, shelf in rows:
        quantity = unmet
        if shelf is not None:
            there = left.setdefault((supplier_id, sku_id), shelf)
            quantity = min(unmet, there)
            left[supplier_id, sku_id] = there - quantity
        if quantity > 0:
            found.append((order_id, line_id, demand_id, quantity, supplier_id, unit_cost))
    return found


@transaction.atomic(savepoint=False)
def record_dropship(
    purchase_order_id: int,
    *,
    quantities: Mapping[int, Decimal],
    company_id: int,
    shipped_at: datetime,
    actor: Actor,
    carrier: str = "",
    service: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
) -> DropShipment:
    """The supplier shipped a part: {drop-ship line: quantity}. It is a shipment of the order, with its own invoice;
    the purchase price goes to the cost of goods sold, against goods received not invoiced. The rest waits.

    Raises DropShipRefused (no_lines, unknown_line, more_than_open: never more than was ordered, tracking_known: the
    same parcel was recorded before), PurchaseRefused (not_receivable), OrderHeld, NotFound; nothing is written.
    Topic published: ShipmentDispatched. Statements: about 40, whatever the number of lines.
    """
    lock_drop_ship_orders([purchase_order_id], company_id=company_id)
    found = {
        line.pk: line
        for line in DropShipLine.objects.filter(po_line__purchase_order_id=purchase_order_id)
        .select_related("order_line")
        .order_by("pk")
    }
    lines = _check_parts(quantities, found, purchase_order_id, tracking_number)
    order_id = lines[0].order_line.order_id
    order = lock_orders([order_id], company_id=company_id)[order_id]
    shipment = Shipment.objects.create(
        company_id=company_id, order=order, purchase_order_id=purchase_order_id, status=ShipmentStatus.LABELLED
    )
    rows = insert_rows(
        "orders_shipmentline",
        {"shipment_id": "bigint", "order_line_id": "bigint", "drop_ship_line_id": "bigint", "quantity": "numeric"},
        [(shipment.pk, line.order_line_id, line.pk, quantities[line.pk]) for line in lines],
        suffix="RETURNING id",
    )
    states = {shipment.pk: (ShipmentStatus.LABELLED.value, FulfilmentStatus.PACKED.value, order.status, None)}
    plans, refused = plan_shipments([shipment.pk], company_id=company_id, locked=states)
    for refusal in refused.values():
        raise refusal
    plan = plans[shipment.pk]
    dimensions = {line.shipment_line_id: plan.dimensions_of(line) for line in plan.lines}
    ship_drop_ship(
        [
            DropShipped(line.po_line_id, quantities[line.pk], ("orders.shipmentline", pk), dimensions[pk])
            for line, (pk,) in zip(lines, rows, strict=True)
        ],
        company_id=company_id,
        effective_at=shipped_at,
        actor=actor,
        entry_key=f"shipment:{shipment.pk}",
        entry_source=("orders.shipment", shipment.pk),
    )
    for line in lines:
        line.shipped += quantities[line.pk]
    DropShipLine.objects.bulk_update(lines, ["shipped"])
    dispatched = Dispatched(plan, shipped_at, carrier, service, tracking_number, tracking_url)
    record_shipments([dispatched], company_id=company_id, actor=actor)
    (issued,) = bill_shipments([dispatched], company_id=company_id, actor=actor)
    return DropShipment(shipment.pk, issued.invoice_id if issued else None, issued.number if issued else "")


def _check_parts(
    quantities: Mapping[int, Decimal], found: Mapping[int, DropShipLine], purchase_order_id: int, tracking_number: str
) -> list[DropShipLine]:
    if not quantities:
        raise DropShipRefused(_("Say which lines the supplier shipped, and how much."), code="no_lines")
    for pk, quantity in quantities.items():
        line = found.get(pk)
        if line is None:
            raise DropShipRefused(_("The purchase order has no such drop-ship line."), code="unknown_line", line_id=pk)
        if quantity <= 0 or quantity > line.open_quantity:
            raise DropShipRefused(
                _("Of line %(line)s the supplier has %(left)s left to ship, not %(asked)s.")
                % {
                    "line": line.order_line.position,
                    "left": f"{line.open_quantity.normalize():f}",
                    "asked": f"{quantity.normalize():f}",
                },
                code="more_than_open",
                line_id=pk,
            )
    known = Shipment.objects.filter(purchase_order_id=purchase_order_id, tracking_number=tracking_number)
    if tracking_number and known.exists():
        raise DropShipRefused(
            _("Tracking number %(number)s of this purchase order was recorded before.") % {"number": tracking_number},
            code="tracking_known",
        )
    return [found[pk] for pk in sorted(quantities)]
