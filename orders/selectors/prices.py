"""What a SKU costs a buyer: the one place to ask."""

import datetime
from collections.abc import Collection
from decimal import Decimal

from django.db import connection

_LAST = """
SELECT s.id, (
    SELECT l.unit_price FROM orders_orderline l
    JOIN orders_order o ON o.id = l.order_id AND o.channel_id = %s AND o.currency = %s AND o.prices_include_tax = %s
    WHERE l.sku_id = s.id AND l.unit_price > 0 ORDER BY l.id DESC LIMIT 1)
FROM unnest(%s::bigint[]) s(id)
"""


def prices_of(
    sku_ids: Collection[int],
    *,
    channel_id: int,
    currency: str,
    inclusive: bool,
    contact_id: int | None = None,
    on: datetime.date | None = None,
) -> dict[int, Decimal]:
    """Unit prices by SKU: what the channel last sold it for, in this currency and with or without tax as given.

    SKUs that were never sold there are left out: their price has to be typed. contact_id and on (the day) say
    for whom and when; the last price is the same for all. Statements: 1.
    """
    if not sku_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [channel_id, currency, inclusive, sorted(sku_ids)])
        return {sku_id: price for sku_id, price in cursor.fetchall() if price is not None}
