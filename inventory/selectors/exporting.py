"""The catalogue as rows of a file: the same columns as its imports, read in portions while they are sent."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection

PORTION = 2_000

_SKUS = """
SELECT s.id, s.code, s.name, p.code, p.name,
    (SELECT string_agg(o.name || '=' || v.name, '|' ORDER BY o.position) FROM inventory_skuoption x
        JOIN inventory_productoption o ON o.id = x.option_id JOIN inventory_optionvalue v ON v.id = x.value_id
        WHERE x.sku_id = s.id),
    c.code, b.code, t.code, s.unit,
    (SELECT string_agg(k.code, '|' ORDER BY k.id) FROM inventory_barcode k WHERE k.sku_id = s.id AND k.pack_id IS NULL),
    s.cost_method, s.status, CASE WHEN s.is_stocked THEN 'yes' ELSE 'no' END, s.release_date, s.weight_g, s.length_mm,
    s.width_mm, s.height_mm, s.origin_country, s.hs_code, p.description
FROM inventory_sku s JOIN inventory_product p ON p.id = s.product_id
LEFT JOIN inventory_category c ON c.id = p.category_id LEFT JOIN inventory_brand b ON b.id = p.brand_id
LEFT JOIN accounting_taxcode t ON t.id = p.tax_code_id
WHERE s.company_id = %s AND s.id > %s ORDER BY s.id LIMIT %s
"""
_CATEGORIES = """
SELECT c.id, c.code, c.name, a.code, c.cost_method FROM inventory_category c
LEFT JOIN inventory_category a ON a.id = c.parent_id WHERE c.company_id = %s AND c.id > %s ORDER BY c.id LIMIT %s
"""
_BRANDS = """
SELECT b.id, b.code, b.name FROM inventory_brand b WHERE b.company_id = %s AND b.id > %s ORDER BY b.id LIMIT %s
"""
_PACKS = """
SELECT p.id, s.code, p.code, p.kind, p.quantity,
    (SELECT string_agg(k.code, '|' ORDER BY k.id) FROM inventory_barcode k WHERE k.pack_id = p.id),
    p.weight_g, p.length_mm, p.width_mm, p.height_mm
FROM inventory_pack p JOIN inventory_sku s ON s.id = p.sku_id
WHERE p.company_id = %s AND p.id > %s ORDER BY p.id LIMIT %s
"""
_LOCATIONS = """
SELECT l.id, w.code, l.code, l.kind, l.name, z.code, l.aisle, l.rack, l.level, l.position, t.code, c.code,
    l.pick_sequence, CASE WHEN l.is_pick_face THEN 'yes' ELSE 'no' END, CASE WHEN l.is_active THEN 'yes' ELSE 'no' END,
    l.max_volume_l, l.max_weight_g, l.max_pallets
FROM inventory_location l JOIN inventory_warehouse w ON w.id = l.warehouse_id AND NOT w.is_transit
LEFT JOIN inventory_zone z ON z.id = l.zone_id LEFT JOIN inventory_bintype t ON t.id = l.bin_type_id
LEFT JOIN inventory_storageclass c ON c.id = l.storage_class_id
WHERE l.company_id = %s AND l.id > %s ORDER BY l.id LIMIT %s
"""


def _reader(sql: str) -> Callable[[int], Iterator[Sequence[Any]]]:
    def rows(company_id: int) -> Iterator[Sequence[Any]]:
        """Rows of values in the columns' order. Statements: 1 for every portion."""
        last = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(sql, [company_id, last, PORTION])
                page = cursor.fetchall()
            if not page:
                return
            last = page[-1][0]
            for row in page:
                yield row[1:]

    return rows


skus_to_export = _reader(_SKUS)
categories_to_export = _reader(_CATEGORIES)
brands_to_export = _reader(_BRANDS)
packs_to_export = _reader(_PACKS)
locations_to_export = _reader(_LOCATIONS)
