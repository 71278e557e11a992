"""Options of products and their values, as rows of SKUs name them: missing ones are made."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from backoffice.core.db import insert_rows
from inventory.services.importing.skus import SkuWork
from inventory.variants import code_of_value


def write_options(works: Sequence[SkuWork], ids: dict[int, int]) -> None:
    """Options and values that are missing, then what each SKU has of them."""
    given = [work for work in works if work.options]
    if not given:
        return
    wanted = _unique((work.product_id, name) for work in given for name, _value in work.options)
    _add_options(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, upper(name), id FROM inventory_productoption WHERE product_id = ANY(%s)",
            [sorted({work.product_id for work in given if work.product_id})],
        )
        options = {(product, name): pk for product, name, pk in cursor.fetchall()}
        values = _unique(
            (options[work.product_id, name.upper()], value) for work in given for name, value in work.options
        )
        _add_values(values)
        cursor.execute(
            "SELECT option_id, upper(name), id FROM inventory_optionvalue WHERE option_id = ANY(%s)",
            [sorted(set(options.values()))],
        )
        found = {(option, name): pk for option, name, pk in cursor.fetchall()}
    rows = []
    for work in given:
        for name, value in work.options:
            option = options[work.product_id, name.upper()]
            rows.append((ids[id(work)], work.product_id, option, found[option, value.upper()]))
    insert_rows(
        "inventory_skuoption",
        {"sku_id": "bigint", "product_id": "bigint", "option_id": "bigint", "value_id": "bigint"},
        rows,
    )


def _unique(pairs: Iterable[tuple[Any, str]]) -> list[tuple[Any, str]]:
    """In their order, names that differ by letter case once."""
    return list({(key, name.upper()): (key, name) for key, name in reversed(list(pairs))}.values())[::-1]


# Behind the positions that are taken; what is there already is left as it is.
_ADD = """
INSERT INTO {table} ({parent}, name, position{more})
SELECT n.parent, n.name, coalesce((SELECT max(o.position) FROM {table} o WHERE o.{parent} = n.parent), 0)
    + row_number() OVER (PARTITION BY n.parent ORDER BY n.place){codes}
FROM unnest({arrays}) WITH ORDINALITY AS n(parent, name{code}, place)
WHERE NOT EXISTS (SELECT FROM {table} o WHERE o.{parent} = n.parent AND upper(o.name) = upper(n.name))
ORDER BY n.place
"""


def _add_options(wanted: Sequence[tuple[Any, str]]) -> None:
    sql = _ADD.format(
        table="inventory_productoption",
        parent="product_id",
        more="",
        codes="",
        code="",
        arrays="%s::bigint[], %s::text[]",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [[pk for pk, _name in wanted], [name for _pk, name in wanted]])


def _add_values(wanted: Sequence[tuple[Any, str]]) -> None:
    """Codes are made of the names; where that gives one twice, a number is put behind it."""
    sql = _ADD.format(
        table="inventory_optionvalue",
        parent="option_id",
        more=", code",
        codes=", n.code",
        code=", code",
        arrays="%s::bigint[], %s::text[], %s::text[]",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT option_id, upper(code), upper(name) FROM inventory_optionvalue WHERE option_id = ANY(%s)",
            [sorted({pk for pk, _name in wanted})],
        )
        taken = {(option, code): name for option, code, name in cursor.fetchall()}
        codes = []
        for pk, name in wanted:
            code, number = code_of_value(name) or "X", 1
            while taken.setdefault((pk, code.upper()), name.upper()) != name.upper():
                number += 1
                code = f"{(code_of_value(name) or 'X')[:16]}{number}"
            codes.append(code)
        cursor.execute(sql, [[pk for pk, _name in wanted], [name for _pk, name in wanted], codes])
