"""Goods that arrive from a supplier, and who was waiting for them."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.selectors import Books, books_of, exchange_rates
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approvers
from backoffice.core.money import round_money
from backoffice.core.states import check_transition
from inventory.errors import NotFound, PurchaseRefused
from inventory.models import Location, PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, StockMove
from inventory.selectors.places import counterpart
from inventory.selectors.tolerances import over_tolerances
from inventory.services.allocation import ClaimResult
from inventory.services.arrivals import lock_lacking, serve_lacking
from inventory.services.billing.arriving import clear_billed_before
from inventory.services.events import publish_inbound_changed
from inventory.services.inspecting import Held, find_held, open_inspections
from inventory.services.kits import refuse_kits
from inventory.services.moves import post_moves
from inventory.services.purchasing import record_status
from inventory.services.requests import MoveRequest, MoveResult
from inventory.states import PURCHASE_ORDER, RECEIVABLE

GOODS_RECEIPT = "goods_receipt"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What arrived at a place. unit_cost: in the purchase order's currency; empty: the order line's. Without an
    order line it is needed, in the base currency, and supplier_id says whose bill is awaited."""

    sku_id: int
    quantity: Decimal
    location_id: int
    po_line_id: int | None = None
    unit_cost: Decimal | None = None
    lot_id: int | None = None
    owner_id: int | None = None
    serials: tuple[str, ...] = ()
    supplier_id: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One move per line, in order, and what waiting demands could claim of it.

    places: where each line was put: quarantine, if it is to be inspected. inspection_ids: those that it opened.
    """

    moves: list[MoveResult]
    claims: list[ClaimResult] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    inspection_ids: list[int] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def receive(
    lines: Sequence[ReceiptLine],
    *,
    company_id: int,
    effective_at: datetime.datetime,
    source_type: str,
    source_id: int | None,
    source_key: str,
    actor: Actor,
    allow_over: bool = False,
) -> Received:
    """Take goods in: stock rises at cost, the entry debits inventory and credits goods received not invoiced,
    order lines count what arrived, and waiting demands claim it by priority, promise date and age.

    Topics published: DemandsServed, InboundChanged.
    source_key: of the receipt ("receipt:7"); the same receipt again is `already` and changes nothing.
    A foreign currency is converted at the rate of the day. No order row of the storey above is touched.
    What an inspection rule wants to be looked at is put in quarantine with an open Inspection, and serves nobody yet.

    Raises PurchaseRefused (unknown_line, not_receivable, wrong_sku, over_delivery beyond the supplier's tolerance unless
    allow_over), KitRefused,
    ExchangeRateMissing, StockRefused, ApprovalRefused (who ordered them); ValueError without a cost. Nothing is written then.
    Statements: about 22, whatever the number of lines.
    """
    if not lines:
        return Received([])
    orders, order_lines = _lock_orders(lines, company_id)
    keys = [f"{source_key}:{number}" for number in range(len(lines))]
    done = set(
        StockMove.objects.filter(company_id=company_id, source_key__in=keys).values_list("source_key", flat=True)
    )
    fresh = [line for line, key in zip(lines, keys, strict=True) if key not in done]
    refuse_kits([line.sku_id for line in fresh if line.po_line_id is None], company_id=company_id)
    _check_orders(fresh, orders, order_lines, allow_over)
    held = find_held(
        [(line.sku_id, line.location_id, _supplier(line, orders, order_lines)) for line in lines], company_id
    )
    put = [hold.place_id if hold else line.location_id for line, hold in zip(lines, held, strict=True)]
    places = _places(put, company_id)
    goods = [
        (line.sku_id, line.quantity, line.owner_id, place)
        for line, place, key in zip(lines, put, keys, strict=True)
        if key not in done
    ]
    waiting = lock_lacking(goods, places=places, company_id=company_id)
    books = books_of(company_id)
    rates = _rates(fresh, orders, order_lines, books, effective_at)
    _check_buyers(fresh, orders, order_lines, rates, books, actor)
    supplier = counterpart(company_id, "supplier")
    moves = post_moves(
        [
            MoveRequest(
                sku_id=line.sku_id,
                quantity=line.quantity,
                from_location_id=supplier,
                to_location_id=place,
                effective_at=effective_at,
                source_type="inventory.purchaseorderline" if line.po_line_id else source_type,
                source_id=line.po_line_id or source_id,
                lot_id=line.lot_id,
                owner_id=line.owner_id,
                value=None if key in done or line.owner_id else _value(line, order_lines, rates, books),
                source_key=key,
                entry_key=source_key,
                entry_source=(source_type, source_id) if source_id else None,
                serials=line.serials,
                supplier_id=line.supplier_id,
            )
            for line, key, place in zip(lines, keys, put, strict=True)
        ],
        company_id=company_id,
        actor=actor,
        books=books,
    )
    _count_received(fresh, orders, order_lines, actor)
    new = [(move.move_id, line.po_line_id) for line, move in zip(lines, moves, strict=True) if move.state == "done"]
    clear_billed_before(new, books=books, actor=actor)
    opened = open_inspections(
        [
            Held(line, hold, move.move_id, _supplier(line, orders, order_lines), (source_type, source_id))
            for line, hold, move in zip(lines, held, moves, strict=True)
            if hold and move.state == "done"
        ],
        company_id=company_id,
    )
    served = serve_lacking(waiting, company_id=company_id, actor=actor)
    return Received(moves, served, put, opened)


def _lock_orders(
    lines: Sequence[ReceiptLine], company_id: int
) -> tuple[dict[int, PurchaseOrder], dict[int, PurchaseOrderLine]]:
    """The purchase orders of the lines, locked, then their lines, each in key order."""
    wanted = {line.po_line_id for line in lines if line.po_line_id}
    if not wanted:
        return {}, {}
    order_ids = PurchaseOrderLine.objects.filter(pk__in=wanted).values("purchase_order_id")
    locked = PurchaseOrder.objects.select_for_update(of=("self",), no_key=True)
    orders = {o.pk: o for o in locked.filter(company_id=company_id, pk__in=order_ids).order_by("pk")}
    locked_lines = PurchaseOrderLine.objects.select_for_update(of=("self",), no_key=True)
    found = {row.pk: row for row in locked_lines.filter(purchase_order_id__in=list(orders)).order_by("pk")}
    for pk in wanted:
        if pk not in found:
            raise PurchaseRefused(_("There is no purchase order line %(id)s.") % {"id": pk}, code="unknown_line")
    return orders, found


def _check_orders(
    lines: Sequence[ReceiptLine],
    orders: dict[int, PurchaseOrder],
    order_lines: dict[int, PurchaseOrderLine],
    allow_over: bool,
) -> None:
    arriving: defaultdict[int, Decimal] = defaultdict(Decimal)
    tolerated = _tolerated(lines, order_lines)
    for line in lines:
        if line.po_line_id is None:
            continue
        row = order_lines[line.po_line_id]
        order = orders[row.purchase_order_id]
        arriving[row.pk] += line.quantity
        left = row.quantity - row.received - row.cancelled
        if order.ship_to_id is not None:
            code, detail = "drop_ship", _("%(order)s goes straight to the customer: nothing of it arrives here.")
        elif order.status not in RECEIVABLE and not (allow_over and order.status == PurchaseOrderStatus.RECEIVED):
            code, detail = "not_receivable", _("%(order)s is %(status)s: nothing can be received on it.")
        elif row.sku_id != line.sku_id:
            code, detail = "wrong_sku", _("%(order)s has another SKU on line %(row)s.")
        elif arriving[row.pk] > left + tolerated.get(row.pk, 0) and not allow_over:
            code, detail = "over_delivery", _("%(order)s expects %(left)s more on line %(row)s.")
        else:
            continue
        words = {"order": order.number, "status": order.get_status_display(), "row": row.position, "left": left}
        raise PurchaseRefused(detail % words, code=code, po_line_id=row.pk, left=str(left))


def _tolerated(lines: Sequence[ReceiptLine], order_lines: dict[int, PurchaseOrderLine]) -> Mapping[int, Decimal]:
    """By how much each line may be over. Statements: 0 where nothing is, else 1."""
    arriving: defaultdict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.po_line_id:
            arriving[line.po_line_id] += line.quantity
    rows = [order_lines[pk] for pk in arriving]
    return over_tolerances([r.pk for r in rows if arriving[r.pk] > r.quantity - r.received - r.cancelled])


def _supplier(
    line: ReceiptLine, orders: dict[int, PurchaseOrder], order_lines: dict[int, PurchaseOrderLine]
) -> int | None:
    if line.po_line_id is None:
        return line.supplier_id or line.owner_id
    return orders[order_lines[line.po_line_id].purchase_order_id].supplier_id


def _places(place_ids: Sequence[int], company_id: int) -> dict[int, Location]:
    found = Location.objects.filter(company_id=company_id).in_bulk(set(place_ids))
    for place_id in place_ids:
        if place_id not in found or found[place_id].warehouse_id is None:
            raise NotFound(_("Goods are received in a place of a warehouse."), location_id=place_id)
    return found


def _rates(
    lines: Sequence[ReceiptLine],
    orders: dict[int, PurchaseOrder],
    order_lines: dict[int, PurchaseOrderLine],
    books: Books,
    effective_at: datetime.datetime,
) -> dict[int, Decimal]:
    """What one unit of the order's currency is worth, by purchase order line."""
    day = books.local_date(effective_at)
    rows = [order_lines[line.po_line_id] for line in lines if line.po_line_id]
    currencies = {row.pk: orders[row.purchase_order_id].currency for row in rows}
    foreign = {(currency, day) for currency in currencies.values() if currency != books.base_currency}
    found = exchange_rates(books.company_id, foreign)
    return {pk: found.get((currency, day), Decimal(1)) for pk, currency in currencies.items()}


