"""Assembly orders through the admin."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason
from backoffice.core.errors import InvalidInput
from backoffice.core.scopes import offered
from inventory import services
from inventory.admin.costs.documents import Cell, CostDocumentAdmin, moves_table, posted_number
from inventory.models import (
    AssemblyKind,
    AssemblyNeed,
    AssemblyOrder,
    Location,
)
from inventory.selectors import skus_by_code
from inventory.selectors.assembly import assembly_runs


@admin.register(AssemblyOrder)
class AssemblyOrderAdmin(CostDocumentAdmin):
    from inventory.states import ASSEMBLY as _STATES

    allowed = _STATES
    object_type = "inventory.assemblyorder"
    form_template = "inventory/_assembly_form.html"
    list_display = ["show_number", "kind", "sku", "quantity", "done", "warehouse", "show_status"]
    list_select_related = ["sku", "warehouse"]
    list_filter = [*CostDocumentAdmin.list_filter, ("kind", ChoicesDropdownFilter)]
    search_fields = ["=sku__code"]
    steps = {
        "release": (services.release_assembly_order, _("Release"), False, "released", True),
        "finish": (services.finish_assembly_order, _("Give the rest up"), True, "done", False),
        "cancel": (services.cancel_assembly_order, _("Cancel"), True, "cancelled", False),
    }

    def offers(self, name: str, document: AssemblyOrder) -> bool:
        return name != "finish" or document.status == "in_progress"

    def form_context(self, request: HttpRequest) -> dict[str, Any]:
        places = offered(Location.objects.filter(kind__in=["bin", "dock", "staging"], is_active=True))
        return {
            "assembly_kinds": AssemblyKind.choices,
            "places": places.select_related("warehouse").order_by("warehouse__code", "kind", "code")[:500],
        }

    def make(self, request: HttpRequest, company_id: int, actor: Actor) -> AssemblyOrder:
        code, place = request.POST.get("sku", "").strip(), request.POST.get("location", "")
        found = skus_by_code(company_id, [code]) if code else {}
        if not found:
            raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code})
        kind = request.POST.get("kind", "")
        return services.create_assembly_order(
            found[code],
            quantity=posted_number(request.POST.get("quantity", ""), gettext("Quantity")),
            company_id=company_id,
            location_id=int(place) if place.isdecimal() else 0,
            actor=actor,
            kind=kind if kind in AssemblyKind.values else AssemblyKind.ASSEMBLE,
            note=request.POST.get("note", "").strip()[:300],
        )

    def step(self, request: HttpRequest, document: AssemblyOrder, name: str, actor: Actor) -> None:
        if name == "reverse_run":
            self._reverse(request, document, actor)
            return
        if name != "complete":
            super().step(request, document, name, actor)
            return
        services.complete_assembly(
            document.pk,
            quantity=posted_number(request.POST.get("quantity", "") or "0", gettext("Finished")),
            scrapped=posted_number(request.POST.get("scrapped", "") or "0", gettext("Scrapped")),
            company_id=document.company_id,
            effective_at=timezone.now(),
            actor=actor,
        )

    def _reverse(self, request: HttpRequest, document: AssemblyOrder, actor: Actor) -> None:
        run = request.POST.get("run", "")
        found = document.runs.filter(pk=run).first() if run.isdecimal() else None
        if found is None:
            raise InvalidInput(gettext("There is no such run of an assembly."))
        services.reverse_assembly_run(
            found.pk,
            company_id=document.company_id,
            effective_at=timezone.now(),
            actor=actor,
            reason=posted_reason(request),
        )

    def more(self, document: AssemblyOrder) -> dict[str, Any]:
        return {"complete": document.status in ("released", "in_progress"), "left": document.quantity - document.done}

    def facts(self, document: AssemblyOrder) -> list[tuple[Any, Any]]:
        return [
            (_("Kind"), document.get_kind_display()),  # type: ignore[attr-defined]
            (_("SKU"), document.sku.code),
            (_("Quantity"), f"{document.done.normalize():f} / {document.quantity.normalize():f}"),
            (_("Warehouse"), document.warehouse.code),
            (_("Place"), document.location.code),
            (_("Bill of materials"), document.bom.number),
            (_("Note"), document.note or "–"),
        ]

    def tables(self, document: AssemblyOrder) -> list[dict[str, Any]]:
        needs = AssemblyNeed.objects.filter(order=document).select_related("sku", "demand").order_by("pk")
        runs = list(assembly_runs().filter(order=document))
        return [
            {
                "title": _("What it takes"),
                "columns": [_("SKU"), _("For one"), _("In all"), _("Claimed"), _("Used")],
                "rows": [
                    [
                        ("link", (need.sku.code, reverse("admin:inventory_sku_change", args=[need.sku_id]))),
                        ("quantity", need.quantity),
                        ("quantity", need.quantity * document.quantity),
                        ("quantity", need.demand.claimed if need.demand else Decimal(0)),
                        ("quantity", need.demand.used if need.demand else Decimal(0)),
                    ]
                    for need in needs
                ],
            },
            {
                "title": _("Runs"),
                "columns": [_("When"), _("Finished"), _("Scrapped"), _("Cost"), _("Cost of scrap"), _("Take back")],
                "rows": [
                    [
                        ("time", run.effective_at),
                        ("quantity", run.quantity),
                        ("quantity", run.scrapped),
                        ("money", run.cost),
                        ("money", run.scrap_cost),
                        _undoing(run),
                    ]
                    for run in runs
                ],
            },
            moves_table("inventory.assemblyrun", [run.pk for run in runs]),
        ]


def _undoing(run: Any) -> Cell:
    if run.is_reversed:
        return "text", _("taken back")
    return "act", {"name": "reverse_run", "field": "run", "value": run.pk, "label": _("Take back")}
