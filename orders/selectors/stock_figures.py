"""How well stock works: what it turns, what it earns, what of it is dead, and how much of what was ordered was there."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.core.money import ZERO
from inventory.selectors.ageing import ageing
from inventory.selectors.categories import IN_CATEGORY
from orders.selectors.movers import movers

DEAD_DAYS = 180  # dead: lying and not sold for longer than half a year, as the ageing bands have it
AT_ONCE = "1 hour"  # filled: claimed so soon after the order came into the books
YEAR = 365

# The value of each day's end is the last one's less what was entered since: their average needs one look at each entry.
_LATER = f"""
SELECT c.sku_id, sum(c.value * (e.date - %(start)s::date)) / (%(end)s::date - %(start)s::date + 1), s.code, s.name, coalesce(g.name, '')
FROM accounting_journalentry e
JOIN (
    SELECT m.entry_id, m.sku_id, m.value FROM inventory_stockmove m WHERE m.company_id = %(company)s AND m.entry_id IS NOT NULL
    UNION ALL SELECT g.entry_id, g.sku_id, g.value FROM inventory_valuechange g WHERE g.company_id = %(company)s
) c ON c.entry_id = e.id
JOIN inventory_sku s ON s.id = c.sku_id
JOIN inventory_product p ON p.id = s.product_id LEFT JOIN inventory_category g ON g.id = p.category_id
WHERE e.company_id = %(company)s AND e.date BETWEEN %(start)s AND %(end)s AND {IN_CATEGORY} GROUP BY 1, 3, 4, 5
"""
_FILLED = f"""
SELECT d.sku_id, sum(d.quantity), sum(least(d.quantity, coalesce(c.claimed, 0))), s.code, s.name, coalesce(g.name, '')
FROM accounting_company y CROSS JOIN orders_order o
JOIN orders_orderline l ON l.order_id = o.id
JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id AND d.owner_id IS NULL AND d.quantity > 0
JOIN inventory_sku s ON s.id = d.sku_id
JOIN inventory_product p ON p.id = s.product_id LEFT JOIN inventory_category g ON g.id = p.category_id
LEFT JOIN LATERAL (
    SELECT sum(e.quantity) AS claimed FROM inventory_allocation a
    JOIN inventory_allocationentry e ON e.allocation_id = a.id AND e.kind = 'claim'
    WHERE a.demand_id = d.id AND e.recorded_at <= o.recorded_at + interval '{AT_ONCE}'
) c ON true
WHERE y.id = %(company)s AND o.company_id = %(company)s AND o.status <> 'cancelled'
    AND o.placed_at >= %(start)s::timestamp AT TIME ZONE y.time_zone
    AND o.placed_at < (%(end)s::date + 1)::timestamp AT TIME ZONE y.time_zone AND {IN_CATEGORY}
GROUP BY 1, 4, 5, 6
"""


@dataclass(frozen=True, slots=True)
class StockFigure:
    """A SKU's, a category's or all figures of a period, in the company's currency.

    stock: worth at its end, dead: of that what is; average: of all days' ends. ordered, filled: units that customers
    ordered in it and those that could be promised from stock at once. days: of the period.
    """

    name: str
    days: int
    sku_id: int = 0
    sku: str = ""
    category: str = ""
    abc: str = ""
    revenue: Decimal = ZERO
    cost: Decimal = ZERO
    stock: Decimal = ZERO
    dead: Decimal = ZERO
    average: Decimal = ZERO
    ordered: Decimal = ZERO
    filled: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.cost

    @property
    def turns(self) -> Decimal | None:
        """How often the average stock would be sold in a year; None without stock."""
        return round(self.cost * YEAR / self.days / self.average, 2) if self.average > 0 else None

    @property
    def days_of_stock(self) -> Decimal | None:
        """How many days' sales the average stock is; None without sales."""
        return round(self.average * self.days / self.cost, 1) if self.cost > 0 else None

    @property
    def gmroi(self) -> Decimal | None:
        """Margin of a year for each unit of money that lies in stock; None without stock."""
        return round(self.margin * YEAR / self.days / self.average, 2) if self.average > 0 else None

    @property
    def fill_rate(self) -> Decimal | None:
        """In per cent; None where nothing was ordered."""
        return round(100 * self.filled / self.ordered, 1) if self.ordered else None

    @property
    def dead_share(self) -> Decimal | None:
        """Of the stock's value, in per cent; None without stock."""
        return round(100 * self.dead / self.stock, 1) if self.stock > 0 else None


ADDED = ("revenue", "cost", "stock", "dead", "average", "ordered", "filled")


def stock_figures(
    company_id: int, start: datetime.date, end: datetime.date, *, category: str = "", today: datetime.date
) -> list[StockFigure]:
    """Own goods that lay there, moved or were ordered, by SKU, the dearest stock first. Days by the company's clock,
    both included. Classes A, B and C are of the revenue. Statements: 5, of a past end 10.
    """
    days = (end - start).days + 1
    found: dict[int, StockFigure] = {}
    given: dict[str, Any] = {"company": company_id, "start": start, "end": end, "category": category}

    def of(sku_id: int, sku: str, name: str, group: str) -> StockFigure:
        return found.get(sku_id) or StockFigure(name, days, sku_id, sku, group)

    quiet = end - datetime.timedelta(days=DEAD_DAYS)
    for aged in ageing(company_id, category=category, day=end if end < today else None):
        is_dead = aged.last_sold is None or aged.last_sold < quiet
        row = of(aged.sku_id, aged.sku, aged.name, aged.category)
        found[aged.sku_id] = replace(
            row, stock=aged.value, average=aged.value, dead=aged.old_value if is_dead else ZERO
        )
    with connection.cursor() as cursor:
        cursor.execute(_LATER, given)
        for sku_id, later, *names in cursor.fetchall():
            row = of(sku_id, *names)
            found[sku_id] = replace(row, average=max(round(row.average - later, 2), ZERO))
        cursor.execute(_FILLED, given)
        for sku_id, ordered, filled, *names in cursor.fetchall():
            found[sku_id] = replace(of(sku_id, *names), ordered=ordered, filled=filled)
    for sold in movers(company_id, start, end, category=category):
        row = of(sold.sku_id, sold.sku, sold.name, sold.category)
        found[sold.sku_id] = replace(row, revenue=sold.revenue, cost=sold.cost, abc=sold.abc)
    return sorted(found.values(), key=lambda row: (-row.stock, row.sku))


def together(rows: Iterable[StockFigure], name: str, days: int) -> StockFigure:
    """What they come to."""
    sums: dict[str, Any] = dict.fromkeys(ADDED, ZERO)
    for row in rows:
        for field in ADDED:
            sums[field] += getattr(row, field)
    return StockFigure(name, days, **sums)


def by_category(rows: list[StockFigure], days: int) -> list[StockFigure]:
    """A row for each category that goods are in themselves, the dearest stock first."""
    names = dict.fromkeys(row.category for row in rows)
    found = [together((row for row in rows if row.category == name), name, days) for name in names]
    return sorted(found, key=lambda row: (-row.stock, row.name))
