"""Bills of materials and assembly over HTTP."""

from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from inventory import services
from inventory.api.costs.documents import READ, WRITE, CostDocuments, sku_of
from inventory.models import (
    AssemblyKind,
    AssemblyNeed,
    AssemblyOrder,
    AssemblyRun,
    BillOfMaterials,
    BomComponent,
    Location,
)
from inventory.selectors.assembly import assembly_runs


class BomPartIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    quantity = Amount()
    weight = Amount(required=False, allow_null=True)


class BomIn(serializers.Serializer[Any]):
    """The whole composition of one unit; labour and overhead of one unit in the company's currency."""

    sku = serializers.CharField(max_length=60)
    components = BomPartIn(many=True, min_length=1, max_length=200)
    labour_cost = Amount(required=False, default=Decimal(0))
    overhead_cost = Amount(required=False, default=Decimal(0))
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class BomPartOut(serializers.ModelSerializer[BomComponent]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = BomComponent
        fields = ["sku", "quantity", "weight"]


class BomOut(serializers.ModelSerializer[BillOfMaterials]):
    sku = serializers.CharField(source="sku.code")
    components = BomPartOut(many=True)

    class Meta:
        model = BillOfMaterials
        fields = ["id", "sku", "number", "labour_cost", "overhead_cost", "note", "components"]


class BomViewSet(CostDocuments):
    """Bills of materials, all versions; the highest number of a SKU counts."""

    access = {
        "list": ("catalogue:read", "inventory.view_billofmaterials"),
        "retrieve": ("catalogue:read", "inventory.view_billofmaterials"),
        "create": ("catalogue:write", "inventory.add_billofmaterials"),
    }
    serializer_class = BomOut

    def get_queryset(self) -> QuerySet[BillOfMaterials]:
        rows = BillOfMaterials.objects.select_related("sku").prefetch_related("components__sku").order_by("pk")
        return own_rows(self.request, rows)

    @extend_schema(request=BomIn, responses={201: BomOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What a SKU is made of from now on."""
        given = self._given(BomIn)
        sku = sku_of(request, given["sku"], "sku")
        parts = [
            services.BomPart(
                sku_of(request, part["sku"], f"components.{row}.sku").pk, part["quantity"], part.get("weight")
            )
            for row, part in enumerate(given["components"])
        ]
        bom = services.set_bill_of_materials(
            sku.pk,
            parts=parts,
            company_id=sku.company_id,
            actor=actor_of(request),
            labour_cost=given["labour_cost"],
            overhead_cost=given["overhead_cost"],
            note=given["note"],
        )
        return self._answer(bom.pk, 201)


class AssemblyIn(serializers.Serializer[Any]):
    """location: id of the bin or dock where what is made is put."""

    sku = serializers.CharField(max_length=60)
    quantity = Amount()
    kind = serializers.ChoiceField(AssemblyKind.choices, default=AssemblyKind.ASSEMBLE)
    location = serializers.IntegerField(min_value=1)
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class CompletedIn(serializers.Serializer[Any]):
    quantity = Amount()
    scrapped = Amount(required=False, default=Decimal(0))


class RunBackIn(ReasonIn):
    """run: its id, of this order."""

    run = serializers.IntegerField(min_value=1)


class NeedOut(serializers.ModelSerializer[AssemblyNeed]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = AssemblyNeed
        fields = ["sku", "quantity"]


class RunOut(serializers.ModelSerializer[AssemblyRun]):
    is_reversed = serializers.BooleanField(read_only=True)

    class Meta:
        model = AssemblyRun
        fields = ["id", "quantity", "scrapped", "cost", "scrap_cost", "effective_at", "is_reversed"]


class AssemblyOut(serializers.ModelSerializer[AssemblyOrder]):
    number = serializers.CharField()
    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code")
    needs = NeedOut(many=True)
    runs = RunOut(many=True)

    class Meta:
        model = AssemblyOrder
        fields = ["id", "number", "kind", "status", "sku", "warehouse", "quantity", "done", "note", "needs", "runs"]


class AssemblyViewSet(CostDocuments):
    """Goods made of others, or taken apart."""

    access = {
        "list": (READ, "inventory.view_assemblyorder"),
        "retrieve": (READ, "inventory.view_assemblyorder"),
        "create": (WRITE, "inventory.add_assemblyorder"),
        **dict.fromkeys(
            ("release", "complete", "reverse_run", "finish", "cancel"), (WRITE, "inventory.change_assemblyorder")
        ),
    }
    serializer_class = AssemblyOut

    def get_queryset(self) -> QuerySet[AssemblyOrder]:
        rows = AssemblyOrder.objects.select_related("sku", "warehouse").prefetch_related(
            "needs__sku", Prefetch("runs", assembly_runs())
        )
        return own_rows(self.request, rows.order_by("pk"))

    @extend_schema(request=AssemblyIn, responses={201: AssemblyOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft by the SKU's newest bill of materials."""
        given = self._given(AssemblyIn)
        sku = sku_of(request, given["sku"], "sku")
        place = own_rows(request, Location.objects.filter(pk=given["location"])).first()
        order = services.create_assembly_order(
            sku.pk,
            quantity=given["quantity"],
            company_id=sku.company_id,
            location_id=place.pk if place else 0,
            actor=actor_of(request),
            kind=given["kind"],
            note=given["note"],
        )
        return self._answer(order.pk, 201)

    @extend_schema(request=None, responses=AssemblyOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def release(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Claim what it takes."""
        return self._step(services.release_assembly_order, effective_at=timezone.now())

    @extend_schema(request=CompletedIn, responses=AssemblyOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def complete(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """So many are finished, so many spoilt."""
        given = self._given(CompletedIn)
        order = self.get_object()
        services.complete_assembly(
            order.pk,
            quantity=given["quantity"],
            scrapped=given["scrapped"],
            company_id=order.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
        )
        return self._answer(order.pk)

    @extend_schema(request=RunBackIn, responses=AssemblyOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="reverse-run")
    @idempotent()
    def reverse_run(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a run back: what it made leaves, what it took returns at the cost it left at."""
        given = self._given(RunBackIn)
        order = self.get_object()
        found = order.runs.filter(pk=given["run"]).first()
        services.reverse_assembly_run(
            found.pk if found else 0,
            company_id=order.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            reason=given["reason"],
        )
        return self._answer(order.pk)

    @extend_schema(request=ReasonIn, responses=AssemblyOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def finish(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give the rest up."""
        return self._step(services.finish_assembly_order, **self._given(ReasonIn))

    @extend_schema(request=ReasonIn, responses=AssemblyOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Nothing is made."""
        return self._step(services.cancel_assembly_order, **self._given(ReasonIn))

    def _step(self, service: Any, **given: Any) -> Response:
        order = self.get_object()
        service(order.pk, company_id=order.company_id, actor=actor_of(self.request), **given)
        return self._answer(order.pk)
