"""What stock was worth at any instant, by either clock: in all, by SKU, by SKU and warehouse, and over time.

Reckoned in the database from the nearer end: from nothing on, or from the totals of the present back.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounting.selectors import books_of
from backoffice.core.money import ZERO
from inventory.selectors.categories import IN_CATEGORY

# effective: when it happened in the world; recorded: when it came into the books, however far back it reaches.
Clock = Literal["effective", "recorded"]
CLOCKS = {"effective": "m.effective_at", "recorded": "m.recorded_at"}
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
        """By the codes of SKU and warehouse; after: the last one's that were read. Statements: 5.

        All rows per warehouse are read as they come; a cursor of the server's uses one processor only, so the others
        are fetched at once.
        """
        order = " WHERE (sku, warehouse) > (%(sku)s, %(place)s) ORDER BY sku, warehouse LIMIT %(limit)s"
        parameters = {"sku": after[0], "place": after[1], "limit": limit}
        streamed = limit is None and self.per == "warehouse"
        with connection.chunked_cursor() if streamed else connection.cursor() as cursor:
            self._ask(cursor, f"SELECT * FROM valued{order}", parameters)
            for row in cursor:
                yield Valued(*row)

    def sums(self) -> Sums:
        """Statements: 5."""
        sql = (
            "SELECT grouping(warehouse), grouping(category), warehouse, category, count(*), sum(quantity), sum(value)"
            " FROM valued GROUP BY GROUPING SETS ((), (warehouse), (category)) ORDER BY 3, 4"
        )
        with connection.cursor() as cursor:
            self._ask(cursor, sql, {})
            found = cursor.fetchall()
        whole = next(((n, q, v) for w, c, _w, _c, n, q, v in found if w and c and n), (0, ZERO, ZERO))
        return Sums(
            *whole,
            by_warehouse=[(code, q, v) for w, _c, code, _n, _rows, q, v in found if not w],
            by_category=[(name, q, v) for _w, c, _code, name, _rows, q, v in found if not c],
        )

    def _ask(self, cursor: Any, sql: str, parameters: dict[str, Any]) -> None:
        books = books_of(self.company_id)
        given = {
            "company": self.company_id,
            "at": self.at,
            "date": books.local_date(self.at),
            "decimals": books.exponents[books.base_currency],
            "warehouse": self.warehouse,
            "category": self.category,
        }
        with _memory():
            cursor.execute(_core(self.by, self.per, back=self._is_late()) + sql, given | parameters)

    def _is_late(self) -> bool:
        """Whether the instant is nearer to now than to the first entry."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT %s > min(date) + (clock_timestamp() - min(date)) / 2 FROM accounting_journalentry"
                " WHERE company_id = %s",
                [self.at, self.company_id],
            )
            return cursor.fetchone()[0] is not False


