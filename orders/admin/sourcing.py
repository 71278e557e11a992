"""The order page's sourcing: where it ships from and why, what it waits for, and the buttons to pin it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.scopes import offered
from inventory.models import Warehouse
from orders import services
from orders.models import Order
from orders.selectors.whence import why_warehouse
from orders.selectors.why import why_not_shipped

OPEN = ("draft", "placed", "released", "partly_shipped")


def sourcing_section(order: Order) -> dict[str, Any]:
    """The context of orders/_why.html and orders/_sourcing.html. Statements: at most 14."""
    houses = offered(Warehouse.objects.filter(company_id=order.company_id, is_active=True, is_transit=False))
    return {
        "whence": why_warehouse(order),
        "waits_for": [reason for reason in why_not_shipped([order.pk])[order.pk] if reason.code != "held"],
        "can_pin": order.status in OPEN,
        "is_pinned_by_hand": order.pinned_warehouse_id not in (None, order.channel.warehouse_id),
        "shipping_warehouses": [house for house in houses if house.pk != order.pinned_warehouse_id],
    }


def pin(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        found = (
            offered(Warehouse.objects.all())
            .filter(
                company_id=order.company_id, code=request.POST.get("warehouse", ""), is_active=True, is_transit=False
            )
            .first()
        )
        if found is None:
            raise InvalidInput(gettext("Choose a warehouse that ships."), errors=[{"field": "warehouse"}])
        results = services.pin_orders(
            [pk], warehouse_id=found.pk, company_id=order.company_id, actor=actor, reason=posted_reason(request)
        )
        return _said(results, gettext("The order is pinned to %(warehouse)s.") % {"warehouse": found.code})

    return _run(request, pk, act)


def unpin(request: HttpRequest, pk: int) -> HttpResponse:
    return _again(request, pk, services.unpin_orders, gettext("The pin is taken off."))


def source(request: HttpRequest, pk: int) -> HttpResponse:
    return _again(request, pk, services.source_again, gettext("What nobody has begun was sourced anew."))


def _again(
    request: HttpRequest, pk: int, service: Callable[..., Sequence[services.PinResult]], said: str
) -> HttpResponse:
    def act(actor: Actor) -> str:
        company_id = get_object_or_404(Order, pk=pk).company_id
        return _said(service([pk], company_id=company_id, actor=actor, reason=posted_reason(request)), said)

    return _run(request, pk, act)


def _run(request: HttpRequest, pk: int, act: Any) -> HttpResponse:
    return run_action(
        request, act, back=reverse("admin:orders_order_change", args=[pk]), permission="orders.change_order"
    )


def _said(results: Sequence[services.PinResult], said: str) -> str:
    [result] = results
    if result.state == "refused":
        raise InvalidInput(result.detail)
    if result.state == "already":
        return gettext("It was so before; nothing was changed.")
    if result.being_worked_on:
        numbers = ", ".join(f"FO-{pk:06d}" for pk in result.being_worked_on)
        said += " " + gettext("%(numbers)s stays where it is: work on it has begun.") % {"numbers": numbers}
    if result.back_ordered:
        said += " " + gettext("Not all of it is in stock there: the rest waits for goods.")
    return said


BUTTONS = {"pin": pin, "unpin": unpin, "source": source}
