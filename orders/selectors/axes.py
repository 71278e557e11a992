"""The side axes of an order, computed from its lines: claimed, shipped, billed, paid, returned."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection


@dataclass(frozen=True, slots=True)
class Axes:
    """How far an order is, each as none, part or full ("" where there is nothing to measure).

    allocated: of what is still to ship. billed: of goods and charges, by value of the documents' lines.
    paid: of what was invoiced less credited. returned: of what was shipped.
    """

    order_id: int
    allocated: str
    shipped: str
    billed: str
    paid: str
    returned: str


_SQL = """
SELECT o.id, g.open_quantity, g.claimed, g.ordered, g.shipped, g.returned, c.charges, c.billed, b.billed, m.total, m.used
FROM orders_order o
LEFT JOIN LATERAL (
    SELECT sum(l.quantity - l.cancelled) AS ordered, sum(l.shipped) AS shipped, sum(l.returned) AS returned,
        sum(l.quantity - l.cancelled - l.shipped) AS open_quantity, sum(coalesce(d.claimed, kit.claimed, 0)) AS claimed
    FROM orders_orderline l LEFT JOIN inventory_demand d ON d.id = l.demand_id
    LEFT JOIN LATERAL (
        SELECT floor(min(y.claimed / x.per_kit)) AS claimed FROM orders_orderlinecomponent x
        JOIN inventory_demand y ON y.id = x.demand_id WHERE l.kit_id IS NOT NULL AND x.order_line_id = l.id
    ) kit ON true
    WHERE l.order_id = o.id
) g ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS charges, count(*) FILTER (WHERE x.billed) AS billed FROM orders_ordercharge x WHERE x.order_id = o.id
) c ON true
LEFT JOIN LATERAL (
    SELECT sum(il.quantity) AS billed FROM orders_shipment s
    JOIN accounting_invoice i ON i.source_type = 'orders.shipment' AND i.source_id = s.id
    JOIN accounting_invoiceline il ON il.invoice_id = i.id
        AND il.source_type IN ('orders.shipmentline', 'orders.shipmentkit')
    WHERE s.order_id = o.id
) b ON true
LEFT JOIN LATERAL (
    SELECT sum(i.amount) AS total, sum(i.used) AS used FROM accounting_invoice v
    JOIN accounting_openitem i ON i.id = v.open_item_id
    WHERE v.kind = 'invoice' AND ((v.source_type = 'orders.order' AND v.source_id = o.id)
        OR (v.source_type = 'orders.shipment' AND v.source_id IN (SELECT s.id FROM orders_shipment s WHERE s.order_id = o.id)))
) m ON true
WHERE o.id = ANY(%s)
"""


def axes_of(order_ids: Sequence[int]) -> dict[int, Axes]:
    """The axes of many orders. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(order_ids)])
        return {row[0]: _axes(*row) for row in cursor.fetchall()}


def _axes(
    order_id: int,
    open_quantity: Decimal | None,
    claimed: Decimal | None,
    ordered: Decimal | None,
    shipped: Decimal | None,
    returned: Decimal | None,
    charges: int,
    charges_billed: int,
    billed: Decimal | None,
    invoiced: Decimal | None,
    used: Decimal | None,
) -> Axes:
    things = (ordered or Decimal(0)) + charges
    return Axes(
        order_id,
        allocated=_level(claimed, open_quantity),
        shipped=_level(shipped, ordered),
        billed=_level((billed or Decimal(0)) + charges_billed, things),
        paid=_level(used, invoiced),
        returned=_level(returned, shipped),
    )


def _level(done: Decimal | None, whole: Decimal | None) -> str:
    if not whole:
        return ""
    if not done:
        return "none"
    return "full" if done >= whole else "part"
