"""How much more than ordered is taken without asking."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from backoffice.core.db import prepared_cursor

_SQL = """
SELECT l.id, greatest(coalesce(t.over_quantity, 0), l.quantity * coalesce(s.over_percent, t.over_percent, 0) / 100)
FROM inventory_purchaseorderline l
JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id
LEFT JOIN inventory_suppliersku s ON s.supplier_id = o.supplier_id AND s.sku_id = l.sku_id
LEFT JOIN LATERAL (
    SELECT t.over_percent, t.over_quantity FROM inventory_supplierterms t
    WHERE t.company_id = o.company_id AND (t.supplier_id = o.supplier_id OR t.supplier_id IS NULL)
    ORDER BY t.supplier_id NULLS LAST LIMIT 1
) t ON true
WHERE l.id = ANY(%s)
"""


def over_tolerances(po_line_ids: Collection[int]) -> Mapping[int, Decimal]:
    """Units beyond the ordered quantity that each line may be over: the larger of the percentage (of the supplier's
    SKU, else of the supplier's terms) and the terms' units. Statements: 0 or 1.
    """
    if not po_line_ids:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(_SQL, [sorted(po_line_ids)])
        return dict(cursor.fetchall())
