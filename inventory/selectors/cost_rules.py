"""What costs are reckoned by: standard prices in force, what each SKU's stock is worth."""

from collections.abc import Collection
from decimal import Decimal

from backoffice.core.db import prepared_cursor


def standard_prices(company_id: int, sku_ids: Collection[int]) -> dict[int, Decimal]:
    """The standard price of one unit by SKU, of those that have one in force. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT s.id, p.price FROM unnest(%s::bigint[]) s (id) CROSS JOIN LATERAL ("
            "SELECT x.price FROM inventory_standardprice x WHERE x.sku_id = s.id AND x.company_id = %s"
            " ORDER BY x.id DESC LIMIT 1) p",
            [sorted(set(sku_ids)), company_id],
        )
        return dict(cursor.fetchall())
