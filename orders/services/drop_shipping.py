"""Lines that a supplier ships straight to the buyer: ordered there by hand, or by rule when orders are released."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows, prepared_cursor
from inventory.models import PurchaseOrderLine
from inventory.selectors.offers import ON_THEIR_SHELF
from inventory.services import (
    DropShipPurchase,
    PurchaseLineInput,
    lock_drop_ship_orders,
    raise_drop_ships,
    reduce_demands,
)
from orders.errors import DropShipRefused, OrderHeld
from orders.models import Hold, Order, OrderLine, OrderStatus
from orders.services.freeing import free_claims
from orders.services.locking import lock_orders
from orders.services.shrinking import shrink_work

ZERO = Decimal(0)
WORKED_ON = (OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)


@dataclass(frozen=True, slots=True)
class DropShipInput:
    """A quantity of an order line for a supplier. unit_cost: what they ask for one, in their currency; None: as in
    their price list."""

    order_line_id: int
    quantity: Decimal
    supplier_id: int
    unit_cost: Decimal | None = None


@transaction.atomic(savepoint=False)
def drop_ship_lines(
    order_id: int, *, lines: Sequence[DropShipInput], company_id: int, actor: Actor, ordered_at: datetime
) -> list[int]:
    """Have suppliers ship lines, or parts of them, straight to the buyer; the new drop-ship lines' ids, in order.

    What is dropped is no demand on our stock any more: its claims are given back. One purchase order for each
    supplier is raised with the buyer's address, or added to while one has not been sent.

    Raises DropShipRefused (no_lines, unknown_line, kit, more_than_open, no_address, not_released), OrderHeld,
    BeingPicked, PurchaseRefused (no_price where the price list has none), NotFound; nothing is written. Statements:
    about 20, and 2 for each supplier whose price list is asked.
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
    return _order({order_id: order}, lines, present, add_to, actor, ordered_at)


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
    orders: Mapping[int, Order],
    lines: Sequence[DropShipInput],
    present: Mapping[int, OrderLine],
    add_to: Mapping[int, int],
    actor: Actor,
    ordered_at: datetime,
) -> list[int]:
    """Purchase order lines, the rows that tie them to the orders' lines, and their trail.

    A purchase order for each supplier of each order; add_to: one that is there, by supplier. Statements: at most 12.
    Topic published: LinesDropped.
    """
    parts: dict[tuple[int, int], list[int]] = {}
    for index, given in enumerate(lines):
        parts.setdefault((present[given.order_line_id].order_id, given.supplier_id), []).append(index)
    raised = raise_drop_ships(
        [
            DropShipPurchase(
                supplier_id,
                orders[order_id].shipping_address_id,  # type: ignore[arg-type]  # checked
                [_purchase_line(lines[index], present) for index in own],
                orders[order_id].number,
                add_to.get(supplier_id),
            )
            for (order_id, supplier_id), own in parts.items()
        ],
        company_id=next(iter(orders.values())).company_id,
        ordered_at=ordered_at,
        actor=actor,
    )
    po_lines = {
        index: pk for own, made in zip(parts.values(), raised, strict=True) for index, pk in zip(own, made, strict=True)
    }
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
    record([_change(given, present[given.order_line_id], orders) for given in lines], actor=actor)
    Order.objects.filter(pk__in=orders).update(version=F("version") + 1)
    company_id = next(iter(orders.values())).company_id
    skus = sorted({sku_id for given in lines if (sku_id := present[given.order_line_id].sku_id) is not None})
    outbox.publish([outbox.Event("LinesDropped", f"company:{company_id}", {"sku_ids": skus}, company_id)])
    return [pk for (pk,) in ids]


def _purchase_line(given: DropShipInput, present: Mapping[int, OrderLine]) -> PurchaseLineInput:
    sku_id = present[given.order_line_id].sku_id
    assert sku_id is not None  # it has a demand
    return PurchaseLineInput(sku_id, given.quantity, given.unit_cost)


def _change(given: DropShipInput, line: OrderLine, orders: Mapping[int, Order]) -> Change:
    return Change(
        "orders.order",
        line.order_id,
        "drop_shipped",
        field=f"line {line.position}",
        new=f"{given.quantity.normalize():f}",
        reason=_("A supplier ships it to the buyer."),
        company_id=orders[line.order_id].company_id,
    )


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
    order at most 19 more, whatever the number.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_RULED, [sorted(order_ids)])
        rows = _within_shelves(cursor.fetchall())
    if not rows:
        return set()
    reduce_demands(
        [(demand_id, quantity) for _o, _l, demand_id, quantity, *_rule in rows], company_id=company_id, actor=actor
    )
    orders = Order.objects.in_bulk({row[0] for row in rows})
    present = OrderLine.objects.in_bulk([row[1] for row in rows])
    lines = [DropShipInput(row[1], row[3], row[4], row[5]) for row in rows]
    _order(orders, lines, present, {}, actor, timezone.now())
    return set(orders)


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
