"""The tax classes of goods."""

from collections.abc import Collection

from backoffice.core.db import prepared_cursor

_SQL = """
SELECT s.id, coalesce(t.code, k.code, '') FROM inventory_sku s
LEFT JOIN inventory_product p ON p.id = s.product_id
LEFT JOIN accounting_taxcode t ON t.id = p.tax_code_id
LEFT JOIN LATERAL (
    SELECT min(ct.code) AS code FROM inventory_kitcomponent c
    JOIN inventory_sku cs ON cs.id = c.sku_id
    LEFT JOIN inventory_product cp ON cp.id = cs.product_id
    LEFT JOIN accounting_taxcode ct ON ct.id = cp.tax_code_id
    WHERE c.kit_id = s.kit_id AND t.id IS NULL
    HAVING count(*) = count(ct.code) AND count(DISTINCT ct.code) = 1) k ON true
WHERE s.company_id = %s AND s.id = ANY(%s)
"""


def tax_classes(company_id: int, sku_ids: Collection[int]) -> dict[int, str]:
    """The tax class (code of its product's tax code, "" without one) of each SKU. Statements: 1.

    A kit without a class of its own has that of its components, where they all have the same.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_SQL, [company_id, sorted(set(sku_ids))])
        return dict(cursor.fetchall())
