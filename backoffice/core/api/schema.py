"""What drf-spectacular cannot see by itself."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.generics import GenericAPIView

from backoffice.core.api.idempotency import HEADER, AcceptsKeys

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OPTIONAL_KEY = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, description="Sent again under it, the request has one effect and one answer."
)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Documents the Api-Key header."""

    target_class = "backoffice.core.api.auth.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Authorization: Api-Key <key>`. The key is shown once, when it is made.",
        }


CLOCK = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"


class HouseSchema(AutoSchema):
    """A field that answers None where there is nothing may be null; a list of a plain view is what it says it is."""

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        mapped = super()._map_serializer_field(field, direction, bypass_extensions)
        if mapped and mapped.get("format") == "time":  # which wants a zone; ours is the place's clock
            mapped = {name: value for name, value in mapped.items() if name != "format"} | {"pattern": CLOCK}
        if direction == "response" and mapped and getattr(field, "default", 0) is None and not field.allow_null:
            return _or_null(mapped)
        return mapped

    def get_override_parameters(self) -> list[Any]:
        """Every write that may have an effect accepts an Idempotency-Key; most POSTs want one."""
        given = list(super().get_override_parameters())
        accepts = isinstance(self.view, AcceptsKeys) and getattr(self.view, "action", None) not in self.view.asks
        if self.method in _WRITES and accepts and not any(_name(one) == HEADER for one in given):
            given.append(OPTIONAL_KEY)
        return given

    def _get_paginator(self) -> Any:
        return super()._get_paginator() if self.method == "GET" else None  # a step's answer is never paged

    def _is_list_view(self, serializer: Any = None) -> bool:
        if isinstance(self.view, GenericAPIView):
            return super()._is_list_view(serializer)
        return bool(getattr(serializer, "many", False))


def _name(parameter: Any) -> str:
    return getattr(parameter, "name", "")


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if isinstance(kind, str):
        return {**schema, "type": [kind, "null"]}
    return schema if kind else {"oneOf": [schema, {"type": "null"}]}


PROBLEM = {
    "type": "object",
    "description": "RFC 9457. code names the refusal for programs, detail says it for people.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "context": {"type": "object", "description": "What the refusal is about.", "additionalProperties": True},
        "errors": {
            "type": "array",
            "description": "All that is wrong with the input, row by row.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "description": "Dotted, rows counted from 0: lines.2.quantity"},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
    "examples": [
        {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "code": "invalid_input",
            "detail": "Some fields are wrong; nothing was saved.",
            "errors": [{"field": "lines.2.quantity", "message": "must be above zero", "code": "min_value"}],
        }
    ],
}
REFUSALS = {
    "400": "The input is wrong: all of it is told at once, and nothing was written.",
    "401": "No key, or one that is not valid.",
    "403": "The key's scopes, or the person's rights, do not allow it.",
    "404": "There is no such row, or it is another channel's.",
    "409": "Refused by name, or the first request with this Idempotency-Key is still at work.",
    "412": "Somebody changed it since it was read (If-Match).",
    "429": "More requests than the key may send in a minute; Retry-After says when to go on.",
    "422": "The Idempotency-Key was used for another request.",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = {"csv": "text/csv", "xlsx": XLSX, "pdf": "application/pdf"}
_OF_WRITES = {"409", "412", "422"}


def document_refusals(result: Any, generator: Any, request: Any, public: Any) -> Any:
    """Every operation names how it refuses: problem+json, with examples."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            _document_files(operation)
            for status, text in REFUSALS.items():
                if method == "get" and status in _OF_WRITES:
                    continue
                operation["responses"].setdefault(status, {"description": text, "content": content})
            operation["responses"].setdefault("default", {"description": "Any other refusal.", "content": content})
    return result


def _document_files(operation: dict[str, Any]) -> None:
    """What can be had as a table file says so."""
    asked = next((one for one in operation.get("parameters", ()) if one["name"] == "as"), None)
    if asked:
        content = operation["responses"].get("200", {}).get("content", {})
        for name in asked["schema"].get("enum", ("csv", "xlsx")):
            if kind := FILES.get(name):
                content.setdefault(kind, {"schema": {"type": "string", "format": "binary"}})
