"""Named reads of the catalogue: cost methods of categories, products with their SKUs."""

from collections.abc import Collection, Sequence

from django.db import connection

from inventory.models import Sku

_METHODS = """
WITH RECURSIVE above (start, id, method, parent, depth) AS (
    SELECT c.id, c.id, c.cost_method, c.parent_id, 0 FROM inventory_category c WHERE c.id = ANY(%s)
    UNION ALL SELECT a.start, c.id, c.cost_method, c.parent_id, a.depth + 1
        FROM above a JOIN inventory_category c ON c.id = a.parent WHERE a.method = ''
)
SELECT DISTINCT ON (start) start, method FROM above WHERE method <> '' ORDER BY start, depth
"""


def category_cost_methods(category_ids: Sequence[int]) -> dict[int, str]:
    """The cost method that new SKUs of each category take: its own, else that of the nearest one above.

    Categories without any are left out. Statements: 1, or 0 without categories.
    """
    if not category_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_METHODS, [sorted(set(category_ids))])
        return dict(cursor.fetchall())


def category_codes(sku_ids: Collection[int]) -> dict[int, str]:
    """The category that each SKU's product stands in; SKUs without one are left out. Statements: 1."""
    found = Sku.objects.filter(pk__in=sku_ids, product__category__isnull=False)
    return dict(found.values_list("pk", "product__category__code"))
