"""Purchase orders whose goods go straight to a customer: raised, called off, and shipped in parts."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounting.dimensions import Dimensions
from accounting.models import Party
from accounting.selectors import books_of, exchange_rates
from backoffice.core.actor import Actor
from backoffice.core.money import round_money
from backoffice.core.states import check_transition
from inventory.errors import NotFound, PurchaseRefused
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Sku
from inventory.selectors.offers import offers_of
from inventory.selectors.places import counterparts
from inventory.services.billing.arriving import clear_billed_before
from inventory.services.kits import refuse_kits
from inventory.services.moves import post_moves
from inventory.services.purchasing import PurchaseLineInput, check_lines, list_price, record_created, record_status
from inventory.services.requests import MoveRequest, MoveResult
from inventory.states import PURCHASE_ORDER, RECEIVABLE

NOT_SENT = (PurchaseOrderStatus.DRAFT, PurchaseOrderStatus.SUBMITTED, PurchaseOrderStatus.APPROVED)
CONFIRMED = (PurchaseOrderStatus.CONFIRMED, PurchaseOrderStatus.PARTLY_RECEIVED)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DropShipPurchase:
    """What one supplier sends to one customer's address.

    add_to_id: a purchase order that the caller has locked; used if it has not been sent, goes to the same address
    and is the supplier's, otherwise a new one is made.
    """

    supplier_id: int
    ship_to_id: int
    lines: Sequence[PurchaseLineInput]
    reference: str = ""
    add_to_id: int | None = None


@dataclass(frozen=True, slots=True)
class DropShipped:
    """A part shipment's line. source: of the move and of the entry, such as a shipment's line and the shipment."""

    po_line_id: int
    quantity: Decimal
    source: tuple[str, int]
    dimensions: Dimensions = ()


@transaction.atomic(savepoint=False)
def raise_drop_ships(
    purchases: Sequence[DropShipPurchase], *, company_id: int, ordered_at: datetime.datetime, actor: Actor
) -> list[list[int]]:
    """Order goods at suppliers for delivery to customers' addresses; the purchase order lines' ids of each, in order.

    A new purchase order is approved: the sale behind it is the approval. A line without a cost has the list price.

    Raises PurchaseRefused (unknown_supplier, unknown_sku, bad_line, no_price), KitRefused; nothing is written.
    Statements: at most 8, whatever the number, and 2 for each purchase with lines without a cost.
    """
    suppliers = Party.objects.filter(company_id=company_id, is_supplier=True).in_bulk(
        {purchase.supplier_id for purchase in purchases}
    )
    if any(purchase.supplier_id not in suppliers for purchase in purchases):
        raise PurchaseRefused(_("Choose a supplier of this company."), code="unknown_supplier")
    lines = [line for purchase in purchases for line in purchase.lines]
    check_lines(lines, company_id)
    refuse_kits([line.sku_id for line in lines], company_id=company_id)
    orders = _orders_for(purchases, suppliers, company_id=company_id, ordered_at=ordered_at, actor=actor)
    counted = PurchaseOrderLine.objects.filter(purchase_order__in={order.pk for order in orders})
    last = dict(counted.order_by("purchase_order_id").values_list("purchase_order_id").annotate(n=Count("pk")))
    rows = []
    for purchase, order in zip(purchases, orders, strict=True):
        asked = _list_prices(purchase, order)
        for line in purchase.lines:
            last[order.pk] = last.get(order.pk, 0) + 1
            rows.append(
                PurchaseOrderLine(
                    purchase_order=order,
                    position=last[order.pk],
                    sku_id=line.sku_id,
                    quantity=line.quantity,
                    unit_cost=asked[line.sku_id] if line.unit_cost is None else line.unit_cost,
                )
            )
    ids = iter([row.pk for row in PurchaseOrderLine.objects.bulk_create(rows)])
    return [[next(ids) for _line in purchase.lines] for purchase in purchases]


def _list_prices(purchase: DropShipPurchase, order: PurchaseOrder) -> dict[int, Decimal]:
    """What the supplier's list asks for the lines without a cost, by SKU. Statements: 0 or 2."""
    wants = [(line.sku_id, line.quantity) for line in purchase.lines if line.unit_cost is None]
    offers = offers_of(order.supplier_id, wants, company_id=order.company_id)
    found = {}
    for sku_id, _quantity in wants:
        asked = list_price(offers.get(sku_id), order.currency)
        if asked is None:
            raise PurchaseRefused(
                _("%(sku)s: the supplier's list has no price in %(currency)s; type one.")
                % {"sku": Sku.objects.get(pk=sku_id).code, "currency": order.currency},
                code="no_price",
                sku_id=sku_id,
            )
        found[sku_id] = asked
    return found


