"""What goods cost, over HTTP: landed cost, revaluations, standard prices, cost methods, assembly, valuation."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.errors import InvalidInput
from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from inventory import services
from inventory.models import (
    AssemblyKind,
    AssemblyNeed,
    AssemblyOrder,
    AssemblyRun,
    BillOfMaterials,
    BomComponent,
    CostMethod,
    LandedCost,
    LandedCostBasis,
    LandedCostKind,
    LandedCostLine,
    LandedCostShare,
    Location,
    Revaluation,
    RevaluationKind,
    RevaluationLine,
    Sku,
    SkuCost,
)
from inventory.selectors.valuation import Valuation, Valued

KEY_HEADER = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
READ, WRITE = "stock:read", "stock:write"


class Amount(serializers.DecimalField):
    def __init__(self, **values: Any) -> None:
        super().__init__(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **values)


class CostLineIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(LandedCostKind.choices)
    amount = Amount()


class LandedCostIn(serializers.Serializer[Any]):
    """moves: ids of the stock moves that brought the goods in. currency: the company's if empty."""

    company = serializers.SlugField(required=False)
    lines = CostLineIn(many=True, min_length=1, max_length=50)
    moves = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=1000)
    basis = serializers.ChoiceField(LandedCostBasis.choices, default=LandedCostBasis.VALUE)
    supplier = serializers.IntegerField(required=False, allow_null=True)
    currency = serializers.CharField(max_length=10, required=False, default="", allow_blank=True)
    is_estimate = serializers.BooleanField(default=False)
    effective_at = serializers.DateTimeField(required=False)
    reference = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class TrueUpIn(serializers.Serializer[Any]):
    lines = CostLineIn(many=True, min_length=1, max_length=50)
    reference = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class CostLineOut(serializers.ModelSerializer[LandedCostLine]):
    class Meta:
        model = LandedCostLine
        fields = ["kind", "amount"]


class CostShareOut(serializers.ModelSerializer[LandedCostShare]):
    sku = serializers.CharField(source="move.sku.code")

    class Meta:
        model = LandedCostShare
        fields = ["move", "sku", "value", "stock", "gone", "entry"]


class LandedCostOut(serializers.ModelSerializer[LandedCost]):
    number = serializers.CharField()
    lines = CostLineOut(many=True)
    shares = CostShareOut(many=True)

    class Meta:
        model = LandedCost
        fields = [
            "id",
            "number",
            "status",
            "basis",
            "currency",
            "is_estimate",
            "corrects",
            "reference",
            "lines",
            "shares",
        ]


class SplitOut(serializers.Serializer[Any]):
    move = serializers.IntegerField()
    value = Amount()
    stock = Amount()
    gone = Amount()


