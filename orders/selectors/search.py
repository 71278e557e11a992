"""One search term, whatever it is: number, external id, SKU, barcode, tracking number, buyer."""

import re
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from inventory.barcodes import barcode_forms
from inventory.models import Barcode, Sku
from orders.models import Order, Shipment

LIMIT = 50
OUR_NUMBER = re.compile(r"^(?:SO|SH|FO|RMA)-?0*(\d{1,12})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OrderHit:
    """An order found, and why."""

    order_id: int
    reason: str


def find_orders(term: str, *, limit: int = LIMIT) -> list[OrderHit]:
    """Orders that the term names, most telling reason first, newest first within it; at most `limit`.

    Each kind of match is one indexed query with its own limit: number (SO-, SH-, FO-, RMA-), external id or
    number (exact), tracking number (exact), SKU code or barcode (exact, in any letter case), buyer's name or
    e-mail (contains, from three letters).
    """
    term = term.strip()
    if not term:
        return []
    hits: dict[int, str] = {}
    for reason, ids in (
        ("number", _by_number(term)),
        ("external_id", [*_newest(Q(external_id=term)), *_newest(Q(external_number=term))]),
        ("tracking", Shipment.objects.filter(tracking_number=term).values_list("order_id", flat=True)[:LIMIT]),
        ("sku", _by_sku(term)),
        ("buyer", _by_buyer(term)),
    ):
        for order_id in ids:
            hits.setdefault(order_id, reason)
        if len(hits) >= limit:
            break
    return [OrderHit(order_id, reason) for order_id, reason in hits.items()][:limit]


def _newest(condition: Q) -> list[int]:
    return list(Order.objects.filter(condition).order_by("-placed_at", "-id").values_list("id", flat=True)[:LIMIT])


def _by_number(term: str) -> list[int]:
    match = OUR_NUMBER.match(term)
    if match is None:
        return []
    pk, prefix = int(match[1]), term[:2].upper()
    if prefix == "SO":
        return _newest(Q(pk=pk))
    related = {"SH": Q(shipments=pk), "FO": Q(fulfilments=pk), "RM": Q(returns=pk)}[prefix]
    return _newest(related)


# The newest lines of each SKU by its own index: a popular SKU has tens of thousands.
_BY_SKU = """
SELECT DISTINCT found.order_id FROM unnest(%s::bigint[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT l.order_id FROM orders_orderline l WHERE l.sku_id = wanted.id ORDER BY l.id DESC LIMIT %s
) AS found ORDER BY found.order_id DESC LIMIT %s
"""


def _by_sku(term: str) -> list[int]:
    skus = list(Sku.objects.filter(code__iexact=term).values_list("id", flat=True)[:LIMIT])
    skus += Barcode.objects.filter(code__in=barcode_forms(term)).values_list("sku_id", flat=True)[:LIMIT]
    if not skus:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BY_SKU, [skus, LIMIT * 2, LIMIT])
        return [order_id for (order_id,) in cursor.fetchall()]


# Each kind of match by its own index, then the newest orders of each buyer found.
_BY_BUYER = """
WITH people AS (
    (SELECT id FROM accounting_personaldata WHERE upper(name::text) LIKE upper(%(part)s) LIMIT %(few)s)
    UNION (SELECT id FROM accounting_personaldata WHERE upper(email::text) LIKE upper(%(part)s) LIMIT %(few)s)
), buyers AS (
    (SELECT c.id FROM people p JOIN orders_contact c ON c.person_id = p.id LIMIT %(few)s)
    UNION (SELECT c.id FROM orders_channel h JOIN orders_contact c ON c.channel_id = h.id AND c.external_id = %(term)s
        LIMIT %(few)s)
)
SELECT found.id FROM buyers CROSS JOIN LATERAL (
    SELECT o.id, o.placed_at FROM orders_order o WHERE o.contact_id = buyers.id ORDER BY o.placed_at DESC LIMIT %(few)s
) AS found ORDER BY found.placed_at DESC, found.id DESC LIMIT %(few)s
"""


def _by_buyer(term: str) -> list[int]:
    if len(term) < 3:
        return []
    part = "%" + term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    with connection.cursor() as cursor:
        cursor.execute(_BY_BUYER, {"part": part, "term": term, "few": LIMIT})
        return [order_id for (order_id,) in cursor.fetchall()]
