"""Receipts at the counter: found, shown, printed, goods taken back."""

from decimal import Decimal
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.core.actor import Actor
from warehouse import services
from warehouse.till.forms import counter_url, page, posted_amount, posted_key, receipt_row, run, shift_of, till_of
from warehouse.till.reads import open_shift, receipt_of, returnable
from warehouse.till.receipts import as_pdf, as_text, content_of


@require_GET
@page("warehouse.view_tillreceipt")
def find_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    till = till_of(pk)
    found = receipt_of(till.company_id, request.GET.get("q", ""))
    if found is None:
        messages.error(request, gettext("There is no such receipt."))
        return HttpResponseRedirect(counter_url(till))
    return HttpResponseRedirect(f"{reverse('till:receipt', args=[found.pk])}?till={pk}")


@require_GET
@page("warehouse.view_tillreceipt")
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt on the screen, to be printed; and what of it may come back."""
    found = receipt_row(pk)
    asked = request.GET.get("till", "")
    till = till_of(int(asked)) if asked.isdecimal() else found.shift.till
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
    found = receipt_row(pk)
    answer = HttpResponse(as_pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer


@require_GET
@page("warehouse.view_tillreceipt")
def receipt_text(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(as_text(receipt_row(pk)), content_type="text/plain; charset=utf-8")


@require_POST
@page("warehouse.return_tillreceipt")
def take_back(request: HttpRequest, pk: int, receipt_id: int) -> HttpResponse:
    till, found = till_of(pk), receipt_row(receipt_id)
    done: list[services.SaleResult] = []

    def act(actor: Actor) -> None:
        lines = [
            services.BackLine(row.order_line_id, quantity, request.POST.get(f"to-{row.order_line_id}", "restock"))
            for row in returnable(found.order_id or 0)
            if (quantity := posted_amount(request, f"back-{row.order_line_id}", empty=Decimal(0)))
        ]
        back = services.TakeBackRequest(
            shift_id=shift_of(till).pk,
            client_id=posted_key(request),
            receipt_id=found.pk,
            lines=lines,
            method=request.POST.get("method", ""),
            reason=request.POST.get("reason", ""),
            reference=request.POST.get("reference", ""),
            effective_at=timezone.now(),
            may_return=True,
        )
        done.append(services.take_back(back, company_id=till.company_id, actor=actor))

    answer = run(request, act, f"{reverse('till:receipt', args=[receipt_id])}?till={pk}")
    return HttpResponseRedirect(reverse("till:receipt", args=[done[0].receipt_id])) if done else answer
