"""Conditions: groups of comparisons, joined by AND or OR; what a person types never becomes a part of an expression.

{"match": "all", "groups": [{"match": "any", "rows": [{"field": "total", "op": "gt", "value": "500"}]}]}

An expression of the rule-engine library is built of our own field names and operators, and of names v0, v1, … whose
values are looked up when it is evaluated. Without groups everything matches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.automation.engine import compiled, matches
from orders.automation.fields import Field, Kind, Text, fields_of, plain
from orders.automation.listed import joined, parts_of

HIDDEN = "…"
MOST_GROUPS, MOST_ROWS, LONGEST = 10, 20, 300


@dataclass(frozen=True, slots=True)
class Operator:
    """template: of an expression, with {f} for the field and {v} for the value. takes: text, number, list or nothing."""

    code: str
    label: Text
    template: str
    takes: str = "text"


OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    Kind.NUMBER: (
        Operator("gt", gettext_lazy("is more than"), "{f} != null and {f} > {v}", "number"),
        Operator("ge", gettext_lazy("is at least"), "{f} != null and {f} >= {v}", "number"),
        Operator("lt", gettext_lazy("is less than"), "{f} != null and {f} < {v}", "number"),
        Operator("le", gettext_lazy("is at most"), "{f} != null and {f} <= {v}", "number"),
        Operator("eq", gettext_lazy("is exactly"), "{f} != null and {f} == {v}", "number"),
        Operator("ne", gettext_lazy("is not"), "{f} == null or {f} != {v}", "number"),
        Operator("empty", gettext_lazy("is not known"), "{f} == null", ""),
    ),
    Kind.TEXT: (
        Operator("in", gettext_lazy("is (one of)"), "{f} in {v}", "list"),
        Operator("not_in", gettext_lazy("is not (any of)"), "not ({f} in {v})", "list"),
        Operator("contains", gettext_lazy("contains"), "{v} in {f}"),
        Operator("lacks", gettext_lazy("does not contain"), "not ({v} in {f})"),
        Operator("starts", gettext_lazy("begins with"), "{f}.starts_with({v})"),
        Operator("empty", gettext_lazy("is empty"), "{f} == ''", ""),
        Operator("filled", gettext_lazy("is not empty"), "{f} != ''", ""),
    ),
    Kind.LIST: (
        Operator("any", gettext_lazy("has one of"), "[x for x in {f} if x in {v}].length > 0", "list"),
        Operator("none", gettext_lazy("has none of"), "[x for x in {f} if x in {v}].length == 0", "list"),
        Operator("only", gettext_lazy("has only"), "{f}.length > 0 and [x for x in {f} if not (x in {v})].length == 0", "list"),
        Operator("any_starts", gettext_lazy("has one that begins with"), "[x for x in {f} if x.starts_with({v})].length > 0"),
        Operator("empty", gettext_lazy("has none at all"), "{f}.length == 0", ""),
    ),
    Kind.FLAG: (
        Operator("yes", gettext_lazy("yes"), "{f}", ""),
        Operator("no", gettext_lazy("no"), "not {f}", ""),
    ),
}  # fmt: skip
_TAKEN = {"number": Kind.NUMBER, "text": Kind.TEXT, "list": Kind.LIST}


@dataclass(frozen=True, slots=True)
class Mistake:
    """path: of the form's field, such as "conditions.groups[0].rows[1].value"."""

    path: str
    message: str


class BadConditions(ValueError):
    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(f"{m.path}: {m.message}" for m in mistakes))
        self.mistakes = list(mistakes)


