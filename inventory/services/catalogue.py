"""Products and SKUs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

from backoffice.core.db import insert_rows
from inventory.barcodes import is_gtin
from inventory.models import Barcode, Category, CostMethod, Symbology
from inventory.selectors.catalogue import category_cost_methods


@dataclass(frozen=True, slots=True)
class SkuInput:
    """A SKU to be there. Codes that differ only by letter case are one SKU; the first writing stays.

    cost_method: empty for its category's, else moving average.
    """

    code: str
    name: str
    cost_method: str = ""
    category_code: str = ""
    barcodes: tuple[str, ...] = ()
    weight_g: int | None = None
    image: str = ""
    unit: str = "each"
    is_stocked: bool = True


_PRODUCT = {"company_id": "bigint", "name": "text", "category_id": "bigint", "description": "text"}
_SKU = {
    "company_id": "bigint",
    "product_id": "bigint",
    "code": "text",
    "name": "text",
    "unit": "text",
    "cost_method": "text",
    "status": "text",
    "is_stocked": "boolean",
    "weight_g": "integer",
    "image": "text",
}


@transaction.atomic(savepoint=False)
def ensure_skus(rows: Sequence[SkuInput], *, company_id: int) -> list[int]:
    """The SKU ids of the rows, in order; missing ones are made, each with a product of its own.

    What is there already is left as it is. Statements: 1 if all are there, else up to 7.
    """
    found = _ids(company_id, [row.code for row in rows])
    fresh: dict[str, SkuInput] = {}
    for row in rows:
        if row.code.upper() not in found:
            fresh.setdefault(row.code.upper(), row)
    if fresh:
        _make(list(fresh.values()), company_id)
        found = _ids(company_id, [row.code for row in rows])
    return [found[row.code.upper()] for row in rows]


def _ids(company_id: int, codes: Sequence[str]) -> dict[str, int]:
    """Upper is the database's: the unique index is on it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.code, s.id FROM unnest(%s::text[]) w (code)"
            " JOIN inventory_sku s ON s.company_id = %s AND upper(s.code) = upper(w.code)",
            [list(codes), company_id],
        )
        return {code.upper(): pk for code, pk in cursor.fetchall()}


def _make(rows: Sequence[SkuInput], company_id: int) -> None:
    codes = sorted({row.category_code for row in rows if row.category_code})
    Category.objects.bulk_create(
        [Category(company_id=company_id, code=code, name=code) for code in codes], ignore_conflicts=True
    )
    categories = dict(Category.objects.filter(company_id=company_id, code__in=codes).values_list("code", "id"))
    methods = category_cost_methods(list(categories.values()))
    products = insert_rows(
        "inventory_product",
        _PRODUCT,
        [(company_id, row.name[:300], categories.get(row.category_code), "") for row in rows],
        suffix="RETURNING id",
    )
    skus = dict(
        insert_rows(
            "inventory_sku",
            _SKU,
            [
                (
                    company_id,
                    product,
                    row.code,
                    row.name[:300],
                    row.unit,
                    str(row.cost_method or methods.get(categories.get(row.category_code, 0), CostMethod.AVERAGE)),
                    "active",
                    row.is_stocked,
                    row.weight_g,
                    row.image,
                )
                for row, (product,) in zip(rows, products, strict=True)
            ],
            suffix="RETURNING code, id",
        )
    )
    Barcode.objects.bulk_create(
        [
            Barcode(
                company_id=company_id,
                sku_id=skus[row.code],
                code=code,
                symbology=Symbology.GTIN if is_gtin(code) else Symbology.CODE_128,
                pack_quantity=Decimal(1),
            )
            for row in rows
            for code in row.barcodes
        ],
        ignore_conflicts=True,
    )
