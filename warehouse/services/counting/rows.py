"""Inserting rows that hold a list of serial numbers: one statement, whatever their number."""

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.core.db import prepared_cursor


def insert_counted(table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]], *, suffix: str = "") -> None:
    """As insert_rows; the column `serials` takes a sequence of texts. Statements: 1, or 0 without rows."""
    if not rows:
        return
    place = list(columns).index("serials")
    given = [list(column) for column in zip(*rows, strict=True)]
    given[place] = [_array(texts) for texts in given[place]]
    names = ", ".join(columns)
    values = ", ".join("serials::varchar[]" if name == "serials" else name for name in columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    with prepared_cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM unnest({arrays})"
            f" WITH ORDINALITY AS given({names}, ordinal_of_row) ORDER BY ordinal_of_row {suffix}",
            given,
        )


def _array(texts: Sequence[str]) -> str:
    """A text array as PostgreSQL reads it."""
    quoted = ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return "{" + ",".join(quoted) + "}"
