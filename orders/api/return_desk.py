"""Returns over HTTP for the staff's programs: opened on any terms, decided, refunded; and their photos."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import OptionalReasonIn, ReasonIn
from backoffice.core.signing_in.proving import asks_proof
from orders import services
from orders.api.changes import may_price
from orders.api.filters import ReturnFilter
from orders.api.return_photos import PHOTO_ACCESS, PhotoActions
from orders.api.return_serializers import DeskReturnIn, ReturnOut, open_return, return_rows, with_lines
from orders.api.returns import known_return, told
from orders.errors import NotFound
from orders.models import Order, ReturnOrder

READ = ("returns:read", "orders.view_returnorder")
DECIDE = ("returns:decide", "orders.change_returnorder")


class SentIn(serializers.Serializer[Any]):
    carrier = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class ReturnViewSet(
    PhotoActions, ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ReturnOrder]
):
    """Returns, exchanges and refunds without goods. Statuses change by action; goods are booked in at the dock."""

    access = {
        "list": READ,
        "retrieve": READ,
        "create": ("returns:decide", "orders.add_returnorder"),
        **dict.fromkeys(("approve", "reject", "sent", "inspect", "cancel", "close", "refund"), DECIDE),
        **PHOTO_ACCESS,
    }
    filterset_class = ReturnFilter
    serializer_class = ReturnOut

    def get_queryset(self) -> QuerySet[ReturnOrder]:
        rows = own_rows(self.request, ReturnOrder.objects.all(), channel="channel_id")
        return with_lines(rows) if self.action in ("list", "retrieve") else rows

    @extend_schema(responses=ReturnOut(many=True))
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ReturnOut(return_rows(page or []), many=True).data)

    @extend_schema(responses=ReturnOut)
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(ReturnOut(return_rows([self.get_object()])[0]).data)

    @extend_schema(request=DeskReturnIn, responses={201: ReturnOut, 200: ReturnOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Open a return: goods and money, money without goods, or goods without money. Never more than was billed."""
        body = DeskReturnIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        orders = own_rows(request, Order.objects.select_related("channel"), channel="channel_id")
        order = orders.filter(pk=given["order"]).first()
        if order is None:
            raise NotFound(_("There is no such order."), order_id=given["order"])
        known = known_return(order, given)
        if known is not None:
            return told(known)
        return told(open_return(order, given, actor_of(request), may_price=may_price(request)), status=201)

    def _step(self, request: Any, form: type[serializers.Serializer[Any]], step: Callable[..., Any]) -> Response:
        body = form(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        step([found.pk], company_id=found.company_id, actor=actor_of(request), **body.validated_data)
        return told(found.pk)

    @extend_schema(request=OptionalReasonIn, responses=ReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Let it come back, or be refunded. One asked for too late needs a reason."""
        return self._step(request, OptionalReasonIn, services.approve_returns)

    @extend_schema(request=ReasonIn, responses=ReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reject(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Refuse it; the order exchanged for it is cancelled."""
        return self._step(request, ReasonIn, services.reject_returns)

    @extend_schema(request=SentIn, responses=ReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def sent(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The customer has handed the parcel over."""
        return self._step(request, SentIn, lambda ids, **given: services.send_return(ids[0], **given))

    @extend_schema(request=ReasonIn, responses=ReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def inspect(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Nothing more will come: what did not is not refunded."""
        return self._step(request, ReasonIn, services.inspect_returns)

    @extend_schema(request=ReasonIn, responses=ReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Call it off; the order exchanged for it is cancelled."""
        return self._step(request, ReasonIn, services.cancel_returns)

    @extend_schema(request=ReasonIn, responses=ReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def close(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The parcel never came, or nothing is left to do."""
        return self._step(request, ReasonIn, services.close_returns)

    @extend_schema(request=None, responses=ReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @asks_proof()
    @idempotent()
    def refund(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Issue the credit note: of what came in, or of an approved refund without goods."""
        found = self.get_object()
        services.resolve_returns(
            [found.pk], company_id=found.company_id, effective_at=timezone.now(), actor=actor_of(request)
        )
        return told(found.pk)
