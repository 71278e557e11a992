"""Pages by cursor: no count over the table, and no row is skipped or repeated while others arrive."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Newest first; `limit` 1 to 200, 50 if not given; `next` and `previous` are whole addresses."""

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def get_page_size(self, request: Any) -> int:
        """Raises ValidationError for a limit that is none: who asks for a thousand must not take fifty for all."""
        text = request.query_params.get("limit")
        if text is None:
            return self.page_size
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= self.max_page_size:
            raise ValidationError({"limit": [_("Give 1 to %(most)s.") % {"most": self.max_page_size}]})
        return int(text)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == "limit":
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size}
        return parameters

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """OpenAPI 3.1 says null as a kind; the framework still says "nullable", which nothing reads there."""
        found = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            place = found["properties"][name]
            place["type"] = ["string", "null"]
            del place["nullable"], place["example"]
        return found
