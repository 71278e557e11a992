"""An example of every request and of every operation's main answer in the description.

A hand-written example stands where there is one; the others are made of the operation's own schema: each field has a value
that its name, its kind and its bounds allow, so that an example cannot grow out of date.
"""

import re
from collections.abc import Mapping
from typing import Any

JSON = "application/json"
# By a field's name, or how it ends; the first that fits the field's kind and bounds is taken.
TEXTS: Mapping[str, str] = {
    "sku": "MUG-RED", "channel_sku": "MUG-RED", "external_sku": "MUG-RED", "currency": "EUR", "country": "DE", "email": "nino@shop.example",
    "phone": "+995 32 200 0000", "number": "SO-2026-00017", "reason": "Damaged in transport", "note": "Leave it at the door",
    "barcode": "4006381333931", "tracking_number": "1Z999AA10123456784", "carrier": "UPS", "line1": "Rustaveli 1", "city": "Tbilisi",
    "postcode": "0108", "language": "en", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "url": "https://shop.example/hook",
    "external_id": "5001", "code": "MAIN", "name": "Red mug", "title": "Red mug", "description": "A mug of red clay.", "unit": "each",
    "event": "order.placed", "topic": "order.placed", "account": "1200", "lot": "L-2026-03", "serial": "SN-000123", "location": "A-01-02",
    "warehouse": "MAIN", "channel": "web", "company": "MUGS", "customer": "Nino Abashidze", "message": "Done", "detail": "It is done.",
    "cursor": "7421.1773144000.5120-17.5120-9", "job": "pull_orders", "tax_code": "standard", "hs_code": "691200", "version": "3",
}  # fmt: skip
NUMBERS: Mapping[str, str] = {
    "quantity": "2", "price": "12.50", "amount": "12.50", "total": "37.50", "tax": "6.25", "rate": "0.19", "net": "31.25",
    "weight": "0.45", "cost": "5.00", "percent": "10", "value": "25.00", "balance": "0.00",
}  # fmt: skip
FORMATS: Mapping[str, Any] = {
    "date-time": "2026-03-10T12:00:00Z", "date": "2026-03-10", "uuid": "7f9c24e8-3b12-4d5f-9a70-1c2d3e4f5a6b",
    "email": "nino@shop.example", "uri": "https://shop.example/hook", "decimal": "12.50", "duration": "01:00:00", "binary": "",
    "ipv4": "203.0.113.7",
}  # fmt: skip
# What the framework says of pages names hosts that are not ours.
PAGES: Mapping[str, Any] = {"next": "https://back.shop.example/api/v1/orders/?cursor=cD00ODY%3D", "previous": None}
SHAPES = (
    "12.5", "DE", "EUR", "en", "https://track.example/{number}", "12345678", "123456", "1234", "12", "2", "a1", "A1", "MUG-RED",
    "2026-03", "12:00:00",
)  # fmt: skip
DEPTH = 6


def give_examples(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook: the description with an example wherever JSON is sent or answered."""
    schemas = result.get("components", {}).get("schemas", {})
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            _give(operation.get("requestBody", {}).get("content", {}), schemas)
            for status, answer in operation.get("responses", {}).items():
                if str(status).startswith("2"):
                    _give(answer.get("content", {}), schemas)
    return result


def _give(content: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    media = content.get(JSON)
    if media is not None and "example" not in media and not media.get("examples") and "schema" in media:
        media["example"] = example_of(media["schema"], schemas)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that the schema allows. name: of the field that it is for."""
    schema = _resolved(schema, schemas)
    if name in PAGES:
        return PAGES[name]
    for given in ("example", "const", "default"):
        if schema.get(given) not in (None, ""):
            return schema[given]
    if "enum" in schema:
        return next((value for value in schema["enum"] if value not in (None, "")), schema["enum"][0])
    kind = _kind(schema)
    if kind == "object" or "properties" in schema:
        return _object(schema, schemas, depth)
    if kind == "array":
        several = (
            []
            if depth > DEPTH and not schema.get("minItems")
            else [example_of(schema.get("items", {}), schemas, name, depth + 1)]
        )
        return several * max(1, int(schema.get("minItems", 1))) if several else []
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return _number(schema, name, kind)
    return _text(schema, name)


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """References followed; of alternatives the first that is not null; what belongs together, together."""
    for _step in range(10):
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**schemas[str(schema["$ref"]).rsplit("/", 1)[1]], **rest}
        elif "allOf" in schema:
            rest = {key: value for key, value in schema.items() if key != "allOf"}
            for part in schema["allOf"]:
                rest = {**_resolved(part, schemas), **rest}
            schema = rest
        elif choices := schema.get("oneOf") or schema.get("anyOf"):
            chosen = next((one for one in choices if one.get("type") != "null"), choices[0])
            rest = {key: value for key, value in schema.items() if key not in ("oneOf", "anyOf")}
            schema = {**rest, **chosen}
        else:
            break
    return schema


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object" if "additionalProperties" in schema else "string")
    return next((one for one in kind if one != "null"), "string") if isinstance(kind, list) else str(kind)


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    needed = set(schema.get("required", ()))
    found = {
        name: example_of(part, schemas, name, depth + 1)
        for name, part in schema.get("properties", {}).items()
        if depth <= DEPTH or name in needed
    }
    free = schema.get("additionalProperties")
    if not found and isinstance(free, Mapping) and free:
        found["name"] = example_of(free, schemas, "name", depth + 1)
    return found


def _by_name(words: Mapping[str, str], name: str) -> str | None:
    return words.get(name) or next((value for end, value in words.items() if name.endswith(f"_{end}")), None)


def _number(schema: Mapping[str, Any], name: str, kind: str) -> Any:
    least, most = schema.get("minimum"), schema.get("maximum")
    value: Any = float(_by_name(NUMBERS, name) or "2")
    value = int(value) if kind == "integer" else value
    if least is not None and value < least:
        value = least
    return most if most is not None and value > most else value


def _text(schema: Mapping[str, Any], name: str) -> str:
    shape = str(schema.get("format", ""))
    pattern = str(schema.get("pattern", ""))
    if shape == "decimal" or pattern.startswith(r"^-?\d"):
        return _fitting(pattern, _by_name(NUMBERS, name) or "12.50")
    if shape in FORMATS and not pattern:
        return str(FORMATS[shape])
    text = _by_name(TEXTS, name) or name.replace("_", " ") or "text"
    if pattern:
        text = _fitting(pattern, text)
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    text = text if len(text) >= least else text.ljust(least, "x")
    return text if most is None else text[: int(most)]


def _fitting(pattern: str, text: str) -> str:
    """The text, or the first of some others, that the pattern allows."""
    return next((one for one in (text, text.upper(), text.lower(), *SHAPES) if re.search(pattern, one)), text)