class Conditions:
    """Compiled once, asked of many subjects' facts."""

    def __init__(self, given: Any, *, subject: str) -> None:
        """Raises BadConditions with every mistake."""
        self.fields: dict[str, Field] = {}
        self._values: dict[str, Any] = {}
        self._kinds: dict[str, Kind] = {}
        self._mistakes: list[Mistake] = []
        text = self._join(given, fields_of(subject))
        if self._mistakes:
            raise BadConditions(self._mistakes)
        self._rule = compiled(text, self._kinds) if text else None

    def hold(self, facts: Mapping[str, Any]) -> bool:
        """Whether they hold for these facts, by field code; what cannot be compared does not."""
        if self._rule is None:
            return True
        seen = {code: plain(facts.get(code), field.kind) for code, field in self.fields.items()}
        return matches(self._rule, self._values | seen)

    def looked(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What they looked at, as texts: why a rule fired. It is kept, so of what names a person only that it was there."""
        return {
            code: HIDDEN if field.is_personal and facts.get(code) else _shown(facts.get(code))
            for code, field in self.fields.items()
        }

    def _join(self, given: Any, known: Mapping[str, Field]) -> str:
        if not isinstance(given, Mapping):
            self._wrong("conditions", _("give an object with match and groups"))
            return ""
        groups = given.get("groups", [])
        if not isinstance(groups, list) or len(groups) > MOST_GROUPS:
            self._wrong("conditions.groups", _("give a list of at most %(most)s groups") % {"most": MOST_GROUPS})
            return ""
        parts = [self._group(group, known, f"conditions.groups[{n}]") for n, group in enumerate(groups)]
        return self._joined([part for part in parts if part], given.get("match", "all"), "conditions.match")

    def _group(self, group: Any, known: Mapping[str, Field], path: str) -> str:
        rows = group.get("rows", []) if isinstance(group, Mapping) else None
        if not isinstance(rows, list) or len(rows) > MOST_ROWS:
            self._wrong(f"{path}.rows", _("give a list of at most %(most)s comparisons") % {"most": MOST_ROWS})
            return ""
        parts = [self._row(row, known, f"{path}.rows[{n}]") for n, row in enumerate(rows)]
        return self._joined([part for part in parts if part], group.get("match", "all"), f"{path}.match")

    def _joined(self, parts: list[str], match: Any, path: str) -> str:
        if match not in ("all", "any"):
            self._wrong(path, _("is all or any"))
            return ""
        return (" and " if match == "all" else " or ").join(f"({part})" for part in parts)

    def _row(self, row: Any, known: Mapping[str, Field], path: str) -> str:
        if not isinstance(row, Mapping):
            self._wrong(path, _("give field, op and value"))
            return ""
        field = known.get(str(row.get("field", "")))
        if field is None:
            self._wrong(f"{path}.field", _("choose what to look at"))
            return ""
        found = [operator for operator in OPERATORS[field.kind] if operator.code == row.get("op")]
        if not found:
            self._wrong(f"{path}.op", _("choose how to compare"))
            return ""
        [operator] = found
        name = f"v{len(self._values)}"
        if operator.takes:
            value = self._value(row.get("value", ""), operator.takes, f"{path}.value")
            if value is None:
                return ""
            self._values[name], self._kinds[name] = value, _TAKEN[operator.takes]
        self.fields[field.code] = field
        self._kinds[field.code] = field.kind
        return operator.template.format(f=field.code, v=name)

    def _value(self, given: Any, takes: str, path: str) -> Any:
        text = str(given).strip()
        if not text:
            self._wrong(path, _("give a value"))
            return None
        if len(text) > LONGEST:
            self._wrong(path, _("give a value of at most %(most)s characters") % {"most": LONGEST})
            return None
        if takes == "number":
            try:
                number = Decimal("".join(text.split()).replace(",", "."))
            except InvalidOperation:
                number = Decimal("NaN")
            if not number.is_finite() or abs(number) >= 10**15:
                self._wrong(path, _("“%(value)s” is not a number") % {"value": text[:40]})
                return None
            return number
        if takes == "list":
            return [part.casefold() for part in parts_of(text)] or None
        return text.casefold()

    def _wrong(self, path: str, message: str) -> None:
        self._mistakes.append(Mistake(path, message))


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple | set):
        return joined(sorted(str(item) for item in value))[:200]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)[:200]
