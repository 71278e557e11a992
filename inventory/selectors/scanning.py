"""What a scanned or typed code means: a SKU, the pack if it is one, and how many base units."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection


class Scanned(NamedTuple):
    """pack_id, pack: empty for the SKU's own code. quantity: base units of one scan."""

    sku_id: int
    sku: str
    pack_id: int | None
    pack: str
    quantity: Decimal


# A GTIN is one code however many digits a scanner makes of it: EAN-13 with a zero in front is the UPC.
_SCAN = """
SELECT w.code, s.id, s.code, hit.pack_id, coalesce(p.code, ''), hit.quantity FROM unnest(%(codes)s::text[]) w (code)
CROSS JOIN LATERAL (
    SELECT b.sku_id, b.pack_id, b.pack_quantity AS quantity, 0 AS rank FROM inventory_barcode b
        WHERE b.company_id = %(company)s AND b.code = w.code
    UNION ALL SELECT b.sku_id, b.pack_id, b.pack_quantity, 1 FROM inventory_barcode b
        WHERE b.company_id = %(company)s AND b.symbology = 'gtin' AND lpad(b.code, 14, '0') = lpad(w.code, 14, '0')
            AND w.code ~ '^([0-9]{8}|[0-9]{12,14})$'
    UNION ALL SELECT k.id, NULL, 1, 2 FROM inventory_sku k
        WHERE k.company_id = %(company)s AND upper(k.code) = upper(w.code)
    ORDER BY rank LIMIT 1
) hit
JOIN inventory_sku s ON s.id = hit.sku_id
LEFT JOIN inventory_pack p ON p.id = hit.pack_id
"""


def scan(company_id: int, codes: Sequence[str]) -> dict[str, Scanned]:
    """What each code means: a barcode first, else a SKU's code in any letter case. Unknown ones are left out.

    Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SCAN, {"company": company_id, "codes": sorted(set(codes))})
        return {code: Scanned(*found) for code, *found in cursor.fetchall()}


def sku_by_barcode(company_id: int, code: str) -> Scanned | None:
    """What one code means; None if nothing has it. Statements: 1."""
    return scan(company_id, [code.strip()]).get(code.strip())
