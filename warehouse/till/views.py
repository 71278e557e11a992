"""The counter's pages. Sales are sent by the page's script to the API; all else is a form and one call of a service."""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason
from backoffice.core.errors import DomainError, InvalidInput
from orders.models import PaymentMethod
from orders.selectors.payments import money_of
from warehouse import services
from warehouse.errors import ShiftClosed
from warehouse.models import CashMoveKind, ParkedSale, Pickup, Till, TillReceipt, TillShift
from warehouse.till.amounts import CODED, Tender
from warehouse.till.reads import open_shift, receipt_of, returnable, shift_figures
from warehouse.till.receipts import as_pdf, as_text, content_of

View = Callable[..., HttpResponse]
MAX_BASKET = 100_000
TENDERS = [(method.value, method.label) for method in map(PaymentMethod, ("cash", "card", *CODED))]


def page(permission: str) -> Callable[[View], View]:
    """For signed-in staff with the permission."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return staff_member_required(guarded, login_url="admin:login")

    return decorate


@require_GET
@page("warehouse.add_tillreceipt")
def choose(request: HttpRequest) -> HttpResponse:
    """Which counter; a shop with one goes there at once."""
    tills = list(Till.objects.filter(is_active=True).select_related("warehouse").order_by("name"))
    if len(tills) == 1:
        return HttpResponseRedirect(_counter(tills[0]))
    return render(request, "till/choose.html", {"tills": tills})


@require_GET
@page("warehouse.add_tillreceipt")
def counter(request: HttpRequest, pk: int) -> HttpResponse:
    till, shift = _till(pk), open_shift(pk)
    if shift is None:
        last = TillShift.objects.filter(till=till, status="closed").order_by("-pk").first()
        return render(request, "till/open.html", {"till": till, "last": last})
    context = {
        "till": till,
        "shift": shift,
        "config": _config(request, till),
        "parked": ParkedSale.objects.filter(till=till).order_by("pk"),
        "waiting": Pickup.objects.filter(warehouse=till.warehouse_id, status__in=("waiting", "ready")).count(),
        "methods": TENDERS,
    }
    return render(request, "till/counter.html", context)


def _config(request: HttpRequest, till: Till) -> dict[str, Any]:
    """What the page's script needs: addresses, the currency, the texts."""
    api = reverse("api:till-list")
    return {
        "find": f"{api}{till.pk}/find/",
        "sell": f"{api}{till.pk}/sell/",
        "receipt": reverse("till:receipt", args=[0]),
        "park": reverse("till:park", args=[till.pk]),
        "currency": till.channel.currency,
        "inclusive": till.channel.prices_include_tax,
        "discount": request.user.has_perm("warehouse.discount_tillreceipt"),
        "texts": {
            "none": gettext("Nothing found for “%s”."),
            "price": gettext("has no price yet: type one"),
            "stock": gettext("in stock"),
            "lost": gettext("No answer. Press again: the sale is not booked twice."),
            "remove": gettext("Remove"),
            "left": gettext("Still to pay"),
            "change": gettext("Change"),
            "done": gettext("Sold"),
            "card": gettext("Gift card"),
            "code": gettext("Code of the card"),
            "reference": gettext("Reference of the terminal"),
            "empty": gettext("Scan the first article."),
            "park": gettext("Name for the parked sale"),
            "tax": gettext("plus tax"),
            "quantity": gettext("Quantity"),
            "one": gettext("Price"),
            "discount": gettext("Discount"),
        },
    }


@require_POST
@page("warehouse.add_tillshift")
def open_(request: HttpRequest, pk: int) -> HttpResponse:
    till = _till(pk)

    def act(actor: Actor) -> None:
        services.open_shift(
            till_id=pk,
            company_id=till.company_id,
            float_amount=_amount(request, "float_amount"),
            opened_at=timezone.now(),
            actor=actor,
        )

    return _run(request, act, _counter(till))


@page("warehouse.view_tillshift")
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The shift's figures: an X report while it is open, with cash in and out and the count; then the Z report."""
    shift = get_object_or_404(TillShift.objects.select_related("till__channel", "opened_by", "closed_by"), pk=pk)
    figures = shift_figures(shift)
    names = dict(PaymentMethod.choices)
    difference = None if shift.counted is None or shift.expected is None else shift.counted - shift.expected
    context = {
        "till": shift.till,
        "shift": shift,
        "figures": figures,
        "currency": shift.till.channel.currency,
        "tenders": [(names[method], amount) for method, amount in sorted(figures.tenders.items())],
        "moves": shift.cash_moves.order_by("pk"),
        "receipts": shift.receipts.order_by("-pk")[:200],
        "difference": difference,
        "kinds": CashMoveKind.choices,
        "key": uuid4(),
    }
    return render(request, "till/report.html", context)