def _orders_for(
    purchases: Sequence[DropShipPurchase],
    suppliers: Mapping[int, Party],
    *,
    company_id: int,
    ordered_at: datetime.datetime,
    actor: Actor,
) -> list[PurchaseOrder]:
    """The purchase order of each: one that may be added to, or a new one. Statements: at most 3."""
    asked = {purchase.add_to_id for purchase in purchases if purchase.add_to_id}
    known = PurchaseOrder.objects.filter(company_id=company_id, status__in=NOT_SENT).in_bulk(asked) if asked else {}
    found: list[PurchaseOrder] = []
    for purchase in purchases:
        order = known.get(purchase.add_to_id or 0)
        if order is None or (order.supplier_id, order.ship_to_id) != (purchase.supplier_id, purchase.ship_to_id):
            order = PurchaseOrder(
                company_id=company_id,
                supplier_id=purchase.supplier_id,
                ship_to_id=purchase.ship_to_id,
                status=PurchaseOrderStatus.APPROVED,
                currency=suppliers[purchase.supplier_id].currency_id,
                reference=purchase.reference,
                ordered_at=ordered_at,
            )
        found.append(order)
    made = PurchaseOrder.objects.bulk_create([order for order in found if order.pk is None])
    record_created(made, actor=actor)
    return found


def lock_drop_ship_orders(order_ids: Sequence[int], *, company_id: int) -> dict[int, PurchaseOrder]:
    """Purchase orders locked in key order: before any order of a customer is. Statements: 1. Raises NotFound."""
    locked = PurchaseOrder.objects.select_for_update(of=("self",), no_key=True)
    found = {
        order.pk: order
        for order in locked.filter(company_id=company_id, pk__in=order_ids, ship_to__isnull=False).order_by("pk")
    }
    for pk in order_ids:
        if pk not in found:
            raise NotFound(_("There is no such drop-ship order."), purchase_order_id=pk)
    return found


