"""Order lines that wait, or whose promise is still open, with what each of them wants."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from backoffice.core.db import prepared_cursor

ZERO = Decimal(0)


class Want(NamedTuple):
    """A demand of a line: of the line itself, or of a component of its kit (per_kit of it make one).

    channel_release: the channel's own release date of its SKU.
    """

    demand_id: int
    sku_id: int
    unmet: Decimal
    per_kit: Decimal | None
    date: datetime.date | None
    channel_release: datetime.date | None


@dataclass(frozen=True, slots=True)
class PromisedLine:
    """An order line that waits, or whose promise is still open. sku_id: what was sold, such as a kit.

    channel_release: the channel's own release date of what was sold.
    """

    order_id: int
    line_id: int
    sku_id: int
    still_open: Decimal  # ordered, not cancelled, not shipped
    channel_release: datetime.date | None
    promise_id: int | None
    kept_waiting: Decimal | None
    promised: datetime.date | None
    stated: bool | None
    expected: datetime.date | None
    parts: str | None
    release_date: datetime.date | None
    wants: list[Want] = field(default_factory=list)

    @property
    def waiting(self) -> Decimal:
        """What is not claimed yet, in units of the line; of a kit the kits that are not complete."""
        return max((_in_line_units(want) for want in self.wants), default=ZERO)

    @property
    def asked_date(self) -> datetime.date | None:
        return self.wants[0].date if self.wants else None


def _in_line_units(want: Want) -> Decimal:
    return (want.unmet / want.per_kit).to_integral_value(ROUND_CEILING) if want.per_kit else want.unmet


_OF_LINE = 12  # columns of a row that are the line's
_COLUMNS = """
SELECT l.order_id, l.id, l.sku_id, l.quantity - l.cancelled - l.shipped, sold.release_date, p.id, p.waiting,
    p.promised_date, p.stated, p.expected_date, p.parts::text, p.release_date,
    d.id, d.sku_id, d.unmet, d.kit_ratio, d.promise_date, part.release_date
FROM orders_orderline l
JOIN orders_order o ON o.id = l.order_id
JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id
LEFT JOIN orders_linepromise p ON p.order_line_id = l.id
LEFT JOIN orders_releasedate sold ON sold.channel_id = o.channel_id AND sold.sku_id = l.sku_id
LEFT JOIN orders_releasedate part ON part.channel_id = o.channel_id AND part.sku_id = d.sku_id
"""
_PLACED = f"{_COLUMNS} WHERE l.id = ANY(%s) ORDER BY l.id, d.id"
# Lines that wait for goods, and lines whose promise is open though they wait no more.
_OF_SKUS = f"""{_COLUMNS} WHERE l.id IN (
    SELECT d.source_id FROM inventory_demand d
        WHERE d.company_id = %(company)s AND d.sku_id = ANY(%(skus)s) AND d.quantity > d.claimed + d.used
            AND d.source_type = 'orders.orderline'
    UNION
    SELECT p.order_line_id FROM orders_linepromise p
        JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = p.order_line_id
        JOIN orders_orderline l ON l.id = p.order_line_id
        WHERE p.company_id = %(company)s AND p.is_open AND (d.sku_id = ANY(%(skus)s) OR l.sku_id = ANY(%(skus)s)){{more}}
) ORDER BY l.id, d.id
"""
# Lines that have their goods, of which no warehouse was asked yet.
_UNASKED = """
    UNION
    SELECT d.source_id FROM inventory_allocation a
        JOIN inventory_demand d ON d.id = a.demand_id AND d.source_type = 'orders.orderline'
        WHERE a.company_id = %(company)s AND a.sku_id = ANY(%(skus)s) AND a.open > 0 AND NOT EXISTS (
            SELECT FROM orders_fulfilmentline fl JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
            WHERE fl.allocation_id = a.id AND f.status NOT IN ('cancelled', 'shipped'))"""


def placed_lines(line_ids: Collection[int]) -> list[PromisedLine]:
    """These lines. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(_PLACED, [sorted(line_ids)])
        return _lines(cursor)


def lines_of_skus(company_id: int, sku_ids: Sequence[int], *, held_back: bool = False) -> list[PromisedLine]:
    """Lines that wait for any of these SKUs or have an open promise of them. Statements: 1.

    held_back: and those that have their goods, of which no warehouse was asked yet.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            _OF_SKUS.format(more=_UNASKED if held_back else ""), {"company": company_id, "skus": list(sku_ids)}
        )
        return _lines(cursor)


def _lines(cursor: Any) -> list[PromisedLine]:
    found: dict[int, PromisedLine] = {}
    for row in cursor.fetchall():
        found.setdefault(row[1], PromisedLine(*row[:_OF_LINE])).wants.append(Want(*row[_OF_LINE:]))
    return list(found.values())


def skus_of(lines: Sequence[PromisedLine]) -> list[int]:
    return sorted({line.sku_id for line in lines} | {want.sku_id for line in lines for want in line.wants})


def waited_for(company_id: int) -> list[int]:
    """Every SKU that a line waits for, or has an open promise of. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT d.sku_id FROM inventory_demand d WHERE d.company_id = %s AND d.quantity > d.claimed + d.used"
            " AND d.source_type = 'orders.orderline' UNION SELECT l.sku_id FROM orders_linepromise p"
            " JOIN orders_orderline l ON l.id = p.order_line_id WHERE p.company_id = %s AND p.is_open ORDER BY 1",
            [company_id, company_id],
        )
        return [sku_id for (sku_id,) in cursor.fetchall()]
