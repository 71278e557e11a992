"""Holds over HTTP: placed with a kind and a reason. (A release is an action of the hold itself.)"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from orders import services
from orders.api.serializers import HoldOut
from orders.api.versions import IF_MATCH
from orders.models import Hold, HoldKind

ACCESS = {"hold": ("orders:write", "orders.add_hold")}
KINDS = [(kind.value, kind.label) for kind in HoldKind if kind != HoldKind.MAPPING]


class HoldIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS)
    reason = serializers.CharField(max_length=300)


class HoldActions:
    """For the view set of orders."""

    get_object: Any

    @extend_schema(request=HoldIn, responses={201: HoldOut}, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"], url_path="holds")
    @idempotent()
    def hold(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Hold an order; one that is open of this kind is answered again."""
        body = HoldIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()
        hold_id = services.place_hold(
            order.pk, company_id=order.company_id, actor=actor_of(request), **body.validated_data
        )
        return Response(HoldOut(Hold.objects.get(pk=hold_id)).data, status=201)
