"""Returns over HTTP with what the dock adds: the parcel booked in."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from orders.api.return_desk import ReturnViewSet
from orders.api.return_serializers import ReturnOut
from orders.api.returns import told
from orders.models import Disposition, Grade
from warehouse import services
from warehouse.api.serializers import LEAST, MAX_ITEMS, quantity_field
from warehouse.services.return_places import KINDS

DISPOSITIONS = [(value, Disposition(value).label) for value in KINDS]


class CameBackIn(serializers.Serializer[Any]):
    """line: the return's line; serials: the units that came, of a SKU that is tracked by serial number."""

    line = serializers.IntegerField(min_value=1)
    quantity = quantity_field(min_value=LEAST)
    disposition = serializers.ChoiceField(DISPOSITIONS)
    grade = serializers.ChoiceField(Grade.choices, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    serials = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=10_000
    )


class ReturnParcelIn(serializers.Serializer[Any]):
    """refund: whether the money goes back once all is in."""

    lines = CameBackIn(many=True, min_length=1, max_length=MAX_ITEMS)
    refund = serializers.BooleanField(required=False, default=False)
    device = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class ReturnReceivingViewSet(ReturnViewSet):
    """Returns, exchanges and refunds without goods. Statuses change by action."""

    access = {**ReturnViewSet.access, "receive": ("warehouse:write", "warehouse.add_receipt")}

    @extend_schema(request=ReturnParcelIn, responses={201: ReturnOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def receive(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Book the parcel in: stock and cost come back, and what becomes of the goods is written down."""
        body = ReturnParcelIn(data=request.data)
        body.is_valid(raise_exception=True)
        found, given = self.get_object(), body.validated_data
        came = [
            services.ReturnedLine(
                line["line"],
                line["quantity"],
                line["disposition"],
                grade=line["grade"],
                note=line["note"],
                serials=tuple(line["serials"]),
            )
            for line in given["lines"]
        ]
        services.receive_returns(
            [services.ReturnReceipt(found.pk, came)],
            company_id=found.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            refund=given["refund"],
            device=given["device"],
        )
        return told(found.pk, status=201)
