"""Whether what a rule names is there: a misspelt warehouse, category or country would never be met, and nobody told."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from orders.automation.actions import ACTIONS
from orders.automation.conditions import OPERATORS, Mistake
from orders.automation.fields import fields_of
from orders.automation.listed import parts_of
from orders.selectors.rule_choices import unknown_of


def unknown_names(
    conditions: Mapping[str, Any], actions: Sequence[Mapping[str, str]], *, subject: str, company_id: int
) -> list[Mistake]:
    """A mistake for each value of a closed list that is not on it. Statements: 1 for each list that is named, at most."""
    return [
        Mistake(path, _("there is no “%(value)s” to choose from") % {"value": ", ".join(missing)[:120]})
        for path, source, values in (*_compared(conditions, subject), *_given(actions))
        if (missing := unknown_of(source, values, company_id=company_id))
    ]


def _compared(conditions: Mapping[str, Any], subject: str) -> Iterator[tuple[str, str, list[str]]]:
    known = fields_of(subject)
    for g, group in enumerate(conditions.get("groups", [])):
        for r, row in enumerate(group.get("rows", [])):
            field = known[row["field"]]
            takes = {operator.code: operator.takes for operator in OPERATORS[field.kind]}
            if field.is_closed and takes[row["op"]] in ("list", "number"):
                yield f"conditions.groups[{g}].rows[{r}].value", field.source, parts_of(str(row["value"]))


def _given(actions: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str, list[str]]]:
    for place, action in enumerate(actions):
        for param in ACTIONS[action["action"]].params:
            if param.is_closed and action.get(param.name):
                yield f"actions[{place}].{param.name}", param.source, [action[param.name]]
