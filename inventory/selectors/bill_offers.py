"""What a supplier's next bill is likely about: received and not billed, or ordered and still to come."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from inventory.selectors.billing import ORDER_LINE, RECEIPT

LIMIT = 300
_SQL = """
SELECT 'item', i.id, i.kind, s.code, coalesce(t.code, ''), s.name, o.id, i.date, i.quantity - i.used,
    CASE WHEN i.kind = 'receipt' THEN l.unit_cost END, o.currency, i.value - i.used_value
FROM inventory_grniitem i
JOIN inventory_sku s ON s.id = i.sku_id
LEFT JOIN inventory_purchaseorderline l ON l.id = i.po_line_id
LEFT JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id
LEFT JOIN inventory_suppliersku t ON t.sku_id = s.id AND t.supplier_id = %(supplier)s
WHERE i.company_id = %(company)s AND (i.supplier_id = %(supplier)s OR i.supplier_id IS NULL) AND i.used < i.quantity
    AND i.kind = CASE WHEN %(credit)s THEN 'supplier_return' ELSE 'receipt' END
UNION ALL
SELECT 'line', l.id, 'ordered', s.code, coalesce(t.code, ''), s.name, o.id, coalesce(l.expected_date, o.expected_date),
    l.quantity - l.cancelled - l.received, l.unit_cost, o.currency, NULL
FROM inventory_purchaseorderline l
JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id AND o.supplier_id = %(supplier)s
    AND o.company_id = %(company)s AND o.status IN ('sent', 'confirmed', 'partly_received')
JOIN inventory_sku s ON s.id = l.sku_id
LEFT JOIN inventory_suppliersku t ON t.sku_id = s.id AND t.supplier_id = %(supplier)s
WHERE NOT %(credit)s AND l.quantity - l.cancelled - l.received > 0
ORDER BY 1, 8, 2 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """Goods that a line may be about. unit_price: the order's, in `currency`; None: only the value is known (base)."""

    where: str  # item or line
    id: int
    kind: str
    sku: str
    their_code: str
    name: str
    order_id: int | None
    date: object
    quantity: Decimal
    unit_price: Decimal | None
    currency: str | None
    value: Decimal | None

    @property
    def key(self) -> str:
        return f"{self.where}-{self.id}"

    @property
    def source(self) -> tuple[str, int]:
        return (RECEIPT if self.where == "item" else ORDER_LINE, self.id)

    @property
    def order_number(self) -> str:
        return f"PO-{self.order_id:06d}" if self.order_id else ""

    @property
    def price(self) -> Decimal:
        if self.unit_price is not None:
            return self.unit_price.normalize()
        return ((self.value or Decimal(0)) / self.quantity).quantize(Decimal("0.0001"))


def bill_offers(supplier_id: int, *, company_id: int, credit: bool = False) -> list[Offer]:
    """Open receipts, oldest first, then what is ordered and still to come; for a credit note what went back.

    Statements: 1. At most 300.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"supplier": supplier_id, "company": company_id, "credit": credit, "limit": LIMIT})
        return [Offer(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line as a paper or a file has it: a SKU or the supplier's code, and how many."""

    code: str
    quantity: Decimal
    order_number: str = ""


def suggest_sources(wanted: list[Wanted], offers: list[Offer]) -> list[list[tuple[Offer, Decimal]]]:
    """Which receipts and orders the lines of a bill belong to, by SKU or supplier's code, the named order first, then
    the oldest; each line's parts. What is not found is left out. No statements.
    """
    left = {offer.key: offer.quantity for offer in offers}
    found = []
    for line in wanted:
        code, missing = line.code.strip().casefold(), line.quantity
        fitting = [offer for offer in offers if code in (offer.sku.casefold(), offer.their_code.casefold())]
        fitting.sort(key=lambda offer: offer.order_number != line.order_number)  # stable: the oldest stay first
        parts = []
        for offer in fitting:
            part = min(missing, left[offer.key])
            if part > 0:
                left[offer.key] -= part
                missing -= part
                parts.append((offer, part))
        found.append(parts)
    return found
