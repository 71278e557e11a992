"""Parcels under way: what their carriers say, and where asking them failed."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.lists import ListView
from backoffice.core.errors import DomainError
from orders.models import TrackingEvent
from warehouse import services
from warehouse.models import TrackingWatch


@admin.register(TrackingWatch)
class TrackingWatchAdmin(FactAdmin):
    list_display = [
        "show_shipment",
        "show_order",
        "carrier",
        "show_number",
        "show_status",
        "show_left",
        "show_said",
        "show_asked",
        "show_problem",
    ]
    list_select_related = ["shipment__order", "carrier"]
    list_filter = [
        ("carrier", RelatedDropdownFilter),
        ("shipment__status", ChoicesDropdownFilter),
        ("shipment__warehouse", RelatedDropdownFilter),
    ]
    search_fields = ["=shipment__tracking_number"]
    ordering = ["-id"]
    list_views = (
        ListView("open", _("Under way"), lambda rows: rows.filter(ended_at__isnull=True)),
        ListView("exception", _("Exceptions"), lambda rows: rows.filter(shipment__status="exception")),
        ListView("failing", _("No answer"), lambda rows: rows.filter(ended_at__isnull=True).exclude(error="")),
        ListView("given_up", _("Given up"), lambda rows: rows.filter(given_up_at__isnull=False)),
        ListView("all", _("All")),
    )
    actions = ["ask_again"]

    def get_queryset(self, request: HttpRequest) -> Any:
        last = TrackingEvent.objects.filter(shipment=OuterRef("shipment")).order_by("-occurred_at", "-pk")
        rows = super().get_queryset(request)
        return rows.annotate(said_at=Subquery(last.values("occurred_at")[:1]), said=Subquery(last.values("note")[:1]))

    @display(description=_("Shipment"))
    def show_shipment(self, watch: TrackingWatch) -> str:
        url = reverse("admin:orders_shipment_change", args=[watch.shipment_id])
        return format_html('<a class="bo-link" href="{}">{}</a>', url, watch.shipment.number)

    @display(description=_("Order"))
    def show_order(self, watch: TrackingWatch) -> str:
        return watch.shipment.order.number

    @display(description=_("Tracking number"))
    def show_number(self, watch: TrackingWatch) -> str:
        return watch.shipment.tracking_number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, watch: TrackingWatch) -> tuple[str, str]:
        return watch.shipment.status, watch.shipment.get_status_display()

    @display(description=_("Left"))
    def show_left(self, watch: TrackingWatch) -> str:
        return show_time(watch.shipment.shipped_at)

    @display(description=_("Last said"))
    def show_said(self, watch: Any) -> str:
        return f"{show_time(watch.said_at)} {watch.said or ''}".strip()

    @display(description=_("Asked"))
    def show_asked(self, watch: TrackingWatch) -> str:
        return show_time(watch.checked_at)

    @display(description=_("Problem"))
    def show_problem(self, watch: TrackingWatch) -> str:
        return watch.error

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        watch = self.get_object(request, object_id)
        if watch is None or not self.has_view_permission(request, watch):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("admin:orders_shipment_change", args=[watch.shipment_id]))

    @admin.action(description=_("Ask the carrier again"), permissions=["ask"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[TrackingWatch]) -> None:
        actor, done = Actor.of_request(request), 0
        rows = list(queryset.order_by("company_id", "pk").values_list("company_id", "pk")[:1000])
        try:
            for company_id in sorted({company for company, _pk in rows}):
                own = [pk for company, pk in rows if company == company_id]
                done += services.ask_again(own, company_id=company_id, actor=actor)
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return
        messages.success(
            request,
            ngettext("%(n)s shipment is asked about next.", "%(n)s shipments are asked about next.", done)
            % {"n": done},
        )

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("warehouse.change_trackingwatch")
