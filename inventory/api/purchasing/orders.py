"""Purchase orders over HTTP: written, approved, sent, confirmed, changed; every step is a POST of its own."""

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
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderRevision,
    PurchaseOrderStatus,
)


class PurchaseLineIn(serializers.Serializer[Any]):
    """unit_cost: left out, the supplier's price for the quantity."""

    sku = serializers.CharField(max_length=60)
    quantity = Figure(min_value=ABOVE_ZERO)
    unit_cost = Figure(min_value=0, required=False, allow_null=True, default=None)
    expected_date = serializers.DateField(required=False, allow_null=True, default=None)


class PurchaseLinesIn(serializers.Serializer[Any]):
    lines = PurchaseLineIn(many=True, min_length=1, max_length=MAX_LINES)


class PurchaseOrderIn(PurchaseLinesIn):
    """A draft. company only where the key is bound to none; currency: left out, the supplier's."""

    company = serializers.SlugField(required=False)
    supplier = serializers.CharField(max_length=60)
    warehouse = serializers.CharField(max_length=20)
    currency = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    expected_date = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class RevisedLineIn(serializers.Serializer[Any]):
    """A line as it should be. Without line: a new one of sku. quantity 0 calls a line off; expected_date null: the
    order's."""

    line = serializers.IntegerField(min_value=1, required=False)
    sku = serializers.CharField(max_length=60, required=False)
    quantity = Figure(min_value=0)
    unit_cost = Figure(min_value=0, required=False, allow_null=True, default=None)
    expected_date = serializers.DateField(required=False, allow_null=True, default=None)


class RevisionIn(serializers.Serializer[Any]):
    lines = RevisedLineIn(many=True, min_length=1, max_length=MAX_LINES)
    reason = serializers.CharField(max_length=300)


class ConfirmedLineIn(serializers.Serializer[Any]):
    """What the supplier said of a line; left out: as ordered."""

    line = serializers.IntegerField(min_value=1)
    quantity = Figure(min_value=0, required=False)
    date = serializers.DateField(required=False)
    unit_cost = Figure(min_value=0, required=False)


class ConfirmationIn(serializers.Serializer[Any]):
    """Without lines: all as ordered. reference: the supplier's number of the order."""

    lines = ConfirmedLineIn(many=True, required=False, max_length=MAX_LINES)
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class PurchaseOrderLineOut(serializers.ModelSerializer[PurchaseOrderLine]):
    """list_cost: what the supplier's list said when it was written; null: nothing."""

    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = PurchaseOrderLine
        fields = [
            "id", "position", "sku", "quantity", "received", "cancelled", "unit_cost", "list_cost", "expected_date",
            "confirmed_quantity", "confirmed_date", "confirmed_cost",
        ]  # fmt: skip


class RevisedOut(serializers.Serializer[Any]):
    """line: null for a new one; sku: its id."""

    line = serializers.IntegerField(allow_null=True)
    sku = serializers.IntegerField()
    position = serializers.IntegerField()
    quantity = Figure()
    unit_cost = Figure()
    expected_date = serializers.DateField(allow_null=True)


class PurchaseRevisionOut(serializers.ModelSerializer[PurchaseOrderRevision]):
    """Our change, or what the supplier confirmed differently; pending until it is applied or refused."""

    before = RevisedOut(many=True)
    after = RevisedOut(many=True)

    class Meta:
        model = PurchaseOrderRevision
        fields = [
            "number", "kind", "status", "before", "after", "total_before", "total_after", "reason", "made_by_label",
            "made_at", "decided_by_label", "decided_at", "decision",
        ]  # fmt: skip


class PurchaseOrderOut(serializers.ModelSerializer[PurchaseOrder]):
    """warehouse: null for one that goes straight to a customer. sent_revision: which the supplier has; null: none."""

    number = serializers.CharField(read_only=True)
    supplier = serializers.CharField(source="supplier.code")
    warehouse = serializers.CharField(source="warehouse.code", default=None, allow_null=True)
    lines = PurchaseOrderLineOut(many=True)
    revisions = PurchaseRevisionOut(many=True)

    class Meta:
        model = PurchaseOrder
        fields = [
            "id", "number", "status", "supplier", "warehouse", "currency", "reference", "supplier_reference",
            "ordered_at", "sent_at", "confirmed_at", "expected_date", "revision", "sent_revision", "note", "lines",
            "revisions",
        ]  # fmt: skip


class PurchaseOrderFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=PurchaseOrderStatus.choices)
    supplier = django_filters.CharFilter(field_name="supplier__code")
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    reference = django_filters.CharFilter()
    sku = django_filters.CharFilter(field_name="lines__sku__code", lookup_expr="iexact", distinct=True)

    class Meta:
        model = PurchaseOrder
        fields: list[str] = []


VIEW, CHANGE = "inventory.view_purchaseorder", "inventory.change_purchaseorder"
STEPS = (
    "lines", "submit", "approve", "refuse", "send", "confirm", "cancel", "close", "reopen", "revise",
    "approve_revision", "refuse_revision",
)  # fmt: skip


class PurchaseOrderViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PurchaseOrder]
):
    """Orders to suppliers with their lines and revisions."""

    access = {
        "list": (READ, VIEW),
        "retrieve": (READ, VIEW),
        "create": (WRITE, "inventory.add_purchaseorder"),
        **dict.fromkeys(STEPS, (WRITE, CHANGE)),
    }
    filterset_class = PurchaseOrderFilter
    serializer_class = PurchaseOrderOut

    def get_queryset(self) -> QuerySet[PurchaseOrder]:
        lines = Prefetch("lines", PurchaseOrderLine.objects.select_related("sku").order_by("position"))
        revisions = Prefetch("revisions", PurchaseOrderRevision.objects.order_by("number"))
        rows = PurchaseOrder.objects.select_related("supplier", "warehouse").prefetch_related(lines, revisions)
        return own_rows(self.request, rows)

    @extend_schema(request=PurchaseOrderIn, responses={201: PurchaseOrderOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft; prices that are left out are the supplier's."""
        given = _read(PurchaseOrderIn, request)
        company_id = company_of(request, given.get("company"))
        made = services.create_purchase_order(
            _inputs(given["lines"], company_id),
            company_id=company_id,
            supplier_id=supplier_of(given["supplier"], company_id),
            warehouse_id=warehouse_id(company_id, given["warehouse"]),
            ordered_at=timezone.now(),
            actor=actor_of(request),
            **{name: given[name] for name in ("currency", "reference", "expected_date", "note")},
        )
        return self._answer(made.pk, status=201)

    @extend_schema(request=PurchaseLinesIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def lines(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Put more lines into a draft."""
        order, given = self.get_object(), _read(PurchaseLinesIn, request)
        services.add_purchase_lines(
            order.pk,
            lines=_inputs(given["lines"], order.company_id),
            company_id=order.company_id,
            actor=actor_of(request),
        )
        return self._answer(order.pk)

    @extend_schema(request=OptionalReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def submit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for approval; a small one is approved at once."""
        return self._step(services.submit_purchase_order, request)

    @extend_schema(request=OptionalReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Let it be sent; above a value not by its author."""
        return self._step(services.approve_purchase_order, request)

    @extend_schema(request=ReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def refuse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Back to the buyer, as a draft."""
        return self._step(services.refuse_purchase_order, request, ReasonIn)

    @extend_schema(request=OptionalReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def send(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It, or its newest revision, went to the supplier by your own means."""
        return self._step(services.send_purchase_order, request)

    @extend_schema(request=ConfirmationIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def confirm(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What the supplier confirmed; differences become a revision that a person decides."""
        order, given = self.get_object(), _read(ConfirmationIn, request)
        lines = [
            services.ConfirmedLine(row["line"], row.get("quantity"), row.get("date"), row.get("unit_cost"))
            for row in given.get("lines", [])
        ]
        services.record_confirmation(
            order.pk,
            lines=lines,
            company_id=order.company_id,
            actor=actor_of(request),
            reference=given["reference"],
            reason=given["reason"],
        )
        return self._answer(order.pk)

    @extend_schema(request=ReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Call it off; possible until goods have arrived."""
        return self._step(services.cancel_purchase_order, request, ReasonIn)

    @extend_schema(request=ReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def close(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Expect nothing more; what has not come is called off."""
        return self._step(services.close_purchase_order, request, ReasonIn)

    @extend_schema(request=ReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reopen(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Open a closed order again for a late bill."""
        return self._step(services.reopen_purchase_order, request, ReasonIn)

    @extend_schema(request=RevisionIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def revise(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change it after its approval; applied at once only where its value needs nobody's approval."""
        order, given = self.get_object(), _read(RevisionIn, request)
        fresh = [row for row in given["lines"] if "line" not in row]
        skus = iter(skus_of([{"sku": row.get("sku", "")} for row in fresh], order.company_id))
        lines = [
            services.RevisedLine(
                row.get("line"),
                row["quantity"],
                row["unit_cost"],
                row["expected_date"],
                None if "line" in row else next(skus),
            )
            for row in given["lines"]
        ]
        services.revise_purchase_order(
            order.pk, lines=lines, company_id=order.company_id, actor=actor_of(request), reason=given["reason"]
        )
        return self._answer(order.pk)

    @extend_schema(request=OptionalReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER], filters=False)
    @action(detail=True, methods=["post"], url_path=r"revisions/(?P<number>\d{1,4})/approve")
    @idempotent()
    def approve_revision(self, request: Any, number: str, *args: Any, **kwargs: Any) -> Response:
        """Let a change, or what the supplier confirmed differently, become the order."""
        return self._decide(services.approve_revision, request, number, OptionalReasonIn)

    @extend_schema(request=ReasonIn, responses=PurchaseOrderOut, parameters=[KEY_HEADER], filters=False)
    @action(detail=True, methods=["post"], url_path=r"revisions/(?P<number>\d{1,4})/refuse")
    @idempotent()
    def refuse_revision(self, request: Any, number: str, *args: Any, **kwargs: Any) -> Response:
        """Leave the order as it is."""
        return self._decide(services.refuse_revision, request, number, ReasonIn)

    def _step(self, service: Callable[..., Any], request: Any, body: Any = OptionalReasonIn) -> Response:
        order, given = self.get_object(), _read(body, request)
        service(order.pk, company_id=order.company_id, actor=actor_of(request), reason=given["reason"])
        return self._answer(order.pk)

    def _decide(self, service: Callable[..., Any], request: Any, number: str, body: Any) -> Response:
        order, given = self.get_object(), _read(body, request)
        service(
            order.pk, number=int(number), company_id=order.company_id, actor=actor_of(request), reason=given["reason"]
        )
        return self._answer(order.pk)

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        return Response(PurchaseOrderOut(self.get_queryset().get(pk=pk)).data, status=status)


def _read(body: Any, request: Any) -> dict[str, Any]:
    given = body(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _inputs(lines: list[dict[str, Any]], company_id: int) -> list[services.PurchaseLineInput]:
    return [
        services.PurchaseLineInput(sku_id, line["quantity"], line["unit_cost"], line["expected_date"])
        for sku_id, line in zip(skus_of(lines, company_id), lines, strict=True)
    ]
