"""Parts that suppliers shipped straight to the buyer: each a shipment of the order, with its own invoice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from inventory.services import DropShipped, lock_drop_ship_orders, ship_drop_ship
from orders.errors import DropShipRefused
from orders.models import DropShipLine, FulfilmentStatus, Shipment, ShipmentStatus
from orders.services.billing import bill_shipments, draft_bills
from orders.services.locking import lock_orders
from orders.services.shipped import Dispatched, record_shipments
from orders.services.shipping import plan_shipments


@dataclass(frozen=True, slots=True)
class DropShipment:
    """A part that the supplier shipped, with its invoice."""

    shipment_id: int
    invoice_id: int | None
    invoice_number: str


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
    bills = draft_bills([dispatched], company_id=company_id)
    (issued,) = bill_shipments([dispatched], company_id=company_id, actor=actor, bills=bills)
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