class _Documents(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    def _answer(self, pk: int, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=status)

    def _given(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        body = serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)


class LandedCostViewSet(_Documents):
    """Freight, duty, insurance over arrivals: drafted, previewed, posted, put right, reversed."""

    access = {
        "list": (READ, "inventory.view_landedcost"),
        "retrieve": (READ, "inventory.view_landedcost"),
        "preview": (READ, "inventory.view_landedcost"),
        "create": (WRITE, "inventory.add_landedcost"),
        "post_it": (WRITE, "inventory.change_landedcost"),
        "reverse": (WRITE, "inventory.change_landedcost"),
        "true_up": (WRITE, "inventory.change_landedcost"),
    }
    serializer_class = LandedCostOut

    def get_queryset(self) -> QuerySet[LandedCost]:
        rows = LandedCost.objects.prefetch_related("lines", "shares__move__sku").order_by("pk")
        return own_rows(self.request, rows)

    @extend_schema(request=LandedCostIn, responses={201: LandedCostOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft; nothing is posted yet."""
        given = self._given(LandedCostIn)
        document = services.create_landed_cost(
            [services.LandedCostLineInput(**line) for line in given["lines"]],
            move_ids=given["moves"],
            company_id=company_of(request, given.get("company")),
            effective_at=given.get("effective_at") or timezone.now(),
            actor=actor_of(request),
            basis=given["basis"],
            supplier_id=given.get("supplier"),
            currency=given["currency"],
            is_estimate=given["is_estimate"],
            reference=given["reference"],
        )
        return self._answer(document.pk, 201)

    @extend_schema(responses=SplitOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def preview(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """How posting it now would split it."""
        rows = [
            {"move": share.move_id, "value": result.stock + result.gone, "stock": result.stock, "gone": result.gone}
            for share, result in services.preview_landed_cost(self.get_object())
        ]
        return Response(SplitOut(rows, many=True).data)

    @extend_schema(request=None, responses=LandedCostOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="post")
    @idempotent()
    def post_it(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Put it on what is left of the arrivals and on where the rest went."""
        document = self.get_object()
        services.post_landed_cost(document.pk, company_id=document.company_id, actor=actor_of(request))
        return self._answer(document.pk)

    @extend_schema(request=ReasonIn, responses=LandedCostOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reverse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take it back from what is left now."""
        document, reason = self.get_object(), self._given(ReasonIn)["reason"]
        services.reverse_landed_cost(
            document.pk, company_id=document.company_id, actor=actor_of(request), reason=reason
        )
        return self._answer(document.pk)

    @extend_schema(request=TrueUpIn, responses={201: LandedCostOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="true-up")
    @idempotent()
    def true_up(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The bill of an estimate has come: post the differences as a document of their own."""
        document, given = self.get_object(), self._given(TrueUpIn)
        made = services.true_up_landed_cost(
            document.pk,
            lines=[services.LandedCostLineInput(**line) for line in given["lines"]],
            company_id=document.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            reference=given["reference"],
        )
        return self._answer(made.pk, 201)


class RevaluationLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    unit_cost = Amount()


class RevaluationIn(serializers.Serializer[Any]):
    """kind standard: new standard prices, valid from a day on."""

    company = serializers.SlugField(required=False)
    kind = serializers.ChoiceField(RevaluationKind.choices)
    valid_from = serializers.DateField(required=False)
    lines = RevaluationLineIn(many=True, min_length=1, max_length=1000)
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class RevaluationLineOut(serializers.ModelSerializer[RevaluationLine]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = RevaluationLine
        fields = ["sku", "unit_cost", "quantity", "change"]


class RevaluationOut(serializers.ModelSerializer[Revaluation]):
    number = serializers.CharField()
    lines = RevaluationLineOut(many=True)

    class Meta:
        model = Revaluation
        fields = ["id", "number", "kind", "status", "valid_from", "value", "note", "lines"]


class RevaluationViewSet(_Documents):
    """New values of stock, write-downs and standard prices, with approval."""

    access = {
        "list": (READ, "inventory.view_revaluation"),
        "retrieve": (READ, "inventory.view_revaluation"),
        "create": (WRITE, "inventory.add_revaluation"),
        **dict.fromkeys(("submit", "approve", "cancel", "reverse"), (WRITE, "inventory.change_revaluation")),
    }
    serializer_class = RevaluationOut

    def get_queryset(self) -> QuerySet[Revaluation]:
        return own_rows(self.request, Revaluation.objects.prefetch_related("lines__sku").order_by("pk"))

    @extend_schema(request=RevaluationIn, responses={201: RevaluationOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft; nothing changes yet."""
        given = self._given(RevaluationIn)
        document = services.create_revaluation(
            [
                services.RevaluationLineInput(sku_of(request, line["sku"], f"lines.{row}.sku").pk, line["unit_cost"])
                for row, line in enumerate(given["lines"])
            ],
            company_id=company_of(request, given.get("company")),
            kind=given["kind"],
            valid_from=given.get("valid_from") or timezone.localdate(),
            actor=actor_of(request),
            note=given["note"],
        )
        return self._answer(document.pk, 201)

    @extend_schema(request=None, responses=RevaluationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def submit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for approval; below the company's limit it is posted at once."""
        return self._step(services.submit_revaluation, effective_at=timezone.now())

    @extend_schema(request=None, responses=RevaluationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Approve and post it, if it is valid by now."""
        return self._step(services.approve_revaluation, effective_at=timezone.now())

    @extend_schema(request=ReasonIn, responses=RevaluationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It will not be posted."""
        return self._step(services.cancel_revaluation, **self._given(ReasonIn))

    @extend_schema(request=ReasonIn, responses=RevaluationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reverse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Post each change the other way."""
        return self._step(services.reverse_revaluation, effective_at=timezone.now(), **self._given(ReasonIn))

    def _step(self, service: Any, **given: Any) -> Response:
        document = self.get_object()
        service(document.pk, company_id=document.company_id, actor=actor_of(self.request), **given)
        return self._answer(document.pk)


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


class BomViewSet(_Documents):
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


class NeedOut(serializers.ModelSerializer[AssemblyNeed]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = AssemblyNeed
        fields = ["sku", "quantity"]


class RunOut(serializers.ModelSerializer[AssemblyRun]):
    class Meta:
        model = AssemblyRun
        fields = ["id", "quantity", "scrapped", "cost", "scrap_cost", "effective_at"]


class AssemblyOut(serializers.ModelSerializer[AssemblyOrder]):
    number = serializers.CharField()
    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code")
    needs = NeedOut(many=True)
    runs = RunOut(many=True)

    class Meta:
        model = AssemblyOrder
        fields = ["id", "number", "kind", "status", "sku", "warehouse", "quantity", "done", "note", "needs", "runs"]


class AssemblyViewSet(_Documents):
    """Goods made of others, or taken apart."""

    access = {
        "list": (READ, "inventory.view_assemblyorder"),
        "retrieve": (READ, "inventory.view_assemblyorder"),
        "create": (WRITE, "inventory.add_assemblyorder"),
        **dict.fromkeys(("release", "complete", "finish", "cancel"), (WRITE, "inventory.change_assemblyorder")),
    }
    serializer_class = AssemblyOut

    def get_queryset(self) -> QuerySet[AssemblyOrder]:
        rows = AssemblyOrder.objects.select_related("sku", "warehouse").prefetch_related("needs__sku", "runs")
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


class SkuCostOut(serializers.ModelSerializer[SkuCost]):
    sku = serializers.CharField(source="sku.code")
    method = serializers.ChoiceField(source="sku.cost_method", choices=CostMethod.choices)

    class Meta:
        model = SkuCost
        fields = ["id", "sku", "method", "quantity", "value"]


class MethodIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    method = serializers.ChoiceField(CostMethod.choices)
    reason = serializers.CharField(max_length=300)


class CostingChangedOut(serializers.Serializer[Any]):
    """change: what the stock was revalued by; above 0 or below only for standard cost."""

    sku = serializers.CharField()
    method = serializers.CharField()
    change = Amount()


class SkuCostViewSet(_Documents):
    """What each SKU's stock is worth now, and how it is costed. POST changes the method."""

    access = {
        "list": (READ, "inventory.view_skucost"),
        "retrieve": (READ, "inventory.view_skucost"),
        "create": (WRITE, "inventory.add_revaluation"),
    }
    serializer_class = SkuCostOut

    def get_queryset(self) -> QuerySet[SkuCost]:
        return own_rows(self.request, SkuCost.objects.select_related("sku").order_by("pk"))

    @extend_schema(request=MethodIn, responses={200: CostingChangedOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Cost a SKU by another method from now on."""
        given = self._given(MethodIn)
        sku = sku_of(request, given["sku"], "sku")
        change = services.change_cost_method(
            sku.pk,
            method=given["method"],
            company_id=sku.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            reason=given["reason"],
        )
        return Response(CostingChangedOut({"sku": sku.code, "method": given["method"], "change": change}).data)


class ValuationIn(serializers.Serializer[Any]):
    """after_sku, after_warehouse: of the last row that was read; `next` has them."""

    company = serializers.SlugField(required=False)
    at = serializers.DateTimeField(required=False, help_text="Empty: now.")
    clock = serializers.ChoiceField([("effective", "effective"), ("recorded", "recorded")], default="effective")
    per = serializers.ChoiceField([("sku", "sku"), ("warehouse", "warehouse")], default="warehouse")
    warehouse = serializers.CharField(max_length=20, required=False, default="")
    category = serializers.CharField(max_length=120, required=False, default="")
    limit = serializers.IntegerField(min_value=1, max_value=5000, default=1000)
    after_sku = serializers.CharField(max_length=60, required=False, default="")
    after_warehouse = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)


class ValuedOut(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    warehouse = serializers.CharField(help_text="Empty where a row is a SKU.")
    quantity = Amount()
    value = Amount()


class ValuationOut(serializers.Serializer[Any]):
    """value, count: of all rows, not of this page; without a warehouse or category the value equals the inventory
    accounts as of then. next: where the rows go on; empty on the last page."""

    value = Amount()
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    rows = ValuedOut(many=True)


class ValuationViewSet(ActionAccess, viewsets.ViewSet):
    """Stock and its value as of any instant, by either clock."""

    access = {"list": (READ, "inventory.view_skucost")}

    @extend_schema(parameters=[ValuationIn], responses=ValuationOut)
    def list(self, request: Any) -> Response:
        """Every SKU, or every SKU in every warehouse, in the order of the codes. Statements: 8."""
        body = ValuationIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        asked = Valuation(
            company_of(request, given.get("company")),
            given.get("at") or timezone.now(),
            given["clock"],
            "warehouse" if given["warehouse"] else given["per"],
            given["warehouse"],
            given["category"],
        )
        sums = asked.sums()
        rows = list(asked.rows(limit=given["limit"] + 1, after=(given["after_sku"], given["after_warehouse"])))
        more, rows = len(rows) > given["limit"], rows[: given["limit"]]
        return Response(
            ValuationOut(
                {
                    "value": sums.value,
                    "count": sums.rows,
                    "next": self._next(asked, rows[-1]) if more else None,
                    "rows": rows,
                }
            ).data
        )

    def _next(self, asked: Valuation, last: Valued) -> str:
        """The same question, from the last row on, as of the same instant."""
        query = self.request.GET.copy()
        query.update({"at": asked.at.isoformat()} if "at" not in query else {})
        query["after_sku"], query["after_warehouse"] = last.sku, last.warehouse
        return self.request.build_absolute_uri(f"?{query.urlencode()}")


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
