"""Orders over HTTP: thin, one service call for each change."""

import hashlib
import re
from dataclasses import asdict
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core import inbox
from backoffice.core.actor import Actor
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.errors import DomainError, InvalidInput
from orders import services
from orders.api import batches, changes, documents, drop_shipping, holds, merging, payments, returns, sourcing, taxes
from orders.api.channels import channel_of
from orders.api.filters import OrderFilter, ShipmentFilter
from orders.api.serializers import CancelIn, HoldOut, OrderDetail, OrderIn, OrderOut, ShipmentOut
from orders.api.versions import IF_MATCH, VersionedOrders
from orders.inputs import OrderInput, PlaceResult
from orders.models import Hold, Order, OrderLine, Shipment, ShipmentLine
from orders.selectors.differing import differences


class ExternalIdReused(DomainError):
    """The shop's id was used for an order with other content."""

    code = "external_id_reused"


class OrderViewSet(
    VersionedOrders,
    batches.BatchActions,
    changes.ChangeActions,
    documents.DocumentActions,
    drop_shipping.DropShipActions,
    merging.MergingActions,
    payments.PaymentActions,
    returns.ReturnActions,
    sourcing.SourcingActions,
    taxes.TaxActions,
    holds.HoldActions,
    ActionAccess,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Order],
):
    """Orders of the key's channel. A new one is placed by POST, with an Idempotency-Key; a status changes by action."""

    access = {
        "list": ("orders:read", "orders.view_order"),
        "retrieve": ("orders:read", "orders.view_order"),
        "create": ("orders:write", "orders.add_order"),
        "cancel": ("orders:write", "orders.change_order"),
        "release": ("orders:release", "orders.change_order"),
        "release_hold": ("orders:release", "orders.change_hold"),
        **batches.ACCESS,
        **changes.ACCESS,
        **merging.ACCESS,
        **returns.ACCESS,
        **documents.ACCESS,
        **drop_shipping.ACCESS,
        **payments.ACCESS,
        **sourcing.ACCESS,
        **taxes.ACCESS,
        **holds.ACCESS,
    }
    filterset_class = OrderFilter
    serializer_class = OrderOut

    def get_queryset(self) -> QuerySet[Order]:
        rows = own_rows(self.request, Order.objects.select_related("channel"), channel="channel_id")
        if self.action == "list":
            return rows
        lines = Prefetch("lines", ShipmentLine.objects.order_by("pk"))
        shipments = Shipment.objects.select_related("order", "warehouse").prefetch_related(lines).order_by("pk")
        return rows.select_related("shipping_address").prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("sku", "promise").order_by("position")),
            "lines__components__sku",
            "lines__components__demand",
            "charges",
            Prefetch("holds", Hold.objects.select_related("released_by").order_by("pk")),
            Prefetch("shipments", shipments),
        )

    @extend_schema(responses=OrderDetail)
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(OrderDetail(self.get_object()).data)

    @extend_schema(request=OrderIn, responses={201: OrderDetail, 200: OrderDetail}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Place an order: 201, or 200 where this very order was placed before."""
        body = OrderIn(data=request.data)
        body.is_valid(raise_exception=True)
        channel_id = channel_of(request, body.validated_data).pk
        order = body.to_input()
        if unpriced := body.unpriced():
            order = services.price_order(order, channel_id=channel_id, unpriced=unpriced)
        result = _place(body, order, channel_id, actor_of(request))
        if result.state == "refused":
            raise _refusal(result, order)
        _keep_payload(request, channel_id, order.external_id, result.order_id)
        placed = self.get_queryset().get(pk=result.order_id)
        return Response(OrderDetail(placed).data, status=201 if result.state == "placed" else 200)

    @extend_schema(request=CancelIn, responses=changes.ChangedOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Cancel what is still open, or given quantities of given lines; what a warehouse picks is asked of it."""
        body = CancelIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()
        lines = body.validated_data.get("lines")
        services.cancel_order(
            order.pk,
            company_id=order.company_id,
            actor=actor_of(request),
            reason=body.validated_data["reason"],
            lines=lines or None,
            give_up_parts=body.validated_data["give_up_parts"],
            ask=True,
        )
        return Response(changes.ChangedOut(self.get_object()).data)

    @extend_schema(request=None, responses=OrderDetail, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def release(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Clear a placed order without open holds for the warehouse."""
        order = self.get_object()
        [result] = services.release_orders([order.pk], company_id=order.company_id, actor=actor_of(request))
        if result.state == "refused":
            raise _Refused(result.code, result.detail)
        return Response(OrderDetail(self.get_object()).data)

    @extend_schema(request=ReasonIn, responses=HoldOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"], url_path=r"holds/(?P<hold_id>\d+)/release")
    @idempotent()
    def release_hold(self, request: Any, hold_id: str, *args: Any, **kwargs: Any) -> Response:
        """Release one hold, with the reason."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()
        hold = next((hold for hold in order.holds.all() if hold.pk == int(hold_id)), None)
        if hold is None:
            raise _NotFound(_("The order has no such hold."))
        services.release_hold(
            hold.pk, company_id=order.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        hold.refresh_from_db()
        return Response(HoldOut(hold).data)


class _NotFound(DomainError):
    code = "not_found"
    status = 404


class _Refused(DomainError):
    """A refusal whose code the service gave."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail or code)
        self.code = code


def _place(body: OrderIn, order: OrderInput, channel_id: int, actor: Actor) -> PlaceResult:
    reference = body.validated_data.get("reservation")
    if not reference:
        return services.place_orders([order], channel_id=channel_id, actor=actor)[0]
    return services.place_reserved(
        order, reference=reference, channel_id=channel_id, actor=actor, reclaim=body.validated_data["reclaim"]
    )


def _keep_payload(request: Any, channel_id: int, external_id: str, order_id: int | None) -> None:
    """What the storefront sent, byte for byte, beside what channels send through their connections."""
    body: bytes = request._request.body
    version = hashlib.sha256(body).hexdigest()[:32]
    message = inbox.Message(f"channel:{channel_id}", "order", external_id, body, version)
    inbox.keep(message, result_type="orders.order", result_id=order_id or 0)


def _refusal(result: PlaceResult, sent: OrderInput) -> DomainError:
    """The service's refusal in the API's words: "lines[2].quantity" becomes "lines.2.quantity"."""
    if result.code == "external_id_reused":
        differs = [asdict(found) for found in differences(result.order_id, sent)] if result.order_id else []
        return ExternalIdReused(result.detail, order_id=result.order_id, differs=differs)
    path = re.sub(r"\[(\d+)\]", r".\1", result.field)
    error = {"field": path, "message": result.detail, "code": result.code}
    return InvalidInput(_("Some fields are wrong; nothing was saved."), errors=[error])


class ShipmentViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Shipment]
):
    """What left, with its tracking."""

    access = {
        "list": ("shipments:read", "orders.view_shipment"),
        "retrieve": ("shipments:read", "orders.view_shipment"),
    }
    filterset_class = ShipmentFilter
    serializer_class = ShipmentOut

    def get_queryset(self) -> QuerySet[Shipment]:
        rows = Shipment.objects.select_related("order", "warehouse").prefetch_related(
            Prefetch("lines", ShipmentLine.objects.order_by("pk"))
        )
        return own_rows(self.request, rows, channel="order__channel_id")
