"""The counter's pages. Sales are sent by the page's script to the API; all else is a form and one call of a service."""

import json
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.core.actor import Actor
from backoffice.core.scopes import offered
from orders.models import PaymentMethod
from warehouse import services
from warehouse.models import CashMoveKind, ParkedSale, Pickup, Till, TillShift
from warehouse.till.forms import (
    TENDERS,
    counter_url,
    page,
    posted_amount,
    posted_key,
    run,
    till_of,
)
from warehouse.till.reads import open_shift, shift_figures

MAX_BASKET = 100_000


@require_GET
@page("warehouse.add_tillreceipt")
def choose(request: HttpRequest) -> HttpResponse:
    """Which counter; a shop with one goes there at once."""
    tills = list(offered(Till.objects.filter(is_active=True)).select_related("warehouse").order_by("name"))
    if len(tills) == 1:
        return HttpResponseRedirect(counter_url(tills[0]))
    return render(request, "till/choose.html", {"tills": tills})


@require_GET
@page("warehouse.add_tillreceipt")
def counter(request: HttpRequest, pk: int) -> HttpResponse:
    till, shift = till_of(pk), open_shift(pk)
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
        "marks": [get_format("THOUSAND_SEPARATOR"), get_format("DECIMAL_SEPARATOR")],
        "inclusive": till.channel.prices_include_tax,
        "discount": request.user.has_perm("warehouse.discount_tillreceipt"),
        "texts": {
            "none": gettext("Nothing found for “%s”."),
            "price": gettext("has no price yet: type one"),
            "stock": gettext("in stock"),
            "lost": gettext("No answer. Press again: the sale is not booked twice."),
            "remove": gettext("Remove"),
            "left": gettext("Still to pay"),
            "change": pgettext("money given back", "Change"),
            "done": gettext("Sold"),
            "card": gettext("Gift card"),
            "code": gettext("Code of the card"),
            "reference": gettext("Reference of the terminal"),
            "empty": gettext("Scan the first article."),
            "park": gettext("Name for the parked sale"),
            "tax": gettext("plus tax"),
            "quantity": gettext("Quantity"),
            "one": gettext("Price"),
            "from": gettext("from %s:"),
            "discount": gettext("Discount"),
        },
    }


@require_POST
@page("warehouse.add_tillshift")
def open_(request: HttpRequest, pk: int) -> HttpResponse:
    till = till_of(pk)

    def act(actor: Actor) -> None:
        services.open_shift(
            till_id=pk,
            company_id=till.company_id,
            float_amount=posted_amount(request, "float_amount"),
            opened_at=timezone.now(),
            actor=actor,
        )

    return run(request, act, counter_url(till))


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
            posted_key(request),
            request.POST.get("kind", ""),
            posted_amount(request, "amount"),
            request.POST.get("reason", ""),
            timezone.now(),
        )
        services.move_cash(move, company_id=shift.company_id, actor=actor)

    return run(request, act, reverse("till:report", args=[pk]), gettext("The cash is booked."))


@require_POST
@page("warehouse.change_tillshift")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    shift = get_object_or_404(TillShift, pk=pk)

    def act(actor: Actor) -> None:
        services.close_shift(
            pk,
            company_id=shift.company_id,
            counted=posted_amount(request, "counted"),
            closed_at=timezone.now(),
            actor=actor,
            note=request.POST.get("note", ""),
        )

    return run(request, act, reverse("till:report", args=[pk]), gettext("The shift is closed."))


@require_POST
@page("warehouse.add_parkedsale")
def park(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the basket aside; the page's script sends it."""
    till = till_of(pk)
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
