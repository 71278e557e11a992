"""A rule as a sentence, and what its form needs to know."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.show import show_number
from orders.automation.actions import ACTIONS, in_words
from orders.automation.conditions import OPERATORS
from orders.automation.fields import BY_SUBJECT, Field, Kind, fields_of
from orders.automation.listed import joined, parts_of
from orders.automation.triggers import SUBJECTS, subject_of
from orders.models import RuleTrigger

Labels = Mapping[str, Sequence[tuple[str, str]]]  # what values are called, by source


def conditions_in_words(conditions: Mapping[str, Any], subject: str, labels: Labels) -> str:
    """Such as "Total is more than 500 and (Channel is (one of) web or Tags has one of vip)"; empty: no conditions."""
    known = fields_of(subject)
    groups = []
    for group in conditions.get("groups", []):
        rows = [_row(row, known, labels) for row in group.get("rows", [])]
        joined = _joined(rows, group.get("match", "all"))
        groups.append(f"({joined})" if len(rows) > 1 and len(conditions["groups"]) > 1 else joined)
    return _joined([group for group in groups if group], conditions.get("match", "all"))


def actions_in_words(actions: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(in_words(action) for action in actions)


def _joined(parts: Sequence[str], match: str) -> str:
    return (f" {_('and')} " if match == "all" else f" {_('or')} ").join(parts)


def value_in_words(field: Field, value: str, labels: Labels) -> str:
    """A fact or a value, kept as text, as the reader reads it: yes, 1,200, United Kingdom."""
    if field.kind == Kind.FLAG:
        return _("yes") if value == "yes" else _("no")
    if field.kind == Kind.NUMBER and not field.source:
        try:
            return show_number(Decimal("".join(value.split()).replace(",", ".")))
        except InvalidOperation:
            return value
    names = {code.casefold(): name for code, name in labels.get(field.source, ())}
    if field.kind == Kind.TEXT and not names:
        return value
    return joined(names.get(part.casefold(), part) for part in parts_of(value))


def _row(row: Mapping[str, Any], known: Mapping[str, Any], labels: Labels) -> str:
    field = known.get(row.get("field", ""))
    if field is None:
        return "?"
    operator = next((found for found in OPERATORS[field.kind] if found.code == row.get("op")), None)
    value = value_in_words(field, str(row.get("value", "")), labels) if operator and operator.takes else ""
    return " ".join(str(part) for part in (field.label, operator.label if operator else "?", value) if part)


def form_words(choices: Labels) -> dict[str, Any]:
    """All that the form's script offers: fields, operators and actions, in the reader's language."""
    return {
        "subjects": dict(SUBJECTS),
        "fields": {
            subject: [
                {
                    "code": field.code, "label": str(field.label), "kind": field.kind.value, "group": str(field.group),
                    "options": list(choices.get(field.source, ())), "closed": field.is_closed,
                }
                for field in fields
            ]
            for subject, fields in BY_SUBJECT.items()
        },
        "operators": {
            kind.value: [
                {"code": operator.code, "label": str(operator.label), "takes": operator.takes} for operator in operators
            ]
            for kind, operators in OPERATORS.items()
        },
        "actions": [
            {
                "code": action.code, "label": str(action.label), "subjects": list(action.subjects),
                "params": [
                    {
                        "name": param.name, "label": str(param.label), "kind": param.kind, "required": param.required,
                        "most": param.most, "choices": [[code, str(label)] for code, label in param.choices],
                        "options": list(choices.get(param.source, ())), "closed": param.is_closed,
                    }
                    for param in action.params
                ],
            }
            for action in ACTIONS.values()
        ],
        "texts": {
            "all": _("all of these"), "any": _("any of these"), "add_row": _("Add a condition"),
            "add_group": _("Add a group"), "remove": _("Remove"), "pick": _("Add a value…"), "add_action": _("Add an action"),
            "value": _("Value"), "several": _("one, or several with commas; one with a comma in \"quotation marks\""), "choose": _("Choose…"),
            "and": _("and"), "or": _("or"), "match": _("Holds if"),
        },
    }  # fmt: skip


def sentence(trigger: str, conditions: Mapping[str, Any], actions: Sequence[Mapping[str, str]], labels: Labels) -> str:
    """The whole rule: "When …, if …: …"."""
    when = RuleTrigger(trigger).label
    if words := conditions_in_words(conditions, subject_of(trigger), labels):
        return _("When: %(when)s. If: %(if)s. Then: %(then)s.") % {
            "when": when, "if": words, "then": actions_in_words(actions),
        }  # fmt: skip
    return _("When: %(when)s. Then: %(then)s.") % {"when": when, "then": actions_in_words(actions)}
