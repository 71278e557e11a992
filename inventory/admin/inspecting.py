"""Inspections: what is looked at when it arrives, the goods that wait for it, and what was found."""

from decimal import Decimal, InvalidOperation
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
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, show_quantity, show_time
from backoffice.core.admin.pages import render_page, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.registry import links_of
from backoffice.core.scopes import offered
from inventory.admin.documents import moves_of
from inventory.models import Inspection, InspectionRule, Location, Verdict
from inventory.services import Decision, decide_inspection
from inventory.services.checking import SELLABLE

CHANGE = "inventory.change_inspection"
ROWS = ("pass", "damaged", "return")


@admin.register(InspectionRule)
class InspectionRuleAdmin(HouseAdmin):
    list_display = ["show_for", "mode", "sample_percent", "note"]
    list_select_related = ["sku", "category", "supplier"]
    list_filter = [("mode", ChoicesDropdownFilter)]
    search_fields = ["=sku__code", "category__name"]
    autocomplete_fields = ["sku", "category", "supplier"]

    @display(description=_("Of"))
    def show_for(self, rule: InspectionRule) -> str:
        named = (rule.sku and rule.sku.code, rule.category and rule.category.name, rule.supplier and rule.supplier.code)
        return " · ".join(part for part in named if part) or gettext("Everything")


@admin.register(Inspection)
class InspectionAdmin(FactAdmin):
    list_display = ["show_number", "sku", "warehouse", "show_supplier", "show_status", "show_left", "show_arrived"]
    list_select_related = ["sku", "warehouse", "supplier"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    list_filter_submit = True
    search_fields = ["=sku__code", "=lot__code"]
    ordering = ["-status", "id"]  # open ones first, the oldest of them first

    @display(description=_("Number"))
    def show_number(self, inspection: Inspection) -> str:
        return inspection.number

    @display(description=_("Supplier"))
    def show_supplier(self, inspection: Inspection) -> str:
        return inspection.supplier.code if inspection.supplier else ""

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, inspection: Inspection) -> tuple[str, str]:
        return inspection.status, inspection.get_status_display()

    @display(description=_("To decide"))
    def show_left(self, inspection: Inspection) -> str:
        return show_quantity(inspection.left)

    @display(description=_("Arrived"))
    def show_arrived(self, inspection: Inspection) -> str:
        return show_time(inspection.recorded_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/decide/", view(self.decide_view), name="inventory_inspection_decide"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        inspection = self.get_object(request, object_id)
        if inspection is None or not self.has_view_permission(request, inspection):
            return super().change_view(request, object_id, form_url, extra_context)
        source = (inspection.source_type, inspection.source_id or 0)
        return render_page(
            request,
            self.admin_site,
            "inventory/inspection.html",
            title=inspection.number,
            opts=self.opts,
            inspection=inspection,
            source=links_of([(inspection.source_type, inspection.source_id)]).get(source),
            may=request.user.has_perm(CHANGE) and inspection.left > 0,
            verdicts=[(value, Verdict(value).label) for value in ROWS],
            places=offered(
                Location.objects.filter(warehouse=inspection.warehouse_id, kind__in=SELLABLE, is_active=True)
            ).order_by("code")[:500],
            results=inspection.results.select_related("move__to_location").order_by("id"),
            moves=moves_of("inventory.inspection", [inspection.pk]),
        )

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        inspection = get_object_or_404(Inspection, pk=pk)

        def act(actor: Actor) -> str:
            done = decide_inspection(
                posted_decisions(request),
                inspection_id=pk,
                company_id=inspection.company_id,
                effective_at=timezone.now(),
                actor=actor,
            )
            return gettext("%(number)s: %(passed)s passed, %(failed)s failed, %(left)s still to be decided.") % {
                "number": done.number,
                "passed": f"{done.passed.normalize():f}",
                "failed": f"{done.failed.normalize():f}",
                "left": f"{done.left.normalize():f}",
            }

        return run_action(request, act, back=reverse("admin:inventory_inspection_change", args=[pk]), permission=CHANGE)


def posted_decisions(request: HttpRequest) -> list[Decision]:
    """One for each verdict that has a quantity. Raises InvalidInput naming what is no number."""
    decisions = []
    for verdict in ROWS:
        text = request.POST.get(f"quantity-{verdict}", "").strip()
        if not text:
            continue
        try:
            quantity = Decimal(text)
        except InvalidOperation:
            words = {"verdict": Verdict(verdict).label, "text": text[:40]}
            raise InvalidInput(gettext("%(verdict)s: “%(text)s” is no quantity.") % words) from None
        place = request.POST.get("place", "") if verdict == "pass" else ""
        decisions.append(
            Decision(
                verdict,
                quantity,
                request.POST.get(f"reason-{verdict}", "").strip()[:120],
                request.POST.get("note", "").strip()[:2000],
                int(place) if place.isdecimal() else None,
                tuple(request.POST.get(f"serials-{verdict}", "").split()),
            )
        )
    return decisions
