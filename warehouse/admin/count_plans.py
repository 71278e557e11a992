"""Plans of cycle counts: their form, what is due by them, and planning it now; what the floor asked to have counted."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, show_time
from backoffice.core.admin.pages import render_page, require, run_action
from warehouse.models import CountClass, CountPlan, CountRequest
from warehouse.services import counting

SHOWN = 200
PLAN = "warehouse.change_countplan"


@admin.register(CountPlan)
class CountPlanAdmin(HouseAdmin):
    list_display = ["name", "warehouse", "unit", "show_days", "daily_limit", "planned_on", "is_active", "show_due"]
    list_select_related = ["warehouse"]
    list_filter = [("warehouse", RelatedDropdownFilter), "is_active"]
    exclude = ["company"]

    @display(description=_("A, B, C every"))
    def show_days(self, plan: CountPlan) -> str:
        return gettext("%(a)s, %(b)s, %(c)s days") % {"a": plan.days_a, "b": plan.days_b, "c": plan.days_c}

    @display(description=_("Due"))
    def show_due(self, plan: CountPlan) -> str:
        url = reverse("admin:warehouse_countplan_due", args=[plan.pk])
        return format_html('<a class="bo-link" href="{}">{}</a>', url, gettext("What is due"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.company_id = obj.warehouse.company_id
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/due/", view(self.due_view), name="warehouse_countplan_due"),
            path("<int:pk>/run/", view(self.run_view), name="warehouse_countplan_run"),
            *super().get_urls(),
        ]

    def due_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The classes, and what would be planned now."""
        require(request, "warehouse.view_countplan")
        plan = get_object_or_404(CountPlan.objects.select_related("warehouse__company"), pk=pk)
        classes = CountClass.objects.filter(plan=plan)
        return render_page(
            request,
            self.admin_site,
            "warehouse/count_plan.html",
            title=plan.name,
            opts=self.opts,
            plan=plan,
            currency=plan.warehouse.company.base_currency_id,
            classes=classes.values("abc").annotate(skus=Count("pk"), turnover=Sum("turnover")).order_by("abc"),
            due=counting.due(plan, now=timezone.now(), limit=SHOWN),
            may=request.user.has_perm(PLAN),
        )

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = get_object_or_404(CountPlan, pk=pk)

        def act(actor: Actor) -> str:
            made = counting.run_plan(
                pk, company_id=plan.company_id, now=timezone.now(), today=timezone.localdate(), actor=actor
            )
            if made is None:
                return gettext("The classes are reckoned anew; nothing is due within the day's limit.")
            return gettext("%(number)s is planned.") % {"number": made.number}

        return run_action(request, act, back=reverse("admin:warehouse_countplan_due", args=[pk]), permission=PLAN)


@admin.register(CountRequest)
class CountRequestAdmin(FactAdmin):
    list_display = [
        "show_number",
        "location",
        "sku",
        "reason",
        "show_status",
        "stocktake",
        "requested_by",
        "show_created",
    ]
    list_select_related = ["location", "sku", "stocktake"]
    list_filter = [("status", ChoicesDropdownFilter)]
    search_fields = ["=sku__code", "=location__code"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, request: CountRequest) -> str:
        return request.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, request: CountRequest) -> tuple[str, str]:
        return request.status, request.get_status_display()

    @display(description=_("Asked for"))
    def show_created(self, request: CountRequest) -> str:
        return show_time(request.created_at)
