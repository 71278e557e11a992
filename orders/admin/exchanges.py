"""The exchange form of an order's page, and the money of a return as one balance."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, posted_reason, run_action
from backoffice.core.errors import InvalidInput
from orders import services
from orders.models import ExchangeShips, Order, ReturnOrder
from orders.selectors.exchanges import return_money
from orders.selectors.returns import reasons_of

ZERO = Decimal(0)
ROWS = range(3)


def return_section(order: Order) -> dict[str, Any]:
    """The context of the return and exchange forms. Statements: 1."""
    return {
        "return_reasons": reasons_of(order.company_id),
        "exchange_rows": ROWS,
        "exchange_ships": ExchangeShips.choices,
    }


def exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """Goods back and others out: one document, whose page follows."""
    made: list[int] = []

    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        back = [
            services.ReturnInput(line_id, quantity)
            for line_id, position in order.lines.order_by("position").values_list("id", "position")
            if (quantity := posted_quantity(request, f"return-{line_id}", _line(position), ZERO)) > 0
        ]
        if not back:
            raise InvalidInput(gettext("Give a quantity for at least one line."))
        found = services.request_exchange(
            pk,
            company_id=order.company_id,
            back=back,
            instead=_instead(request),
            reason=posted_reason(request, limit=120),
            reason_code=request.POST.get("reason_code", ""),
            ships=request.POST.get("ships", ""),
            requested_at=timezone.now(),
            actor=actor,
            may_price=request.user.has_perm("orders.change_price"),
        )
        made.append(found.return_order_id)
        return gettext("Exchange RMA-%(id)06d is open, with its new order SO-%(order)06d.") % {
            "id": found.return_order_id,
            "order": found.order_id,
        }

    response = run_action(
        request, act, back=reverse("admin:orders_order_change", args=[pk]), permission="orders.add_returnorder"
    )
    if made:
        response["Location"] = reverse("admin:orders_returnorder_change", args=made)
    return response


def _line(position: int) -> str:
    return gettext("Line %(position)s") % {"position": position}


def _instead(request: HttpRequest) -> list[services.ExchangeLine]:
    lines = []
    for row in ROWS:
        sku = request.POST.get(f"sku-{row}", "").strip()
        if not sku:
            continue
        price = None
        if request.POST.get(f"price-{row}", "").strip():
            price = posted_quantity(request, f"price-{row}", gettext("Price of %(sku)s") % {"sku": sku[:60]})
        lines.append(
            services.ExchangeLine(sku, posted_quantity(request, f"quantity-{row}", sku[:60], Decimal(1)), price)
        )
    return lines


def store_credit(request: HttpRequest, pk: int) -> HttpResponse:
    """What the return still owes, as a code for the customer."""

    def act(actor: Actor) -> str:
        found = get_object_or_404(ReturnOrder, pk=pk)
        issued = services.give_store_credit(pk, company_id=found.company_id, effective_at=timezone.now(), actor=actor)
        return gettext("The code is %(code)s: give it to the customer, it is shown this once.") % {"code": issued.code}

    back = reverse("admin:orders_returnorder_change", args=[pk])
    return run_action(request, act, back=back, permission="orders.refund_orderpayment")


def money_section(found: ReturnOrder) -> dict[str, Any]:
    """The return's money; owes and due: which way the balance goes. Statements: 1 or 2."""
    money = return_money([found.pk])[found.pk]
    return {"money": money, "owes": max(money.net, ZERO), "due": max(-money.net, ZERO)}
