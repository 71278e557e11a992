"""Returns: the list, and a page with what may be done next."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import show_time
from backoffice.core.admin.pages import posted_reason, run_action
from orders import services
from orders.admin.fulfilment import NumberedAdmin
from orders.models import ReturnOrder
from orders.states import RETURN

# name: (service, button, whether a reason is asked for, the status it leads to)
STEPS: dict[str, tuple[Callable[..., None], Any, bool, str]] = {
    "approve": (services.approve_returns, _("Approve"), False, "approved"),
    "reject": (services.reject_returns, _("Reject"), True, "rejected"),
    "inspect": (services.inspect_returns, _("Nothing more will come"), True, "inspected"),
    "cancel": (services.cancel_returns, _("Cancel"), True, "cancelled"),
}


@admin.register(ReturnOrder)
class ReturnOrderAdmin(NumberedAdmin):
    list_display = ["show_number", "channel", "order", "show_status", "reason", "show_requested"]
    list_select_related = ["order", "channel"]
    list_filter = [("status", ChoicesDropdownFilter), ("channel", RelatedDropdownFilter)]
    search_fields = ["=external_id"]

    @display(description=_("Asked for"))
    def show_requested(self, document: ReturnOrder) -> str:
        return show_time(document.requested_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="orders_returnorder_step"),
            path("<int:pk>/refund/", view(self.refund_view), name="orders_returnorder_refund"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self.story(request, object_id, "orders/return.html", _page)

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        found = get_object_or_404(ReturnOrder, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        service, _label, asks, _status = STEPS[name]

        def act(actor: Actor) -> str:
            reason = posted_reason(request) if asks else request.POST.get("reason", "").strip()[:300]
            service([pk], company_id=found.company_id, actor=actor, reason=reason)
            return gettext("Return %(number)s has changed.") % {"number": found.number}

        return run_action(request, act, back=_url(pk), permission="orders.change_returnorder")

    def refund_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(ReturnOrder, pk=pk)

        def act(actor: Actor) -> str:
            [note] = services.resolve_returns(
                [pk], company_id=found.company_id, effective_at=timezone.now(), actor=actor
            )
            if note is None:
                return gettext("The return is done; nothing is refunded for it.")
            return gettext("Refunded by credit note %(number)s.") % {"number": note.number}

        return run_action(request, act, back=_url(pk), permission="orders.change_returnorder")


def _page(found: ReturnOrder) -> dict[str, Any]:
    lines = list(found.lines.select_related("sku", "order_line").order_by("position"))
    return {
        "lines": lines,
        "steps": [
            (name, label, asks)
            for name, (_service, label, asks, status) in STEPS.items()
            if status in RETURN[found.status]
        ],
        "can_refund": found.status in ("approved", "inspected"),
        "without_goods": found.status == "approved",
        "total": sum(line.net + line.tax for line in lines),
        "credit_note": found.credit_note,
    }


def _url(pk: int) -> str:
    return reverse("admin:orders_returnorder_change", args=[pk])
