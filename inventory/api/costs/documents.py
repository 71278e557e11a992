"""What the API of costs' documents shares."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import mixins, serializers, viewsets
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, own_rows
from backoffice.core.errors import InvalidInput
from inventory.models import (
    Sku,
)

READ, WRITE = "stock:read", "stock:write"


class CostDocuments(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    def _answer(self, pk: int, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=status)

    def _given(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        body = serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)


def sku_of(request: Any, code: str, field: str) -> Sku:
    """A SKU that the caller may see, by code in any letter case. Raises InvalidInput naming the field."""
    found = own_rows(request, Sku.objects.filter(code__iexact=code)).first()
    if found is None:
        message = _("There is no SKU “%(code)s”.") % {"code": code}
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": field, "message": message, "code": "unknown_sku"}],
        )
    return found
