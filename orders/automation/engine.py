"""The rule-engine library, loaded when the first rule is asked: at its import it makes its grammar's tables anew."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from orders.automation.fields import Kind


@cache
def _library() -> Any:
    import rule_engine

    return rule_engine


@cache
def _types() -> Mapping[Kind, Any]:
    kinds = _library().DataType
    return {
        Kind.NUMBER: kinds.FLOAT,
        Kind.TEXT: kinds.STRING,
        Kind.LIST: kinds.ARRAY(kinds.STRING),
        Kind.FLAG: kinds.BOOLEAN,
    }


def compiled(expression: str, kinds: Mapping[str, Kind]) -> Any:
    """The rule of an expression whose names are of these kinds."""
    types = {name: _types()[kind] for name, kind in kinds.items()}
    context = _library().Context(type_resolver=_library().type_resolver_from_dict(types))
    return _library().Rule(expression, context=context)


def matches(rule: Any, values: Mapping[str, Any]) -> bool:
    """Whether it holds for these values; what cannot be compared does not."""
    try:
        return bool(rule.matches(values))
    except _library().EngineError:
        return False
