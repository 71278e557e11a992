"""Migrations whose additions are made together.

Django renders all models that refer to one another anew for every operation: with two hundred and fifty of them a field,
an index or a constraint costs half a second of processor time, and an empty database a minute and a half. What only
adds is put into runs here, and each run is rendered once, as it begins and as it ends. The SQL is the same, but for
models made in the run: they are made with all that the run adds to them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.migrations import Migration
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterModelOptions,
    CreateModel,
)
from django.db.migrations.operations.base import Operation

ADDITIONS = (CreateModel, AddField, AlterField, AddIndex, AddConstraint, AlterModelOptions)
_plain: Callable[..., Any] = Migration.apply


def runs(operations: list[Operation]) -> Iterator[list[Operation]]:
    """The operations in their order: additions that may be made together, and each other one by itself.

    A field of a model that was there is touched once in a run: between two changes of it lies a state of its own.
    """
    run: list[Operation] = []
    touched: set[tuple[str, str]] = set()
    for operation in operations:
        field = _field(operation)
        if run and (type(operation) not in ADDITIONS or field in touched):
            yield run
            run, touched = [], set()
        if type(operation) not in ADDITIONS:
            yield [operation]
            continue
        run.append(operation)
        if field:
            touched.add(field)
    if run:
        yield run


def _field(operation: Operation) -> tuple[str, str] | None:
    if isinstance(operation, (AddField, AlterField)):
        return operation.model_name_lower, operation.name_lower
    return None


def _apply(migration: Migration, state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
    """In place of Migration.apply."""
    if collect_sql or not migration.atomic or not schema_editor.atomic_migration:
        return _plain(migration, state, schema_editor, collect_sql)
    for run in runs(list(migration.operations)):
        before = state.clone()
        if len(run) > 1:
            state.__dict__.pop("apps", None)  # what is not rendered is not rendered again after each operation
        for operation in run:
            operation.state_forwards(migration.app_label, state)
        made = {operation.name_lower for operation in run if isinstance(operation, CreateModel)}
        for operation in run:
            if isinstance(operation, CreateModel) or getattr(operation, "model_name_lower", "") not in made:
                operation.database_forwards(migration.app_label, schema_editor, before, state)
    return state


@contextmanager
def batched() -> Iterator[None]:
    """Migrations applied meanwhile make their additions in runs."""
    with patch.object(Migration, "apply", _apply):
        yield
