"""What the counter asks: goods by code with a price, its shift, receipts, pickups, and the end-of-shift figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from inventory.barcodes import barcode_forms
from orders.pricing import Price
from orders.selectors.price_lists import Asking, listed_breaks
from warehouse.models import Till, TillReceipt, TillShift, TillTender

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Found:
    """A SKU at the counter. quantity: what one scan means (a pack's barcode). price: of one, None where none is known.

    breaks: what price lists ask by rising quantity.
    """

    sku_id: int
    code: str
    name: str
    quantity: Decimal
    available: Decimal
    price: Decimal | None
    breaks: tuple[Price, ...] = ()

    def price_for(self, quantity: Decimal) -> Decimal | None:
        """The price of one where so many are bought together."""
        reached = [step.unit_price for step in self.breaks if step.min_quantity <= quantity]
        return reached[-1] if reached else self.price


# Where no price list has one: the newest price at which it was sold here, else in any channel of the same currency and way of pricing.
_FIND = """
SELECT s.id, s.code, s.name, hit.quantity, coalesce(v.available, 0), coalesce(
    (SELECT l.unit_price FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        WHERE l.sku_id = s.id AND o.channel_id = %(channel)s AND l.unit_price > 0 ORDER BY l.id DESC LIMIT 1),
    (SELECT l.unit_price FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        WHERE l.sku_id = s.id AND o.currency = %(currency)s AND o.prices_include_tax = %(inclusive)s
            AND l.unit_price > 0 ORDER BY l.id DESC LIMIT 1))
FROM (
    SELECT b.sku_id, b.pack_quantity AS quantity, 0 AS rank FROM inventory_barcode b
        WHERE b.company_id = %(company)s AND b.code = ANY(%(terms)s)
    UNION ALL SELECT k.id, 1, 1 FROM inventory_sku k
        WHERE k.company_id = %(company)s AND upper(k.code) = ANY(%(upper)s)
    UNION ALL (SELECT k.id, 1, 2 FROM inventory_sku k
        WHERE k.company_id = %(company)s AND %(like)s <> '' AND (upper(k.code) LIKE %(like)s OR upper(k.name) LIKE %(like)s)
        ORDER BY k.code LIMIT 12)
) hit
JOIN inventory_sku s ON s.id = hit.sku_id
LEFT JOIN inventory_stocklevel v ON v.sku_id = s.id AND v.warehouse_id = %(warehouse)s AND v.owner_id IS NULL
ORDER BY hit.rank, s.code
"""


def find_goods(till: Till, term: str, *, search: bool = False) -> list[Found]:
    """SKUs by barcode or code, the exact ones first; with `search` also by a part of code or name. Statements: 2."""
    return _find(till, [term.strip()], _like(term) if search else "")


def goods_by_code(till: Till, codes: Sequence[str]) -> dict[str, Found]:
    """SKUs by their codes, whatever the letter case; keys in capitals. Statements: 2."""
    return {found.code.upper(): found for found in _find(till, list(codes), "")}


def _find(till: Till, terms: list[str], like: str) -> list[Found]:
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            {
                "company": till.company_id,
                "warehouse": till.warehouse_id,
                "channel": till.channel_id,
                "currency": till.channel.currency,
                "inclusive": till.channel.prices_include_tax,
                "terms": [form for term in terms for form in barcode_forms(term)],
                "upper": [term.upper() for term in terms],
                "like": like,
            },
        )
        rows: dict[int, Found] = {}
        for row in cursor.fetchall():
            rows.setdefault(row[0], Found(*row))
    breaks = listed_breaks(list(rows), _asking(till)) if rows else {}
    listed = [replace(found, breaks=tuple(breaks[sku_id])) for sku_id, found in rows.items()]
    return [replace(found, price=found.price_for(ONE)) for found in listed]


def _asking(till: Till) -> Asking:
    channel = till.channel
    return Asking(channel.pk, channel.currency, local(timezone.now(), till).date())


def _like(term: str) -> str:
    text = term.strip().upper()[:60]
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%" if len(text) >= 2 else ""


def open_shift(till_id: int) -> TillShift | None:
    """Statements: 1."""
    return (
        TillShift.objects.select_related("till__channel", "till__warehouse", "opened_by")
        .filter(till_id=till_id, status="open")
        .first()
    )


@dataclass(frozen=True, slots=True)
class ShiftFigures:
    """A shift's sums. tenders: by method, what came in and (negative) went out. expected: cash that should be there."""

    float_amount: Decimal
    sales: int
    returns: int
    sold: Decimal
    given_back: Decimal
    discounts: Decimal
    taxes: Decimal
    gift_cards: Decimal
    tenders: dict[str, Decimal] = field(default_factory=dict)
    cash_moves: Decimal = ZERO

    @property
    def cash(self) -> Decimal:
        return self.tenders.get("cash", ZERO)

    @property
    def expected(self) -> Decimal:
        return self.float_amount + self.cash + self.cash_moves


_GOODS = """
SELECT coalesce(sum(o.discount_total), 0), coalesce(sum(o.tax_total), 0)
FROM warehouse_tillreceipt r JOIN orders_order o ON o.id = r.order_id WHERE r.shift_id = %s AND r.kind = 'sale'
"""
_CARDS = """
SELECT coalesce(sum(v.amount), 0) FROM accounting_storedvalue v
JOIN warehouse_tillreceipt r ON r.id = v.source_id
WHERE v.source_type = 'warehouse.tillreceipt' AND v.kind = 'gift_card' AND r.shift_id = %s
"""


def shift_figures(shift: TillShift) -> ShiftFigures:
    """The figures of an X or Z report. Statements: 5."""
    receipts = list(TillReceipt.objects.filter(shift=shift).values_list("kind", "total"))
    tenders = TillTender.objects.filter(receipt__shift=shift).values("method").annotate(sum=Sum("amount"))
    by_method = {row["method"]: row["sum"] for row in tenders}
    with connection.cursor() as cursor:
        cursor.execute(_GOODS, [shift.pk])
        discounts, taxes = cursor.fetchone()
        cursor.execute(_CARDS, [shift.pk])
        (cards,) = cursor.fetchone()
    moved = shift.cash_moves.aggregate(sum=Sum("amount"))["sum"] or ZERO
    return ShiftFigures(
        shift.float_amount,
        sum(kind != "return" for kind, _total in receipts),
        sum(kind == "return" for kind, _total in receipts),
        sum((total for kind, total in receipts if kind != "return"), ZERO),
        -sum((total for kind, total in receipts if kind == "return"), ZERO),
        discounts,
        taxes,
        cards,
        by_method,
        moved,
    )


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A line of a receipt with what of it may still come back; paid: for one, as the customer paid it."""

    order_line_id: int
    code: str
    description: str
    sold: Decimal
    left: Decimal
    paid: Decimal


def receipt_of(company_id: int, text: str) -> TillReceipt | None:
    """A receipt by its number or barcode: "R-000123", "r123" or "123". Statements: 1."""
    digits = text.strip().upper().removeprefix("R").lstrip("-")
    if not digits.isdecimal() or len(digits) > 18:
        return None
    return (
        TillReceipt.objects.select_related("order", "shift__till__channel")
        .filter(company_id=company_id, pk=int(digits))
        .first()
    )


_LINES = """
SELECT l.id, u.code, coalesce(nullif(l.description, ''), u.name), l.quantity, l.shipped
    - coalesce((SELECT sum(rl.quantity) FROM orders_returnline rl JOIN orders_returnorder r ON r.id = rl.return_order_id
        WHERE rl.order_line_id = l.id AND r.status NOT IN ('rejected', 'cancelled', 'closed')), 0),
    (l.quantity * l.unit_price - l.discount + CASE WHEN o.prices_include_tax THEN 0 ELSE l.tax END) / l.quantity
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id JOIN inventory_sku u ON u.id = l.sku_id
WHERE l.order_id = %s AND l.shipped > 0 ORDER BY l.position
"""


def returnable(order_id: int) -> list[ReturnableLine]:
    """Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [order_id])
        return [ReturnableLine(*row) for row in cursor.fetchall()]


def local(at: datetime, till: Till) -> datetime:
    """An instant on the clock of the till's company."""
    return at.astimezone(ZoneInfo(till.company.time_zone))
