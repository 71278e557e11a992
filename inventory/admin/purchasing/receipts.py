"""A receipt of a purchase order taken back from the order's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason, run_action
from inventory import services
from inventory.models import PurchaseOrder
from inventory.selectors.receipts import receipts_of


def reverse_receipt(request: HttpRequest, pk: int, move_id: int) -> HttpResponse:
    order = get_object_or_404(PurchaseOrder, pk=pk)
    move = get_object_or_404(receipts_of(pk), pk=move_id)

    def act(actor: Actor) -> str:
        services.reverse_receipt(
            move.pk,
            company_id=order.company_id,
            effective_at=timezone.now(),
            actor=actor,
            reason=posted_reason(request),
        )
        return gettext("%(number)s: the receipt is taken back.") % {"number": order.number}

    back = reverse("admin:inventory_purchaseorder_change", args=[pk])
    return run_action(request, act, back=back, permission="inventory.change_purchaseorder")
