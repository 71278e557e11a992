"""Goods received, not invoiced, at the end of any day: by item, and by supplier and age."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from backoffice.core.money import ZERO

BUCKETS = (30, 60, 90)
_CHUNK = 2_000
_SQL = """
SELECT i.id, i.kind, i.supplier_id, coalesce(nullif(p.name, ''), n.name, p.code, ''), o.id, i.po_line_id, s.code, i.sku_id,
    i.move_id, b.id, b.number, i.entry_id, i.date, %(day)s - i.date AS days,
    (i.quantity - coalesce(m.quantity, 0)), q.sign * (i.value - coalesce(m.value, 0))
FROM inventory_grniitem i
CROSS JOIN LATERAL (SELECT CASE i.side WHEN 'credit' THEN 1 ELSE -1 END AS sign) q
LEFT JOIN LATERAL (
    SELECT sum(x.quantity) AS quantity, sum(CASE i.side WHEN 'debit' THEN x.debit_value ELSE x.credit_value END) AS value
    FROM inventory_grnimatch x WHERE x.date <= %(day)s AND (x.debit_id = i.id OR x.credit_id = i.id)) m ON true
LEFT JOIN accounting_party p ON p.id = i.supplier_id
LEFT JOIN accounting_personaldata n ON n.id = p.person_id
LEFT JOIN inventory_purchaseorderline l ON l.id = i.po_line_id
LEFT JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id
LEFT JOIN inventory_sku s ON s.id = i.sku_id
LEFT JOIN accounting_billline bl ON bl.id = i.bill_line_id
LEFT JOIN accounting_bill b ON b.id = bl.bill_id
WHERE i.company_id = %(company)s AND i.date <= %(day)s
    AND (i.used < i.quantity OR EXISTS (SELECT FROM inventory_grnimatch y
        WHERE (y.debit_id = i.id OR y.credit_id = i.id) AND y.date > %(day)s))
    AND i.quantity - coalesce(m.quantity, 0) > 0
    AND (%(supplier)s::bigint IS NULL OR i.supplier_id = %(supplier)s)
    AND (%(order)s::bigint IS NULL OR o.id = %(order)s)
    AND (%(warehouse)s::bigint IS NULL OR o.warehouse_id = %(warehouse)s) AND %(day)s - i.date >= %(days)s
ORDER BY 4, i.date, i.id
"""


@dataclass(frozen=True, slots=True)
class Uninvoiced:
    """An item open at the end of a day. value: what we owe is above zero (receipts), what was billed first below."""

    item_id: int
    kind: str
    supplier_id: int | None
    supplier: str
    order_id: int | None
    po_line_id: int | None
    sku: str | None
    sku_id: int | None
    move_id: int | None
    bill_id: int | None
    bill_number: str | None
    entry_id: int | None
    date: datetime.date
    days: int
    quantity: Decimal
    value: Decimal

    @property
    def order_number(self) -> str:
        return f"PO-{self.order_id:06d}" if self.order_id else ""


def uninvoiced(
    *,
    company_id: int,
    as_of: datetime.date,
    supplier_id: int | None = None,
    order_id: int | None = None,
    min_days: int = 0,
    warehouse_id: int | None = None,
) -> Iterator[Uninvoiced]:
    """What was open at the end of a day, by supplier and age, read as it is asked for. warehouse_id: of orders for there.

    Statements: 1.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "company": company_id,
                "day": as_of,
                "supplier": supplier_id,
                "order": order_id,
                "days": min_days,
                "warehouse": warehouse_id,
            },  # fmt: skip
        )
        while rows := cursor.fetchmany(_CHUNK):
            for row in rows:
                yield Uninvoiced(*row)


@dataclass(slots=True)
class GrniAge:
    """A supplier's open value by age: up to 30, 60, 90 days, and older."""

    supplier_id: int | None
    supplier: str
    parts: list[Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.parts, ZERO)


def grni_ages(items: Sequence[Uninvoiced]) -> list[GrniAge]:
    """By supplier, in the items' order."""
    found: dict[int | None, GrniAge] = {}
    for item in items:
        row = found.setdefault(item.supplier_id, GrniAge(item.supplier_id, item.supplier, [ZERO] * (len(BUCKETS) + 1)))
        row.parts[sum(item.days > limit for limit in BUCKETS)] += item.value
    return list(found.values())


def grni_balance(*, company_id: int, as_of: datetime.date) -> Decimal:
    """What the account says at the end of a day; owed is above zero. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(-sum(l.base_amount), 0) FROM accounting_accountmapping m"
            " JOIN accounting_journalline l ON l.account_id = m.account_id AND l.date <= %s"
            " WHERE m.company_id = %s AND m.role = 'grni'",
            [as_of, company_id],
        )
        [balance] = cursor.fetchone()
        return balance
