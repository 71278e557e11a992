"""The parts of a SKU's page about its cost (method, layers, uses, changes of value) and what it is made of."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, posted_reason, run_action
from backoffice.core.errors import InvalidInput
from inventory.models import (
    BillOfMaterials,
    BomComponent,
    CostLayer,
    CostMethod,
    LayerUse,
    Sku,
    StandardPrice,
    ValueChange,
)
from inventory.selectors import skus_by_code
from inventory.services import BomPart, change_cost_method, set_bill_of_materials

SHOWN = 20
FREE_ROWS = 3


def cost_context(sku: Sku) -> dict[str, Any]:
    """Layers, uses, changes of value and standard prices, newest first; the bill of materials. Queries: 6."""
    bom = BillOfMaterials.objects.filter(sku=sku).order_by("-number").first()
    parts = list(BomComponent.objects.filter(bom=bom).select_related("sku").order_by("position")) if bom else []
    rows = [(part.sku.code, f"{part.quantity.normalize():f}") for part in parts] + [("", "")] * FREE_ROWS
    return {
        "layers": list(CostLayer.objects.filter(sku=sku).order_by("-move_id")[:SHOWN]),
        "uses": list(LayerUse.objects.filter(sku=sku, move__sku=sku).select_related("move").order_by("-id")[:SHOWN]),
        "changes": list(ValueChange.objects.filter(sku=sku).order_by("-id")[:SHOWN]),
        "prices": list(StandardPrice.objects.filter(sku=sku).select_related("revaluation").order_by("-id")[:SHOWN]),
        "methods": [(value, label) for value, label in CostMethod.choices if value != sku.cost_method],
        "bom": bom,
        "bom_parts": parts,
        "bom_rows": list(enumerate(rows)),
    }


def change_method(request: HttpRequest, pk: int) -> HttpResponse:
    """Cost the SKU by another method from now on."""

    def act(actor: Actor) -> str:
        sku = get_object_or_404(Sku, pk=pk)
        change_cost_method(
            pk,
            method=request.POST.get("method", ""),
            company_id=sku.company_id,
            effective_at=timezone.now(),
            actor=actor,
            reason=posted_reason(request),
        )
        sku.refresh_from_db()
        return gettext("%(sku)s is costed by %(method)s from now on.") % {
            "sku": sku.code,
            "method": sku.get_cost_method_display(),
        }

    return run_action(request, act, back=_url(pk), permission="inventory.add_revaluation")


def save_bom(request: HttpRequest, pk: int) -> HttpResponse:
    """A new bill of materials of what the form's rows say."""

    def act(actor: Actor) -> str:
        sku = get_object_or_404(Sku, pk=pk)
        rows = [
            (request.POST.get(f"part-{row}", "").strip(), row)
            for row in range(200)
            if request.POST.get(f"part-{row}", "").strip()
        ]
        known = skus_by_code(sku.company_id, [code for code, _row in rows]) if rows else {}
        parts = []
        for code, row in rows:
            if code not in known:
                raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code})
            parts.append(BomPart(known[code], posted_quantity(request, f"quantity-{row}", code)))
        set_bill_of_materials(
            pk,
            parts=parts,
            company_id=sku.company_id,
            actor=actor,
            labour_cost=posted_quantity(request, "labour", gettext("Labour"), Decimal(0)),
            overhead_cost=posted_quantity(request, "overhead", gettext("Overhead"), Decimal(0)),
        )
        return gettext("%(sku)s is made of this from now on; assembly orders made before keep theirs.") % {
            "sku": sku.code
        }

    return run_action(request, act, back=_url(pk), permission="inventory.add_billofmaterials")


def _url(pk: int) -> str:
    return reverse("admin:inventory_sku_change", args=[pk])
