"""Floor tasks and put-away rules: what is to be put away and refilled, by whom, and why there."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, apart, show_quantity, show_time
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import events_of, posted_reason, render_page, run_action
from backoffice.core.registry import links_of
from backoffice.core.scopes import offered
from inventory.admin.documents import moves_of
from inventory.models import Warehouse
from warehouse import services
from warehouse.models import FLOOR_OPEN, FloorTask, PutAwayRule

CHANGE = "warehouse.change_floortask"


@admin.register(PutAwayRule)
class PutAwayRuleAdmin(HouseAdmin):
    list_display = ["position", "name", "warehouse", "show_for", "show_to", "strategy", "is_active"]
    list_display_links = ["name"]
    list_select_related = ["warehouse", "sku", "category", "storage_class", "supplier", "zone", "bin_type", "location"]
    list_filter = [("warehouse", RelatedDropdownFilter)]
    search_fields = ["name", "=sku__code"]
    autocomplete_fields = ["sku", "category", "supplier", "zone", "bin_type", "location"]
    ordering = ["warehouse", "position", "id"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        which = apart(
            super().get_fieldsets(request, obj), _("For which goods"), ("sku", "category", "storage_class", "supplier")
        )
        return apart(which, _("Where to"), ("zone", "bin_type", "location", "strategy"))

    @display(description=_("For which goods"))
    def show_for(self, rule: PutAwayRule) -> str:
        parts = (rule.sku, rule.category, rule.storage_class, rule.supplier)
        return " · ".join(str(part) for part in parts if part) or gettext("Everything")

    @display(description=_("Where to"))
    def show_to(self, rule: PutAwayRule) -> str:
        return " · ".join(str(part) for part in (rule.zone, rule.bin_type, rule.location) if part) or gettext("Any bin")


@admin.register(FloorTask)
class FloorTaskAdmin(FactAdmin):
    list_before_template = "warehouse/floor_bar.html"
    list_display = [
        "show_number", "kind", "show_status", "sku", "show_quantity", "from_location", "show_to", "reason",
        "assigned_to", "show_created",
    ]  # fmt: skip
    list_select_related = ["sku", "from_location", "to_location", "assigned_to", "warehouse"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("warehouse", RelatedDropdownFilter),
    ]
    list_views = (
        ListView("all", _("All")),
        ListView("open", _("To do"), lambda rows: rows.filter(status__in=FLOOR_OPEN), ("priority", "id")),
        ListView("lost", _("Without a bin"), lambda rows: rows.filter(status__in=FLOOR_OPEN, to_location__isnull=True)),
    )
    search_fields = ["=sku__code", "=from_location__code", "=to_location__code"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, task: FloorTask) -> str:
        return task.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, task: FloorTask) -> tuple[str, str]:
        return task.status, task.get_status_display()

    @display(description=_("Done"))
    def show_quantity(self, task: FloorTask) -> str:
        return format_html("{} / {}", show_quantity(task.done), show_quantity(task.quantity))

    @display(description=_("To"))
    def show_to(self, task: FloorTask) -> str:
        return task.to_location.code if task.to_location else "?"

    @display(description=_("Made"))
    def show_created(self, task: FloorTask) -> str:
        return show_time(task.created_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("plan/", view(self.plan_view), name="warehouse_floor_plan"),
            path("<int:pk>/cancel/", view(self.cancel_view), name="warehouse_floor_cancel"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        task = self.get_object(request, object_id)
        if task is None or not self.has_view_permission(request, task):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "warehouse/floor_task.html",
            title=task.number,
            opts=self.opts,
            task=task,
            source=links_of([(task.source_type, task.source_id)]).get((task.source_type, task.source_id or 0)),
            may=request.user.has_perm(CHANGE) and task.status in FLOOR_OPEN,
            moves=moves_of("warehouse.floortask", [task.pk]),
            events=events_of("warehouse.floortask", task.pk),
        )

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """Plan what lies on the docks (do=put_away), what goes straight to orders (cross_dock), or refills, of every
        warehouse."""

        def act(actor: Actor) -> str:
            plans: dict[str, Callable[..., list[Any]]] = {
                "refill": services.plan_refills, "cross_dock": services.direct_to_orders,
            }  # fmt: skip
            plan = plans.get(request.POST.get("do", ""), services.plan_put_aways)
            made = 0
            for pk, company_id in _warehouses():
                made += len(plan(pk, company_id=company_id, actor=actor))
            return gettext("%(count)s tasks made.") % {"count": made}

        back = reverse("admin:warehouse_floortask_changelist") + "?view=open"
        return run_action(request, act, back=back, permission="warehouse.add_floortask")

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            task = get_object_or_404(FloorTask, pk=pk)
            [result] = services.cancel_tasks(
                [pk], company_id=task.company_id, actor=actor, reason=posted_reason(request)
            )
            if result.state == "cancelled":
                return gettext("%(number)s is given up.") % {"number": task.number}
            return gettext("%(number)s was over already.") % {"number": task.number}

        return run_action(request, act, back=reverse("admin:warehouse_floortask_change", args=[pk]), permission=CHANGE)


def _warehouses() -> QuerySet[Warehouse, tuple[int, int]]:
    rows = offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("pk")
    return rows.values_list("pk", "company_id")
