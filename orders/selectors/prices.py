"""What a SKU costs a buyer: the one place to ask."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from django.db import connection

from orders.selectors.price_lists import Asking, listed_prices

_LAST = """
SELECT s.id, (
    SELECT l.unit_price FROM orders_orderline l
    JOIN orders_order o ON o.id = l.order_id AND o.channel_id = %s AND o.currency = %s AND o.prices_include_tax = %s
    WHERE l.sku_id = s.id AND l.unit_price > 0 ORDER BY l.id DESC LIMIT 1)
FROM unnest(%s::bigint[]) s(id)
"""


def prices_of(
    wants: Mapping[int, Decimal],
    *,
    channel_id: int,
    currency: str,
    inclusive: bool,
    on: datetime.date,
    contact_id: int | None = None,
) -> dict[int, Decimal]:
    """Unit prices by SKU: the buyer's price lists, else what the channel last sold it for in the same terms.

    wants: quantity by SKU, for lists have breaks. SKUs that have no list price and were never sold there are left
    out: their price has to be typed. Statements: at most 2.
    """
    if not wants:
        return {}
    asking = Asking(channel_id, currency, on, contact_id=contact_id, prices_include_tax=inclusive)
    listed = listed_prices(list(wants.items()), asking)
    found = {sku_id: price.unit_price for sku_id, price in zip(wants, listed, strict=True) if price is not None}
    lacking = sorted(set(wants) - set(found))
    if lacking:
        with connection.cursor() as cursor:
            cursor.execute(_LAST, [channel_id, currency, inclusive, lacking])
            found |= {sku_id: price for sku_id, price in cursor.fetchall() if price is not None}
    return found
