"""Returns to suppliers over HTTP."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import OptionalReasonIn, ReasonIn
from inventory import services
from inventory.api.moving import warehouse_id
from inventory.api.purchasing.fields import ABOVE_ZERO, MAX_LINES, READ, WRITE, Figure, skus_of, supplier_of
from inventory.models import SupplierReturn, SupplierReturnLine, SupplierReturnStatus


class SupplierReturnLineIn(serializers.Serializer[Any]):
    """line: the purchase order line that it came on, whose price is owed; else unit_price or the supplier's list."""

    sku = serializers.CharField(max_length=60)
    quantity = Figure(min_value=ABOVE_ZERO)
    line = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    unit_price = Figure(min_value=0, required=False, allow_null=True, default=None)


class SupplierReturnIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    supplier = serializers.CharField(max_length=60)
    warehouse = serializers.CharField(max_length=20)
    reason = serializers.CharField(max_length=300)
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    lines = SupplierReturnLineIn(many=True, min_length=1, max_length=MAX_LINES)


class SupplierReturnShippedIn(serializers.Serializer[Any]):
    """reference: the supplier's number of the return."""

    carrier = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class SupplierCreditedIn(serializers.Serializer[Any]):
    reference = serializers.CharField(max_length=60, help_text="The number of the supplier's credit note.")


class SupplierReturnLineOut(serializers.ModelSerializer[SupplierReturnLine]):
    sku = serializers.CharField(source="sku.code")
    line = serializers.IntegerField(source="po_line_id", allow_null=True)

    class Meta:
        model = SupplierReturnLine
        fields = ["id", "position", "sku", "line", "quantity", "shipped", "unit_price"]


class SupplierReturnOut(serializers.ModelSerializer[SupplierReturn]):
    """expected: what the supplier owes, in the company's currency, once it is shipped."""

    number = serializers.CharField(read_only=True)
    supplier = serializers.CharField(source="supplier.code")
    warehouse = serializers.CharField(source="warehouse.code")
    lines = SupplierReturnLineOut(many=True)

    class Meta:
        model = SupplierReturn
        fields = [
            "id", "number", "status", "supplier", "warehouse", "currency", "reference", "reason", "carrier",
            "tracking_number", "credit_reference", "expected", "shipped_at", "lines",
        ]  # fmt: skip


class SupplierReturnFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=SupplierReturnStatus.choices)
    supplier = django_filters.CharFilter(field_name="supplier__code")

    class Meta:
        model = SupplierReturn
        fields: list[str] = []


VIEW, CHANGE = "inventory.view_supplierreturn", "inventory.change_supplierreturn"


class SupplierReturnViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SupplierReturn]
):
    """Goods that go back: claimed when approved, gone when shipped, owed until credited."""

    access = {
        "list": (READ, VIEW),
        "retrieve": (READ, VIEW),
        "create": (WRITE, "inventory.add_supplierreturn"),
        **dict.fromkeys(("approve", "ship", "credit", "close", "cancel"), (WRITE, CHANGE)),
    }
    filterset_class = SupplierReturnFilter
    serializer_class = SupplierReturnOut

    def get_queryset(self) -> QuerySet[SupplierReturn]:
        lines = Prefetch("lines", SupplierReturnLine.objects.select_related("sku").order_by("position"))
        rows = SupplierReturn.objects.select_related("supplier", "warehouse").prefetch_related(lines)
        return own_rows(self.request, rows)

    @extend_schema(request=SupplierReturnIn, responses={201: SupplierReturnOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft."""
        body = SupplierReturnIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        lines = [
            services.SupplierReturnInput(sku_id, row["quantity"], row["line"], row["unit_price"])
            for sku_id, row in zip(skus_of(given["lines"], company_id), given["lines"], strict=True)
        ]
        made = services.create_supplier_return(
            lines,
            company_id=company_id,
            supplier_id=supplier_of(given["supplier"], company_id),
            warehouse_id=warehouse_id(company_id, given["warehouse"]),
            actor=actor_of(request),
            reason=given["reason"],
            reference=given["reference"],
        )
        return self._answer(made.pk, status=201)

    @extend_schema(request=OptionalReasonIn, responses=SupplierReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Claim the goods."""
        return self._step(services.approve_supplier_return, request, OptionalReasonIn, wanted_at=timezone.now())

    @extend_schema(request=SupplierReturnShippedIn, responses=SupplierReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def ship(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The goods leave at their cost; the purchase prices are owed."""
        return self._step(services.ship_supplier_return, request, SupplierReturnShippedIn, effective_at=timezone.now())

    @extend_schema(request=SupplierCreditedIn, responses=SupplierReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def credit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The supplier's credit note has come."""
        return self._step(services.credit_supplier_return, request, SupplierCreditedIn)

    @extend_schema(request=OptionalReasonIn, responses=SupplierReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def close(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Nothing more is to be done."""
        return self._step(services.close_supplier_return, request, OptionalReasonIn)

    @extend_schema(request=ReasonIn, responses=SupplierReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The goods stay; their claims are given back."""
        return self._step(services.cancel_supplier_return, request, ReasonIn)

    def _step(self, service: Callable[..., Any], request: Any, body: Any, **more: Any) -> Response:
        given = body(data=request.data)
        given.is_valid(raise_exception=True)
        found = self.get_object()
        service(found.pk, company_id=found.company_id, actor=actor_of(request), **given.validated_data, **more)
        return self._answer(found.pk)

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        return Response(SupplierReturnOut(self.get_queryset().get(pk=pk)).data, status=status)
