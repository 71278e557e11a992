"""Which orders got goods of a lot or a unit, over HTTP."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, own_rows
from backoffice.core.errors import InvalidInput
from inventory.models import Lot, Serial
from orders.models import Shipment
from orders.selectors.recalls import recalled, recalled_by


class RecallIn(serializers.Serializer[Any]):
    """One of the two."""

    lot = serializers.IntegerField(min_value=1, required=False)
    serial = serializers.IntegerField(min_value=1, required=False)


class RecallOut(serializers.Serializer[Any]):
    """returned: how much of the quantity came back. customer: empty where erased."""

    order_id = serializers.IntegerField()
    shipment_id = serializers.IntegerField()
    shipped_at = serializers.DateTimeField()
    channel = serializers.CharField()
    external_id = serializers.CharField()
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    returned = serializers.DecimalField(max_digits=18, decimal_places=6)
    customer = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()


class RecallViewSet(ActionAccess, viewsets.ViewSet):
    """The recall list."""

    access = {"list": ("orders:read", "orders.view_order")}

    @extend_schema(
        parameters=[OpenApiParameter("lot", int, description="Its id"), OpenApiParameter("serial", int)],
        responses=RecallOut(many=True),
    )
    def list(self, request: Any) -> Response:
        """Every order that got goods of a lot, or a unit; the newest first. With limits: of one's own warehouses and channels."""
        body = RecallIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        kind = "lot" if "lot" in given else "serial"
        model: Any = Lot if kind == "lot" else Serial
        rows = own_rows(request, model.objects.filter(pk=given.get(kind, 0)))
        if len(given) != 1 or not rows.exists():
            said = _("Name one lot or one serial number that there is, by its id.")
            raise InvalidInput(said, errors=[{"field": kind, "code": "unknown", "message": said}])
        shipments = own_rows(request, Shipment.objects.all(), channel="order__channel_id", company="order__company_id")
        return Response(RecallOut(recalled_by(recalled(kind, given[kind]), shipments), many=True).data)
