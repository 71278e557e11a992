"""References that the tables' own triggers read when a row is written, so that no second check locks the parents.

They carry no foreign-key constraint (`db_constraint=False`); the standing proof asks for each of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey


def guarded_references() -> Iterator[Any]:
    """The ForeignKey fields that are held by a trigger instead of a constraint."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, ForeignKey) and not getattr(field, "db_constraint", True):
                yield field


def first_dangling(cursor: Any) -> Mapping[str, Any] | None:
    """The first row that points to a parent that does not exist. One statement for each guarded reference."""
    for field in guarded_references():
        table, column = field.model._meta.db_table, field.column
        parent = field.target_field.model._meta.db_table
        cursor.execute(
            f"SELECT c.{column} FROM {table} c WHERE c.{column} IS NOT NULL"
            f" AND NOT EXISTS (SELECT FROM {parent} p WHERE p.{field.target_field.column} = c.{column}) LIMIT 1"
        )
        row = cursor.fetchone()
        if row is not None:
            return {"table": table, "column": column, "points_to": row[0], "of": parent}
    return None