@require_POST
@page("warehouse.add_cashmove")
def cash(request: HttpRequest, pk: int) -> HttpResponse:
    shift = get_object_or_404(TillShift, pk=pk)

    def act(actor: Actor) -> None:
        move = services.CashRequest(
            pk,
            _uuid(request),
            request.POST.get("kind", ""),
            _amount(request, "amount"),
            request.POST.get("reason", ""),
            timezone.now(),
        )
        services.move_cash(move, company_id=shift.company_id, actor=actor)

    return _run(request, act, reverse("till:report", args=[pk]), gettext("The cash is booked."))


@require_POST
@page("warehouse.change_tillshift")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    shift = get_object_or_404(TillShift, pk=pk)

    def act(actor: Actor) -> None:
        services.close_shift(
            pk,
            company_id=shift.company_id,
            counted=_amount(request, "counted"),
            closed_at=timezone.now(),
            actor=actor,
            note=request.POST.get("note", ""),
        )

    return _run(request, act, reverse("till:report", args=[pk]), gettext("The shift is closed."))


@require_POST
@page("warehouse.add_parkedsale")
def park(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the basket aside; the page's script sends it."""
    till = _till(pk)
    try:
        if len(request.body) > MAX_BASKET:
            raise ValueError
        given = json.loads(request.body)
        name, lines = str(given["name"]).strip()[:60], list(given["lines"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"detail": gettext("The basket cannot be read.")}, status=400)
    parked = ParkedSale.objects.create(
        till=till,
        name=name or f"{timezone.localtime():%H:%M}",
        basket=lines,
        actor_label=request.user.get_username(),
    )
    return JsonResponse({"id": parked.pk})


@require_POST
@page("warehouse.add_parkedsale")
def resume(request: HttpRequest, pk: int, parked_id: int) -> HttpResponse:
    """The parked basket, which is taken off the list: two cashiers cannot both resume it."""
    with transaction.atomic():
        rows = ParkedSale.objects.select_for_update(of=("self",), no_key=True)
        parked = get_object_or_404(rows, pk=parked_id, till_id=pk)
        basket = parked.basket
        parked.delete()
    return JsonResponse({"lines": basket})


@require_GET
@page("warehouse.view_tillreceipt")
def find_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    till = _till(pk)
    found = receipt_of(till.company_id, request.GET.get("q", ""))
    if found is None:
        messages.error(request, gettext("There is no such receipt."))
        return HttpResponseRedirect(_counter(till))
    return HttpResponseRedirect(f"{reverse('till:receipt', args=[found.pk])}?till={pk}")


@require_GET
@page("warehouse.view_tillreceipt")
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt on the screen, to be printed; and what of it may come back."""
    found = _receipt(pk)
    asked = request.GET.get("till", "")
    till = _till(int(asked)) if asked.isdecimal() else found.shift.till
    back = (
        [row for row in returnable(found.order_id) if row.left > 0] if found.order_id and found.kind != "return" else []
    )
    context = {
        "till": till,
        "receipt": found,
        "content": content_of(found),
        "back": back,
        "currency": found.currency,
        "key": uuid4(),
        "shift": open_shift(till.pk),
    }
    return render(request, "till/receipt.html", context)


@require_GET
@page("warehouse.view_tillreceipt")
def receipt_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    found = _receipt(pk)
    answer = HttpResponse(as_pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer


@require_GET
@page("warehouse.view_tillreceipt")
def receipt_text(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(as_text(_receipt(pk)), content_type="text/plain; charset=utf-8")


@require_POST
@page("warehouse.return_tillreceipt")
def take_back(request: HttpRequest, pk: int, receipt_id: int) -> HttpResponse:
    till, found = _till(pk), _receipt(receipt_id)
    done: list[services.SaleResult] = []

    def act(actor: Actor) -> None:
        lines = [
            services.BackLine(row.order_line_id, quantity, request.POST.get(f"to-{row.order_line_id}", "restock"))
            for row in returnable(found.order_id or 0)
            if (quantity := _amount(request, f"back-{row.order_line_id}", empty=Decimal(0)))
        ]
        back = services.TakeBackRequest(
            shift_id=_shift(till).pk,
            client_id=_uuid(request),
            receipt_id=found.pk,
            lines=lines,
            method=request.POST.get("method", ""),
            reason=request.POST.get("reason", ""),
            reference=request.POST.get("reference", ""),
            effective_at=timezone.now(),
            may_return=True,
        )
        done.append(services.take_back(back, company_id=till.company_id, actor=actor))

    answer = _run(request, act, f"{reverse('till:receipt', args=[receipt_id])}?till={pk}")
    return HttpResponseRedirect(reverse("till:receipt", args=[done[0].receipt_id])) if done else answer


@require_GET
@page("warehouse.view_pickup")
def pickups(request: HttpRequest, pk: int) -> HttpResponse:
    """What customers will fetch here: to be set aside, and ready to be handed over."""
    till = _till(pk)
    rows = list(
        Pickup.objects.filter(warehouse=till.warehouse_id, status__in=("waiting", "ready"))
        .exclude(order__status__in=("shipped", "completed", "cancelled"))
        .select_related("order__contact__person")
        .prefetch_related("order__lines__sku")
        .order_by("status", "asked_at")[:200]
    )
    missing = {order_id: found.money.missing for order_id, found in money_of([row.order_id for row in rows]).items()}
    context = {
        "till": till,
        "shift": open_shift(pk),
        "rows": [(row, missing[row.order_id], uuid4()) for row in rows],
        "methods": TENDERS,
    }
    return render(request, "till/pickups.html", context)


@require_POST
@page("warehouse.add_pickup")
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody asks at the counter or on the phone for an order to be kept here."""
    till = _till(pk)

    def act(actor: Actor) -> None:
        text = request.POST.get("order", "").strip().upper().removeprefix("SO-")
        if not text.isdecimal() or len(text) > 18:
            raise InvalidInput(gettext("Give the number of an order, such as SO-000123."), errors=[{"field": "order"}])
        services.ask_pickups(
            [int(text)],
            company_id=till.company_id,
            warehouse_id=till.warehouse_id,
            asked_at=timezone.now(),
            actor=actor,
        )

    return _run(request, act, reverse("till:pickups", args=[pk]), gettext("The order is kept here for its customer."))


@require_POST
@page("warehouse.change_pickup")
def ready(request: HttpRequest, pk: int, pickup_id: int) -> HttpResponse:
    till = _till(pk)

    def act(actor: Actor) -> None:
        services.ready_pickups([pickup_id], company_id=till.company_id, ready_at=timezone.now(), actor=actor)

    return _run(request, act, reverse("till:pickups", args=[pk]), gettext("Set aside: the customer may come."))


@require_POST
@page("warehouse.change_pickup")
def cancel_pickup(request: HttpRequest, pk: int, pickup_id: int) -> HttpResponse:
    till = _till(pk)

    def act(actor: Actor) -> None:
        services.cancel_pickups([pickup_id], company_id=till.company_id, actor=actor, reason=posted_reason(request))

    return _run(
        request, act, reverse("till:pickups", args=[pk]), gettext("Not fetched: the order is the desk’s again.")
    )


@require_POST
@page("warehouse.change_pickup")
def collect(request: HttpRequest, pk: int, pickup_id: int) -> HttpResponse:
    till = _till(pk)
    done: list[services.SaleResult] = []

    def act(actor: Actor) -> None:
        amount = _amount(request, "amount", empty=Decimal(0))
        method = request.POST.get("method", "cash")
        detail = request.POST.get("detail", "").strip()[:60]
        coded = method in CODED
        handed = services.CollectRequest(
            shift_id=_shift(till).pk,
            client_id=_uuid(request),
            pickup_id=pickup_id,
            code=request.POST.get("code", ""),
            effective_at=timezone.now(),
            tenders=[Tender(method, amount, "" if coded else detail, detail if coded else "")] if amount else [],
        )
        done.append(services.collect_pickup(handed, company_id=till.company_id, actor=actor))

    answer = _run(request, act, reverse("till:pickups", args=[pk]))
    return HttpResponseRedirect(reverse("till:receipt", args=[done[0].receipt_id])) if done else answer


def _run(request: HttpRequest, act: Callable[[Actor], None], back: str, said: str = "") -> HttpResponse:
    """Run a form's call in one transaction and go back, with what it says or with its refusal."""
    try:
        with transaction.atomic():
            act(Actor.of_request(request))
        if said:
            messages.success(request, said)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(back)


def _till(pk: int) -> Till:
    return get_object_or_404(Till.objects.select_related("channel", "warehouse", "company"), pk=pk, is_active=True)


def _receipt(pk: int) -> TillReceipt:
    rows = TillReceipt.objects.select_related("order", "shift__till__company", "shift__till__channel")
    return get_object_or_404(rows, pk=pk)


def _counter(till: Till) -> str:
    return reverse("till:counter", args=[till.pk])


def _shift(till: Till) -> TillShift:
    shift = open_shift(till.pk)
    if shift is None:
        raise ShiftClosed(gettext("The till has no open shift; open one first."), till_id=till.pk)
    return shift


def _uuid(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise InvalidInput(gettext("The form is stale; load the page again."), errors=[{"field": "key"}]) from None


def _amount(request: HttpRequest, field: str, empty: Decimal | None = None) -> Decimal:
    """A number of 0 or more. Raises InvalidInput."""
    text = request.POST.get(field, "").strip().replace(" ", "").replace(",", ".")
    if not text and empty is not None:
        return empty
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 10**9:
        raise InvalidInput(gettext("“%(text)s” is not an amount.") % {"text": text[:40]}, errors=[{"field": field}])
    return value
