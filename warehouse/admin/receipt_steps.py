"""A delivery's steps on its page: arrived, being received, finished, cancelled, posted back."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import run_action
from warehouse import services
from warehouse.models import Receipt
from warehouse.states import RECEIPT

# The way's next state, by the step's name in the address.
STEPS = {
    "arrive": "arrived",
    "start": "receiving",
    "finish": "received",
    "cancel": "cancelled",
    "post-back": "posted_back",
}
CHANGE = "warehouse.change_receipt"


def context(request: HttpRequest, receipt: Receipt) -> dict[str, Any]:
    """Which steps are open now; receive: the page that books its goods in."""
    may = request.user.has_perm(CHANGE)  # type: ignore[union-attr]
    steps = {name for name, status in STEPS.items() if may and status in RECEIPT[receipt.status]}
    if receipt.return_order_id is not None:
        steps.discard("post-back")
    url = ""
    if receipt.purchase_order_id is not None and receipt.status in ("expected", "arrived", "receiving"):
        url = reverse("admin:warehouse_receive", args=[receipt.purchase_order_id])
        url += f"?notice={receipt.notice_id}" if receipt.notice_id else f"?receipt={receipt.pk}"
    return {"steps": {name.replace("-", "_") for name in steps}, "receive_url": url}


def step(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    receipt = get_object_or_404(Receipt, pk=pk)
    if what not in STEPS:
        raise Http404

    def act(actor: Actor) -> str:
        now, given = timezone.now(), {"company_id": receipt.company_id, "actor": actor}
        reason = request.POST.get("reason", "").strip()
        if what == "arrive":
            services.arrive(pk, at=now, **given)
            return gettext("It has arrived.")
        if what == "start":
            services.start_receiving(pk, at=now, device="browser", **given)
            return gettext("It is being received.")
        if what == "finish":
            services.finish_receiving(pk, at=now, **given)
            return gettext("All of it is received.")
        if what == "cancel":
            services.cancel_receipt(pk, reason=reason, **given)
            return gettext("It does not come.")
        done = services.post_back(pk, at=now, reason=reason, **given)
        return gettext("All of it goes back: %(number)s.") % {"number": done.supplier_return.number}

    back = reverse("admin:warehouse_receipt_change", args=[pk])
    return run_action(request, act, back=back, permission=CHANGE)
