"""Goods leave: the orders' part of a dispatch before the stock moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.dimensions import CATEGORY, CHANNEL, WAREHOUSE, Dimensions, with_code
from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from backoffice.core.errors import DomainError
from backoffice.core.show import in_words
from orders.errors import CancelAsked, MergedApart, NotFound, NotReady, OrderCancelled, OrderHeld
from orders.models import FulfilmentStatus, OrderStatus, ShipmentStatus
from orders.services.shipping_kits import PartLeaving, ShippedKits, complete_kits

TO_LEAVE = (ShipmentStatus.DRAFT, ShipmentStatus.LABELLED, ShipmentStatus.MANIFESTED)


@dataclass(frozen=True, slots=True)
class ShipmentPlanLine:
    """A quantity to leave; ordered and before (shipped earlier) are the order line's.

    in_kit: a component; it is the kit's line that is billed, by the kits that are complete (ShipmentPlan.kits).
    """

    shipment_line_id: int
    fulfilment_line_id: int
    order_line_id: int
    sku_id: int
    sku_code: str
    description: str
    allocation_id: int
    quantity: Decimal
    ordered: Decimal
    before: Decimal
    unit_price: Decimal
    discount: Decimal
    tax: Decimal
    tax_rate: Decimal
    tax_code_id: int | None
    tax_collector: str
    in_kit: bool
    category: str | None = None


@dataclass(frozen=True, slots=True)
class ShipmentPlan:
    """A locked shipment with all that moving, recording and billing it needs.

    exponent: of the order's currency. person_id, address_id: whom the invoice shows. open_before: what the
    whole order still had to ship. charges: some are not billed yet. paid: payments were made, or a return pays.
    dimensions: for the journal, of the whole (dimensions_of: of a line, by its category). merge_group_id: leaves in one parcel with the others of that group.
    Without fulfilment and warehouse: a supplier shipped it. customer_location_id: the place outside that customers'
    goods go to.
    """

    shipment_id: int
    order_id: int
    fulfilment_id: int
    warehouse_id: int
    channel_id: int
    external_id: str
    status: str
    fulfilment_status: str
    order_status: str
    currency: str
    exponent: int
    inclusive: bool
    party_id: int
    person_id: int | None
    address_id: int | None
    billable: bool
    open_before: Decimal
    charges: bool
    paid: bool
    dimensions: Dimensions
    merge_group_id: int | None
    customer_location_id: int | None
    lines: list[ShipmentPlanLine] = field(default_factory=list)
    kits: list[ShippedKits] = field(default_factory=list)

    def dimensions_of(self, line: ShipmentPlanLine | ShippedKits) -> Dimensions:
        return with_code(self.dimensions, CATEGORY, line.category)

    @property
    def shipped(self) -> list[tuple[int, Decimal]]:
        """(order line, quantity) as the order counts it: kits and not their components."""
        return [(line.order_line_id, line.quantity) for line in self.lines if not line.in_kit] + [
            (kit.order_line_id, kit.quantity) for kit in self.kits
        ]

    @property
    def shipped_quantity(self) -> Decimal:
        return sum((quantity for _line_id, quantity in self.shipped), Decimal(0))


# of a shipment, its fulfilment and its order; and the merge group of the fulfilment
States = tuple[str, str, str, int | None]

_LOCK = """
SELECT s.id, s.status, f.status, o.status, f.merge_group_id
FROM orders_shipment s JOIN orders_fulfilment f ON f.id = s.fulfilment_id JOIN orders_order o ON o.id = s.order_id
WHERE s.company_id = %s AND s.id = ANY(%s) ORDER BY o.id, f.id, s.id FOR NO KEY UPDATE OF o, f, s
"""
# What concerns the whole order is asked once for each shipment: for each of its lines it would be quadratic.
_READ = """
WITH given AS MATERIALIZED (
    SELECT s.*,
        CASE WHEN EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = s.order_id AND h.released_at IS NULL) THEN 'order_held'
            WHEN EXISTS (SELECT 1 FROM orders_cancelrequest r WHERE r.fulfilment_id = s.fulfilment_id AND r.status = 'open')
                THEN 'cancel_requested'
            WHEN EXISTS (SELECT 1 FROM orders_fulfilment f JOIN orders_fulfilment g ON g.merge_group_id = f.merge_group_id
                AND g.id <> f.id AND g.status NOT IN ('shipped', 'cancelled') WHERE f.id = s.fulfilment_id AND NOT EXISTS (
                    SELECT 1 FROM orders_shipment x WHERE x.fulfilment_id = g.id AND x.id = ANY(%s)))
                THEN 'merged_apart' END AS waits,
        EXISTS (SELECT 1 FROM orders_ordercharge x WHERE x.order_id = s.order_id AND NOT x.billed) AS charges,
        EXISTS (SELECT 1 FROM orders_orderpayment p WHERE p.order_id = s.order_id)
            OR EXISTS (SELECT 1 FROM orders_returnorder e WHERE e.exchange_order_id = s.order_id) AS paid,
        (SELECT sum(y.quantity - y.cancelled - y.shipped) FROM orders_orderline y WHERE y.order_id = s.order_id)
            AS open_before,
        (SELECT min(z.id) FROM inventory_location z
            WHERE z.company_id = s.company_id AND z.warehouse_id IS NULL AND z.kind = 'customer') AS customers
    FROM orders_shipment s WHERE s.id = ANY(%s)
)
SELECT s.id, s.order_id, s.fulfilment_id, s.warehouse_id, o.channel_id, o.external_id,
    o.currency, k.exponent, o.prices_include_tax, coalesce(ct.party_id, c.party_id), ct.person_id,
    coalesce(o.billing_address_id, o.shipping_address_id), s.not_billable_reason = '', c.code, w.code,
    s.waits, s.charges, s.open_before, s.paid, s.customers,
    sl.id, sl.fulfilment_line_id, sl.order_line_id, coalesce(a.sku_id, l.sku_id), u.code,
    coalesce(nullif(l.description, ''), u.name),
    fl.allocation_id, sl.quantity, l.quantity, l.shipped, l.unit_price, l.discount, l.tax, l.tax_rate,
    l.tax_code_id, l.tax_collector, l.kit_id IS NOT NULL, g.code
