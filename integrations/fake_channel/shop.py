"""The shop's state: orders, stock figures and fulfilments in SQLite, in memory or in a file."""

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, updated_at TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS orders_by_change ON orders (updated_at, id);
CREATE TABLE IF NOT EXISTS stock (listing_id TEXT PRIMARY KEY, sku TEXT, quantity TEXT, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fulfilments (
    id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, idempotency_key TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (order_id, idempotency_key));
CREATE TABLE IF NOT EXISTS listings (listing_id TEXT PRIMARY KEY, sku TEXT NOT NULL);
"""


class Refused(Exception):
    """An answer other than success."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.status, self.code, self.message = status, code, message or code


def utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Shop:
    """Thread-safe; `clock` may be set, for tests of skew."""

    def __init__(self, file: Path | None = None, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock or (lambda: datetime.now(UTC))
        self.any_listing = True  # False: only listings made with `list_sku` are known
        self._lock = threading.RLock()
        self._db = sqlite3.connect(str(file or ":memory:"), check_same_thread=False, isolation_level=None)
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def put_order(self, order: Mapping[str, Any], updated_at: datetime | None = None) -> str:
        """Add or replace an order; its updated_at is stamped."""
        stamp = utc_text(updated_at or self.clock())
        body = {**order, "updated_at": stamp}
        body.setdefault("created_at", stamp)
        with self._lock:
            self._db.execute(
                "INSERT INTO orders VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at, body = excluded.body",
                (str(order["id"]), stamp, json.dumps(body)),
            )
        return str(order["id"])

    def order(self, order_id: str) -> dict[str, Any]:
        with self._lock:
            row = self._db.execute("SELECT body FROM orders WHERE id = ?", (order_id,)).fetchone()
        if row is None:
            raise Refused(404, "not_found", f"no order {order_id}")
        return json.loads(row[0])

    def change_order(self, order_id: str, updated_at: datetime | None = None, **changes: Any) -> None:
        self.put_order({**self.order(order_id), **changes}, updated_at)

    def count_orders(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM orders").fetchone()[0])

    def page(self, after: str, before: str, limit: int, token: tuple[str, str] | None) -> list[dict[str, Any]]:
        """Orders with after < updated_at <= before that follow the token's (updated_at, id)."""
        with self._lock:
            rows = self._db.execute(
                "SELECT body FROM orders WHERE updated_at > ? AND updated_at <= ? AND (updated_at, id) > (?, ?)"
                " ORDER BY updated_at, id LIMIT ?",
                (after, before, *(token or ("", "")), limit),
            ).fetchall()
        return [json.loads(body) for (body,) in rows]

    def list_sku(self, listing_id: str, sku: str) -> None:
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO listings VALUES (?, ?)", (listing_id, sku))

    def set_stock(self, listing_id: str, sku: str, quantity: str, version: int) -> dict[str, Any]:
        Decimal(quantity)
        with self._lock:
            if not self.any_listing and not self._known(listing_id):
                return _result(listing_id, "failed", "unknown_listing")
            row = self._db.execute("SELECT version FROM stock WHERE listing_id = ?", (listing_id,)).fetchone()
            if row and row[0] > version:
                return _result(listing_id, "stale")
            self._db.execute("INSERT OR REPLACE INTO stock VALUES (?, ?, ?, ?)", (listing_id, sku, quantity, version))
        return _result(listing_id, "updated")

    def _known(self, listing_id: str) -> bool:
        return bool(self._db.execute("SELECT 1 FROM listings WHERE listing_id = ?", (listing_id,)).fetchone())

    def stock(self) -> dict[str, Decimal]:
        """Quantity by SKU."""
        with self._lock:
            return {sku: Decimal(quantity) for sku, quantity in self._db.execute("SELECT sku, quantity FROM stock")}

    def add_fulfilment(self, order_id: str, key: str, body: Mapping[str, Any]) -> tuple[int, str]:
        """(HTTP status, id): 201 for a new one, 200 where the key is known."""
        with self._lock:
            known = self._db.execute(
                "SELECT id FROM fulfilments WHERE order_id = ? AND idempotency_key = ?", (order_id, key)
            ).fetchone()
            if known:
                return 200, str(known[0])
            order = self.order(order_id)
            if order["status"] == "cancelled":
                raise Refused(422, "order_cancelled")
            left = self._left(order)
            for item in body["items"]:
                if item["item_id"] not in left:
                    raise Refused(422, "unknown_item", f"no item {item['item_id']}")
                left[item["item_id"]] -= Decimal(item["quantity"])
                if left[item["item_id"]] < 0:
                    raise Refused(422, "over_shipment", f"item {item['item_id']}")
            cursor = self._db.execute(
                "INSERT INTO fulfilments (order_id, idempotency_key, body) VALUES (?, ?, ?)",
                (order_id, key, json.dumps(body)),
            )
            status = "open" if any(left.values()) else "fulfilled"
            self.change_order(order_id, status=status)
            return 201, str(cursor.lastrowid)

    def _left(self, order: Mapping[str, Any]) -> dict[str, Decimal]:
        left = {item["id"]: Decimal(item["quantity"]) for item in order["items"]}
        for fulfilment in self.fulfilments(order["id"]):
            for item in fulfilment["items"]:
                left[item["item_id"]] -= Decimal(item["quantity"])
        return left

    def fulfilments(self, order_id: str) -> Sequence[dict[str, Any]]:
        with self._lock:
            rows = self._db.execute(
                "SELECT id, idempotency_key, body FROM fulfilments WHERE order_id = ? ORDER BY id", (order_id,)
            ).fetchall()
        return [{"id": str(id), "idempotency_key": key, **json.loads(body)} for id, key, body in rows]


def _result(listing_id: str, status: str, code: str = "") -> dict[str, Any]:
    return {"listing_id": listing_id, "status": status, "error": {"code": code, "message": code} if code else None}
