"""What changed since a cursor: the records' changes and the outbox' stock changes, each by its own window.

A cursor names the cluster, when it was given, and for both books the last (transaction id, id) that was passed. Only
what is below the oldest running transaction is read, so that nothing is skipped that commits later (docs/adr/0006).
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError, InvalidInput

KEEP_DAYS = 30
_FORM = re.compile(r"(-?\d{1,20})\.(\d{1,12})\.(\d{1,20})-(\d{1,19})\.(\d{1,20})-(\d{1,19})")


class CursorExpired(DomainError):
    """The cursor is too old, or of another database: what changed since is not known any more. Read everything anew."""

    code = "cursor_expired"
    status = 410


@dataclass(frozen=True, slots=True)
class Cursor:
    """records, stock: (xid, id) of what was passed."""

    cluster: int
    at: int
    records: tuple[int, int]
    stock: tuple[int, int]

    def __str__(self) -> str:
        (xid, own), (stock_xid, stock_own) = self.records, self.stock
        return f"{self.cluster}.{self.at}.{xid}-{own}.{stock_xid}-{stock_own}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises InvalidInput."""
        found = _FORM.fullmatch(text)
        numbers = [int(number) for number in found.groups()] if found else []
        if not numbers or any(number >= 2**63 for number in numbers):
            said = _("This is no cursor of ours.")
            raise InvalidInput(said, errors=[{"field": "since", "message": said, "code": "bad_cursor"}])
        cluster, at, xid, own, stock_xid, stock_own = numbers
        return cls(cluster, at, (xid, own), (stock_xid, stock_own))


@dataclass(frozen=True, slots=True)
class RecordChanged:
    """warehouse_id: of stock only. at: when it was recorded last."""

    resource: str
    id: int
    deleted: bool
    at: datetime
    warehouse_id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """changes: each thing once, as it changed last. more: ask again at once with `cursor`."""

    changes: list[RecordChanged]
    cursor: Cursor
    more: bool


def cursor_now() -> Cursor:
    """Everything that is visible now lies before it. Statements: 1."""
    cluster, at, xmin = _clock()
    return Cursor(cluster, at, (xmin, 0), (xmin, 0))


def changes_since(
    cursor: Cursor, *, resources: Collection[str], company_id: int | None, channel_id: int | None, limit: int
) -> Page:
    """The next changes, of at most `limit` statements in each book.

    company_id, channel_id: None for who sees all; what belongs to no channel is for every channel. Raises
    CursorExpired. Statements: 3.
    """
    cluster, at, xmin = _clock()
    if cursor.cluster != cluster or timedelta(seconds=at - cursor.at) > timedelta(days=KEEP_DAYS - 1):
        raise CursorExpired(_("This cursor is too old or of another database: read everything anew."))
    rows, records, full = _window(
        "SELECT xid::text::bigint AS number, id, resource, ids, deleted, company_id, channel_id, recorded_at FROM core_recordchange",
        cursor.records, limit, xmin,
    )  # fmt: skip
    stock_rows: list[tuple[Any, ...]] = []
    stock, stock_full = (xmin, 0), False
    if "stock" in resources:
        stock_rows, stock, stock_full = _window(
            "SELECT xid::text::bigint AS number, id, topic, payload -> 'levels', company_id, recorded_at FROM core_outboxevent",
            cursor.stock, limit, xmin,
        )  # fmt: skip
    found: dict[Any, RecordChanged] = {}
    for _xid, _id, resource, ids, deleted, company, channel, recorded_at in rows:
        if resource in resources and company_id in (None, company) and (not channel or channel_id in (None, channel)):
            for pk in ids:
                found.pop((resource, pk), None)  # to the end: it changed last now
                found[resource, pk] = RecordChanged(resource, pk, deleted, recorded_at)
    for _xid, _id, topic, levels, company, recorded_at in stock_rows:
        if topic == "StockChanged" and company_id in (None, company):
            for sku, warehouse in _pairs(levels):
                found.pop(("stock", sku, warehouse), None)
                found["stock", sku, warehouse] = RecordChanged("stock", sku, False, recorded_at, warehouse)
    return Page(list(found.values()), Cursor(cluster, at, records, stock), full or stock_full)


def _window(
    select: str, after: tuple[int, int], limit: int, xmin: int
) -> tuple[list[tuple[Any, ...]], tuple[int, int], bool]:
    """Rows, how far they reach, and whether there may be more. What is above the window comes next time."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{select} WHERE system_identifier = (SELECT system_identifier FROM pg_control_system())"
            " AND (xid, id) > (%s::text::xid8, %s) AND xid < %s::text::xid8 ORDER BY xid, id LIMIT %s",
            [str(after[0]), after[1], str(xmin), limit],
        )
        rows = cursor.fetchall()
    full = len(rows) == limit
    return rows, (rows[-1][0], rows[-1][1]) if full else max(after, (xmin, 0)), full


def _clock() -> tuple[int, int, int]:
    """This cluster, the database's clock in seconds, and the oldest running transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (pg_control_system()).system_identifier, extract(epoch FROM clock_timestamp())::bigint,"
            " pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        )
        return cursor.fetchone()


def _pairs(levels: Any) -> list[tuple[int, int]]:
    pairs = json.loads(levels) if isinstance(levels, str) else levels
    return [(int(sku), int(warehouse)) for sku, warehouse in pairs or ()]
