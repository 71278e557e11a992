"""Migrations whose additions are made together.

Django renders all models that refer to one another anew for every operation: with two hundred and fifty of them a field,
an index or a constraint costs half a second of processor time, and an empty database a minute and a half. What only
adds is put into runs here, and each run is rendered once, as it begins and as it ends. The SQL is the same, but for
models made in the run: they are made with all that the run adds to them.

Nor are the models that refer to what a run touches rendered again: to make tables, columns and keys it is enough to know
the models touched. What else may be stale is told by Django's own word for it (`is_delayed`), and rendered anew as a
whole before an operation that looks further.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.apps.registry import Apps
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

from backoffice.core.create_models import CreateModels
from backoffice.core.triggers import Sql

ADDITIONS = (CreateModel, AddField, AlterField, AddIndex, AddConstraint, AlterModelOptions)
_apply_plainly: Callable[..., Any] = Migration.apply
_unapply_plainly: Callable[..., Any] = Migration.unapply


def runs(operations: list[Operation]) -> Iterator[list[Operation]]:
    """The operations in their order: additions that may be made together, and each other one by itself.

    A field of a model that was there is touched once in a run: between two changes of it lies a state of its own.
    """
    run: list[Operation] = []
    touched: set[tuple[str, str]] = set()
    for operation in chain.from_iterable(one.models if isinstance(one, CreateModels) else [one] for one in operations):
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
        state.clear_delayed_apps_cache()
        return _apply_plainly(migration, state, schema_editor, collect_sql)
    for run in runs(list(migration.operations)):
        if not _knows_enough(run, migration.app_label, state):
            state.clear_delayed_apps_cache()
        before = state.clone()
        _move_on(run, migration.app_label, state)
        for operation in _of_older_models(run):
            operation.database_forwards(migration.app_label, schema_editor, before, state)
    return state


def _unapply(migration: Migration, state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
    """In place of Migration.unapply."""
    may = all(operation.reversible for operation in migration.operations)
    if collect_sql or not may or not migration.atomic or not schema_editor.atomic_migration:
        return _unapply_plainly(migration, state, schema_editor, collect_sql)
    steps, after = [], state
    for run in runs(list(migration.operations)):
        before, after = after, after.clone()
        if len(run) > 1:
            after.__dict__.pop("apps", None)
        for operation in run:
            operation.state_forwards(migration.app_label, after)
        steps.append((run, before, after))
    for run, before, after in reversed(steps):
        for operation in reversed(_of_older_models(run)):
            # A constraint is taken off the model as it was with it: it may be of fields that the run adds.
            target = after if isinstance(operation, AddConstraint) else before
            operation.database_backwards(migration.app_label, schema_editor, after, target)
    return state


def _knows_enough(run: list[Operation], app_label: str, state: Any) -> bool:
    """Whether it is made without a look at models that only refer to those it touches.

    What a key is changed to, those that refer to it change to; and the code of a migration may look at anything.
    """
    fields = []
    for operation in run:
        if isinstance(operation, AlterField):
            model = state.models.get((app_label, operation.model_name_lower))  # None: the run makes it
            fields += [operation.field, model.fields[operation.name] if model else operation.field]
    return isinstance(run[0], (*ADDITIONS, Sql)) and not any(field.primary_key or field.unique for field in fields)


def _move_on(run: list[Operation], app_label: str, state: Any) -> None:
    """The state after the run, with what it touches rendered once."""
    enough = _knows_enough(run, app_label, state)
    rendered = state.__dict__.pop("apps", None)
    for operation in run:
        operation.state_forwards(app_label, state)
    if rendered is None or not enough:
        return
    state.apps = rendered
    if touched := {(app_label, name) for operation in run if (name := _touched(operation))}:
        state.is_delayed = True
        state._reload(touched)


def _touched(operation: Operation) -> str:
    return getattr(operation, "model_name_lower", "") or getattr(operation, "name_lower", "")


def _of_older_models(run: list[Operation]) -> list[Operation]:
    """Without what the run adds to models that it makes: they are made with it."""
    made = {operation.name_lower for operation in run if isinstance(operation, CreateModel)}
    return [
        operation
        for operation in run
        if isinstance(operation, CreateModel) or getattr(operation, "model_name_lower", "") not in made
    ]


def _remembered_settings() -> Callable[..., str | None]:
    """In place of Apps.get_swappable_settings_name, which forgets at each rendered model and is asked by each field.

    The program's own models, which it looks through, do not change meanwhile.
    """
    look = Apps.get_swappable_settings_name.__wrapped__  # type: ignore[attr-defined]
    known: dict[str, str | None] = {}

    def settings_name(registry: Apps, to: str) -> str | None:
        if registry is not apps:
            return look(registry, to)  # type: ignore[no-any-return]
        if to not in known:
            known[to] = look(registry, to)
        return known[to]

    settings_name.cache_clear = lambda: None  # type: ignore[attr-defined]
    return settings_name


@contextmanager
def batched() -> Iterator[None]:
    """Migrations applied and taken back meanwhile make their additions in runs."""
    with (
        patch.object(Migration, "apply", _apply),
        patch.object(Migration, "unapply", _unapply),
        patch.object(Apps, "get_swappable_settings_name", _remembered_settings()),
    ):
        yield
