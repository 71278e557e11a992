"""What stock was worth at any instant, by either clock: in all, by SKU, by SKU and warehouse, and over time.

Reckoned in the database from the nearer end: from nothing on, or from the totals of the present back.
"""

import datetime
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounting.selectors import books_of
from backoffice.core.money import ZERO
from inventory.selectors.history import CLOCKS, Clock

Per = Literal["sku", "warehouse"]

COLUMNS = {
    "sku": _("SKU"),
    "name": _("Name"),
    "category": _("Category"),
    "warehouse": _("Warehouse"),
    "quantity": _("Quantity"),
    "unit_cost": _("Unit cost"),
    "value": _("Value"),
}


@dataclass(frozen=True, slots=True)
class Valued:
    """One SKU, in one warehouse or (warehouse empty) in all of them. value of a warehouse: the SKU's, shared by
    quantity, for cost is kept for the company as a whole."""

    sku_id: int
    sku: str
    name: str
    category: str
    warehouse: str
    quantity: Decimal
    value: Decimal

    @property
    def unit_cost(self) -> Decimal | None:
        return round(self.value / self.quantity, 6) if self.quantity else None

    def as_row(self) -> list[object]:
        return [getattr(self, name) for name in COLUMNS]


@dataclass(frozen=True, slots=True)
class Sums:
    """What all rows come to; by_warehouse, by_category: (name, quantity, value), in the order of the names."""

    rows: int = 0
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    by_warehouse: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)
    by_category: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Valuation:
    """A question: stock as of an instant; warehouse (code) and category (name) narrow it.

    effective: what lay there then, at the value of all entries dated up to that day. recorded: what the books said
    then, whatever was entered later for an earlier time. The values of all rows add up to the inventory accounts.
    """

    company_id: int
    at: datetime.datetime
    by: Clock = "effective"
    per: Per = "warehouse"
    warehouse: str = ""
    category: str = ""

    def rows(self, *, limit: int | None = None, after: tuple[str, str] = ("", "")) -> Iterator[Valued]:
        """By the codes of SKU and warehouse; after: the last one's that were read. Statements: 3; read as it comes."""
        order = " WHERE (sku, warehouse) > (%(sku)s, %(place)s) ORDER BY sku, warehouse LIMIT %(limit)s"
        parameters = {"sku": after[0], "place": after[1], "limit": limit}
        with self._asked(f"SELECT * FROM valued{order}", parameters, connection.chunked_cursor()) as cursor:
            for row in cursor:
                yield Valued(*row)

    def sums(self) -> Sums:
        """Statements: 3."""
        sql = (
            "SELECT grouping(warehouse), grouping(category), warehouse, category, count(*), sum(quantity), sum(value)"
            " FROM valued GROUP BY GROUPING SETS ((), (warehouse), (category)) ORDER BY 3, 4"
        )
        with self._asked(sql, {}, connection.cursor()) as cursor:
            found = cursor.fetchall()
        whole = next(((n, q, v) for w, c, _w, _c, n, q, v in found if w and c and n), (0, ZERO, ZERO))
        return Sums(
            *whole,
            by_warehouse=[(code, q, v) for w, _c, code, _n, _rows, q, v in found if not w],
            by_category=[(name, q, v) for _w, c, _code, name, _rows, q, v in found if not c],
        )

    def _asked(self, sql: str, parameters: dict[str, Any], cursor: Any) -> AbstractContextManager[Any]:
        books = books_of(self.company_id)
        core = _core(self.by, self.per, back=self._is_late())
        given = {
            "company": self.company_id,
            "at": self.at,
            "date": books.local_date(self.at),
            "decimals": books.exponents[books.base_currency],
            "warehouse": self.warehouse,
            "category": self.category,
        }
        cursor.execute(core + sql, given | parameters)
        return cursor  # type: ignore[no-any-return]

    def _is_late(self) -> bool:
        """Whether the instant is nearer to now than to the first move."""
        clock = CLOCKS[self.by]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT %s > {clock} + (clock_timestamp() - {clock}) / 2 FROM inventory_stockmove m"
                " WHERE company_id = %s ORDER BY id LIMIT 1",
                [self.at, self.company_id],
            )
            found = cursor.fetchone()
        return found is None or bool(found[0])


