"""Booking a return parcel in at the dock."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, render_page, require, run_action
from backoffice.core.errors import InvalidInput
from orders.models import Disposition, ReturnLine, ReturnOrder
from warehouse import services
from warehouse.services.return_places import KINDS

GOODS = [(value, Disposition(value).label) for value in KINDS]


def receive_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what came of each line and what becomes of it; the refund follows when all is in."""
    require(request, "warehouse.add_receipt")
    found = get_object_or_404(ReturnOrder.objects.select_related("channel", "order"), pk=pk)
    lines = list(
        ReturnLine.objects.filter(return_order=found, sku__isnull=False).select_related("sku").order_by("position")
    )
    if request.method == "POST":
        return run_action(
            request,
            lambda actor: _receive(request, found, lines, actor),
            back=reverse("admin:orders_returnorder_change", args=[pk]),
            permission="warehouse.add_receipt",
        )
    rows: list[tuple[ReturnLine, Any]] = [(line, line.quantity - line.received) for line in lines]
    return render_page(
        request,
        admin.site,
        "warehouse/receive_return.html",
        title=_("Receive a return"),
        document=found,
        rows=rows,
        dispositions=GOODS,
    )


def _receive(request: HttpRequest, found: ReturnOrder, lines: list[ReturnLine], actor: Actor) -> str:
    came = [
        services.ReturnedLine(line.pk, quantity, request.POST.get(f"disposition-{line.pk}", ""))
        for line in lines
        if (quantity := posted_quantity(request, f"line-{line.pk}", line.code, Decimal(0))) > 0
    ]
    if not came:
        raise InvalidInput(gettext("Give a quantity for at least one line."))
    [result] = services.receive_returns(
        [services.ReturnReceipt(found.pk, came)],
        company_id=found.company_id,
        effective_at=timezone.now(),
        actor=actor,
        refund=request.POST.get("refund") == "1",
        device="browser",
    )
    if result.credit_note_number:
        return gettext("Received and refunded: %(number)s") % {"number": result.credit_note_number}
    return gettext("Received into stock.")
