"""Payments of an order over HTTP, for storefronts and staff: each POST is one call of one service."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import DomainError
from backoffice.core.signing_in.proving import asks_proof
from orders import services
from orders.models import Order, OrderPayment, OrderPaymentEvent, PaymentMethod
from orders.selectors.payments import money_of

EVENTS = Prefetch("events", OrderPaymentEvent.objects.order_by("pk"))
ACCESS = {
    "payments": ("payments:read", "orders.view_orderpayment"),
    "pay": ("payments:write", "orders.add_orderpayment"),
    "capture_payment": ("payments:write", "orders.add_orderpayment"),
    "void_payment": ("payments:write", "orders.add_orderpayment"),
    "refund_payment": ("payments:refund", "orders.refund_orderpayment"),
}


class PaymentIn(serializers.Serializer[Any]):
    """external_id: yours, once for each payment. code: of the gift card or store credit that pays."""

    method = serializers.ChoiceField(PaymentMethod.choices)
    amount = Amount(min_value=Decimal("0.000001"))
    external_id = serializers.CharField(max_length=100, required=False)
    capture = serializers.BooleanField(default=True)
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    code = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    paid_at = serializers.DateTimeField(required=False)


class PaymentStepIn(serializers.Serializer[Any]):
    """amount left out: all that is left. external_id: yours, once for each step."""

    amount = Amount(min_value=Decimal("0.000001"), required=False)
    external_id = serializers.CharField(max_length=80, required=False)
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    done_at = serializers.DateTimeField(required=False)


class RefundIn(PaymentStepIn):
    """method: where the money goes; left out: the way it was paid."""

    method = serializers.ChoiceField(PaymentMethod.choices, required=False)


class PaymentEventOut(serializers.ModelSerializer[OrderPaymentEvent]):
    class Meta:
        model = OrderPaymentEvent
        fields = ["kind", "amount", "method", "reference", "reason", "effective_at", "actor_label", "entry"]


class PaymentOut(serializers.ModelSerializer[OrderPayment]):
    events = PaymentEventOut(many=True)

    class Meta:
        model = OrderPayment
        fields = [
            "id", "number", "external_id", "method", "reference", "currency", "authorised", "captured", "voided",
            "refunded", "created_at", "events",
        ]  # fmt: skip


class OrderPaymentsOut(serializers.Serializer[Any]):
    """state: unpaid, authorised, part_paid, paid, over_paid, part_refunded or refunded. due: less what was cancelled.

    code: of the gift card or store credit that a refund has just issued; it is told this once.
    """

    state = serializers.CharField()
    due = Amount()
    authorised = Amount()
    captured = Amount()
    voided = Amount()
    refunded = Amount()
    missing = Amount()
    payments = PaymentOut(many=True)
    code = serializers.CharField(default="")


class NoSuchPayment(DomainError):
    """The order has no such payment."""

    code = "not_found"
    status = 404


class PaymentActions:
    """For the view set of orders: payments below an order."""

    @extend_schema(responses=OrderPaymentsOut)
    @action(detail=True, methods=["get"])
    def payments(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What the order asks for, and what was paid for it."""
        return _answer(self.get_object())  # type: ignore[attr-defined]

    @extend_schema(request=PaymentIn, responses={201: OrderPaymentsOut, 200: OrderPaymentsOut}, parameters=[KEY_HEADER])
    @payments.mapping.post
    @idempotent()
    def pay(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Record a payment: captured at once, or authorised only. 200 where this very payment came before."""
        body = PaymentIn(data=request.data)
        body.is_valid(raise_exception=True)
        given, order = body.validated_data, self.get_object()  # type: ignore[attr-defined]
        [result] = services.take_payments(
            [
                services.PaymentInput(
                    order.pk,
                    given["method"],
                    given["amount"],
                    given.get("external_id") or f"api:{uuid4()}",
                    given.get("paid_at") or timezone.now(),
                    given["capture"],
                    given["reference"],
                    given["code"],
                )
            ],
            company_id=order.company_id,
            actor=actor_of(request),
        )
        return _answer(order, status=201 if result.state == "recorded" else 200)

    @extend_schema(request=PaymentStepIn, responses=OrderPaymentsOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path=r"payments/(?P<payment_id>\d+)/capture")
    @idempotent()
    def capture_payment(self, request: Any, payment_id: str, *args: Any, **kwargs: Any) -> Response:
        """Capture what was authorised, whole or in part."""
        order, payment, given, at = _asked(self, request, payment_id, PaymentStepIn)
        services.capture_payments(
            [_step(payment, given, at, payment.to_capture)], company_id=order.company_id, actor=actor_of(request)
        )
        return _answer(order)

    @extend_schema(request=PaymentStepIn, responses=OrderPaymentsOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path=r"payments/(?P<payment_id>\d+)/void")
    @idempotent()
    def void_payment(self, request: Any, payment_id: str, *args: Any, **kwargs: Any) -> Response:
        """Let go what was authorised and not captured."""
        order, payment, given, at = _asked(self, request, payment_id, PaymentStepIn)
        services.void_payments(
            [_step(payment, given, at, payment.to_capture)], company_id=order.company_id, actor=actor_of(request)
        )
        return _answer(order)

    @extend_schema(request=RefundIn, responses=OrderPaymentsOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path=r"payments/(?P<payment_id>\d+)/refund")
    @asks_proof()
    @idempotent()
    def refund_payment(self, request: Any, payment_id: str, *args: Any, **kwargs: Any) -> Response:
        """Give captured money back that is owed: for nothing billed yet, or for what was credited."""
        order, payment, given, at = _asked(self, request, payment_id, RefundIn)
        [result] = services.refund_payments(
            [
                services.RefundStep(
                    payment.pk,
                    given.get("amount") or payment.to_refund,
                    given.get("external_id") or f"api:{uuid4()}",
                    at,
                    given.get("method", ""),
                    given["reference"],
                    given["reason"],
                )
            ],
            company_id=order.company_id,
            actor=actor_of(request),
        )
        return _answer(order, code=result.code)


def _asked(view: Any, request: Any, payment_id: str, form: Any) -> tuple[Order, OrderPayment, dict[str, Any], datetime]:
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    order = view.get_object()
    payment = OrderPayment.objects.filter(pk=int(payment_id), order=order).first()
    if payment is None:
        raise NoSuchPayment(_("The order has no such payment."))
    return order, payment, body.validated_data, body.validated_data.get("done_at") or timezone.now()


def _step(payment: OrderPayment, given: dict[str, Any], at: datetime, left: Decimal) -> services.Step:
    key = given.get("external_id") or f"api:{uuid4()}"
    return services.Step(payment.pk, given.get("amount") or left, key, at, given["reference"], given["reason"])


def _answer(order: Order, *, status: int = 200, code: str = "") -> Response:
    money = money_of([order.pk])[order.pk].money
    payments = OrderPayment.objects.filter(order=order).prefetch_related(EVENTS).order_by("pk")
    names = ("state", "due", "authorised", "captured", "voided", "refunded", "missing")
    body = {name: getattr(money, name) for name in names} | {"payments": payments, "code": code}
    return Response(OrderPaymentsOut(body).data, status=status)
