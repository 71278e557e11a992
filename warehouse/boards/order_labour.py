"""What picking and packing one order took, piece by piece, and what it cost."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from warehouse.boards.labour_sql import DONE, PAUSE_MINUTES

# Who worked on the order, where and when: their work around it tells how long each piece took.
_AROUND = """
SELECT w.id, w.company_id, coalesce(nullif(w.time_zone, ''), y.time_zone), min(k.at), max(k.at), array_agg(DISTINCT k.who)
FROM (
    SELECT l.warehouse_id, t.finished_at AS at, t.picked_by_id AS who
    FROM orders_fulfilment f JOIN warehouse_picklist l ON l.fulfilment_id = f.id JOIN warehouse_picktask t ON t.pick_list_id = l.id
    WHERE f.order_id = %(order)s AND t.status IN ('done', 'short') AND t.picked_by_id IS NOT NULL
    UNION ALL
    SELECT s.warehouse_id, p.packed_at, p.packed_by_id
    FROM orders_shipment s JOIN warehouse_parcel p ON p.shipment_id = s.id
    WHERE s.order_id = %(order)s AND s.warehouse_id IS NOT NULL AND p.packed_by_id IS NOT NULL
) k JOIN inventory_warehouse w ON w.id = k.warehouse_id JOIN accounting_company y ON y.id = w.company_id
GROUP BY w.id, w.company_id, 3 ORDER BY w.id
"""


class Piece(NamedTuple):
    """seconds: None where nobody can say; cost: None without a rate for that day. number, page_id: the work's page."""

    kind: str
    person: str
    at: datetime
    number: str
    page_id: int
    seconds: Decimal | None
    cost: Decimal | None


class OrderLabour(NamedTuple):
    """cost: None as long as the rate of a piece is missing."""

    pieces: list[Piece]
    seconds: Decimal
    cost: Decimal | None


def order_labour(order_id: int) -> OrderLabour:
    """Statements: 1, and 1 for each warehouse that worked on it."""
    pieces: list[Piece] = []
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, {"order": order_id})
        for warehouse_id, company_id, zone, first, last, who in cursor.fetchall():
            cursor.execute(
                f"{DONE} SELECT kind, person, at, number, page_id, round(seconds::numeric, 1), round(cost, 4) FROM priced"
                " WHERE order_id = %(order)s ORDER BY at, kind, tie",
                {
                    "company": company_id, "warehouse": warehouse_id, "zone": zone, "place_zone": "", "who": list(who),
                    "a": first - timedelta(minutes=PAUSE_MINUTES), "b": last + timedelta(microseconds=1),
                    "order": order_id,
                },
            )  # fmt: skip
            pieces += [Piece(*row) for row in cursor.fetchall()]
    seconds = sum((piece.seconds or Decimal(0) for piece in pieces), Decimal(0))
    timed = [piece for piece in pieces if piece.seconds is not None]
    known = bool(timed) and all(piece.cost is not None for piece in timed)
    cost = sum((piece.cost or Decimal(0) for piece in pieces), Decimal(0)) if known else None
    return OrderLabour(pieces, seconds, cost)