FROM given s
JOIN orders_order o ON o.id = s.order_id
JOIN orders_channel c ON c.id = o.channel_id
JOIN accounting_currency k ON k.code = o.currency
LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
LEFT JOIN orders_contact ct ON ct.id = o.contact_id
JOIN orders_shipmentline sl ON sl.shipment_id = s.id
LEFT JOIN orders_fulfilmentline fl ON fl.id = sl.fulfilment_line_id
JOIN orders_orderline l ON l.id = sl.order_line_id
LEFT JOIN inventory_allocation a ON a.id = fl.allocation_id
JOIN inventory_sku u ON u.id = l.sku_id
JOIN inventory_product p ON p.id = u.product_id
LEFT JOIN inventory_category g ON g.id = p.category_id
ORDER BY s.id, sl.id
"""


@transaction.atomic(savepoint=False)
def begin_shipments(shipment_ids: Sequence[int], *, company_id: int, actor: Actor) -> list[ShipmentPlan]:
    """Lock packed shipments with their orders and fulfilments, before any stock is locked; plans in the order asked.

    Raises OrderCancelled, OrderHeld, NotReady (not packed, or shipped before), NotFound. Writes nothing.
    Statements: 2.
    """
    plans, refused = plan_shipments(shipment_ids, company_id=company_id)
    for refusal in refused.values():
        raise refusal
    return [plans[shipment_id] for shipment_id in shipment_ids]


@transaction.atomic(savepoint=False)
def plan_shipments(
    shipment_ids: Sequence[int], *, company_id: int, locked: Mapping[int, States] | None = None
) -> tuple[dict[int, ShipmentPlan], dict[int, DomainError]]:
    """The same for callers that answer item by item: the plans of what can leave, the refusals of what cannot.

    locked: where the caller has the locks and knows the states. Statements: 2, 1 with `locked`, 1 more with kits.
    """
    wanted = sorted(set(shipment_ids))
    plans: dict[int, ShipmentPlan] = {}
    with prepared_cursor() as cursor:
        if locked is None:
            cursor.execute(_LOCK, [company_id, wanted])
            locked = {row[0]: row[1:] for row in cursor.fetchall()}
        refused = {pk: refusal for pk in wanted if (refusal := _refusal(pk, locked.get(pk)))}
        going = [pk for pk in wanted if pk not in refused]
        cursor.execute(_READ, [going, going])
        rows = cursor.fetchall()
    before: dict[int, Decimal] = {}
    _refuse_waiting(rows, refused, locked)
    for row in rows:
        if row[0] in refused:
            continue
        if row[0] not in plans:
            plans[row[0]] = _plan(row, *locked[row[0]])
        found = ShipmentPlanLine(*row[20:])
        shipped = before.setdefault(found.order_line_id, found.before)
        before[found.order_line_id] = shipped + found.quantity
        plans[row[0]].lines.append(replace(found, before=shipped))
    parts = [
        PartLeaving(plan.shipment_id, line.order_line_id, line.sku_id, line.quantity)
        for plan in plans.values()
        for line in plan.lines
        if line.in_kit
    ]
    for kit in complete_kits(parts) if parts else ():
        plans[kit.shipment_id].kits.append(kit)
    return plans, refused


def _refuse_waiting(rows: Sequence[Any], refused: dict[int, DomainError], locked: Mapping[int, States]) -> None:
    """What may not leave yet; what shares a parcel with something refused stays too."""
    for row in rows:
        if row[15] and row[0] not in refused:
            refused[row[0]] = _waits(row[0], row[1], row[15])
    staying = {group for pk in refused if pk in locked and (group := locked[pk][3]) is not None}
    for row in rows if staying else ():
        if row[0] not in refused and locked[row[0]][3] in staying:
            refused[row[0]] = _waits(row[0], row[1], "merged_apart")


def _refusal(shipment_id: int, found: States | None) -> DomainError | None:
    if found is None:
        return NotFound(
            _("There is no shipment %(id)s in this company.") % {"id": shipment_id}, shipment_id=shipment_id
        )
    status, fulfilment_status, order_status, _group = found
    context = {"shipment_id": shipment_id, "status": status}
    if order_status == OrderStatus.CANCELLED:
        return OrderCancelled(_("The order of shipment SH-%(id)06d was cancelled.") % {"id": shipment_id}, **context)
    if status not in TO_LEAVE or (fulfilment_status != FulfilmentStatus.PACKED):
        return NotReady(
            _("Shipment SH-%(id)06d is %(status)s (its fulfilment %(work)s): it cannot be shipped.")
            % {"id": shipment_id, "status": in_words(status), "work": in_words(fulfilment_status)},
            **context,
        )
    return None


def _waits(shipment_id: int, order_id: int, why: str) -> DomainError:
    context = {"shipment_id": shipment_id, "order_id": order_id}
    if why == "merged_apart":
        return MergedApart(
            _("Shipment SH-%(id)06d shares its parcel with other orders: they leave together.") % {"id": shipment_id},
            **context,
        )
    if why == "cancel_requested":
        return CancelAsked(
            _("A part of shipment SH-%(id)06d is to be cancelled; answer the cancel request first.")
            % {"id": shipment_id},
            **context,
        )
    return OrderHeld(
        _("The order of shipment SH-%(id)06d is held; release its holds first.") % {"id": shipment_id}, **context
    )


_ORDER_FACTS = ("shipment_id", "order_id", "fulfilment_id", "warehouse_id", "channel_id", "external_id")
_MONEY_FACTS = ("currency", "exponent", "inclusive", "party_id", "person_id", "address_id", "billable")


def _plan(row: Any, status: str, fulfilment_status: str, order_status: str, merge_group_id: int | None) -> ShipmentPlan:
    return ShipmentPlan(
        **dict(zip(_ORDER_FACTS, row[:6], strict=True)),
        status=status,
        fulfilment_status=fulfilment_status,
        order_status=order_status,
        **dict(zip(_MONEY_FACTS, row[6:13], strict=True)),
        open_before=row[17],
        charges=row[16],
        paid=row[18],
        dimensions=with_code(((CHANNEL, row[13]),), WAREHOUSE, row[14]),
        merge_group_id=merge_group_id,
        customer_location_id=row[19],
    )
