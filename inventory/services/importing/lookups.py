"""What is there now, asked for many rows at once."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection

from accounting.models import TaxCode
from inventory.barcodes import barcode_forms
from inventory.models import Brand, Category, Unit
from inventory.services.importing.work import barcode_key


class Codes(NamedTuple):
    """Ids by code in capitals; of units the code itself."""

    categories: dict[str, int]
    brands: dict[str, int]
    tax_codes: dict[str, int]
    units: dict[str, str]


def codes_of(company_id: int) -> Codes:
    """Everything that a row may name. Statements: 4."""

    def by_code(rows: Any) -> dict[str, Any]:
        return {code.upper(): pk for code, pk in rows.values_list("code", "pk")}

    return Codes(
        by_code(Category.objects.filter(company_id=company_id)),
        by_code(Brand.objects.filter(company_id=company_id)),
        by_code(TaxCode.objects.filter(company_id=company_id, is_active=True)),
        by_code(Unit.objects.all()),
    )


class There(NamedTuple):
    """A SKU as it is, with its product."""

    id: int
    name: str
    unit: str
    cost_method: str
    status: str
    is_stocked: bool
    release_date: Any
    weight_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    origin_country: str
    hs_code: str
    product_id: int
    product: str
    product_name: str
    description: str
    category: str
    brand: str
    tax_code: str
    has_moves: bool


_THERE = """
SELECT w.code, s.id, s.name, s.unit, s.cost_method, s.status, s.is_stocked, s.release_date, s.weight_g, s.length_mm,
    s.width_mm, s.height_mm, s.origin_country, s.hs_code, p.id, p.code, p.name, p.description, coalesce(c.code, ''),
    coalesce(b.code, ''), coalesce(t.code, ''), EXISTS (SELECT FROM inventory_stockmove m WHERE m.sku_id = s.id)
FROM unnest(%s::text[]) w (code)
JOIN inventory_sku s ON s.company_id = %s AND upper(s.code) = upper(w.code)
JOIN inventory_product p ON p.id = s.product_id
LEFT JOIN inventory_category c ON c.id = p.category_id
LEFT JOIN inventory_brand b ON b.id = p.brand_id
LEFT JOIN accounting_taxcode t ON t.id = p.tax_code_id
"""


def skus_there(company_id: int, codes: Iterable[str]) -> dict[str, There]:
    """SKUs by their code as it was given: which letters are the same is the database's to say. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [sorted(set(codes)), company_id])
        return {code: There(*row) for code, *row in cursor.fetchall()}


def products_there(company_id: int, codes: Iterable[str]) -> dict[str, tuple[int, str, str, str, str, str]]:
    """(id, name, category, brand, tax code, description) by the product's code as given. Statements: 1, or 0."""
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.code, p.id, p.name, coalesce(c.code, ''), coalesce(b.code, ''), coalesce(t.code, ''),"
            " p.description FROM unnest(%s::text[]) w (code)"
            " JOIN inventory_product p ON p.company_id = %s AND upper(p.code) = upper(w.code) AND p.code <> ''"
            " LEFT JOIN inventory_category c ON c.id = p.category_id LEFT JOIN inventory_brand b ON b.id = p.brand_id"
            " LEFT JOIN accounting_taxcode t ON t.id = p.tax_code_id",
            [wanted, company_id],
        )
        return {code: tuple(row) for code, *row in cursor.fetchall()}  # type: ignore[misc]


def barcodes_there(company_id: int, codes: Iterable[str]) -> dict[str, tuple[int, int | None, str]]:
    """(SKU id, pack id, SKU code) by barcode key, of those that are taken. Statements: 1, or 0."""
    forms = sorted({form for code in codes for form in barcode_forms(code)})
    if not forms:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.code, b.sku_id, b.pack_id, s.code FROM inventory_barcode b JOIN inventory_sku s ON s.id = b.sku_id"
            " WHERE b.company_id = %s AND b.code = ANY(%s)",
            [company_id, forms],
        )
        return {barcode_key(code): (sku, pack, name) for code, sku, pack, name in cursor.fetchall()}


def options_there(product_ids: Iterable[int]) -> tuple[dict[int, list[str]], dict[int, dict[int, tuple[str, ...]]]]:
    """The names of each product's options in their order, and by product the values of each SKU. Statements: 2, or 0."""
    wanted = sorted(set(product_ids))
    if not wanted:
        return {}, {}
    names: dict[int, list[str]] = {}
    values: dict[int, dict[int, tuple[str, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, name FROM inventory_productoption WHERE product_id = ANY(%s) ORDER BY product_id, position",
            [wanted],
        )
        for product, name in cursor.fetchall():
            names.setdefault(product, []).append(name)
        cursor.execute(
            "SELECT x.product_id, x.sku_id, array_agg(v.name ORDER BY o.position) FROM inventory_skuoption x"
            " JOIN inventory_productoption o ON o.id = x.option_id JOIN inventory_optionvalue v ON v.id = x.value_id"
            " WHERE x.product_id = ANY(%s) GROUP BY 1, 2",
            [wanted],
        )
        for product, sku, given in cursor.fetchall():
            values.setdefault(product, {})[sku] = tuple(given)
    return names, values
