"""Purchase orders: the list, a form to write one, and a page with the next steps."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.pages import events_of, filled_panels, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError
from inventory import services
from inventory.admin.promising import expect, trust
from inventory.admin.purchase_form import PurchaseForm, PurchaseLines
from inventory.models import PurchaseOrder, PurchaseOrderLine
from inventory.services.expecting import ENDED
from inventory.states import PURCHASE_ORDER

# name: (service, button, whether a reason is asked for, the status it leads to)
STEPS: dict[str, tuple[Callable[..., PurchaseOrder], Any, bool, str]] = {
    "submit": (services.submit_purchase_order, _("Ask for approval"), False, "submitted"),
    "approve": (services.approve_purchase_order, _("Approve"), False, "approved"),
    "send": (services.send_purchase_order, _("Mark as sent"), False, "sent"),
    "confirm": (services.confirm_purchase_order, _("Supplier confirmed"), False, "confirmed"),
    "close": (services.close_purchase_order, _("Expect nothing more"), True, "closed"),
    "cancel": (services.cancel_purchase_order, _("Cancel"), True, "cancelled"),
}


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(FactAdmin):
    list_display = ["show_number", "supplier", "warehouse", "show_status", "reference", "show_ordered", "expected_date"]
    list_select_related = ["supplier__person", "warehouse"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    search_fields = ["=reference"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, order: PurchaseOrder) -> str:
        return order.number

    @display(description=_("Ordered"))
    def show_ordered(self, order: PurchaseOrder) -> str:
        return show_time(order.ordered_at)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, order: PurchaseOrder) -> tuple[str, str]:
        return order.status, order.get_status_display()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("inventory.add_purchaseorder")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="inventory_purchaseorder_step"),
            path("<int:pk>/expect/", view(expect), name="inventory_purchaseorder_expect"),
            path("<int:pk>/trust/", view(trust), name="inventory_purchaseorder_trust"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A draft from the form; what is wrong stands beside its field, and nothing is written."""
        require(request, "inventory.add_purchaseorder")
        posted = request.POST if request.method == "POST" else None
        form = PurchaseForm(posted)
        lines: Any = PurchaseLines(posted, prefix="lines")
        if posted is not None and "more" in request.POST:
            lines = PurchaseLines(_with_more_rows(posted), prefix="lines")
        elif posted is not None and form.is_valid() and lines.is_valid_for(form.cleaned_data["warehouse"].company_id):
            try:
                with transaction.atomic():
                    order = services.create_purchase_order(
                        lines.inputs, ordered_at=timezone.now(), actor=Actor.of_request(request), **form.arguments()
                    )
                messages.success(request, gettext("%(number)s is a draft.") % {"number": order.number})
                return HttpResponseRedirect(_url(order.pk))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request,
            self.admin_site,
            "inventory/purchase_form.html",
            title=_("New purchase order"),
            opts=self.opts,
            form=form,
            lines=lines,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        if order is None or not self.has_view_permission(request, order):
            return super().change_view(request, object_id, form_url, extra_context)
        lines = list(PurchaseOrderLine.objects.filter(purchase_order=order).select_related("sku").order_by("position"))
        return render_page(
            request,
            self.admin_site,
            "inventory/purchase_order.html",
            title=order.number,
            opts=self.opts,
            order=order,
            lines=[(line, line.quantity * line.unit_cost) for line in lines],
            total=sum(line.quantity * line.unit_cost for line in lines),
            may_expect=order.status not in ENDED,
            steps=[
                (name, label, asks)
                for name, (_service, label, asks, status) in STEPS.items()
                if status in PURCHASE_ORDER[order.status]
            ],
            panels=filled_panels("inventory.purchaseorder", order.pk),
            events=events_of("inventory.purchaseorder", order.pk),
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        service, _label, asks, _status = STEPS[name]

        def act(actor: Actor) -> str:
            reason = posted_reason(request) if asks else request.POST.get("reason", "").strip()[:300]
            changed = service(pk, company_id=order.company_id, actor=actor, reason=reason)
            return f"{changed.number}: {changed.get_status_display()}"  # type: ignore[attr-defined]

        return run_action(request, act, back=_url(pk), permission="inventory.change_purchaseorder")


def _with_more_rows(posted: Any) -> Any:
    data = posted.copy()
    rows = data.get("lines-TOTAL_FORMS", "0")
    data["lines-TOTAL_FORMS"] = str(min(int(rows) if rows.isdigit() else 0, 190) + 10)
    return data


def _url(pk: int) -> str:
    return reverse("admin:inventory_purchaseorder_change", args=[pk])
