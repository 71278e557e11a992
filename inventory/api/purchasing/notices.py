"""Advance shipping notices over HTTP, for suppliers' systems and staff."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from inventory import services
from inventory.api.purchasing.fields import ABOVE_ZERO, MAX_LINES, READ, WRITE, Figure, wrong
from inventory.models import AdvanceNotice, AdvanceNoticeLine, NoticeStatus, PurchaseOrder


class NoticeLineIn(serializers.Serializer[Any]):
    """line: the purchase order line's id. package: the carton's or pallet's number (SSCC)."""

    line = serializers.IntegerField(min_value=1)
    quantity = Figure(min_value=ABOVE_ZERO)
    lot = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    expiry_date = serializers.DateField(required=False, allow_null=True, default=None)
    package = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class NoticeIn(serializers.Serializer[Any]):
    """reference: the supplier's number of the delivery, once for each order."""

    purchase_order = serializers.IntegerField(min_value=1)
    reference = serializers.CharField(max_length=60)
    expected_date = serializers.DateField()
    shipped_date = serializers.DateField(required=False, allow_null=True, default=None)
    carrier = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    lines = NoticeLineIn(many=True, min_length=1, max_length=MAX_LINES)


class MovedIn(ReasonIn):
    expected_date = serializers.DateField()


class NoticeLineOut(serializers.ModelSerializer[AdvanceNoticeLine]):
    line = serializers.IntegerField(source="po_line_id")
    sku = serializers.CharField(source="po_line.sku.code")
    lot = serializers.CharField(source="lot_code")

    class Meta:
        model = AdvanceNoticeLine
        fields = ["line", "sku", "quantity", "lot", "expiry_date", "package"]


class NoticeOut(serializers.ModelSerializer[AdvanceNotice]):
    number = serializers.CharField(read_only=True)
    purchase_order = serializers.IntegerField(source="purchase_order_id")
    lines = NoticeLineOut(many=True)

    class Meta:
        model = AdvanceNotice
        fields = [
            "id", "number", "purchase_order", "reference", "status", "expected_date", "shipped_date", "carrier",
            "tracking_number", "note", "lines",
        ]  # fmt: skip


class NoticeFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=NoticeStatus.choices)
    purchase_order = RowId(field_name="purchase_order_id")
    supplier = django_filters.CharFilter(field_name="purchase_order__supplier__code")

    class Meta:
        model = AdvanceNotice
        fields: list[str] = []


class NoticeViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[AdvanceNotice]
):
    """What suppliers say is on its way; it counts as coming on its date."""

    access = {
        "list": (READ, "inventory.view_advancenotice"),
        "retrieve": (READ, "inventory.view_advancenotice"),
        "create": (WRITE, "inventory.add_advancenotice"),
        "move": (WRITE, "inventory.change_advancenotice"),
        "cancel": (WRITE, "inventory.change_advancenotice"),
    }
    filterset_class = NoticeFilter
    serializer_class = NoticeOut

    def get_queryset(self) -> QuerySet[AdvanceNotice]:
        lines = Prefetch("lines", AdvanceNoticeLine.objects.select_related("po_line__sku").order_by("position"))
        return own_rows(self.request, AdvanceNotice.objects.prefetch_related(lines))

    @extend_schema(request=NoticeIn, responses={201: NoticeOut, 200: NoticeOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a notice down; 200 where its reference came before."""
        body = NoticeIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        order = own_rows(request, PurchaseOrder.objects.all()).filter(pk=given.pop("purchase_order")).first()
        if order is None:
            raise wrong(("purchase_order", "not_found", _("There is no such purchase order.")))
        lines = [
            services.NoticeLine(row["line"], row["quantity"], row["lot"], row["expiry_date"], row["package"])
            for row in given.pop("lines")
        ]
        noted = services.note_delivery(
            lines, purchase_order_id=order.pk, company_id=order.company_id, actor=actor_of(request), **given
        )
        return self._answer(noted.notice.pk, status=201 if noted.state == "noted" else 200)

    @extend_schema(request=MovedIn, responses=NoticeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def move(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It comes on another day."""
        body = MovedIn(data=request.data)
        body.is_valid(raise_exception=True)
        notice = self.get_object()
        services.move_notice(notice.pk, company_id=notice.company_id, actor=actor_of(request), **body.validated_data)
        return self._answer(notice.pk)

    @extend_schema(request=ReasonIn, responses=NoticeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It does not come."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        notice = self.get_object()
        services.cancel_notice(notice.pk, company_id=notice.company_id, actor=actor_of(request), **body.validated_data)
        return self._answer(notice.pk)

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        return Response(NoticeOut(self.get_queryset().get(pk=pk)).data, status=status)
