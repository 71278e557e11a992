"""Goods that go back to suppliers: claimed, sent at their cost, and owed to us at what they were bought for."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole, Subledger
from accounting.selectors import Books, books_of, exchange_rates
from accounting.services.entries import Entry, Line
from accounting.services.posting import post_entries
from backoffice.core.actor import Actor
from backoffice.core.money import round_money, split_by_weight
from backoffice.core.states import check_transition
from inventory.errors import PurchaseRefused
from inventory.models import (
    Allocation,
    DemandKind,
    StockQuant,
    SupplierReturn,
    SupplierReturnLine,
    SupplierReturnStatus,
)
from inventory.selectors.places import counterpart
from inventory.services.allocation import Claim, allocate
from inventory.services.checking import SELLABLE
from inventory.services.demands import DemandRequest, create_demands
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest
from inventory.services.supplier_returns.records import OBJECT, change, locked
from inventory.states import SUPPLIER_RETURN

ZERO = Decimal(0)


@transaction.atomic(savepoint=False)
def approve_supplier_return(
    return_id: int, *, company_id: int, actor: Actor, wanted_at: datetime.datetime, reason: str = ""
) -> SupplierReturn:
    """Claim the goods, so that nobody else is given them.

    Raises NotFound, IllegalTransition, PurchaseRefused (not_there: less is free than goes back); nothing changed.
    Statements: about 12.
    """
    found = locked(return_id, company_id)
    check_transition(SUPPLIER_RETURN, "supplier return", found.status, SupplierReturnStatus.APPROVED)
    lines = list(found.lines.select_related("sku").order_by("position"))
    demands = create_demands(
        [
            DemandRequest(
                line.sku_id,
                line.quantity,
                DemandKind.SUPPLIER_RETURN,
                "inventory.supplierreturnline",
                line.pk,
                wanted_at,
                warehouse_id=found.warehouse_id,
            )
            for line in lines
        ],
        company_id=company_id,
    )
    claims = [
        Claim(demand, line.sku_id, found.warehouse_id, line.quantity, lot_id=line.lot_id, allow_partial=False)
        for demand, line in zip(demands, lines, strict=True)
    ]
    for line, result in zip(lines, allocate(claims, company_id=company_id, actor=actor), strict=True):
        if result.claimed != line.quantity:
            raise PurchaseRefused(
                _("Line %(row)s: %(sku)s is not free in that quantity.") % {"row": line.position, "sku": line.sku.code},
                code="not_there",
                row=line.position,
            )
        line.demand_id = result.demand_id
    SupplierReturnLine.objects.bulk_update(lines, ["demand"])
    return change(found, SupplierReturnStatus.APPROVED, actor, reason)


@transaction.atomic(savepoint=False)
def ship_supplier_return(
    return_id: int,
    *,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    carrier: str = "",
    tracking_number: str = "",
    reference: str = "",
    reason: str = "",
    from_places: Collection[int] = (),
) -> SupplierReturn:
    """The goods leave at their cost, from these places first. What the supplier owes for them, at the purchase prices, is a debit in goods
    received not invoiced until their credit note clears it; the difference to the cost is a price variance.

    Raises NotFound, IllegalTransition, PurchaseRefused (not_there: it lies in no place they can be taken from),
    ExchangeRateMissing, StockRefused; nothing changed. Statements: about 25.
    """
    found = locked(return_id, company_id)
    check_transition(SUPPLIER_RETURN, "supplier return", found.status, SupplierReturnStatus.SHIPPED)
    lines = list(found.lines.select_related("sku").order_by("position"))
    books = books_of(company_id)
    key = f"supplier_return:{found.pk}"
    found.expected = _owed(found, lines, books, effective_at)
    wanted = _with_owed(_moves(found, lines, effective_at, key, from_places), found, lines, books)
    moves = post_moves(wanted, company_id=company_id, actor=actor, books=books)
    cost = -sum((move.value for move in moves), ZERO)
    found.entry_id = _post_variance(found, found.expected - cost, books, effective_at, actor)
    if found.entry_id is None:
        found.entry_id = next((move.entry_id for move in moves if move.entry_id), None)
    for line in lines:
        line.shipped = line.quantity
    SupplierReturnLine.objects.bulk_update(lines, ["shipped"])
    found.carrier, found.tracking_number = carrier[:60], tracking_number[:80]
    found.reference, found.shipped_at = reference[:60] or found.reference, effective_at
    found.save(update_fields=["carrier", "tracking_number", "reference", "shipped_at", "expected", "entry"])
    return change(found, SupplierReturnStatus.SHIPPED, actor, reason)


def _moves(
    found: SupplierReturn,
    lines: Sequence[SupplierReturnLine],
    effective_at: datetime.datetime,
    key: str,
    from_places: Collection[int],
) -> list[MoveRequest]:
    """From the places where the goods lie: those named, then the fullest first. Statements: 3."""
    to = counterpart(found.company_id, "supplier")
    allocations = {
        row.demand_id: row.pk
        for row in Allocation.objects.filter(demand__in=[line.demand_id for line in lines]).order_by("pk")
    }
    quants = StockQuant.objects.filter(
        location__warehouse_id=found.warehouse_id,
        location__kind__in=SELLABLE,
        owner__isnull=True,
        sku__in=[line.sku_id for line in lines],
    ).order_by("-quantity", "pk")
    ordered = sorted(quants, key=lambda quant: quant.location_id not in from_places)  # stable: else the fullest first
    free = {(q.sku_id, q.lot_id, q.location_id): q.quantity - q.claimed for q in ordered}
    moves = []
    for line in lines:
        missing = line.quantity
        for (sku, lot, place), there in free.items():
            part = min(missing, there)
            if sku != line.sku_id or (line.lot_id is not None and lot != line.lot_id) or part <= 0:
                continue
            free[sku, lot, place] -= part
            missing -= part
            moves.append(
                MoveRequest(
                    sku_id=sku,
                    quantity=part,
                    from_location_id=place,
                    to_location_id=to,
                    effective_at=effective_at,
                    source_type="inventory.supplierreturnline",
                    source_id=line.pk,
                    lot_id=lot,
                    allocation_id=allocations[line.demand_id or 0],
                    reason="supplier_return",
                    source_key=f"{key}:{line.position}:{place}:{lot or 0}",
                    entry_key=key,
                    entry_source=(OBJECT, found.pk),
                )
            )
        if missing > 0:
            raise PurchaseRefused(
                _("Line %(row)s: %(sku)s is not free in that quantity.") % {"row": line.position, "sku": line.sku.code},
                code="not_there",
                row=line.position,
            )
    return moves


def _with_owed(
    moves: Sequence[MoveRequest], found: SupplierReturn, lines: Sequence[SupplierReturnLine], books: Books
) -> list[MoveRequest]:
    """The moves with what the supplier owes for each, to the cent of what is expected in all."""
    by_id = {line.pk: line for line in lines}
    weights = [move.quantity * by_id[move.source_id or 0].unit_price for move in moves]
    parts = split_by_weight(found.expected, weights, books.exponents[books.base_currency])
    return [
        replace(move, owed=part, supplier_id=found.supplier_id, po_line_id=by_id[move.source_id or 0].po_line_id)
        for move, part in zip(moves, parts, strict=True)
    ]


def _owed(
    found: SupplierReturn, lines: Sequence[SupplierReturnLine], books: Books, effective_at: datetime.datetime
) -> Decimal:
    """What the purchase prices come to in the base currency. Statements: 0 or 1."""
    key = (found.currency, books.local_date(effective_at))
    rate = Decimal(1)
    if found.currency != books.base_currency:
        rate = exchange_rates(found.company_id, {key})[key]
    total = sum((line.quantity * line.unit_price for line in lines), ZERO)
    return round_money(total * rate, books.exponents[books.base_currency])


def _post_variance(
    found: SupplierReturn, difference: Decimal, books: Books, effective_at: datetime.datetime, actor: Actor
) -> int | None:
    """More owed than the goods cost is a gain in the variance account, less a loss. Statements: 0 or 3."""
    if not difference:
        return None
    currency = books.base_currency
    entry = Entry(
        date=None,
        effective_at=effective_at,
        subledger=Subledger.INVENTORY,
        source_type=OBJECT,
        source_id=found.pk,
        source_key=f"supplier_return:{found.pk}:variance",
        lines=[
            Line(books.account(AccountRole.GRNI), difference, currency),
            Line(books.account(AccountRole.PRICE_VARIANCE), -difference, currency),
        ],
    )
    [posted] = post_entries([entry], company_id=found.company_id, actor=actor)
    return posted.entry_id
