"""Writing many things in one request: each item is done or refused by itself, with all that is wrong with it.

Statements do not grow with the items. The whole is one transaction with its Idempotency-Key: sent again, it is
answered as before. What a row of a table import may hold, an item may hold, under the same names.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from backoffice.core import tabular
from backoffice.core.actor import Actor
from backoffice.core.registry import TableImport
from backoffice.core.tabular.columns import Column, RowError, read_row
from backoffice.core.tabular.reading import Line

MAX_ITEMS = 1000
ITEM_STATES = [("done", "done"), ("already", "already"), ("refused", "refused")]


class ItemErrorOut(serializers.Serializer[Any]):
    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    code = serializers.CharField()


class ItemResultOut(serializers.Serializer[Any]):
    """index: of the item, from 0. state: done, already (so before) or refused (nothing was written for it)."""

    index = serializers.IntegerField()
    state = serializers.ChoiceField(ITEM_STATES)
    id = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    errors = ItemErrorOut(many=True)  # type: ignore[assignment]  # a field, as the answer names it


class BatchOut(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    already = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = ItemResultOut(many=True)


class TableBatchIn(serializers.Serializer[Any]):
    """items: one object each, with the columns of the import of the same noun. A column left out stays as it is."""

    items = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MAX_ITEMS)
    company = serializers.SlugField(required=False, help_text="Only where the caller's key is bound to none.")


def answer(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer of a batch, with its counts."""
    states = [result["state"] for result in results]
    counts = {state: states.count(state) for state in ("done", "already", "refused")}
    return BatchOut(counts | {"results": results}).data


def result(
    index: int, state: str, *, id: int | None = None, code: str = "", detail: str = "", errors: Sequence[Any] = ()
) -> dict[str, Any]:
    return {"index": index, "state": state, "id": id, "code": code, "detail": detail, "errors": list(errors)}


def refused(index: int, errors: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """An item with what is wrong with it, field by field."""
    return result(index, "refused", code="invalid_input", detail=str(errors[0]["message"]), errors=errors)


Refuse = Callable[[Mapping[str, Any]], RowError | None]


def apply_items(
    noun: TableImport,
    items: Sequence[Mapping[str, Any]],
    *,
    company_id: int,
    actor: Actor,
    refuse: Refuse = lambda item: None,
) -> Any:
    """Do the items as rows of an import. refuse: what the caller may not touch. Statements: those of the noun's
    checker and of its apply.
    """
    rows = [_row(noun.columns, number, item) for number, item in enumerate(items, 1)]
    for row, item in zip(rows, items, strict=True):
        if (error := refuse(item)) is not None:
            row.errors.append(error)
    checker = noun.checker(company_id)
    checker.look(rows)
    plans = checker.check(rows)
    done = noun.apply(rows, company_id, actor)
    results = []
    for index, (row, plan, outcome) in enumerate(zip(rows, plans, done, strict=True)):
        errors = [error.as_dict() for error in (*row.errors, *plan.errors)]
        if errors:
            results.append(refused(index, errors))
        else:
            results.append(result(index, outcome.state, code=outcome.code, detail=outcome.detail))
    return answer(results)


def _row(columns: Sequence[Column], number: int, item: Mapping[str, Any]) -> tabular.Row:
    known = {column.name: column for column in columns}
    given = [known[name] for name in item if name in known]
    missing = [column for column in columns if column.required and column.name not in item]
    row = read_row(
        Line(number, [*(_cell(column, item[column.name]) for column in given), *("" for _one in missing)]),
        [*given, *missing],
    )
    for name in item:
        if name not in known:
            row.wrong(str(name)[:60], _("There is no such field."), "unknown_field")
    return row


def _cell(column: Column, value: Any) -> str:
    """A JSON value as a cell that cannot be read in two ways."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "|".join(str(part) for part in value)
    if column.kind == "decimal":
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return str(value)[:100]
        text = f"{number:f}" if number.is_finite() and abs(number.adjusted()) < 30 else str(value)[:100]
        return f"{text}0" if "." in text else text  # 1.234 is no thousand
    return str(value).strip()
