"""Writing checked rows of SKUs: a fixed number of statements for a batch, whatever it holds."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.tabular import Outcome, Row
from inventory.barcodes import is_gtin
from inventory.models import CostMethod, SkuStatus
from inventory.selectors.catalogue import category_cost_methods
from inventory.services.events import publish_release_dates_moved
from inventory.services.importing.options import write_options
from inventory.services.importing.skus import CLEARED, KEPT, PRODUCT, TEXTS, SkuChecker, SkuWork
from inventory.services.importing.work import outcome_of

_SKU = {
    "name": "text", "unit": "text", "cost_method": "text", "status": "text", "is_stocked": "boolean",
    "release_date": "date", "weight_g": "integer", "length_mm": "integer", "width_mm": "integer",
    "height_mm": "integer", "origin_country": "text", "hs_code": "text",
}  # fmt: skip
_PRODUCT = {
    "company_id": "bigint", "code": "text", "name": "text", "category_id": "bigint", "brand_id": "bigint",
    "tax_code_id": "bigint", "description": "text",
}  # fmt: skip


def import_skus(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Make and change the SKUs of the rows, with their products, options and barcodes; see registry.TableImport.

    A row is done by what is there now: one that was done before is already so, one that has become wrong meanwhile is
    refused. Statements: at most 28, whatever the number of rows.
    """
    _lock(rows, company_id)
    checker = SkuChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    todo = [work for work in works if work.state in ("new", "changed")]
    if todo:
        _write_products(todo, company_id)
        made = _make_skus([work for work in todo if work.old is None], company_id)
        _change_skus([work for work in todo if work.old is not None])
        ids = {id(work): made.get(work.row.values["sku"].upper()) or work.old.id for work in todo}
        write_options(todo, ids)
        _write_barcodes(todo, ids, company_id)
        _record(todo, ids, company_id, actor)
        moved = [work.old.id for work in todo if work.old and "release_date" in (name for name, *_ in work.changes)]
        publish_release_dates_moved(moved, company_id=company_id)
    return [outcome_of(work) for work in works]


def _lock(rows: Sequence[Row], company_id: int) -> None:
    """The products, then the SKUs that are there already, in key order."""
    codes = [row.values["sku"].upper() for row in rows if row.values.get("sku")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM inventory_product WHERE id IN (SELECT product_id FROM inventory_sku WHERE company_id = %s"
            " AND upper(code) = ANY(%s)) ORDER BY id FOR NO KEY UPDATE",
            [company_id, codes],
        )
        cursor.execute(
            "SELECT id FROM inventory_sku WHERE company_id = %s AND upper(code) = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [company_id, codes],
        )


def _write_products(works: Sequence[SkuWork], company_id: int) -> None:
    """Products that are missing are made, those of which the file says something else are changed."""
    fresh: dict[str, list[SkuWork]] = {}
    for work in works:
        if work.product_id is None:
            fresh.setdefault(work.product_code.upper() or f" {id(work)}", []).append(work)
    rows = [_product_row(group, company_id) for group in fresh.values()]
    ids = insert_rows("inventory_product", _PRODUCT, rows, suffix="RETURNING id")
    for group, (pk,) in zip(fresh.values(), ids, strict=True):
        for work in group:
            work.product_id = pk
    _change_products([work for work in works if any(name in (*PRODUCT, "product_name") for name, *_ in work.changes)])


def _product_row(group: Sequence[SkuWork], company_id: int) -> tuple[Any, ...]:
    def first(name: str) -> Any:
        return next((v for work in group if (v := work.ids.get(name) or work.row.values.get(name))), None)

    return (
        company_id,
        group[0].product_code,
        first("product_name") or first("name"),
        first("category"),
        first("brand"),
        first("tax_code"),
        first("description") or "",
    )


def _change_products(works: Sequence[SkuWork]) -> None:
    changed: dict[int, dict[str, Any]] = {}
    for work in works:
        own = changed.setdefault(work.product_id or 0, {})
        for name, _old, _new in work.changes:
            if name in ("category", "brand", "tax_code"):
                own[name] = work.ids[name]
            elif name in ("description", "product_name"):
                own[name] = work.row.values[name] or ""
    if not changed:
        return
    columns = {"category": "category_id", "brand": "brand_id", "tax_code": "tax_code_id"}
    sets, arrays, values = [], [], []
    for name, column, kind in (
        ("product_name", "name", "text"),
        ("description", "description", "text"),
        *((name, column, "bigint") for name, column in columns.items()),
    ):
        sets.append(f"{column} = CASE WHEN n.has_{name} THEN n.{name} ELSE p.{column} END")
        arrays += ["%s::boolean[]", f"%s::{kind}[]"]
        values += [[name in own for own in changed.values()], [own.get(name) for own in changed.values()]]
    names = ", ".join(f"has_{name}, {name}" for name in ("product_name", "description", *columns))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE inventory_product p SET {', '.join(sets)}"
            f" FROM unnest(%s::bigint[], {', '.join(arrays)}) AS n(id, {names}) WHERE p.id = n.id",
            [list(changed), *values],  # type: ignore[list-item]  # arrays
        )