@transaction.atomic(savepoint=False)
def cancel_drop_ship(
    quantities: Mapping[int, Decimal], *, company_id: int, actor: Actor, reason: str, supplier_agrees: bool = False
) -> None:
    """Call off (purchase order line: quantity) of orders that the caller has locked.

    Raises PurchaseRefused, nothing written: confirmed (the supplier has confirmed it and was not asked), or
    more_than_open. Statements: 3, 2 more for each order that ends with it.
    """
    lines = {
        line.pk: line
        for line in PurchaseOrderLine.objects.filter(
            pk__in=quantities, purchase_order__company_id=company_id, purchase_order__ship_to__isnull=False
        ).select_related("purchase_order")
    }
    for pk, quantity in quantities.items():
        line = lines.get(pk)
        if line is None or quantity <= 0 or quantity > line.quantity - line.received - line.cancelled:
            raise PurchaseRefused(
                _("No more can be called off than the supplier has still to ship."),
                code="more_than_open",
                po_line_id=pk,
            )
        order = line.purchase_order
        if order.status in CONFIRMED and not supplier_agrees:
            raise PurchaseRefused(
                _("The supplier has confirmed %(order)s: ask them, and cancel when they agree.")
                % {"order": order.number},
                code="confirmed",
                purchase_order_id=order.pk,
            )
        line.cancelled += quantity
    PurchaseOrderLine.objects.bulk_update(lines.values(), ["cancelled"])
    _settle([line.purchase_order_id for line in lines.values()], actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def ship_drop_ship(
    lines: Sequence[DropShipped],
    *,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    entry_key: str,
    entry_source: tuple[str, int],
) -> list[MoveResult]:
    """The supplier shipped to the customer: supplier -> customer at the order's price, which goes to the cost of goods
    sold against goods received not invoiced. The caller has locked the purchase orders.

    Raises PurchaseRefused, nothing written: not_receivable (not sent yet, or ended), more_than_open (never more than
    was ordered). Statements: about 14.
    """
    found = {
        line.pk: line
        for line in PurchaseOrderLine.objects.filter(
            pk__in={line.po_line_id for line in lines}, purchase_order__company_id=company_id
        ).select_related("purchase_order")
    }
    for given in lines:
        row = found.get(given.po_line_id)
        if row is None or row.purchase_order.status not in RECEIVABLE:
            raise PurchaseRefused(
                _("Mark the purchase order as sent first; one that has ended ships nothing more."),
                code="not_receivable",
                po_line_id=given.po_line_id,
            )
        row.received += given.quantity
        if given.quantity <= 0 or row.received + row.cancelled > row.quantity:
            raise PurchaseRefused(
                _("%(order)s: no more than what was ordered can be shipped.") % {"order": row.purchase_order.number},
                code="more_than_open",
                po_line_id=row.pk,
            )
    books = books_of(company_id)
    day = books.local_date(effective_at)
    foreign = {(row.purchase_order.currency, day) for row in found.values()} - {(books.base_currency, day)}
    rates = exchange_rates(company_id, foreign) if foreign else {}
    places = counterparts(company_id)
    moves = post_moves(
        [
            MoveRequest(
                sku_id=found[given.po_line_id].sku_id,
                quantity=given.quantity,
                from_location_id=places["supplier"],
                to_location_id=places["customer"],
                effective_at=effective_at,
                source_type=given.source[0],
                source_id=given.source[1],
                reason="drop_ship",
                po_line_id=given.po_line_id,
                value=round_money(
                    given.quantity
                    * found[given.po_line_id].unit_cost
                    * rates.get((found[given.po_line_id].purchase_order.currency, day), Decimal(1)),
                    books.exponents[books.base_currency],
                ),
                entry_key=entry_key,
                entry_source=entry_source,
                dimensions=given.dimensions,
            )
            for given in lines
        ],
        company_id=company_id,
        actor=actor,
        books=books,
    )
    PurchaseOrderLine.objects.bulk_update(found.values(), ["received"])
    _settle([row.purchase_order_id for row in found.values()], actor=actor, reason="")
    new = [(move.move_id, given.po_line_id) for given, move in zip(lines, moves, strict=True) if move.state == "done"]
    clear_billed_before(new, books=books, actor=actor)
    return moves


def _settle(order_ids: Sequence[int], *, actor: Actor, reason: str) -> None:
    """What a purchase order is after its lines changed: partly received, received or cancelled."""
    for order in PurchaseOrder.objects.filter(pk__in=set(order_ids)).order_by("pk").prefetch_related("lines"):
        lines = list(order.lines.all())
        received = sum((line.received for line in lines), ZERO)
        if any(line.received + line.cancelled < line.quantity for line in lines):
            status = PurchaseOrderStatus.PARTLY_RECEIVED if received else order.status
        else:
            status = PurchaseOrderStatus.RECEIVED if received else PurchaseOrderStatus.CANCELLED
        if status != order.status:
            check_transition(PURCHASE_ORDER, "purchase order", order.status, status)
            old, order.status = order.status, status
            order.save(update_fields=["status"])
            record_status(order, old, status, actor=actor, reason=reason)
