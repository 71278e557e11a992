"""Landed cost through the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounting.models import Party
from backoffice.core.actor import Actor
from backoffice.core.admin.base import show_time
from backoffice.core.errors import DomainError
from inventory import services
from inventory.admin.costs.documents import ROWS, CostDocumentAdmin, entries_of, entry_link, posted_number, sku_link
from inventory.models import (
    CostLayer,
    LandedCost,
    LandedCostBasis,
    LandedCostKind,
)


@admin.register(LandedCost)
class LandedCostAdmin(CostDocumentAdmin):
    from inventory.states import LANDED_COST as _STATES

    allowed = _STATES
    object_type = "inventory.landedcost"
    form_template = "inventory/_landed_cost_form.html"
    list_display = ["show_number", "supplier", "basis", "is_estimate", "show_status", "reference", "show_when"]
    list_select_related = ["supplier__person"]
    list_filter = [*CostDocumentAdmin.list_filter, "is_estimate"]
    search_fields = ["=reference"]
    steps = {
        "post": (services.post_landed_cost, _("Post"), False, "posted", False),
        "reverse": (services.reverse_landed_cost, _("Reverse"), True, "reversed", False),
    }

    @display(description=_("When"))
    def show_when(self, document: LandedCost) -> str:
        return show_time(document.effective_at)

    def form_context(self, request: HttpRequest) -> dict[str, Any]:
        arrivals = (
            CostLayer.objects.filter(move__from_location__kind="supplier")
            .select_related("move__sku", "company")
            .order_by("-move_id")[:100]
        )
        return {
            "bases": LandedCostBasis.choices,
            "kinds": LandedCostKind.choices,
            "suppliers": Party.objects.filter(is_supplier=True).select_related("person").order_by("code")[:500],
            "arrivals": arrivals,
            "chosen": set(request.POST.getlist("move")),
            "rows": [
                (number, request.POST.get(f"kind-{number}", ""), request.POST.get(f"amount-{number}", ""))
                for number in range(4)
            ],
        }

    def make(self, request: HttpRequest, company_id: int, actor: Actor) -> LandedCost:
        supplier = request.POST.get("supplier", "")
        return services.create_landed_cost(
            _cost_lines(request),
            move_ids=[int(move) for move in request.POST.getlist("move") if move.isdecimal()],
            company_id=company_id,
            effective_at=timezone.now(),
            actor=actor,
            basis=request.POST.get("basis", "") if request.POST.get("basis") in LandedCostBasis.values else "value",
            supplier_id=int(supplier) if supplier.isdecimal() else None,
            is_estimate="is_estimate" in request.POST,
            reference=request.POST.get("reference", "").strip()[:60],
            note=request.POST.get("note", "").strip()[:500],
        )

    def step(self, request: HttpRequest, document: LandedCost, name: str, actor: Actor) -> None:
        if name != "true_up":
            super().step(request, document, name, actor)
            return
        services.true_up_landed_cost(
            document.pk,
            lines=_cost_lines(request),
            company_id=document.company_id,
            effective_at=timezone.now(),
            actor=actor,
            reference=request.POST.get("reference", "").strip()[:60],
        )

    def facts(self, document: LandedCost) -> list[tuple[Any, Any]]:
        return [
            (_("Split by"), document.get_basis_display()),  # type: ignore[attr-defined]
            (_("Supplier"), document.supplier or "–"),
            (_("Reference"), document.reference or "–"),
            (_("Estimate"), _("Yes") if document.is_estimate else _("No")),
            (_("Puts right"), document.corrects.number if document.corrects else "–"),
            (_("Note"), document.note or "–"),
        ]

    def tables(self, document: LandedCost) -> list[dict[str, Any]]:
        lines = [
            [("text", line.get_kind_display()), ("amount", line.amount)]  # type: ignore[attr-defined]
            for line in document.lines.order_by("position")
        ]
        return [
            {"title": _("Costs"), "columns": [_("Kind"), _("Amount")], "rows": lines},
            self._split(document),
            entries_of(self.object_type, document.pk),
        ]

    def _split(self, document: LandedCost) -> dict[str, Any]:
        shares = list(document.shares.select_related("move__sku").order_by("move_id"))
        moves = {share.move_id: share.move for share in shares}
        if document.status == "draft":
            title: Any = _("How it would be split now")
            try:
                found = [
                    (share.move_id, None, result.stock + result.gone, result.stock, result.gone)
                    for share, result in services.preview_landed_cost(document)
                ]
            except DomainError as error:
                return {"title": title, "columns": [_("Why not")], "rows": [[("text", error.detail)]]}
        else:
            title = _("How it was split")
            found = [(share.move_id, share.entry_id, share.value, share.stock, share.gone) for share in shares]
        return {
            "title": title,
            "columns": [
                _("SKU"),
                _("Arrived"),
                _("Quantity"),
                _("Part"),
                _("On stock"),
                _("On what is gone"),
                _("Entry"),
            ],
            "rows": [
                [
                    ("link", sku_link(moves[move])),
                    ("time", moves[move].effective_at),
                    ("quantity", moves[move].quantity),
                    *(("money", value) for value in values),
                    ("link", entry_link(entry)),
                ]
                for move, entry, *values in found
            ],
        }

    def more(self, document: LandedCost) -> dict[str, Any]:
        waits = document.is_estimate and document.status == "posted"
        waits = waits and not document.corrections.exclude(status="reversed").exists()
        return {"true_up": waits, "kinds": LandedCostKind.choices, "true_up_rows": range(4)}


def _cost_lines(request: HttpRequest) -> list[services.LandedCostLineInput]:
    return [
        services.LandedCostLineInput(
            request.POST.get(f"kind-{row}", ""), posted_number(request.POST[f"amount-{row}"], gettext("Amount"))
        )
        for row in range(ROWS)
        if request.POST.get(f"amount-{row}", "").strip()
    ]