def _core(by: Clock, per: Per, *, back: bool) -> str:
    """SQL of `valued`: one row for each SKU (and warehouse) with goods or value as of %(at)s.

    back: from the totals of the present, undoing what came later; otherwise from nothing, adding up what came before.
    A warehouse's share of the value is rounded so that the shares of a SKU add up: what all up to it are worth, less
    what all before it are.
    """
    sign, moved, entered = ("-", ">", ">") if back else ("", "<=", "<=")
    limit = f"{CLOCKS[by]} {moved} %(at)s"
    entries = f"e.date {entered} %(date)s" if by == "effective" else f"e.recorded_at {entered} %(at)s"
    if per == "sku":
        there = "SELECT sku_id, 0 AS warehouse_id, quantity FROM inventory_skucost WHERE company_id = %(company)s"
        changes = f"""
            SELECT m.sku_id, 0, {sign} CASE WHEN t.warehouse_id IS NULL THEN - m.quantity ELSE m.quantity END
            FROM inventory_stockmove m
            JOIN inventory_location f ON f.id = m.from_location_id JOIN inventory_location t ON t.id = m.to_location_id
            WHERE m.company_id = %(company)s AND m.owner_id IS NULL AND {limit}
                AND (f.warehouse_id IS NULL) <> (t.warehouse_id IS NULL)"""
    else:
        there = """
            SELECT sku_id, warehouse_id, on_hand AS quantity FROM inventory_stocklevel
            WHERE company_id = %(company)s AND owner_id IS NULL"""
        changes = f"""
            SELECT m.sku_id, l.warehouse_id, {sign} m.quantity
            FROM inventory_stockmove m JOIN inventory_location l ON l.id = m.to_location_id
            WHERE m.company_id = %(company)s AND m.owner_id IS NULL AND l.warehouse_id IS NOT NULL AND {limit}
            UNION ALL
            SELECT m.sku_id, l.warehouse_id, - ({sign} m.quantity)
            FROM inventory_stockmove m JOIN inventory_location l ON l.id = m.from_location_id
            WHERE m.company_id = %(company)s AND m.owner_id IS NULL AND l.warehouse_id IS NOT NULL AND {limit}"""
    worth = "SELECT sku_id, value FROM inventory_skucost WHERE company_id = %(company)s"
    worth_changes = " UNION ALL ".join(
        f"SELECT g.sku_id, {sign} g.value FROM {table} g JOIN accounting_journalentry e ON e.id = g.entry_id"
        f" WHERE g.company_id = %(company)s AND e.company_id = %(company)s AND {entries} AND {own}"
        for table, own in (
            ("inventory_stockmove", "g.value <> 0 AND g.reason <> 'drop_ship'"),
            ("inventory_valuechange", "true"),
        )
    )
    if back:
        changes, worth_changes = f"{there} UNION ALL {changes}", f"{worth} UNION ALL {worth_changes}"
    return f"""
WITH quantities AS (
    SELECT sku_id, warehouse_id, sum(quantity) AS quantity
    FROM ({changes}) c (sku_id, warehouse_id, quantity) GROUP BY 1, 2 HAVING sum(quantity) <> 0
), worth AS (
    SELECT sku_id, sum(value) AS value FROM ({worth_changes}) c (sku_id, value) GROUP BY 1 HAVING sum(value) <> 0
), placed AS (
    SELECT coalesce(q.sku_id, v.sku_id) AS sku_id, coalesce(w.code, '') AS warehouse,
        coalesce(q.quantity, 0) AS quantity, coalesce(v.value, 0) AS value
    FROM quantities q FULL JOIN worth v ON v.sku_id = q.sku_id LEFT JOIN inventory_warehouse w ON w.id = q.warehouse_id
), {_SHARED if per == "warehouse" else _WHOLE}, valued AS (
    SELECT s.id, s.code AS sku, s.name, coalesce(c.name, '') AS category, h.warehouse, h.quantity, h.value
    FROM shared h JOIN inventory_sku s ON s.id = h.sku_id
    LEFT JOIN inventory_product p ON p.id = s.product_id LEFT JOIN inventory_category c ON c.id = p.category_id
    WHERE (%(warehouse)s = '' OR h.warehouse = %(warehouse)s) AND (%(category)s = '' OR c.name = %(category)s)
)
"""


_WHOLE = "shared AS (SELECT sku_id, warehouse, quantity, value FROM placed)"
_SHARED = """sums AS (
    SELECT sku_id, warehouse, quantity, value, greatest(quantity, 0) AS weight,
        sum(greatest(quantity, 0)) OVER whole AS weights, sum(greatest(quantity, 0)) OVER up_to AS so_far,
        row_number() OVER up_to AS place
    FROM placed WINDOW whole AS (PARTITION BY sku_id), up_to AS (PARTITION BY sku_id ORDER BY warehouse)
), shared AS (
    SELECT sku_id, warehouse, quantity, CASE
        WHEN weights > 0 THEN round(value * so_far / weights, %(decimals)s::int)
            - round(value * (so_far - weight) / weights, %(decimals)s::int)
        WHEN place = 1 THEN value ELSE 0 END AS value
    FROM sums
)"""


def value_by_month(company_id: int, *, months: int = 24) -> list[tuple[datetime.date, Decimal]]:
    """(first day of the month, value at its end) by the dates of entries, oldest first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH m AS (SELECT date_trunc('month', l.date)::date AS month, sum(l.base_amount) AS change"
            " FROM accounting_journalline l JOIN accounting_account a ON a.id = l.account_id"
            " WHERE a.company_id = %s AND a.control = 'inventory' GROUP BY 1)"
            " SELECT g::date, sum(coalesce(m.change, 0)) OVER (ORDER BY g)"
            " FROM generate_series((SELECT min(month) FROM m),"
            " greatest((SELECT max(month) FROM m), date_trunc('month', current_date)::date), interval '1 month') g"
            " LEFT JOIN m ON m.month = g::date ORDER BY g",
            [company_id],
        )
        return cursor.fetchall()[-months:]
