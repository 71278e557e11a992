"""Gift cards and store credit over HTTP: what is left on a code."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.errors import NotFound
from accounting.models import Company, StoredValue
from accounting.selectors import stored_value_by_code
from backoffice.core.api.actions import ActionAccess, own_rows


class CodeIn(serializers.Serializer[Any]):
    company = serializers.CharField(
        max_length=60, required=False, help_text="Its code; where the caller has one, empty."
    )
    code = serializers.CharField(max_length=60)


class StoredValueOut(serializers.ModelSerializer[StoredValue]):
    open_amount = serializers.DecimalField(max_digits=24, decimal_places=6)

    class Meta:
        model = StoredValue
        fields = ["id", "kind", "code_hint", "currency", "amount", "open_amount", "date", "expires_on"]


class StoredValueViewSet(ActionAccess, viewsets.GenericViewSet[StoredValue]):
    """Nobody lists cards; whoever knows a code is told what is left on it."""

    access = {"balance": ("payments:read", "accounting.view_storedvalue")}
    queryset = StoredValue.objects.none()
    serializer_class = StoredValueOut

    @extend_schema(request=CodeIn, responses=StoredValueOut)
    @action(detail=False, methods=["post"])
    def balance(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What is left on a gift card or store credit. A POST, so that codes stand in no log of addresses."""
        body = CodeIn(data=request.data)
        body.is_valid(raise_exception=True)
        companies = own_rows(request, Company.objects.order_by("pk"), company="pk")
        if named := body.validated_data.get("company"):
            companies = companies.filter(code=named)
        company_ids = list(companies.values_list("pk", flat=True)[:2])
        if len(company_ids) != 1:
            raise NotFound(_("Name one company of yours."))
        value = stored_value_by_code(company_ids[0], body.validated_data["code"])
        return Response(StoredValueOut(value).data)
