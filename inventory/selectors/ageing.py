"""How long stock has been lying: what there is of each SKU, by the days since it came in, and when it last sold."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from django.db import connection

from accounting.selectors import books_of
from backoffice.core.money import ZERO, split_by_weight
from inventory.selectors.categories import IN_CATEGORY

BANDS = (0, 31, 61, 91, 181, 366)  # first day of each band; the last has no end

# Goods of the average and of standard cost leave no trace of which arrival they were of, so what is left is taken to
# be the newest; FIFO layers say it themselves. A layer is an arrival, wherever the goods are now.
_SQL = f"""
WITH today AS (SELECT (clock_timestamp() AT TIME ZONE time_zone)::date AS day, time_zone FROM accounting_company WHERE id = %(company)s),
stock AS (
    SELECT c.sku_id, c.quantity, c.value, s.code, s.name, coalesce(g.name, '') AS category, s.cost_method = 'fifo' AS is_fifo
    FROM inventory_skucost c JOIN inventory_sku s ON s.id = c.sku_id
    JOIN inventory_product p ON p.id = s.product_id LEFT JOIN inventory_category g ON g.id = p.category_id
    WHERE c.company_id = %(company)s AND c.quantity > 0 AND {IN_CATEGORY}
), layers AS (
    SELECT k.sku_id, today.day - (m.effective_at AT TIME ZONE today.time_zone)::date AS age,
        CASE WHEN k.is_fifo THEN l.remaining ELSE least(l.quantity, greatest(k.quantity - coalesce(sum(l.quantity) OVER newer, 0), 0)) END
            AS quantity,
        CASE WHEN k.is_fifo THEN l.remaining_value END AS value
    FROM today CROSS JOIN stock k
    JOIN inventory_costlayer l ON l.sku_id = k.sku_id AND (NOT k.is_fifo OR l.used < l.quantity)
    JOIN inventory_stockmove m ON m.id = l.move_id
    WINDOW newer AS (PARTITION BY l.sku_id ORDER BY m.effective_at DESC, l.move_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), banded AS (
    SELECT g.sku_id, array_agg(g.quantity) AS quantities, array_agg(g.value) AS layer_values, array_agg(g.band) AS bands
    FROM (
        SELECT sku_id, width_bucket(greatest(age, 0), %(bands)s::int[]) - 1 AS band, sum(quantity) AS quantity, sum(value) AS value
        FROM layers WHERE quantity > 0 GROUP BY 1, 2
    ) g GROUP BY g.sku_id
)
SELECT k.sku_id, k.code, k.name, k.category, k.quantity, k.value, b.quantities, b.layer_values, b.bands, k.is_fifo, last.day
FROM stock k CROSS JOIN today
LEFT JOIN banded b ON b.sku_id = k.sku_id
LEFT JOIN LATERAL (
    SELECT (m.effective_at AT TIME ZONE today.time_zone)::date AS day FROM inventory_stockmove m
    JOIN inventory_location t ON t.id = m.to_location_id AND t.kind = 'customer'
    WHERE m.sku_id = k.sku_id ORDER BY m.effective_at DESC LIMIT 1
) last ON true
ORDER BY k.value DESC, k.code
"""


@dataclass(frozen=True, slots=True)
class Aged:
    """One SKU. quantities, values: by band, the newest first; they add up to quantity and value."""

    sku_id: int
    sku: str
    name: str
    category: str
    quantity: Decimal
    value: Decimal
    quantities: tuple[Decimal, ...]
    values: tuple[Decimal, ...]
    last_sold: datetime.date | None

    @property
    def old_value(self) -> Decimal:
        """Of what has been lying for longer than half a year."""
        return sum(self.values[4:], ZERO)


def band_names() -> list[str]:
    """Days, such as 0–30; the last: 366+."""
    return [*(f"{first}–{past - 1}" for first, past in pairwise(BANDS)), f"{BANDS[-1]}+"]


def ageing(company_id: int, *, category: str = "") -> list[Aged]:
    """All own stock, the dearest first. What no arrival explains counts as the oldest. Statements: 2."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"company": company_id, "category": category, "bands": list(BANDS)})
        found = cursor.fetchall()
    books = books_of(company_id)
    exponent = books.exponents[books.base_currency]
    return [_aged(exponent, *row) for row in found]


def _aged(
    exponent: int, sku_id: int, code: str, name: str, category: str, quantity: Decimal, value: Decimal,
    known: list[Decimal] | None, layer_values: list[Decimal] | None, bands: list[int] | None, is_fifo: bool,
    last_sold: datetime.date | None,
) -> Aged:  # fmt: skip
    quantities, values = [ZERO] * len(BANDS), [ZERO] * len(BANDS)
    for band, part in zip(bands or [], known or [], strict=True):
        quantities[band] = part
    quantities[-1] += quantity - sum(quantities)
    if is_fifo:
        for band, part in zip(bands or [], layer_values or [], strict=True):
            values[band] = part
        values[-1] += value - sum(values)
    else:
        values = split_by_weight(value, quantities, exponent)
    return Aged(sku_id, code, name, category, quantity, value, tuple(quantities), tuple(values), last_sold)
