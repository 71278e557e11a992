"""Orders that customers fetch, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.errors import InvalidInput
from inventory.models import Warehouse
from orders.models import Order
from warehouse import services
from warehouse.api.till_serializers import (
    PickupIn,
    PickupOut,
    checked,
)
from warehouse.models import Pickup


class PickupViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Pickup]):
    """Orders that customers fetch in a shop."""

    access = {
        "list": ("pickups:read", "warehouse.view_pickup"),
        "retrieve": ("pickups:read", "warehouse.view_pickup"),
        "create": ("pickups:write", "warehouse.add_pickup"),
        "ready": ("pickups:write", "warehouse.change_pickup"),
        "cancel": ("pickups:write", "warehouse.change_pickup"),
    }
    serializer_class = PickupOut
    filterset_fields = ["status", "order"]

    def get_queryset(self) -> QuerySet[Pickup]:
        rows = Pickup.objects.select_related("order", "warehouse").order_by("-pk")
        return own_rows(self.request, rows, channel="order__channel_id")

    @extend_schema(request=PickupIn, responses={201: PickupOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Have an order set aside in a shop. The same order again is answered with its pickup."""
        given = checked(PickupIn, request)
        order = own_rows(request, Order.objects.all(), channel="channel_id").filter(pk=given["order"]).first()
        shop = (
            Warehouse.objects.filter(company_id=order.company_id, code=given["warehouse"], is_active=True).first()
            if order
            else None
        )
        if order is None or shop is None:
            field = "warehouse" if order else "order"
            raise InvalidInput(
                _("Some fields are wrong; nothing was saved."),
                errors=[{"field": field, "message": _("is not there"), "code": "not_found"}],
            )
        [made] = services.ask_pickups(
            [order.pk],
            company_id=order.company_id,
            warehouse_id=shop.pk,
            asked_at=timezone.now(),
            actor=actor_of(request),
        )
        return Response(PickupOut(made).data, status=201)

    @extend_schema(request=None, responses=PickupOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def ready(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The goods are set aside: the customer may come."""
        pickup = self.get_object()
        services.ready_pickups(
            [pickup.pk], company_id=pickup.company_id, ready_at=timezone.now(), actor=actor_of(request)
        )
        return Response(PickupOut(self.get_object()).data)

    @extend_schema(request=ReasonIn, responses=PickupOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Nobody fetches it: the order stays, to be shipped or cancelled as any other."""
        given, pickup = checked(ReasonIn, request), self.get_object()
        services.cancel_pickups(
            [pickup.pk], company_id=pickup.company_id, actor=actor_of(request), reason=given["reason"]
        )
        return Response(PickupOut(self.get_object()).data)
