"""Returns of an order over HTTP, for the customer's side: what may come back, asking for it, how far it is."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import DomainError
from orders import services
from orders.models import ExchangeShips, Order, ReturnOrder
from orders.selectors.exchanges import return_money
from orders.selectors.returns import may_return, reasons_of

KEY_HEADER = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
ACCESS = {
    "returnable": ("returns:read", "orders.view_returnorder"),
    "returns": ("returns:read", "orders.view_returnorder"),
    "ask_return": ("returns:write", "orders.add_returnorder"),
}
MAX_LINES = 200


class Amount(serializers.DecimalField):
    def __init__(self, **values: Any) -> None:
        super().__init__(max_digits=18, decimal_places=6, **values)


class ReturnLineIn(serializers.Serializer[Any]):
    order_line = serializers.IntegerField(min_value=1)
    quantity = Amount(min_value=Decimal("0.000001"))


class ExchangeLineIn(serializers.Serializer[Any]):
    """The price is the shop's: that of the order's line of the same SKU."""

    sku = serializers.CharField(max_length=60)
    quantity = Amount(min_value=Decimal("0.000001"))


class ReturnIn(serializers.Serializer[Any]):
    """external_id: yours, once for each return. instead: exchange the goods for others that the order has a price for."""

    external_id = serializers.CharField(max_length=100)
    lines = ReturnLineIn(many=True, min_length=1, max_length=MAX_LINES)
    reason_code = serializers.SlugField(max_length=50, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    instead = ExchangeLineIn(many=True, required=False, max_length=MAX_LINES)
    ships = serializers.ChoiceField(ExchangeShips.choices, required=False)


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


class ReturnLineOut(serializers.Serializer[Any]):
    order_line = serializers.IntegerField(source="order_line_id", allow_null=True)
    code = serializers.CharField()
    description = serializers.CharField()
    quantity = Amount()
    received = Amount()
    net = Amount()
    tax = Amount()


class ReturnOut(serializers.Serializer[Any]):
    """refund: none, due, part or done. net_balance: new goods less credit; above zero the customer owes it."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    external_id = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    outside_window = serializers.BooleanField()
    refund = serializers.CharField()
    currency = serializers.CharField()
    credit = Amount()
    credit_note = serializers.CharField(allow_null=True)
    exchange_order = serializers.IntegerField(allow_null=True)
    net_balance = Amount()
    lines = ReturnLineOut(many=True)


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
        return Response(ReturnOut(_rows(ReturnOrder.objects.filter(order=order)), many=True).data)

    @extend_schema(request=ReturnIn, responses={201: ReturnOut, 200: ReturnOut}, parameters=[KEY_HEADER])
    @returns.mapping.post
    @idempotent()
    def ask_return(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for a return or exchange. 200 where this very request came before; late ones wait for the shop."""
        body = ReturnIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()  # type: ignore[attr-defined]
        given = body.validated_data
        content = hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()[:32]
        known = ReturnOrder.objects.filter(channel_id=order.channel_id, external_id=given["external_id"]).first()
        if known is not None:
            if (known.order_id, known.content_hash) != (order.pk, content):
                raise ReturnReused(_("%(id)s was used for another return.") % {"id": given["external_id"]})
            return _answer(known.pk, status=200)
        return _answer(_open(order, given, content, actor_of(request)), status=201)


def _open(order: Order, given: dict[str, Any], content: str, actor: Any) -> int:
    lines = [services.ReturnInput(line["order_line"], line["quantity"]) for line in given["lines"]]
    common: dict[str, Any] = {
        "company_id": order.company_id,
        "reason": given["note"] or given["reason_code"],
        "reason_code": given["reason_code"],
        "requested_at": timezone.now(),
        "actor": actor,
        "external_id": given["external_id"],
        "content_hash": content,
    }
    if not given.get("instead"):
        return services.request_return(order.pk, lines=lines, **common)
    made = services.request_exchange(
        order.pk,
        back=lines,
        instead=[services.ExchangeLine(line["sku"], line["quantity"]) for line in given["instead"]],
        ships=given.get("ships", ""),
        **common,
    )
    return made.return_order_id


def _rows(returns: Any) -> list[dict[str, Any]]:
    """Statements: 3, 1 more with exchanges."""
    found = list(returns.select_related("credit_note").prefetch_related("lines").order_by("pk"))
    money = return_money([row.pk for row in found]) if found else {}
    return [
        {
            **{name: getattr(row, name) for name in ("id", "number", "external_id", "status", "outside_window")},
            "refund": money[row.pk].refund,
            "currency": row.currency,
            "credit": money[row.pk].credit,
            "credit_note": row.credit_note.number if row.credit_note else None,
            "exchange_order": row.exchange_order_id,
            "net_balance": money[row.pk].net,
            "lines": sorted(row.lines.all(), key=lambda line: line.position),
        }
        for row in found
    ]


def _answer(return_id: int, *, status: int) -> Response:
    [row] = _rows(ReturnOrder.objects.filter(pk=return_id))
    return Response(ReturnOut(row).data, status=status)
