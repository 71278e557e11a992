"""What the sync's lists have in common: a list, a detail, and steps over several rows."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess
from backoffice.core.errors import DomainError

READ, WRITE = "connections:read", "connections:write"
MOST = 500


class NothingOpen(DomainError):
    """None of the rows that were named is in a state in which this can be done; nothing was changed."""

    code = "nothing_open"


class RowsIn(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=MOST
    )
    reason = serializers.CharField(max_length=300)


class ChangedRowsOut(serializers.Serializer[Any]):
    changed = serializers.IntegerField()


AGAIN = OpenApiExample(
    "Two of them", {"ids": [17, 18], "reason": "The carrier's code is mapped now"}, request_only=True
)


class Rows(ActionAccess, viewsets.GenericViewSet[Any]):
    """A list, a detail, and steps over several rows."""

    lookup_value_regex = r"[0-9]{1,18}"

    def list(self, request: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Any, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def _given(self, request: Any) -> tuple[Sequence[int], str]:
        """(ids of the key's own rows, reason): a foreign id is as if it did not exist."""
        given = RowsIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = self.get_queryset().filter(pk__in=given.validated_data["ids"])
        return tuple(wanted.order_by("pk").values_list("pk", flat=True)), given.validated_data["reason"]
