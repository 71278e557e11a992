"""Revaluations and standard prices through the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from backoffice.core.actor import Actor
from inventory import services
from inventory.admin.costs.documents import CostDocumentAdmin, entries_of, posted_skus, sku_rows
from inventory.models import (
    Revaluation,
    RevaluationKind,
)


@admin.register(Revaluation)
class RevaluationAdmin(CostDocumentAdmin):
    from inventory.states import REVALUATION as _STATES

    allowed = _STATES
    object_type = "inventory.revaluation"
    form_template = "inventory/_revaluation_form.html"
    list_display = ["show_number", "kind", "show_status", "valid_from", "created_label", "note"]
    list_filter = [*CostDocumentAdmin.list_filter, ("kind", ChoicesDropdownFilter)]
    steps = {
        "submit": (services.submit_revaluation, _("Ask for approval"), False, "submitted", True),
        "approve": (services.approve_revaluation, _("Approve"), False, "approved", True),
        "cancel": (services.cancel_revaluation, _("Cancel"), True, "cancelled", False),
        "reverse": (services.reverse_revaluation, _("Reverse"), True, "reversed", True),
    }

    def offers(self, name: str, document: Revaluation) -> bool:
        if name == "approve":
            return document.status == "submitted"
        return name != "reverse" or document.kind != RevaluationKind.STANDARD

    def form_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"revaluation_kinds": RevaluationKind.choices, "rows": sku_rows(request, "cost")}

    def make(self, request: HttpRequest, company_id: int, actor: Actor) -> Revaluation:
        day = parse_date(request.POST.get("valid_from", "")) or timezone.localdate()
        return services.create_revaluation(
            [services.RevaluationLineInput(sku, cost) for sku, cost in posted_skus(request, company_id, "cost")],
            company_id=company_id,
            kind=request.POST.get("kind", ""),
            valid_from=day,
            actor=actor,
            note=request.POST.get("note", "").strip()[:500],
        )

    def facts(self, document: Revaluation) -> list[tuple[Any, Any]]:
        return [
            (_("Kind"), document.get_kind_display()),  # type: ignore[attr-defined]
            (_("Valid from"), document.valid_from),
            (_("Made by"), document.created_label),
            (_("Note"), document.note or "–"),
        ]

    def tables(self, document: Revaluation) -> list[dict[str, Any]]:
        rows = [
            [
                ("link", (line.sku.code, reverse("admin:inventory_sku_change", args=[line.sku_id]))),
                ("quantity", line.quantity),
                ("money", line.unit_cost),
                ("money", line.change),
            ]
            for line in document.lines.select_related("sku").order_by("position")
        ]
        columns = [_("SKU"), _("In stock"), _("New unit cost"), _("Change of value")]
        return [
            {"title": _("Lines"), "columns": columns, "rows": rows},
            entries_of(self.object_type, document.pk),
        ]
