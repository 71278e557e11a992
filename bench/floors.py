"""The two floors: the same rows written by bare psycopg, one by one and set-based."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import psycopg

PRODUCTS = 9_999
LINES = 3
PRICE, COST, TAX = Decimal("20"), Decimal("10"), Decimal("4")
SCHEMA = Path(__file__).with_name("floor_schema.sql")

_ORDER = "INSERT INTO orders (number, customer_id, status, placed_at, currency, total) VALUES (%s, %s, 'shipped', %s, 'EUR', %s) RETURNING id"
_LINE = "INSERT INTO order_line (order_id, position, product_id, quantity, unit_price) VALUES (%s, %s, %s, 1, %s) RETURNING id"
_STOCK = "UPDATE stock SET on_hand = on_hand - 1 WHERE product_id = %s AND on_hand - reserved >= 1"
_ALLOCATION = "INSERT INTO allocation (order_line_id, product_id, quantity) VALUES (%s, %s, 1)"
_SHIPMENT = "INSERT INTO shipment (number, order_id, tracking, shipped_at) VALUES (%s, %s, %s, %s) RETURNING id"
_MOVE = "INSERT INTO stock_move (shipment_id, product_id, quantity, value, moved_at) VALUES (%s, %s, 1, %s, %s)"
_INVOICE = "INSERT INTO invoice (number, order_id, customer_id, date, net, tax, total) VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id"
_INVOICE_LINE = (
    "INSERT INTO invoice_line (invoice_id, position, order_line_id, quantity, unit_price, net, tax)"
    " VALUES (%s, %s, %s, 1, %s, %s, %s)"
)
_ENTRY = "INSERT INTO journal_entry (source_key, date, effective_at) VALUES (%s, %s, %s) RETURNING id"
_JOURNAL_LINE = "INSERT INTO journal_line (entry_id, account_id, amount) VALUES (%s, %s, %s)"
# receivable, revenue ×1 (net), tax, cost of goods, inventory; the sixth is the rest of the revenue
_AMOUNTS = (LINES * (PRICE + TAX), -LINES * PRICE + 1, -LINES * TAX, Decimal(-1), LINES * COST, -LINES * COST)


class Floors:
    """One connection, as its login; `rows` and `batch` write whole orders of three lines each."""

    def __init__(self, url: str, seed: int = 1) -> None:
        self.connection = psycopg.connect(url, options="-c search_path=floor", prepare_threshold=1)
        self.random = Random(seed)
        self.number = 0

    def build(self) -> None:
        """Empty tables, then 500 orders and ANALYZE, as autovacuum does: plans made on empty tables are bad ones."""
        self.connection.execute(SCHEMA.read_text(), prepare=False)
        self.connection.commit()
        self.connection.execute("SET search_path = floor")
        self.connection.commit()
        self.batch(500)
        self.connection.execute("ANALYZE")
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()

    def _products(self) -> list[int]:
        return sorted(self.random.sample(range(1, PRODUCTS + 1), LINES))

    def rows(self, orders: int) -> None:
        """25 prepared one-row statements and a transaction for each order."""
        for _number in range(orders):
            self._one()
            self.connection.commit()

    def _one(self) -> None:
        self.number += 1
        key, now = str(self.number), datetime.now(UTC)
        customer = self.random.randint(1, 100)
        net, tax = LINES * PRICE, LINES * TAX
        order = self._id(_ORDER, [f"O{key}", customer, now, net + tax])
        products = self._products()
        lines = [self._id(_LINE, [order, n, product, PRICE]) for n, product in enumerate(products)]
        for product in products:
            if self._run(_STOCK, [product]).rowcount != 1:
                raise RuntimeError("the floor ran out of stock")
        for line, product in zip(lines, products, strict=True):
            self._run(_ALLOCATION, [line, product])
        shipment = self._id(_SHIPMENT, [f"S{key}", order, f"T{key}", now])
        for product in products:
            self._run(_MOVE, [shipment, product, -COST, now])
        invoice = self._id(_INVOICE, [f"I{key}", order, customer, now.date(), net, tax, net + tax])
        for n, line in enumerate(lines):
            self._run(_INVOICE_LINE, [invoice, n, line, PRICE, PRICE, TAX])
        entry = self._id(_ENTRY, [f"E{key}", now.date(), now])
        for account, amount in enumerate(_AMOUNTS, 1):
            self._run(_JOURNAL_LINE, [entry, account, amount])

    def _run(self, query: str, params: list[Any]) -> psycopg.Cursor[Any]:
        return self.connection.execute(query, params, prepare=True)

    def _id(self, query: str, params: list[Any]) -> int:
        row: Any = self._run(query, params).fetchone()
        return int(row[0])

    def batch(self, orders: int, size: int = 250) -> None:
        """The same rows set-based: ten statements and a transaction for each `size` orders."""
        for start in range(0, orders, size):
            self._many(min(size, orders - start))
            self.connection.commit()

    def _many(self, count: int) -> None:
        first = self.number + 1
        self.number += count
        keys = [str(n) for n in range(first, self.number + 1)]
        now, net, tax = datetime.now(UTC), LINES * PRICE, LINES * TAX
        customers = [self.random.randint(1, 100) for _key in keys]
        orders = self._ids(
            "INSERT INTO orders (number, customer_id, status, placed_at, currency, total)"
            " SELECT 'O' || k, c, 'shipped', %s, 'EUR', %s FROM unnest(%s::text[], %s::bigint[]) AS g(k, c) RETURNING id",
            [now, net + tax, keys, customers],
        )
        products = [self._products() for _key in keys]
        flat = [product for three in products for product in three]
        parents = [order for order in orders for _n in range(LINES)]
        positions = list(range(LINES)) * count
        lines = self._ids(
            "INSERT INTO order_line (order_id, position, product_id, quantity, unit_price)"
            " SELECT o, n, p, 1, %s FROM unnest(%s::bigint[], %s::int[], %s::bigint[]) AS g(o, n, p) RETURNING id",
            [PRICE, parents, positions, flat],
        )
        self._run(
            "UPDATE stock SET on_hand = on_hand - g.q FROM (SELECT p, count(*) AS q FROM unnest(%s::bigint[]) AS p GROUP BY p) g"
            " WHERE product_id = g.p AND on_hand - reserved >= g.q",
            [flat],
        )
        self._run(
            "INSERT INTO allocation (order_line_id, product_id, quantity)"
            " SELECT l, p, 1 FROM unnest(%s::bigint[], %s::bigint[]) AS g(l, p)",
            [lines, flat],
        )
        shipments = self._ids(
            "INSERT INTO shipment (number, order_id, tracking, shipped_at)"
            " SELECT 'S' || k, o, 'T' || k, %s FROM unnest(%s::text[], %s::bigint[]) AS g(k, o) RETURNING id",
            [now, keys, orders],
        )
        self._run(
            "INSERT INTO stock_move (shipment_id, product_id, quantity, value, moved_at)"
            " SELECT s, p, 1, %s, %s FROM unnest(%s::bigint[], %s::bigint[]) AS g(s, p)",
            [-COST, now, [s for s in shipments for _n in range(LINES)], flat],
        )
        invoices = self._ids(
            "INSERT INTO invoice (number, order_id, customer_id, date, net, tax, total)"
            " SELECT 'I' || k, o, c, %s, %s, %s, %s FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS g(k, o, c) RETURNING id",
            [now.date(), net, tax, net + tax, keys, orders, customers],
        )
        self._run(
            "INSERT INTO invoice_line (invoice_id, position, order_line_id, quantity, unit_price, net, tax)"
            " SELECT i, n, l, 1, %s, %s, %s FROM unnest(%s::bigint[], %s::int[], %s::bigint[]) AS g(i, n, l)",
            [PRICE, PRICE, TAX, [i for i in invoices for _n in range(LINES)], positions, lines],
        )
        entries = self._ids(
            "INSERT INTO journal_entry (source_key, date, effective_at)"
            " SELECT 'E' || k, %s, %s FROM unnest(%s::text[]) AS g(k) RETURNING id",
            [now.date(), now, keys],
        )
        self._run(
            "INSERT INTO journal_line (entry_id, account_id, amount)"
            " SELECT e, a, v FROM unnest(%s::bigint[]) AS e, unnest(%s::int[], %s::numeric[]) AS g(a, v)",
            [entries, list(range(1, 7)), list(_AMOUNTS)],
        )

    def _ids(self, query: str, params: list[Any]) -> list[int]:
        return [row[0] for row in self._run(query, params).fetchall()]
