"""The description has an example of every request and every main answer, and each is what its own schema allows."""

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from backoffice.core.api.examples import JSON, example_of


@cache
def description() -> dict[str, Any]:
    return json.loads(json.dumps(SchemaGenerator().get_schema(public=True), default=str))


def contents():
    """(what it is of, its media type's description) of every body that is JSON."""
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            if content := operation.get("requestBody", {}).get("content", {}).get(JSON):
                yield f"{method} {path} request", content
            for status, answer in operation["responses"].items():
                if status.startswith("2") and (content := answer.get("content", {}).get(JSON)):
                    yield f"{method} {path} {status}", content


def examples(content):
    return [content["example"]] if "example" in content else [one["value"] for one in content["examples"].values()]


def test_every_body_has_an_example_that_its_schema_allows():
    rows = list(contents())
    lacking = [name for name, content in rows if not (content.get("examples") or "example" in content)]
    wrong = []
    for name, content in rows:
        rules = {**content["schema"], "components": description()["components"]}
        check = jsonschema.Draft202012Validator(rules, format_checker=jsonschema.FormatChecker())
        for example in examples(content):
            wrong += [f"{name}: {error.json_path} {error.message}"[:200] for error in check.iter_errors(example)]

    assert lacking == []
    assert wrong == []
    assert len(rows) > 300  # negative control: the walk comes by them


def test_every_operation_that_answers_something_says_what():
    silent = [
        f"{method} {path}"
        for path, operations in description()["paths"].items()
        for method, operation in operations.items()
        if not any(status.startswith("2") for status in operation["responses"])
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "string", "maxLength": 3}, "tex"), ({"type": "integer", "minimum": 7}, 7), ({"type": ["null", "boolean"]}, True),
        ({"oneOf": [{"type": "null"}, {"type": "string", "format": "date"}]}, "2026-03-10"),
        ({"type": "array", "items": {"type": "string", "enum": ["", "a"]}, "minItems": 2}, ["a", "a"]),
        ({"$ref": "#/components/schemas/Thing"}, {"sku": "MUG-RED", "unit_price": "12.50"}),
    ],
)  # fmt: skip
def test_a_value_fits_its_kind_and_bounds(schema, wanted):
    thing = {
        "type": "object",
        "properties": {"sku": {"type": "string"}, "unit_price": {"type": "string", "format": "decimal"}},
    }

    assert example_of(schema, {"Thing": thing}) == wanted
