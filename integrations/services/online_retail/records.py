"""What of a channel's documents is here already: read once before a run, so that it can be taken up anywhere."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b

from django.db import connection

from accounting.models import JournalEntry
from integrations.importing.online_retail import COLUMNS, Document, raw_of
from integrations.models import QuarantinedRow
from inventory.models import StockMove

SOURCE = "orders.channel"  # what adjustments and postings of a file name as their source

_ORDERS = """
SELECT o.external_id, o.id, o.goods_total + o.charges_total,
    (SELECT count(*) FROM orders_orderline l WHERE l.order_id = o.id)
        + (SELECT count(*) FROM orders_ordercharge c WHERE c.order_id = o.id),
    o.status
FROM orders_order o WHERE o.channel_id = %s
"""
_CREDITS = """
SELECT r.external_id, count(*), -sum(l.quantity * l.unit_price)
FROM orders_returnorder r JOIN orders_returnline l ON l.return_order_id = r.id
WHERE r.channel_id = %s AND r.external_id IS NOT NULL GROUP BY r.external_id
"""


@dataclass(frozen=True, slots=True)
class KnownOrder:
    order_id: int
    value: Decimal
    lines: int
    status: str


@dataclass(slots=True)
class Records:
    """Orders and credits by invoice number, adjustments and postings by source key, kept rows by row key."""

    orders: dict[str, KnownOrder]
    credits: dict[str, tuple[int, Decimal]]
    moves: set[str]
    postings: set[str]
    kept: dict[str, tuple[int, str, str]]  # id, status, reason code
    kept_invoices: set[str]


def records_of(channel_id: int) -> Records:
    """Statements: 5."""
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, [channel_id])
        orders = {
            number: KnownOrder(pk, value, lines, status) for number, pk, value, lines, status in cursor.fetchall()
        }
        cursor.execute(_CREDITS, [channel_id])
        credits = {number: (lines, value) for number, lines, value in cursor.fetchall()}
    moves = StockMove.objects.filter(source_type=SOURCE, source_id=channel_id, source_key__isnull=False)
    postings = JournalEntry.objects.filter(source_type=SOURCE, source_id=channel_id)
    kept = list(
        QuarantinedRow.objects.filter(channel_id=channel_id).values_list(
            "row_key", "pk", "status", "code", "external_id"
        )
    )
    return Records(
        orders=orders,
        credits=credits,
        moves=set(moves.values_list("source_key", flat=True)),  # type: ignore[arg-type]
        postings=set(postings.values_list("source_key", flat=True)),
        kept={key: (pk, status, code) for key, pk, status, code, _ in kept},
        kept_invoices={invoice for *_, invoice in kept},
    )


def row_keys(document: Document) -> dict[int, str]:
    """A key for each row of the document by its number: a hash of what it says and how often it was said before."""
    said: Counter[tuple[str, ...]] = Counter()
    keys = {}
    rows: Iterable[tuple[int, dict[str, str]]] = [
        *((row.number, raw_of(document, row)) for row in document.rows),
        *((refused.number, refused.raw) for refused in document.unreadable),
    ]
    for number, raw in rows:
        values = tuple(raw[column] for column in COLUMNS)
        text = "\x1f".join((*values, str(said[values])))
        said[values] += 1
        keys[number] = blake2b(text.encode(), digest_size=16).hexdigest()
    return keys


def move_key(channel_id: int, row_key: str) -> str:
    return f"import:{channel_id}:row:{row_key}"


def posting_key(channel_id: int, row_key: str) -> str:
    return f"import:{channel_id}:posting:{row_key}"
