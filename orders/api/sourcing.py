"""Sourcing over HTTP: why an order ships from where it does, and what it waits for; pins."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.errors import DomainError, InvalidInput
from inventory.models import Warehouse
from orders import services
from orders.models import Order
from orders.selectors.whence import why_warehouse
from orders.selectors.why import why_not_shipped

ACCESS = {
    "why": ("orders:read", "orders.view_order"),
    "pin": ("orders:write", "orders.change_order"),
    "unpin": ("orders:write", "orders.change_order"),
    "source": ("orders:write", "orders.change_order"),
}


class PinIn(serializers.Serializer[Any]):
    warehouse = serializers.CharField(max_length=20, help_text="The code of a warehouse that ships.")
    reason = serializers.CharField(max_length=300)


class ReasonOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()
    warehouse = serializers.CharField(allow_blank=True)
    expected = serializers.DateField(allow_null=True)


class PlaceOut(serializers.Serializer[Any]):
    warehouse = serializers.CharField()
    verdict = serializers.CharField()
    sentence = serializers.CharField()


class DecisionOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    who = serializers.CharField()
    cause = serializers.CharField(source="decision.cause")
    objective = serializers.CharField(source="decision.objective")
    reason = serializers.CharField(source="decision.reason")
    exact = serializers.BooleanField(source="decision.is_exact", help_text="Proved to be the best plan.")
    sentence = serializers.CharField(source="headline")
    candidates = PlaceOut(source="places", many=True)


class ClaimedOut(serializers.Serializer[Any]):
    warehouse = serializers.CharField()
    units = serializers.DecimalField(max_digits=24, decimal_places=6)


class WhyOut(serializers.Serializer[Any]):
    """Plain words in the caller's language; the codes stay."""

    pinned_to = serializers.CharField(allow_blank=True)
    ships_from = ClaimedOut(many=True)
    why_there = serializers.ListField(child=serializers.CharField())
    not_shipped = ReasonOut(many=True)
    decisions = DecisionOut(many=True)


def why(order: Order) -> dict[str, Any]:
    """Both answers for one order."""
    whence = why_warehouse(order)
    shown = {
        "pinned_to": whence.pinned,
        "ships_from": [{"warehouse": code, "units": units} for code, units in whence.ships_from.items()],
        "why_there": list(whence.sentences),
        "not_shipped": why_not_shipped([order.pk])[order.pk],
        "decisions": whence.decisions,
    }
    return dict(WhyOut(shown).data)


class NotSourced(DomainError):
    """The order has ended, so it is not sourced any more."""

    code = "not_open"


class SourcingActions:
    """For the view set of orders: where an order ships from, and why."""

    @extend_schema(responses=WhyOut)
    @action(detail=True, methods=["get"])
    def why(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Why it ships from where it ships, and why it has not shipped yet, in the caller's language."""
        return Response(why(self.get_object()))  # type: ignore[attr-defined]

    @extend_schema(request=PinIn, responses=WhyOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def pin(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Have one warehouse serve it, whatever the channel's rules say; what nobody has begun moves there."""
        body = PinIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()  # type: ignore[attr-defined]
        results = services.pin_orders(
            [order.pk],
            warehouse_id=warehouse_of(order.company_id, body.validated_data["warehouse"]),
            company_id=order.company_id,
            actor=actor_of(request),
            reason=body.validated_data["reason"],
        )
        return _answer(order.pk, results)

    @extend_schema(request=ReasonIn, responses=WhyOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def unpin(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take the pin off; what nobody has begun is sourced by the channel's rules again."""
        return self._again(request, services.unpin_orders)

    @extend_schema(request=ReasonIn, responses=WhyOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def source(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Find the best warehouses anew for what nobody has begun; a pin stays."""
        return self._again(request, services.source_again)

    def _again(self, request: Any, service: Callable[..., list[services.PinResult]]) -> Response:
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()  # type: ignore[attr-defined]
        reason = body.validated_data["reason"]
        return _answer(
            order.pk, service([order.pk], company_id=order.company_id, actor=actor_of(request), reason=reason)
        )


def _answer(order_id: int, results: list[services.PinResult]) -> Response:
    if results[0].state == "refused":
        raise NotSourced(results[0].detail)
    return Response(why(Order.objects.select_related("channel__company").get(pk=order_id)))


def warehouse_of(company_id: int, code: str) -> int:
    """The id of a warehouse that ships. Raises InvalidInput."""
    found = Warehouse.objects.filter(company_id=company_id, code=code, is_active=True, is_transit=False).first()
    if found is None:
        message = _("There is no warehouse “%(code)s” that ships.") % {"code": code[:40]}
        raise InvalidInput(message, errors=[{"field": "warehouse", "message": message, "code": "unknown_warehouse"}])
    return found.pk