def _check_buyers(
    lines: Sequence[ReceiptLine],
    orders: dict[int, PurchaseOrder],
    order_lines: dict[int, PurchaseOrderLine],
    rates: dict[int, Decimal],
    books: Books,
    actor: Actor,
) -> None:
    """Who ordered goods does not receive them, where that pair is on. Raises ApprovalRefused. Statements: 1; 3 with it."""
    worth: defaultdict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.po_line_id and not line.owner_id:
            worth[order_lines[line.po_line_id].purchase_order_id] += _value(line, order_lines, rates, books)
    if worth:
        documents = [(orders[pk].buyer_id, amount) for pk, amount in worth.items()]
        check_approvers(GOODS_RECEIPT, documents, actor=actor, company_id=books.company_id)


def _value(
    line: ReceiptLine, order_lines: dict[int, PurchaseOrderLine], rates: dict[int, Decimal], books: Books
) -> Decimal:
    unit_cost, rate = line.unit_cost, Decimal(1)
    if line.po_line_id:
        rate = rates[line.po_line_id]
        unit_cost = order_lines[line.po_line_id].unit_cost if unit_cost is None else unit_cost
    if unit_cost is None:
        raise ValueError("goods that were not ordered need a unit_cost")
    return round_money(line.quantity * unit_cost * rate, books.exponents[books.base_currency])


def _count_received(
    lines: Sequence[ReceiptLine],
    orders: dict[int, PurchaseOrder],
    order_lines: dict[int, PurchaseOrderLine],
    actor: Actor,
) -> None:
    changed = set()
    for line in lines:
        if line.po_line_id:
            row = order_lines[line.po_line_id]
            row.received += line.quantity
            changed.add(row.pk)
    if not changed:
        return
    PurchaseOrderLine.objects.bulk_update([order_lines[pk] for pk in sorted(changed)], ["received"])
    for order in orders.values():
        rows = [row for row in order_lines.values() if row.purchase_order_id == order.pk]
        if not any(row.pk in changed for row in rows):
            continue
        skus = {row.sku_id for row in rows if row.pk in changed}
        publish_inbound_changed(order.pk, skus, company_id=order.company_id, what="received")
        whole = all(row.received + row.cancelled >= row.quantity for row in rows)
        status = PurchaseOrderStatus.RECEIVED if whole else PurchaseOrderStatus.PARTLY_RECEIVED
        if status != order.status:
            check_transition(PURCHASE_ORDER, "purchase order", order.status, status)
            old, order.status = order.status, status
            order.save(update_fields=["status"])
            record_status(order, old, status, actor=actor)