def _make_skus(works: Sequence[SkuWork], company_id: int) -> dict[str, int]:
    """The ids by code in capitals. A new SKU takes its cost method from the file, else from its product's category."""
    products = {work.product_id for work in works if not work.row.values.get("cost_method")}
    methods = _methods_of([pk for pk in products if pk])
    rows = []
    for work in works:
        values = {name: work.row.values.get(name) for name in (*KEPT, *CLEARED)}
        values["unit"] = work.ids["unit"] or "each"
        values["cost_method"] = values["cost_method"] or methods.get(work.product_id or 0, CostMethod.AVERAGE.value)
        values["status"] = values["status"] or SkuStatus.ACTIVE.value
        values["is_stocked"] = values["is_stocked"] is not False
        texts = {name: values[name] or "" for name in CLEARED if name in TEXTS}
        values |= texts
        rows.append((company_id, work.product_id, work.row.values["sku"], "", *(values[name] for name in _SKU)))
    made = insert_rows(
        "inventory_sku",
        {"company_id": "bigint", "product_id": "bigint", "code": "text", "image": "text", **_SKU},
        rows,
        suffix="RETURNING upper(code), id",
    )
    return dict(zip((work.row.values["sku"].upper() for work in works), (pk for _code, pk in made), strict=True))


def _methods_of(product_ids: Sequence[int]) -> dict[int, str]:
    if not product_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, category_id FROM inventory_product WHERE id = ANY(%s) AND category_id IS NOT NULL",
            [list(product_ids)],
        )
        categories = dict(cursor.fetchall())
    methods = category_cost_methods(list(categories.values()))
    return {product: methods[category] for product, category in categories.items() if category in methods}


def _change_skus(works: Sequence[SkuWork]) -> None:
    """All columns of the SKUs that change, as they will be."""
    own = [work for work in works if any(name in _SKU for name, *_ in work.changes)]
    if not own:
        return
    rows = []
    for work in own:
        changed = {name for name, *_ in work.changes}
        values = {name: getattr(work.old, name) for name in _SKU}
        for name in changed & _SKU.keys():
            new = work.ids["unit"] if name == "unit" else work.row.values[name]
            values[name] = "" if new is None and name in TEXTS else new
        rows.append((work.old.id, *(values[name] for name in _SKU)))
    sets = ", ".join(f"{name} = n.{name}" for name in _SKU)
    arrays = ", ".join(f"%s::{kind}[]" for kind in _SKU.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE inventory_sku s SET {sets} FROM unnest(%s::bigint[], {arrays}) AS n(id, {', '.join(_SKU)})"
            " WHERE s.id = n.id",
            list(map(list, zip(*rows, strict=True))),
        )


def _write_barcodes(works: Sequence[SkuWork], ids: dict[int, int], company_id: int) -> None:
    insert_rows(
        "inventory_barcode",
        {"company_id": "bigint", "sku_id": "bigint", "code": "text", "symbology": "text", "pack_quantity": "numeric"},
        [
            (company_id, ids[id(work)], code, "gtin" if is_gtin(code) else "code128", 1)
            for work in works
            for code in work.fresh_barcodes
        ],
    )


def _record(works: Sequence[SkuWork], ids: dict[int, int], company_id: int, actor: Actor) -> None:
    reason = _("Import")
    changes = []
    for work in works:
        pk = ids[id(work)]
        if work.old is None:
            sku = work.row.values["sku"]
            changes.append(audit.Change("inventory.sku", pk, "created", new=sku, reason=reason, company_id=company_id))
        else:
            changes += [
                audit.Change("inventory.sku", pk, "changed", name, old[:300], new[:300], reason, company_id)
                for name, old, new in work.changes
            ]
    audit.record(changes, actor=actor)
