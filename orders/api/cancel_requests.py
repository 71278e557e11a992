"""What warehouses are asked not to ship, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from orders import services
from orders.models import CancelRequest


class CancelRequestOut(serializers.ModelSerializer[CancelRequest]):
    number = serializers.CharField(read_only=True)
    order = serializers.IntegerField(source="order_id")
    line = serializers.IntegerField(source="order_line_id")
    sku = serializers.CharField(source="order_line.channel_sku")
    goods = serializers.CharField(help_text="What the warehouse has in hand: of a kit, the component.")
    fulfilment = serializers.IntegerField(source="fulfilment_id")
    warehouse = serializers.CharField(source="fulfilment.warehouse.code")

    class Meta:
        model = CancelRequest
        fields = [
            "id", "number", "order", "line", "sku", "goods", "quantity", "kits", "fulfilment", "warehouse", "reason", "status",
            "requested_by", "requested_at", "answered_at", "answer",
        ]  # fmt: skip


class CancelRequestViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[CancelRequest]
):
    """Cancellations of what a warehouse works on: `?status=open` waits for its answer."""

    access = {
        "list": ("orders:read", "orders.view_cancelrequest"),
        "retrieve": ("orders:read", "orders.view_cancelrequest"),
        "withdraw": ("orders:write", "orders.change_cancelrequest"),
    }
    filterset_fields = ["status", "order", "fulfilment"]
    serializer_class = CancelRequestOut

    def get_queryset(self) -> QuerySet[CancelRequest]:
        rows = CancelRequest.objects.select_related(
            "order_line", "fulfilment__warehouse", "fulfilment_line__allocation__sku"
        )
        return own_rows(self.request, rows, channel="order__channel_id")

    @extend_schema(request=ReasonIn, responses=CancelRequestOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def withdraw(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take the request back: the goods may leave."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = self.get_object()
        services.refuse_cancels(
            [asked.pk],
            company_id=asked.company_id,
            actor=actor_of(request),
            answer=body.validated_data["reason"],
            withdrawn=True,
        )
        return Response(CancelRequestOut(self.get_object()).data)
