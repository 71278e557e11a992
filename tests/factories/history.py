"""Stock and value at an instant, added up move by move: what the valuation is held against."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection

from inventory.selectors.valuation import CLOCKS, Clock


def stock_as_of(
    company_id: int, at: datetime.datetime, *, by: Clock = "effective", sku_ids: Sequence[int] | None = None
) -> dict[tuple[int, int], Decimal]:
    """Own goods by (SKU, location) as of an instant, that instant included; places left empty are missing.

    Statements: 1, over the moves of the SKUs.
    """
    sql = f"""
        SELECT m.sku_id, l.id, sum(sign.of * m.quantity)
        FROM inventory_stockmove m
        CROSS JOIN (VALUES (-1), (1)) sign (of)
        JOIN inventory_location l
            ON l.id = CASE WHEN sign.of < 0 THEN m.from_location_id ELSE m.to_location_id END
        WHERE m.company_id = %s AND m.owner_id IS NULL AND l.warehouse_id IS NOT NULL
            AND {CLOCKS[by]} <= %s AND (%s::bigint[] IS NULL OR m.sku_id = ANY(%s::bigint[]))
        GROUP BY m.sku_id, l.id HAVING sum(sign.of * m.quantity) <> 0
    """
    skus = None if sku_ids is None else list(sku_ids)
    with connection.cursor() as cursor:
        cursor.execute(sql, [company_id, at, skus, skus])
        return {(sku, location): quantity for sku, location, quantity in cursor.fetchall()}


def stock_value_as_of(
    company_id: int,
    *,
    date: datetime.date | None = None,
    recorded_at: datetime.datetime | None = None,
    sku_ids: Sequence[int] | None = None,
) -> dict[int, Decimal]:
    """The value of own goods by SKU at the end of a day (by the entries' dates), as the books said at an instant.

    Either may be empty: no such limit. Equal to the inventory accounts as of that day. Statements: 1.
    """
    sql = """
        SELECT g.sku_id, sum(g.value) FROM (
            SELECT sku_id, value, entry_id FROM inventory_stockmove
                WHERE company_id = %(company)s AND value <> 0 AND reason <> 'drop_ship'
            UNION ALL
            SELECT sku_id, value, entry_id FROM inventory_valuechange WHERE company_id = %(company)s
        ) g JOIN accounting_journalentry e ON e.id = g.entry_id
        WHERE (%(date)s::date IS NULL OR e.date <= %(date)s::date)
            AND (%(recorded)s::timestamptz IS NULL OR e.recorded_at <= %(recorded)s::timestamptz)
            AND (%(skus)s::bigint[] IS NULL OR g.sku_id = ANY(%(skus)s::bigint[]))
        GROUP BY g.sku_id HAVING sum(g.value) <> 0
    """
    params = {
        "company": company_id,
        "date": date,
        "recorded": recorded_at,
        "skus": None if sku_ids is None else list(sku_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return dict(cursor.fetchall())
