"""Dimension sets: each combination of axis values is one row, shared by the lines that carry it."""

from collections.abc import Iterable, Mapping

from accounting.dimensions import Dimensions, set_key
from backoffice.core.db import prepared_cursor


def ensure_sets(
    wanted: Iterable[Dimensions], *, company_id: int, known: dict[Dimensions, int] | None = None
) -> Mapping[Dimensions, int]:
    """The ids of dimension sets, made where missing.

    known: ids that this transaction has read before; what is read now is added to it.
    Statements: 0 if all wanted are known to the caller, 1 if all are there, else 3.
    """
    known = {} if known is None else known
    keys = {dimensions: set_key(dimensions) for dimensions in set(wanted) if dimensions and dimensions not in known}
    if not keys:
        return known
    ids = _known(company_id, list(keys.values()))
    missing = sorted(set(keys.values()) - ids.keys())
    if missing:
        with prepared_cursor() as cursor:
            cursor.execute(
                "INSERT INTO accounting_dimensionset (company_id, key) SELECT %s, k FROM unnest(%s::text[]) k"
                " ON CONFLICT DO NOTHING",
                [company_id, missing],
            )
        ids |= _known(company_id, missing)
    known |= {dimensions: ids[key] for dimensions, key in keys.items()}
    return known


def _known(company_id: int, keys: list[str]) -> dict[str, int]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT key, id FROM accounting_dimensionset WHERE company_id = %s AND key = ANY(%s)", [company_id, keys]
        )
        return dict(cursor.fetchall())
