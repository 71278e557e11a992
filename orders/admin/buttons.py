"""What the buttons of an order's page do: each one call of a service."""

from collections.abc import Callable, Iterable
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
from inventory.selectors import skus_by_code
from orders import services
from orders.models import CancelRequest, Hold, HoldKind, Order

ZERO = Decimal(0)


def order_url(pk: int) -> str:
    return reverse("admin:orders_order_change", args=[pk])


def hold(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        reason = posted_reason(request)
        kind = request.POST.get("kind", HoldKind.MANUAL)
        if kind not in HoldKind.values or kind == HoldKind.MAPPING:
            raise InvalidInput(gettext("Choose one of the list."), errors=[{"field": "kind"}])
        as_seen(request, pk)
        services.place_hold(pk, company_id=_company_of(pk), kind=kind, reason=reason, actor=actor)
        return gettext("The order is held.")

    return run_action(request, act, back=order_url(pk), permission="orders.add_hold")


def release_hold(request: HttpRequest, pk: int, hold_id: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        get_object_or_404(Hold, pk=hold_id, order_id=pk)
        reason = posted_reason(request)
        as_seen(request, pk)
        freed = services.release_hold(hold_id, company_id=_company_of(pk), reason=reason, actor=actor)
        if freed.still_held:
            return gettext("The hold is released; others are still open.")
        return gettext("The hold is released.")

    return run_action(request, act, back=order_url(pk), permission="orders.change_hold")


def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it to the warehouse; for one that is there already: try again to claim what it still lacks."""

    def act(actor: Actor) -> str:
        as_seen(request, pk)
        [result] = services.release_orders([pk], company_id=_company_of(pk), actor=actor)
        if result.state == "refused":
            raise InvalidInput(result.detail or result.code)
        if result.back_ordered:
            return gettext("What is in stock is with the warehouse; the rest still waits for goods.")
        return gettext("The order is released to the warehouse.")

    return run_action(request, act, back=order_url(pk), permission="orders.change_order")


def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        company_id = _company_of(pk)
        as_seen(request, pk)
        services.cancel_order(pk, company_id=company_id, reason=posted_reason(request), actor=actor, ask=True)
        return _asked(pk) or gettext("What had not shipped is cancelled.")

    return run_action(request, act, back=order_url(pk), permission="orders.change_order")


def cancel_part(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        order = _order(pk)
        as_seen(request, pk)
        services.cancel_order(
            pk,
            company_id=order.company_id,
            reason=posted_reason(request),
            actor=actor,
            lines=_quantities(request, "cancel", _positions(order)),
            give_up_parts=request.POST.get("give_up_parts") == "1",
            ask=True,
        )
        return _asked(pk) or gettext("The quantities are cancelled.")

    return run_action(request, act, back=order_url(pk), permission="orders.change_order")


def as_seen(request: HttpRequest, pk: int) -> None:
    """Lock the order; go on only if it is what the page showed. Raises VersionConflict: who changed what meanwhile."""
    services.expect_version(pk, company_id=_company_of(pk), version=seen_version(request))


def seen_version(request: HttpRequest) -> int | None:
    """The version that the form was made from; None from a page that has none."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def _asked(pk: int) -> str:
    """What to say where a warehouse has to answer first."""
    if not CancelRequest.objects.filter(order_id=pk, status="open").exists():
        return ""
    return gettext("What nobody works on is cancelled; for what is being picked the warehouse is asked.")


def ask_return(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        order = _order(pk)
        wanted = _quantities(request, "return", _positions(order))
        made = services.request_return(
            pk,
            company_id=order.company_id,
            lines=[services.ReturnInput(line_id, quantity) for line_id, quantity in wanted.items()],
            reason=posted_reason(request, limit=120),
            reason_code=request.POST.get("reason_code", ""),
            goods=request.POST.get("what", "") != "money",
            refund=request.POST.get("what", "") != "goods",
            requested_at=timezone.now(),
            actor=actor,
        )
        return gettext("Return RMA-%(id)06d is open: approve it next.") % {"id": made}

    return run_action(request, act, back=order_url(pk), permission="orders.add_returnorder")


def map_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which SKU each unknown code is; with the last one the mapping hold is released too."""

    def act(actor: Actor) -> str:
        order = _order(pk)
        given = {
            line_id: code
            for line_id, position in _positions(order, sku__isnull=True)
            if (code := request.POST.get(f"sku-{line_id}", "").strip())
        }
        if not given:
            raise InvalidInput(gettext("Give the SKU of at least one line."))
        known = skus_by_code(order.company_id, sorted(set(given.values())))
        for code in given.values():
            if code not in known:
                raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code[:60]})
        complete = services.map_lines(
            {line_id: known[code] for line_id, code in given.items()}, company_id=order.company_id, actor=actor
        )
        return _after_mapping(order, bool(complete), ", ".join(given.values()), actor)

    return run_action(request, act, back=order_url(pk), permission="orders.change_orderline")


def _after_mapping(order: Order, complete: bool, codes: str, actor: Actor) -> str:
    if not complete:
        return gettext("Mapped; other lines have no SKU yet.")
    held = Hold.objects.filter(order=order, kind=HoldKind.MAPPING, released_at__isnull=True)
    for hold_id in held.order_by("id").values_list("id", flat=True):
        reason = gettext("Mapped to %(codes)s") % {"codes": codes[:200]}
        services.release_hold(hold_id, company_id=order.company_id, reason=reason, actor=actor)
    return gettext("Mapped: every line has its SKU.")


def _positions(order: Order, **only: Any) -> list[tuple[int, int]]:
    return list(order.lines.filter(**only).order_by("position").values_list("id", "position"))


def _quantities(request: HttpRequest, prefix: str, lines: Iterable[tuple[int, int]]) -> dict[int, Decimal]:
    """What was asked for of each line, > 0."""
    asked = {}
    for line_id, position in lines:
        name = gettext("Line %(position)s") % {"position": position}
        quantity = posted_quantity(request, f"{prefix}-{line_id}", name, ZERO)
        if quantity > 0:
            asked[line_id] = quantity
    if not asked:
        raise InvalidInput(gettext("Give a quantity for at least one line."))
    return asked


def _order(pk: int) -> Order:
    return get_object_or_404(Order, pk=pk)


def _company_of(pk: int) -> int:
    return _order(pk).company_id


BUTTONS: dict[str, Callable[..., HttpResponse]] = {
    "hold": hold,
    "release": release,
    "cancel": cancel,
    "cancel_part": cancel_part,
    "return": ask_return,
    "map": map_lines,
}
