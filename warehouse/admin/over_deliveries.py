"""Goods beyond what was ordered: the list of those that wait, and their decision."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_quantity, show_time
from backoffice.core.admin.pages import events_of, posted_reason, render_page, run_action
from warehouse import services
from warehouse.models import OverDelivery


@admin.register(OverDelivery)
class OverDeliveryAdmin(FactAdmin):
    list_display = [
        "show_sku",
        "show_quantity",
        "show_order",
        "show_status",
        "reference",
        "show_arrived",
        "asked_by_label",
    ]
    list_select_related = ["purchase_order_line__sku", "purchase_order_line__purchase_order"]
    list_filter = [("status", ChoicesDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("SKU"))
    def show_sku(self, over: OverDelivery) -> str:
        return over.purchase_order_line.sku.code

    @display(description=_("Quantity"))
    def show_quantity(self, over: OverDelivery) -> str:
        return show_quantity(over.quantity)

    @display(description=_("Purchase order"))
    def show_order(self, over: OverDelivery) -> str:
        return over.purchase_order_line.purchase_order.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, over: OverDelivery) -> tuple[str, str]:
        return over.status, over.get_status_display()

    @display(description=_("Arrived"))
    def show_arrived(self, over: OverDelivery) -> str:
        return show_time(over.arrived_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/decide/", view(decide), name="warehouse_overdelivery_decide"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        over = self.get_object(request, object_id)
        if over is None or not self.has_view_permission(request, over):
            return super().change_view(request, object_id, form_url, extra_context)
        line = over.purchase_order_line
        return render_page(
            request,
            self.admin_site,
            "warehouse/over_delivery.html",
            title=_("Over-delivery"),
            opts=self.opts,
            over=over,
            line=line,
            order=line.purchase_order,
            amount=over.quantity * line.unit_cost,
            events=events_of("warehouse.overdelivery", over.pk),
        )


def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it into stock, or refuse it with a reason."""

    def act(actor: Actor) -> str:
        over = get_object_or_404(OverDelivery, pk=pk)
        if request.POST.get("decision") == "accept":
            reason = request.POST.get("reason", "").strip()[:300]
            services.accept_over_delivery(pk, company_id=over.company_id, actor=actor, reason=reason)
            return gettext("Received into stock.")
        services.refuse_over_delivery(pk, company_id=over.company_id, actor=actor, reason=posted_reason(request))
        return gettext("Refused: it never was in the books.")

    back = reverse("admin:warehouse_overdelivery_change", args=[pk])
    return run_action(request, act, back=back, permission="warehouse.change_overdelivery")
