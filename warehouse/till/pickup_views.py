"""Orders that customers fetch at the counter."""

from decimal import Decimal
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason
from backoffice.core.errors import InvalidInput
from orders.selectors.payments import money_of
from warehouse import services
from warehouse.models import Pickup
from warehouse.till.amounts import CODED, Tender
from warehouse.till.forms import TENDERS, page, posted_amount, posted_key, run, shift_of, till_of
from warehouse.till.reads import open_shift


@require_GET
@page("warehouse.view_pickup")
def pickups(request: HttpRequest, pk: int) -> HttpResponse:
    """What customers will fetch here: to be set aside, and ready to be handed over."""
    till = till_of(pk)
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
    till = till_of(pk)

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

    return run(request, act, reverse("till:pickups", args=[pk]), gettext("The order is kept here for its customer."))


@require_POST
@page("warehouse.change_pickup")
def ready(request: HttpRequest, pk: int, pickup_id: int) -> HttpResponse:
    till = till_of(pk)

    def act(actor: Actor) -> None:
        services.ready_pickups([pickup_id], company_id=till.company_id, ready_at=timezone.now(), actor=actor)

    return run(request, act, reverse("till:pickups", args=[pk]), gettext("Set aside: the customer may come."))


@require_POST
@page("warehouse.change_pickup")
def cancel_pickup(request: HttpRequest, pk: int, pickup_id: int) -> HttpResponse:
    till = till_of(pk)

    def act(actor: Actor) -> None:
        services.cancel_pickups([pickup_id], company_id=till.company_id, actor=actor, reason=posted_reason(request))

    return run(request, act, reverse("till:pickups", args=[pk]), gettext("Not fetched: the order is the desk’s again."))


@require_POST
@page("warehouse.change_pickup")
def collect(request: HttpRequest, pk: int, pickup_id: int) -> HttpResponse:
    till = till_of(pk)
    done: list[services.SaleResult] = []

    def act(actor: Actor) -> None:
        amount = posted_amount(request, "amount", empty=Decimal(0))
        method = request.POST.get("method", "cash")
        detail = request.POST.get("detail", "").strip()[:60]
        coded = method in CODED
        handed = services.CollectRequest(
            shift_id=shift_of(till).pk,
            client_id=posted_key(request),
            pickup_id=pickup_id,
            code=request.POST.get("code", ""),
            effective_at=timezone.now(),
            tenders=[Tender(method, amount, "" if coded else detail, detail if coded else "")] if amount else [],
        )
        done.append(services.collect_pickup(handed, company_id=till.company_id, actor=actor))

    answer = run(request, act, reverse("till:pickups", args=[pk]))
    return HttpResponseRedirect(reverse("till:receipt", args=[done[0].receipt_id])) if done else answer
