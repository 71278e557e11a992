"""The order page's payments: what was paid, and the buttons to record, capture, void and refund."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason, run_action
from backoffice.core.admin.step_up import step_up
from backoffice.core.errors import InvalidInput
from backoffice.core.show import in_words
from orders import services
from orders.models import Order, OrderPayment, OrderPaymentEvent, PaymentMethod
from orders.selectors.payments import money_of, open_means


def payment_section(order: Order) -> dict[str, Any]:
    """The context of orders/_payments.html. Statements: 4."""
    money = money_of([order.pk])[order.pk].money
    means = open_means([order.pk])
    owed = sum((found.open for found in means if found.kind != "invoice"), Decimal(0))
    payments = list(
        OrderPayment.objects.filter(order=order)
        .select_related("stored_value")
        .prefetch_related(Prefetch("events", OrderPaymentEvent.objects.order_by("pk")))
        .order_by("pk")
    )
    return {
        "money": money,
        "money_state": in_words(money.state),
        "payments": payments,
        "owed": owed,
        "can_pay": order.status not in ("draft", "cancelled"),
        "payment_methods": PaymentMethod.choices,
        "payment_key": uuid4().hex,
    }


def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a payment; the form's own key makes a second click the same payment."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        given = services.PaymentInput(
            pk,
            request.POST.get("method", ""),
            _amount(request),
            f"staff:{request.POST.get('key', '')[:40] or uuid4().hex}",
            timezone.now(),
            request.POST.get("capture") != "no",
            request.POST.get("reference", "").strip()[:120],
            request.POST.get("code", "").strip()[:60],
        )
        [result] = services.take_payments([given], company_id=order.company_id, actor=actor)
        return gettext("The payment is recorded: the order is now “%(state)s”.") % {
            "state": in_words(result.order_state)
        }

    return run_action(request, act, back=_page(pk), permission="orders.add_orderpayment")


def capture(request: HttpRequest, pk: int, payment_id: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        step = _step(request, pk, payment_id)
        services.capture_payments([step], company_id=_company(pk), actor=actor)
        return gettext("Captured.")

    return run_action(request, act, back=_page(pk), permission="orders.add_orderpayment")


def void(request: HttpRequest, pk: int, payment_id: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        step = _step(request, pk, payment_id)
        services.void_payments([step], company_id=_company(pk), actor=actor)
        return gettext("The authorised amount is let go.")

    return run_action(request, act, back=_page(pk), permission="orders.add_orderpayment")


@step_up
def refund(request: HttpRequest, pk: int, payment_id: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        _payment(pk, payment_id)
        step = services.RefundStep(
            payment_id,
            _amount(request),
            _key(request),
            timezone.now(),
            request.POST.get("method", ""),
            reason=posted_reason(request),
        )
        [result] = services.refund_payments([step], company_id=_company(pk), actor=actor)
        if result.code:
            return gettext("Refunded. The code is %(code)s: give it to the customer, it is shown this once.") % {
                "code": result.code
            }
        return gettext("Refunded.")

    return run_action(request, act, back=_page(pk), permission="orders.refund_orderpayment")


BUTTONS = {"capture": capture, "void": void, "refund": refund}


def _page(pk: int) -> str:
    return f"{reverse('admin:orders_order_change', args=[pk])}#payments"


def _company(pk: int) -> int:
    return get_object_or_404(Order, pk=pk).company_id


def _payment(pk: int, payment_id: int) -> OrderPayment:
    return get_object_or_404(OrderPayment, pk=payment_id, order_id=pk)


def _key(request: HttpRequest) -> str:
    return f"staff:{request.POST.get('key', '')[:40] or uuid4().hex}"


def _step(request: HttpRequest, pk: int, payment_id: int) -> services.Step:
    payment = _payment(pk, payment_id)
    amount = _amount(request) if request.POST.get("amount", "").strip() else payment.to_capture
    return services.Step(payment_id, amount, _key(request), timezone.now())


def _amount(request: HttpRequest) -> Decimal:
    """Raises InvalidInput for what is no number."""
    text = request.POST.get("amount", "").strip().replace(",", ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InvalidInput(
            gettext("“%(text)s” is not an amount.") % {"text": text[:40]}, errors=[{"field": "amount"}]
        ) from None
