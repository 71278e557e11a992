"""Returns of an order over HTTP, for the customer's side: what may come back, asking for it, how far it is."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import DomainError
from orders.api.return_serializers import ReturnIn, ReturnOut, content_of, open_return, return_rows, with_lines
from orders.models import Order, ReturnOrder
from orders.selectors.returns import may_return, reasons_of

ACCESS = {
    "returnable": ("returns:read", "orders.view_returnorder"),
    "returns": ("returns:read", "orders.view_returnorder"),
    "ask_return": ("returns:write", "orders.add_returnorder"),
}


class ReturnReasonOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class MayReturnOut(serializers.Serializer[Any]):
    """left: units that may still come back. until: the last day; null: no limit."""

    order_line = serializers.IntegerField(source="order_line_id")
    sku = serializers.CharField()
    description = serializers.CharField()
    shipped = Amount()
    left = Amount()
    until = serializers.DateField(allow_null=True)
    in_time = serializers.BooleanField()


class ReturnableOut(serializers.Serializer[Any]):
    lines = MayReturnOut(many=True)
    reasons = ReturnReasonOut(many=True)


class ReturnReused(DomainError):
    """The id was used for another return."""

    code = "external_id_reused"


class ReturnActions:
    """For the view set of orders: returns below an order."""

    @extend_schema(responses=ReturnableOut)
    @action(detail=True, methods=["get"])
    def returnable(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which lines may be returned, how many of each, until when, and the reasons to choose from."""
        order = self.get_object()  # type: ignore[attr-defined]
        body = {"lines": may_return(order), "reasons": reasons_of(order.company_id)}
        return Response(ReturnableOut(body).data)

    @extend_schema(responses=ReturnOut(many=True))
    @action(detail=True, methods=["get"])
    def returns(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The order's returns, with how far goods and money are."""
        order = self.get_object()  # type: ignore[attr-defined]
        found = list(with_lines(ReturnOrder.objects.filter(order=order)).order_by("pk"))
        return Response(ReturnOut(return_rows(found), many=True).data)

    @extend_schema(request=ReturnIn, responses={201: ReturnOut, 200: ReturnOut}, parameters=[KEY_HEADER])
    @returns.mapping.post
    @idempotent()
    def ask_return(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for a return or exchange. 200 where this very request came before; late ones wait for the shop."""
        body = ReturnIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()  # type: ignore[attr-defined]
        known = known_return(order, body.validated_data)
        if known is not None:
            return told(known, status=200)
        return told(open_return(order, body.validated_data, actor_of(request)), status=201)


def known_return(order: Order, given: dict[str, Any]) -> int | None:
    """The return that this very request opened before. Raises ReturnReused. Statements: 1, or 0 without an id."""
    if not given.get("external_id"):
        return None
    known = ReturnOrder.objects.filter(channel_id=order.channel_id, external_id=given["external_id"]).first()
    if known is not None and (known.order_id, known.content_hash) != (order.pk, content_of(given)):
        raise ReturnReused(_("%(id)s was used for another return.") % {"id": given["external_id"]})
    return known.pk if known else None


def told(return_id: int, *, status: int = 200) -> Response:
    """One return, as it stands now. Statements: 4 or 5."""
    [row] = return_rows(list(with_lines(ReturnOrder.objects.filter(pk=return_id))))
    return Response(ReturnOut(row).data, status=status)