@contextmanager
def _memory() -> Iterator[None]:
    """Sums of a hundred thousand SKUs are kept in memory, not in files; until the transaction ends, for behind a pooler
    the next one may be somebody else's.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


# Of moves over the border, one of whose places is ours, and of moves inside both places.
_MOVES = {
    "sku": """SELECT m.sku_id, 0, {moved} CASE WHEN t.warehouse_id IS NULL THEN - m.quantity ELSE m.quantity END {end},
        {entered} m.value {end}
    FROM inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id JOIN inventory_location t ON t.id = m.to_location_id
    LEFT JOIN accounting_journalentry e ON e.id = m.entry_id
    WHERE m.company_id = %(company)s AND m.owner_id IS NULL AND (f.warehouse_id IS NULL) <> (t.warehouse_id IS NULL)""",
    "warehouse": """SELECT m.sku_id, p.warehouse_id, {moved} p.quantity {end}, {entered} p.value {end}
    FROM inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id JOIN inventory_location t ON t.id = m.to_location_id
    LEFT JOIN accounting_journalentry e ON e.id = m.entry_id
    CROSS JOIN LATERAL (VALUES (f.warehouse_id, - m.quantity, CASE WHEN t.warehouse_id IS NULL THEN m.value ELSE 0 END),
        (t.warehouse_id, m.quantity, CASE WHEN f.warehouse_id IS NULL THEN m.value ELSE 0 END)
    ) p (warehouse_id, quantity, value)
    WHERE m.company_id = %(company)s AND m.owner_id IS NULL AND p.warehouse_id IS NOT NULL""",
}
_PRESENT = {
    "sku": "SELECT sku_id, 0, quantity, value FROM inventory_skucost WHERE company_id = %(company)s",
    "warehouse": """SELECT sku_id, warehouse_id, on_hand, 0 FROM inventory_stocklevel
        WHERE company_id = %(company)s AND owner_id IS NULL
    UNION ALL SELECT sku_id, NULL, 0, value FROM inventory_skucost WHERE company_id = %(company)s""",
}
# A warehouse's share is what all up to it are worth, rounded, less what all before it are: the shares add up.
_SHARED = {
    "sku": "SELECT sku_id, '' AS warehouse, quantity, value FROM summed",
    "warehouse": """SELECT sku_id, warehouse, quantity, CASE
        WHEN weights > 0 THEN round(value * so_far / weights, %(decimals)s::int)
            - round(value * (so_far - weight) / weights, %(decimals)s::int)
        WHEN place = 1 THEN value ELSE 0 END AS value
    FROM (
        SELECT s.sku_id, coalesce(w.code, '') AS warehouse, s.quantity, greatest(s.quantity, 0) AS weight,
            sum(s.value) OVER whole AS value, sum(greatest(s.quantity, 0)) OVER whole AS weights,
            sum(greatest(s.quantity, 0)) OVER up_to AS so_far, row_number() OVER up_to AS place
        FROM summed s LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
        WINDOW whole AS (PARTITION BY s.sku_id), up_to AS (PARTITION BY s.sku_id ORDER BY w.code NULLS LAST)
    ) p""",
}


def _core(by: Clock, per: Per, *, back: bool) -> str:
    """SQL of `valued`: one row for each SKU (and warehouse) with goods or value as of %(at)s.

    back: from the totals of the present, undoing what came later; otherwise from nothing, adding up what came before.
    """
    sign, compared = ("-", ">") if back else ("", "<=")
    moved = f"{CLOCKS[by]} {compared} %(at)s"
    entered = f"e.date {compared} %(date)s" if by == "effective" else f"e.recorded_at {compared} %(at)s"
    moves = _MOVES[per].format(
        moved=f"{sign} CASE WHEN {moved} THEN", entered=f"{sign} CASE WHEN {entered} THEN", end="ELSE 0 END"
    )
    changes = [
        f"{moves} AND ({moved} OR {entered})",
        f"SELECT g.sku_id, {'0' if per == 'sku' else 'NULL'}, 0, {sign} g.value"
        " FROM inventory_valuechange g JOIN accounting_journalentry e ON e.id = g.entry_id"
        f" WHERE g.company_id = %(company)s AND {entered}",
        *([_PRESENT[per]] if back else []),
    ]
    return f"""
WITH summed AS (
    SELECT sku_id, warehouse_id, sum(quantity) AS quantity, sum(value) AS value
    FROM ({" UNION ALL ".join(changes)}) c (sku_id, warehouse_id, quantity, value) GROUP BY 1, 2
), valued AS (
    SELECT s.id, s.code AS sku, s.name, coalesce(c.name, '') AS category, h.warehouse, h.quantity, h.value
    FROM ({_SHARED[per]}) h JOIN inventory_sku s ON s.id = h.sku_id
    JOIN inventory_product p ON p.id = s.product_id LEFT JOIN inventory_category c ON c.id = p.category_id
    WHERE (h.quantity <> 0 OR h.value <> 0)
        AND (%(warehouse)s = '' OR h.warehouse = %(warehouse)s) AND {IN_CATEGORY}
)
"""


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
